/* Joins a page's button to allauth's passkey functions: the button names the function and its fields. */
document.addEventListener("DOMContentLoaded", function () {
  "use strict";

  const button = document.querySelector("[data-passkey]");
  if (!button) return;
  const answer = document.getElementById("passkey-antwort");
  button.addEventListener("click", function () {
    answer.replaceChildren();
  });
  window.allauth.webauthn.forms[button.dataset.passkey]({
    ids: { add: button.id, authenticate: button.id, credential: button.dataset.credential, data: "js_data" },
  });
  // The person stays where they were, is told what happened, and may choose another way.
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    const name = event.detail.exception ? event.detail.exception.name : "";
    const text =
      document.querySelector('template[data-trouble="' + CSS.escape(name) + '"]') ||
      document.querySelector('template[data-trouble=""]');
    answer.replaceChildren(text.content.cloneNode(true));
  });
});
