/* What script adds to pages that work without it: refresh, drafts, counter, keys. Keeps nothing in the browser. */
"use strict";
(() => {
  const VISIBLE_MS = 4000, HIDDEN_MS = 30000;
  const page = document.body;

  /* ---- refresh: ask for a fragment, morph it in place, keep focus and half-typed words ---- */
  const marks = new Map();
  async function refresh(element) {
    const url = new URL(element.dataset.refresh, location.href);
    if (marks.has(element.id)) url.searchParams.set("have", marks.get(element.id));
    const askedAt = Date.now();
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    document.dispatchEvent(new CustomEvent("answered", { detail: { answer, askedAt } })); // lock.js reads what is left
    if (answer.status === 401) return;
    showOnline();
    if (answer.status !== 200) return;
    marks.set(element.id, answer.headers.get("X-Fragment-Mark"));
    const words = await answer.text();
    const scroller = element.querySelector("[data-scroll-end]");
    const atEnd = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    const opened = [...element.querySelectorAll("[id] details[open]")].map((one) => one.closest("[id]").id);
    await htmx.swap({ sourceElement: element, target: element, text: words, swap: "outerMorph" });
    opened.forEach((id) => { const one = document.getElementById(id)?.querySelector("details"); if (one) one.open = true; });
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
    if (element.id === "nav-items") announceUrgent();
  }
  function refreshAll() {
    document.querySelectorAll("[data-refresh]").forEach((element) => {
      if (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
      refresh(element).catch(showOffline);
    });
  }
  let timer = null;
  function schedule() {
    clearTimeout(timer);
    timer = setTimeout(() => { refreshAll(); schedule(); }, document.hidden ? HIDDEN_MS : VISIBLE_MS);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshAll(); schedule(); });

  let lastUpdate = new Date();
  const banner = document.getElementById("offline");
  function showOffline() {
    if (!banner) return;
    document.getElementById("last-update").textContent = lastUpdate.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    banner.hidden = false;
  }
  function showOnline() { lastUpdate = new Date(); if (banner) banner.hidden = true; }
  addEventListener("offline", showOffline);
  addEventListener("online", refreshAll);
  document.addEventListener("locked", refreshAll);

  /* ---- urgent: a count in the title, a tone, and words for who cannot see; again each minute until somebody takes it ---- */
  const SOUND_AGAIN_MS = 60000;
  const standing = () => document.getElementById("nav-items")?.dataset ?? {};
  let alertsBefore = Number(standing().alerts || 0), soundedAt = 0;
  function announceUrgent() {
    const { urgent = 0, alerts = 0, untaken = 0 } = standing();
    document.title = document.title.replace(/^\(\d+ urgent\) /, "");
    if (Number(urgent)) document.title = `(${urgent} urgent) ${document.title}`;
    if (Number(alerts) > alertsBefore) {
      document.getElementById("urgent-said").textContent = `${alerts} urgent: open Alerts.`;
      sound();
    }
    if (!Number(alerts)) document.getElementById("urgent-said").textContent = "";
    alertsBefore = Number(alerts);
    if (Number(untaken) && Date.now() - soundedAt > SOUND_AGAIN_MS) sound();
  }
  function sound() {
    soundedAt = Date.now();
    document.body.dataset.sounded = soundedAt;
    try {
      const audio = new AudioContext(), tone = audio.createOscillator(), gain = audio.createGain();
      gain.gain.value = 0.08; tone.frequency.value = 740; tone.connect(gain); gain.connect(audio.destination);
      tone.start(); tone.stop(audio.currentTime + 0.35);
      tone.onended = () => audio.close();
    } catch { /* a browser without sound still shows the count */ }
  }
  setInterval(announceUrgent, VISIBLE_MS);

  /* ---- menus: Esc or a click elsewhere shuts them, a key that opens one goes into it ---- */
  const openMenus = () => [...document.querySelectorAll("details.drop[open]")];
  document.addEventListener("click", (event) => openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menus = openMenus();
    menus.forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    if (!menus.length) document.getElementById("client-card")?.hidePopover?.();
  });
  function use(target) {
    if (!target.matches("summary, button")) { target.focus(); return; }
    target.click();
    if (target.parentElement.open) target.parentElement.querySelector("select, .menu button, input:not([type=hidden])")?.focus();
  }

  /* ---- keys: one letter each, off while typing, and off altogether where the person wishes ---- */
  const go = { i: "/", c: "/clients", r: "/reminders", p: "/pictures", e: "/enrol", a: "/alerts" };
  let pending = null;
  document.addEventListener("keydown", (event) => {
    if (page.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select, [contenteditable]")) return;
    if (pending === "g") { pending = null; if (go[event.key]) location.href = go[event.key]; return; }
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.findIndex((row) => row === document.activeElement || row.getAttribute("aria-current") === "true");
    const press = (name) => {
      const target = [...document.querySelectorAll(`[data-key="${name}"]`)].find((one) => one.checkVisibility());
      if (target) { event.preventDefault(); use(target); }
      else if (name === "search") location.href = "/?find=1";
    };
    const composer = document.querySelector("[data-composer]");
    const actions = {
      g: () => { pending = "g"; },
      j: () => rows[Math.min(at + 1, rows.length - 1)]?.focus(),
      k: () => rows[Math.max(at - 1, 0)]?.focus(),
      r: () => { press("reply"); composer?.querySelector("[value=reply]")?.click(); },
      a: () => press("assign"), s: () => press("snooze"), e: () => press("close"),
      "/": () => press("search"),
      n: () => { press("reply"); composer?.querySelector("[value=note]")?.click(); },
      "?": () => { location.href = "/keys"; },
    };
    actions[event.key]?.();
  });

  document.querySelectorAll("[data-scroll-end]").forEach((element) => { element.scrollTop = element.scrollHeight; });
  schedule();
})();
