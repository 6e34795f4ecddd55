/* What script adds before the screen locks: a warning in time and a way to go on. The server says how much is left. */
"use strict";
(() => {
  const box = document.getElementById("lock");
  if (!box) return;
  const STEPS = ["30 seconds", "1 minute", "a minute and a half", "2 minutes"], STEP_MS = 30000; // said at each, not each second
  const WARN_MS = STEPS.length * STEP_MS, TELL_EVERY_MS = 60000;
  let idleEnd = Infinity, longestEnd = Infinity, toldAt = Date.now(), stayedAt = 0, isWavedAway = false, isOurs = false, isLeaving = false;
  const byState = (state) => box.querySelector(`[data-state="${state}"]`);

  /* ---- every answer says what is left; one that was asked for before somebody stayed is out of date ---- */
  function hear(answer, askedAt) {
    if (answer.status === 401) { leave(); return; }
    if (askedAt < stayedAt || !answer.headers.has("X-Idle-Left")) return;
    idleEnd = Date.now() + 1000 * Number(answer.headers.get("X-Idle-Left"));
    longestEnd = Date.now() + 1000 * Number(answer.headers.get("X-Longest-Left"));
    show();
  }
  document.addEventListener("answered", ({ detail }) => hear(detail.answer, detail.askedAt));
  function leave() {
    if (!isLeaving) location.replace(`${box.dataset.door}?next=${encodeURIComponent(location.pathname + location.search)}`);
    isLeaving = true;
  }

  /* ---- the dialog: idle = staying helps, longest = it does not, over = the server says so in a moment, or cannot be asked ---- */
  function show() {
    const left = Math.min(idleEnd, longestEnd) - Date.now();
    const state = left <= 0 ? "over" : left > WARN_MS ? "none" : longestEnd <= idleEnd ? "longest" : "idle";
    if (state === "none" || (state === "longest" && isWavedAway)) { shut(); return; }
    const said = STEPS[Math.ceil(left / STEP_MS) - 1] ?? "";
    box.querySelectorAll("[data-left]").forEach((one) => { if (one.textContent !== said) one.textContent = said; });
    if (document.hidden && state !== "over") return;
    if (box.open && box.dataset.state === state) return;
    box.dataset.state = state;
    box.querySelectorAll("[data-state]").forEach((one) => { one.hidden = one.dataset.state !== state; });
    box.setAttribute("aria-labelledby", `lock-${state}`);
    box.setAttribute("aria-describedby", `lock-${state}-words`);
    if (!box.open) box.showModal();
    byState(state).querySelector("[data-first]").focus();
    document.dispatchEvent(new Event(state === "over" ? "locked" : "lockssoon"));
  }
  function shut() { if (box.open) { isOurs = true; box.close(); } }
  setInterval(show, 1000);

  /* ---- somebody is here: a button, Escape, or any key, press or wheel on the page ---- */
  async function stay() {
    toldAt = Date.now();
    const askedAt = toldAt, body = new URLSearchParams(new FormData(byState("idle").querySelector("form")));
    const answer = await fetch(box.dataset.stay, { method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
    byState("idle").querySelector("[data-failed]").hidden = Boolean(answer?.ok) || !box.open;
    if (!answer) return;
    hear(answer, askedAt);
    if (answer.ok) stayedAt = Date.now();
  }
  ["keydown", "pointerdown", "wheel"].forEach((what) => addEventListener(what, (event) => {
    if (event.isTrusted && !box.open && Date.now() - toldAt > TELL_EVERY_MS) stay();
  }, { capture: true, passive: true }));
  byState("idle").querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); stay(); });
  byState("longest").querySelector("[data-first]").addEventListener("click", escape);
  byState("over").querySelector("[data-first]").addEventListener("click", leave);
  function escape() {
    if (box.dataset.state === "idle") stay();
    if (box.dataset.state === "longest") { isWavedAway = true; shut(); }
  }
  box.addEventListener("cancel", (event) => { event.preventDefault(); escape(); });
  box.addEventListener("close", () => { if (!isOurs) escape(); isOurs = false; }); // browsers obey a second Escape, whatever we say
  box.addEventListener("keydown", (event) => event.stopPropagation());
})();
