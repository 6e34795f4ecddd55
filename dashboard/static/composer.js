/* What script adds to the box a reply is written in: draft on the server, parts and their reason, keys, saved replies. */
"use strict";
(() => {
  const composer = document.querySelector("[data-composer]");
  if (!composer) return;
  const box = composer.querySelector("textarea"), counter = composer.querySelector("[data-counter]");
  const plainButton = composer.querySelector("[data-plain]"), partsSaid = composer.querySelector("[data-parts]");
  const sendButton = composer.querySelector("[data-send]"), noteButton = composer.querySelector("button.as-note");
  const list = composer.querySelector(".saved-replies"), seen = composer.querySelector("[name=seen]");
  const isNote = () => composer.querySelector("[name=as]:checked").value === "note";
  function post(url, fields) {
    const body = new URLSearchParams({ csrf_token: composer.querySelector("[name=csrf_token]").value, ...fields });
    return fetch(url, { method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" } });
  }

  /* ---- characters, parts, and why there are more: what is not in the phone's own alphabet makes each part shorter ---- */
  const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const PAIRS = new Set("^{}\\[~]|€\f");
  const PLAIN = { "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "•": "-", "´": "'", "`": "'" };
  const EMOJI = /[\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}\u200d\ufe0f]+ ?/gu;
  function count(text) {
    const odd = [...new Set([...text].filter((c) => !GSM.has(c) && !PAIRS.has(c)))];
    const units = odd.length ? text.length : [...text].reduce((n, c) => n + (PAIRS.has(c) ? 2 : 1), 0);
    const [one, many] = odd.length ? [70, 67] : [160, 153];
    return { units, parts: units <= one ? (units ? 1 : 0) : Math.ceil(units / many), odd };
  }
  const toPlain = (text) => [...text].map((c) => PLAIN[c] ?? c).join("").replace(EMOJI, "");
  function showCount() {
    const { units, parts, odd } = count(box.value);
    const words = parts === 1 ? "1 part" : `${parts} parts`;
    counter.textContent = units && !isNote() ? `${units} character${units === 1 ? "" : "s"}, ${words}` : "";
    if (odd.length && units && !isNote()) counter.textContent += `; ${odd.filter((c) => c.trim()).slice(0, 4).join(" ")} make it longer (Unicode)`;
    const plain = toPlain(box.value), better = odd.length > 0 && plain !== box.value && !isNote();
    plainButton.hidden = !better;
    if (better) plainButton.textContent = count(plain).parts < parts ? `Use plain characters: ${count(plain).parts === 1 ? "1 part" : `${count(plain).parts} parts`}` : "Use plain characters";
    const said = odd.length ? `${words}, because of ${odd.slice(0, 4).join(" ")}` : parts > 1 ? words : "";
    if (partsSaid.textContent !== said) partsSaid.textContent = said;
  }
  plainButton.addEventListener("click", () => { box.value = toPlain(box.value); box.focus(); changed(); });

  /* ---- draft and presence; what a colleague sends after the first letter is asked about before ours goes ---- */
  const DRAFT_MS = 700, LATEST_MS = 3000, AGAIN_MS = 4000;
  let draftTimer = null, unsavedSince = 0, isSent = false, wasEmpty = !box.value;
  async function saveDraft() {
    clearTimeout(draftTimer); draftTimer = null; unsavedSince = 0;
    const answer = await post(composer.dataset.presence, { typing: box.value ? "1" : "0", body: box.value, as: isNote() ? "note" : "reply" }).catch(() => null);
    if ((!answer || answer.status >= 500) && !isSent) draftTimer ??= setTimeout(saveDraft, AGAIN_MS);
  }
  function changed() {
    if (wasEmpty && box.value) seen.value = document.getElementById("texts")?.dataset.last ?? seen.value;
    wasEmpty = !box.value;
    showCount();
    unsavedSince ||= Date.now();
    clearTimeout(draftTimer);
    draftTimer = setTimeout(saveDraft, Math.max(0, Math.min(DRAFT_MS, unsavedSince + LATEST_MS - Date.now())));
    offerSaved();
  }
  box.addEventListener("input", changed);
  setInterval(() => { if (!document.hidden) post(composer.dataset.presence, { typing: "0" }).catch(() => {}); }, 8000);
  composer.addEventListener("submit", () => { isSent = true; clearTimeout(draftTimer); });
  document.addEventListener("lockssoon", () => { if (draftTimer) saveDraft(); });

  /* ---- Ctrl+Enter sends; Enter alone only where the person wishes so ---- */
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    const wanted = event.ctrlKey || event.metaKey || (document.body.dataset.enter === "sends" && !event.shiftKey && list.hidden);
    if (wanted) { event.preventDefault(); composer.requestSubmit(isNote() ? noteButton : sendButton); }
  });
  composer.querySelectorAll("[name=as]").forEach((radio) => radio.addEventListener("change", changed));
  composer.querySelectorAll("[data-insert]").forEach((button) => button.addEventListener("click", () => {
    box.value = button.dataset.insert; box.focus(); changed();
  }));

  /* ---- saved replies. A placeholder nobody could fill is marked, so that typing replaces it; the server refuses it. ---- */
  function showGap() {
    const gap = /\{\w+\}/.exec(box.value);
    if (gap) box.setSelectionRange(gap.index, gap.index + gap[0].length);
  }
  function insert(one) { box.value = one.text; list.hidden = true; box.focus(); changed(); showGap(); }
  async function offerSaved() {
    if (!box.value.startsWith("/")) { list.hidden = true; return; }
    const url = new URL(composer.dataset.saved, location.href), asked = box.value;
    url.searchParams.set("q", asked.slice(1));
    const answer = await fetch(url, { credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
    const found = answer?.ok ? await answer.json() : [];
    if (box.value !== asked) return;
    list.replaceChildren(...found.map((one) => {
      const item = document.createElement("li"), button = document.createElement("button"), start = document.createElement("span");
      button.type = "button"; button.className = "bare"; button.title = one.text;
      button.textContent = one.unfilled.length ? `${one.name} (you fill in ${one.unfilled.join(", ").replaceAll("_", " ")})` : one.name;
      start.className = "soft"; start.textContent = one.text; button.append(start);
      button.addEventListener("click", () => insert(one));
      item.append(button); return item;
    }));
    list.hidden = !found.length;
  }
  composer.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const buttons = [...list.querySelectorAll("button")], at = buttons.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target === box && !event.ctrlKey && !event.metaKey) { event.preventDefault(); event.stopPropagation(); buttons[0]?.click(); }
    if (event.key === "ArrowDown") { event.preventDefault(); (buttons[at + 1] || buttons[0]).focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (buttons[at - 1] || box).focus(); }
    if (event.key === "Escape") { event.stopPropagation(); list.hidden = true; box.focus(); }
  }, true);
  showCount();
})();
