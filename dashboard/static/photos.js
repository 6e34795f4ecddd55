/* What script adds to photos: the lightbox, compare moving together, smaller uploads. Keeps nothing in the browser. */
"use strict";
(() => {
  /* ---- lightbox: every [data-lightbox] link of the page, in order ---- */
  const links = () => [...document.querySelectorAll("[data-lightbox]")];
  let box = null, at = 0, opener = null;

  function make() {
    box = document.createElement("dialog");
    box.className = "lightbox";
    box.setAttribute("aria-label", "Photo");
    const stage = document.createElement("div"), image = document.createElement("img"), bar = document.createElement("div"), words = document.createElement("p");
    stage.className = "stage"; stage.tabIndex = 0; bar.className = "bar"; words.setAttribute("aria-live", "polite");
    const button = (name, label, act) => {
      const one = document.createElement("button");
      one.type = "button"; one.textContent = name; one.setAttribute("aria-label", label); one.addEventListener("click", act);
      bar.append(one); return one;
    };
    stage.append(image); bar.append(words);
    box.parts = { stage, image, words };
    box.parts.before = button("←", "Earlier photo", () => show(at - 1));
    box.parts.after = button("→", "Later photo", () => show(at + 1));
    box.parts.out = button("−", "Smaller", () => zoom(-1));
    box.parts.in = button("+", "Larger", () => zoom(1));
    const details = document.createElement("a");
    details.textContent = "Details"; details.setAttribute("role", "button"); bar.append(details); box.parts.details = details;
    button("Close", "Close the photo", () => box.close());
    box.append(stage, bar);
    image.addEventListener("click", () => zoom(box.dataset.zoom === "1" ? 1 : -2));
    box.addEventListener("keydown", keys);
    box.addEventListener("close", () => { image.removeAttribute("src"); opener?.focus(); });
    document.body.append(box);
  }
  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1), Home: () => show(0), End: () => show(links().length - 1) };
    if (box.dataset.zoom === "1") { acts.ArrowLeft = () => show(at - 1); acts.ArrowRight = () => show(at + 1); }
    event.stopPropagation();
    if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
  }
  function zoom(step) {
    const level = Math.min(3, Math.max(1, Number(box.dataset.zoom) + step));
    const { stage } = box.parts, x = (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, y = (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight;
    box.dataset.zoom = level;
    stage.scrollTo(x * stage.scrollWidth - stage.clientWidth / 2, y * stage.scrollHeight - stage.clientHeight / 2);
    box.parts.in.disabled = level === 3; box.parts.out.disabled = level === 1;
    if (level > 1) stage.focus({ preventScroll: true });
  }
  function show(position) {
    const all = links();
    if (position < 0 || position >= all.length) return;
    at = position;
    const link = all[at], { image, words, before, after, details } = box.parts;
    image.src = link.dataset.lightbox;
    image.alt = link.querySelector("img")?.alt || "Photo";
    words.textContent = `${link.dataset.caption || ""}${all.length > 1 ? ` (${at + 1} of ${all.length})` : ""}`;
    details.href = link.href; details.hidden = link.pathname === location.pathname || link.href.endsWith("/full");
    before.disabled = at === 0; after.disabled = at === all.length - 1;
    box.dataset.zoom = "1"; zoom(0);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-lightbox]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (!box) make();
    opener = link;
    show(links().indexOf(link));
    box.showModal();
  });

  /* ---- the page of one photo: arrows to its neighbours, Esc up ---- */
  document.addEventListener("keydown", (event) => {
    if (box?.open || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (document.querySelector("[data-pair] .window:focus")) return;
    const to = { ArrowLeft: "a[rel=prev]", ArrowRight: "a[rel=next]", Escape: "[data-photo-up]" }[event.key];
    const target = to && document.querySelector(to);
    if (target) { event.preventDefault(); target.click(); }
  });

  /* ---- compare: both windows show the same part ---- */
  document.querySelectorAll("[data-submit]").forEach((choice) => choice.addEventListener("change", () => choice.form.requestSubmit()));
  const windows = [...document.querySelectorAll("[data-pair] .window")];
  const share = (place, whole, seen) => (whole > seen ? place / (whole - seen) : 0);
  let led = null;
  addEventListener("load", () => windows.slice(0, 1).forEach((one) => one.scrollTo((one.scrollWidth - one.clientWidth) / 2, (one.scrollHeight - one.clientHeight) / 3)));
  windows.forEach((one) => one.addEventListener("scroll", () => {
    if (led === one) { led = null; return; }
    const other = windows.find((w) => w !== one);
    const left = share(one.scrollLeft, one.scrollWidth, one.clientWidth) * (other.scrollWidth - other.clientWidth);
    const top = share(one.scrollTop, one.scrollHeight, one.clientHeight) * (other.scrollHeight - other.clientHeight);
    if (Math.abs(other.scrollLeft - left) < 1 && Math.abs(other.scrollTop - top) < 1) return;
    led = other; other.scrollTo(left, top);
  }, { passive: true }));

  /* ---- uploads: large photos are made smaller here, so that several fit in one request ---- */
  const SIDE = 2560, LARGE = 1500000;
  async function smaller(file) {
    if (file.size < LARGE) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
      return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch { return file; /* a kind this browser cannot open, such as HEIC: the server can */ }
  }
  document.querySelectorAll("form[data-shrink]").forEach((form) => form.addEventListener("submit", async (event) => {
    const input = form.querySelector("[type=file]");
    if (form.dataset.ready || !input?.files.length) return;
    event.preventDefault();
    const files = new DataTransfer();
    for (const file of input.files) files.items.add(await smaller(file));
    input.files = files.files;
    form.dataset.ready = "yes";
    setTimeout(() => form.requestSubmit(event.submitter)); /* a form that is just being submitted ignores a second try */
  }));

  /* ---- leaving a half-written reply to attach a picture: keep its last words ---- */
  document.querySelectorAll("[data-attach]").forEach((link) => link.addEventListener("click", () => {
    const composer = document.querySelector("[data-composer]");
    const body = new URLSearchParams({ csrf_token: composer.querySelector("[name=csrf_token]").value, typing: "1", body: composer.querySelector("textarea").value });
    fetch(composer.dataset.presence, { method: "POST", body, keepalive: true, credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => {});
  }));
})();
