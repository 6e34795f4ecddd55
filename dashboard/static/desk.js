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
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (answer.status === 401) { location.reload(); return; }
    showOnline();
    if (answer.status !== 200) return;
    marks.set(element.id, answer.headers.get("X-Fragment-Mark"));
    const words = await answer.text();
    const scroller = element.closest("[data-scroll-end]");
    const atEnd = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    const opened = [...element.querySelectorAll("[id] details[open]")].map((one) => one.closest("[id]").id);
    await htmx.swap({ sourceElement: element, target: element, text: words, swap: "outerMorph" });
    opened.forEach((id) => { const one = document.getElementById(id)?.querySelector("details"); if (one) one.open = true; });
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
    announceUrgent();
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

  /* ---- urgent: a count in the title and a tone ---- */
  let urgentBefore = document.querySelectorAll(".urgent-row").length;
  function announceUrgent() {
    const urgent = document.querySelectorAll(".urgent-row").length;
    document.title = document.title.replace(/^\(\d+ urgent\) /, "");
    if (urgent) document.title = `(${urgent} urgent) ${document.title}`;
    if (urgent > urgentBefore) sound();
    urgentBefore = urgent;
  }
  function sound() {
    try {
      const audio = new AudioContext(), tone = audio.createOscillator(), gain = audio.createGain();
      gain.gain.value = 0.08; tone.frequency.value = 740; tone.connect(gain); gain.connect(audio.destination);
      tone.start(); tone.stop(audio.currentTime + 0.35);
    } catch { /* a browser without sound still shows the count */ }
  }

  /* ---- composer: draft on the server, segment counter, Ctrl+Enter, suggestions, saved replies ---- */
  const composer = document.querySelector("[data-composer]");
  const csrf = () => composer.querySelector("[name=csrf_token]").value;
  function post(url, fields) {
    const body = new URLSearchParams({ csrf_token: csrf(), ...fields });
    return fetch(url, { method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" } });
  }
  const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const PAIRS = new Set("^{}\\[~]|€\f");
  function count(text) {
    const odd = [...new Set([...text].filter((c) => !GSM.has(c) && !PAIRS.has(c)))];
    const units = odd.length ? text.length : [...text].reduce((n, c) => n + (PAIRS.has(c) ? 2 : 1), 0);
    const [one, many] = odd.length ? [70, 67] : [160, 153];
    return { units, parts: units <= one ? (units ? 1 : 0) : Math.ceil(units / many), odd };
  }
  if (composer) {
    const box = composer.querySelector("textarea"), counter = composer.querySelector("[data-counter]");
    const sendButton = composer.querySelector("[data-send]");
    const sendWords = sendButton.innerHTML;
    let draftTimer = null;
    const show = () => {
      const { units, parts, odd } = count(box.value);
      counter.textContent = units ? `${units} characters, ${parts} part${parts === 1 ? "" : "s"}` : "";
      if (odd.length && units) counter.textContent += `; ${odd.slice(0, 4).join(" ")} make it longer (Unicode)`;
    };
    box.addEventListener("input", () => {
      show();
      clearTimeout(draftTimer);
      draftTimer = setTimeout(() => post(composer.dataset.presence, { typing: "1", body: box.value }).catch(showOffline), 700);
      offerSaved(box);
    });
    show();
    setInterval(() => { if (!document.hidden) post(composer.dataset.presence, { typing: "0" }).catch(() => {}); }, 8000);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(sendButton); }
    });
    composer.querySelectorAll("[name=as]").forEach((radio) => radio.addEventListener("change", () => {
      const note = composer.querySelector("[name=as]:checked").value === "note";
      composer.classList.toggle("as-note", note);
      if (note) sendButton.textContent = "Save note"; else sendButton.innerHTML = sendWords;
    }));
    composer.querySelectorAll("[data-insert]").forEach((button) => button.addEventListener("click", () => {
      box.value = button.dataset.insert; box.focus(); box.dispatchEvent(new Event("input"));
    }));
  }

  /* A placeholder nobody could fill is marked, so that typing replaces it; the server refuses to send it. */
  function showGap(box) {
    const gap = /\{\w+\}/.exec(box.value);
    if (gap) box.setSelectionRange(gap.index, gap.index + gap[0].length);
  }
  const list = document.querySelector(".saved-replies");
  async function offerSaved(box) {
    if (!list) return;
    if (!box.value.startsWith("/")) { list.hidden = true; return; }
    const url = new URL(composer.dataset.saved, location.href);
    url.searchParams.set("q", box.value.slice(1));
    const asked = box.value;
    const answer = await fetch(url, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    const found = answer.ok ? await answer.json() : [];
    if (box.value !== asked) return;
    list.replaceChildren(...found.map((one) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button"; button.className = "bare"; button.title = one.text;
      button.textContent = one.unfilled.length ? `${one.name} (you fill in ${one.unfilled.join(", ").replaceAll("_", " ")})` : one.name;
      button.addEventListener("click", () => { box.value = one.text; list.hidden = true; box.focus(); box.dispatchEvent(new Event("input")); showGap(box); });
      item.append(button); return item;
    }));
    list.hidden = !found.length;
  }
  document.addEventListener("keydown", (event) => {
    if (!list || list.hidden) return;
    const buttons = [...list.querySelectorAll("button")], at = buttons.indexOf(document.activeElement);
    const plainEnter = event.key === "Enter" && !event.ctrlKey && !event.metaKey && at < 0;
    if (plainEnter && event.target.matches("textarea")) { event.preventDefault(); buttons[0]?.click(); }
    if (event.key === "ArrowDown") { event.preventDefault(); (buttons[at + 1] || buttons[0]).focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (buttons[at - 1] || composer.querySelector("textarea")).focus(); }
    if (event.key === "Escape") { list.hidden = true; composer.querySelector("textarea").focus(); }
  });

  /* ---- menus: Esc or a click elsewhere shuts them, a key that opens one goes into it ---- */
  const openMenus = () => [...document.querySelectorAll("details.drop[open]")];
  document.addEventListener("click", (event) => openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") openMenus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
  function use(target) {
    if (!target.matches("summary, button")) { target.focus(); return; }
    target.click();
    if (target.parentElement.open) target.parentElement.querySelector("select, .menu button, input:not([type=hidden])")?.focus();
  }

  /* ---- keys: one letter each, off while typing, and off altogether where the person wishes ---- */
  const go = { i: "/", c: "/clients", r: "/reminders", e: "/enrol" };
  let pending = null;
  document.addEventListener("keydown", (event) => {
    if (page.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select, [contenteditable]")) return;
    if (pending === "g") { pending = null; if (go[event.key]) location.href = go[event.key]; return; }
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.findIndex((row) => row === document.activeElement || row.getAttribute("aria-current") === "true");
    const press = (name) => { const target = document.querySelector(`[data-key="${name}"]`); if (target) { event.preventDefault(); use(target); } };
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
