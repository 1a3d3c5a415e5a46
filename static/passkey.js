/* Joins a page's button to allauth's passkey functions: the button names the function and its fields. */
document.addEventListener("DOMContentLoaded", function () {
  "use strict";

  const button = document.querySelector("[data-passkey]");
  if (!button) return;
  window.allauth.webauthn.forms[button.dataset.passkey]({
    ids: { add: button.id, authenticate: button.id, credential: button.dataset.credential, data: "js_data" },
  });
  // Cancelling is no error of the page: the person stays where they were and may choose another way.
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
  });
});
