/* The phone shows its newest text first in view. Everything works without this. */
"use strict";
document.querySelectorAll("[data-scroll-end]").forEach((element) => { element.scrollTop = element.scrollHeight; });
document.getElementById("sim-body")?.focus({ preventScroll: true });
