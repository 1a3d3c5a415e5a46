/* A button that is pressed twice sends its form once: else the browser shows the answer to the second, which says that
   the slot is taken, and not that to the first, which took it. */
(function () {
  "use strict";

  // Long enough for an impatient hand; whoever stopped the page on its way can try again afterwards.
  const PAUSE = 5000;
  let sentAt = new WeakMap();

  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
    if (Date.now() - (sentAt.get(event.target) || -PAUSE) < PAUSE) {
      event.preventDefault();
    } else {
      sentAt.set(event.target, Date.now());
    }
  });
  // Back on a page that the browser had kept: its forms are new ones.
  window.addEventListener("pageshow", function () {
    sentAt = new WeakMap();
  });
})();
