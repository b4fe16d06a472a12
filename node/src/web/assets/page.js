// Progressive enhancement only: every page and form works without it.
"use strict";

// The chip follows the node while a page is open.
const chip = document.querySelector("[data-chip]");
if (chip && window.EventSource) {
  let states;
  const open = () => {
    states = new EventSource("/state");
    states.addEventListener("state", (event) => {
      const now = JSON.parse(event.data);
      chip.className = "chip chip-" + now.state;
      chip.querySelector("[data-chip-text]").textContent = now.text;
    });
  };
  open();
  // A browser keeps pages one has left, with their connections, and has only six for a node.
  addEventListener("pagehide", () => states.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
}

// A draft of a long form is kept in this browser until it is sent, so that a cut loses no words.
const form = document.querySelector("form[data-draft]");
if (form && window.localStorage) {
  const key = "fangwei-draft " + form.dataset.draft;
  const fields = () => [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "file");
  const note = document.querySelector("[data-draft-note]");
  try {
    const kept = JSON.parse(localStorage.getItem(key) || "null");
    if (kept && fields().every((one) => one.type === "checkbox" || one.tagName === "SELECT" || one.value === "")) {
      for (const one of fields()) {
        if (!(one.name in kept)) continue;
        if (one.type === "checkbox") one.checked = kept[one.name].includes(one.value);
        else if (one.multiple) for (const option of one.options) option.selected = kept[one.name].includes(option.value);
        else one.value = kept[one.name][0];
      }
      if (note) note.hidden = false;
    }
  } catch { localStorage.removeItem(key); }
  const keep = () => {
    const kept = {};
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && name !== "token") (kept[name] ||= []).push(value);
    localStorage.setItem(key, JSON.stringify(kept));
  };
  form.addEventListener("input", keep);
  document.querySelector("[data-draft-drop]")?.addEventListener("click", () => { localStorage.removeItem(key); location.reload(); });
}
// What was signed is no draft any more.
const signed = document.querySelector("[data-signed]");
if (signed && window.localStorage) for (const key of Object.keys(localStorage)) if (key.startsWith("fangwei-draft ")) localStorage.removeItem(key);

// Keys are forgotten with the window's other drafts when somebody locks.
document.querySelector("form[data-lock]")?.addEventListener("submit", () => {
  if (window.localStorage) for (const key of Object.keys(localStorage)) if (key.startsWith("fangwei-draft ")) localStorage.removeItem(key);
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
