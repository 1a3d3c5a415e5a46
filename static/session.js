/* Warns before a session ends for want of activity, and keeps what is half typed: the form goes to the server, which
   holds it until the same person has signed in again. Without this file the server does the same when a form arrives
   too late. */
(function () {
  "use strict";

  const dialog = document.getElementById("sitzung");
  if (!dialog) return;

  const idle = Number(dialog.dataset.idleSeconds) * 1000;
  const warnBefore = Math.min(120000, idle / 3);
  const sendEvery = 60000;
  // All tabs of a browser share one session, so they share the time of its last sign of life.
  const KEY = "pia-session-seen";
  let changed = null;
  let sent = Date.now();

  function note() {
    sent = Date.now();
    try {
      localStorage.setItem(KEY, String(sent));
    } catch (error) {
      /* Storage is switched off: this tab counts alone. */
    }
  }

  function lastSeen() {
    try {
      return Math.max(sent, Number(localStorage.getItem(KEY)) || 0);
    } catch (error) {
      return sent;
    }
  }

  async function keep() {
    sent = Date.now();
    const token = dialog.querySelector("[name=csrfmiddlewaretoken]").value;
    try {
      const answer = await fetch(dialog.dataset.keepUrl, {
        method: "POST",
        headers: { "X-CSRFToken": token },
        redirect: "manual",
      });
      if (answer.status === 204) note();
    } catch (error) {
      /* No network: the next sign of life tries again. */
    }
  }

  function active() {
    if (!dialog.open && Date.now() - sent >= sendEvery) keep();
  }

  function leave() {
    const form = changed && changed.isConnected ? changed : null;
    if (!form) {
      location.reload();
      return;
    }
    const path = document.createElement("input");
    path.type = "hidden";
    path.name = "hold_path";
    path.value = form.action;
    form.append(path);
    form.action = dialog.dataset.holdUrl;
    form.method = "post";
    HTMLFormElement.prototype.submit.call(form);
  }

  function tick() {
    const left = lastSeen() + idle - Date.now();
    // Two seconds more than the server counts, so that it agrees.
    if (left <= -2000) {
      leave();
      return;
    }
    if (left <= warnBefore) {
      const seconds = Math.max(0, Math.ceil(left / 1000));
      dialog.querySelector("[data-left]").textContent =
        seconds > 60 ? Math.ceil(seconds / 60) + " Minuten" : seconds + " Sekunden";
      if (!dialog.open) dialog.showModal();
    } else if (dialog.open) {
      dialog.close();
    }
    setTimeout(tick, 1000);
  }

  document.addEventListener("input", function (event) {
    const form = event.target.form;
    if (form && form.method === "post" && !form.hasAttribute("hx-post")) changed = form;
    active();
  });
  document.addEventListener("keydown", active);
  document.addEventListener("pointerdown", active);
  // What a page asks for by itself is no sign that somebody is there; the server doesn't count it either.
  document.addEventListener("htmx:afterRequest", function (event) {
    if (!event.target.hasAttribute("data-polled")) note();
  });
  dialog.querySelector("[data-keep]").addEventListener("click", function () {
    dialog.close();
    keep();
  });
  // Escape is an answer too: somebody is there.
  dialog.addEventListener("cancel", keep);

  note();
  tick();
})();
