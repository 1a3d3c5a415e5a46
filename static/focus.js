/* A part of the page that is exchanged takes the focus along with the button that had it, and the keyboard would begin
   again at the top. htmx keeps it for what has an id; here the rest: the same button in the same row, else the first
   thing that can be done there. */
(function () {
  "use strict";

  const CAN_DO = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea";
  let had = null;

  function same(one, name, value) {
    return one.getAttribute("name") === name && one.getAttribute("value") === value;
  }

  document.addEventListener("htmx:beforeSwap", function (event) {
    const active = document.activeElement;
    // Two answers that come at once: what the first took away is still to be given back.
    if (!active || active === document.body) return;
    had = null;
    if (!event.detail.target.contains(active)) return;
    const rows = [];
    for (let at = active.parentElement; at; at = at.parentElement) if (at.id) rows.push(at.id);
    had = { rows: rows, name: active.getAttribute("name"), value: active.getAttribute("value"), text: active.textContent };
  });

  document.addEventListener("htmx:afterSettle", function () {
    const kept = had;
    had = null;
    if (!kept || (document.activeElement && document.activeElement !== document.body)) return;
    const row = kept.rows.map((id) => document.getElementById(id)).find(Boolean);
    if (!row) return;
    const all = Array.from(row.querySelectorAll(CAN_DO));
    const again = all.find((one) => same(one, kept.name, kept.value) && one.textContent === kept.text);
    const next = again || row.querySelector("form button:not([disabled])") || all[0];
    if (next) next.focus({ preventScroll: true });
  });
})();
