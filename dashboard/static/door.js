/* What script adds to the sign-in page: all tabs lock at once; signed in again in one of them, the others go on as well. */
"use strict";
(() => {
  async function goOn() {
    if (document.hidden) return;
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") location.replace(location.href);
  }
  document.addEventListener("visibilitychange", goOn);
  addEventListener("focus", goOn);
})();
