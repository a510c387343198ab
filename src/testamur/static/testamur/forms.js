// Forms: parts that are asked only under a condition, names of chosen files, drafts that are not lost.
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

// Conditions, as the scheme language has them: {"fact": "form.x", "is": true}, or in, not, at_least, at_most; a list means all.
function answer(form, fact) {
  const name = fact.replace(/^form\./, "");
  const inputs = $$(`[name="${CSS.escape(name)}"]`, form).filter((input) => !input.disabled);
  if (!inputs.length) return undefined;
  const kind = inputs[0].type;
  if (kind === "radio" || kind === "checkbox") {
    const values = inputs.filter((input) => input.checked).map((input) => plain(input.value));
    return kind === "radio" ? values[0] : values;
  }
  return plain(inputs[0].value);
}
const WORDS = new Map([["true", true], ["yes", true], ["on", true], ["false", false], ["no", false], ["", undefined]]);
function plain(text) {
  return WORDS.has(text) ? WORDS.get(text) : text;
}
function ordered(value, limit) {
  const [a, b] = [Number(value), Number(limit)];
  return Number.isNaN(a) || Number.isNaN(b) ? [String(value), String(limit)] : [a, b];
}
export function holds(condition, value) {
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const same = (wanted) => values.some((one) => String(one) === String(wanted));
  if ("is" in condition) return same(condition.is);
  if ("not" in condition) return values.length > 0 && !same(condition.not);
  if ("in" in condition) return condition.in.some(same);
  const met = (limit, compare) => values.length > 0 && compare(...ordered(values[0], limit));
  if ("at_least" in condition) return met(condition.at_least, (a, b) => a >= b);
  if ("at_most" in condition) return met(condition.at_most, (a, b) => a <= b);
  return true;
}
function conditions(from) {
  for (const part of $$("[data-when]", from)) {
    const form = part.closest("form");
    if (!form) continue;
    const all = [JSON.parse(part.dataset.when)].flat();
    // Only what this form asks can be judged here; other facts are the server's.
    const mine = all.filter((one) => one.fact?.startsWith("form.") && $$(`[name="${CSS.escape(one.fact.slice(5))}"]`, form).length);
    const look = () => part.classList.toggle("is-off", !mine.every((one) => holds(one, answer(form, one.fact))));
    look();
    form.addEventListener("change", look);
    form.addEventListener("input", look);
  }
}

// Files: say what was chosen; take what is dropped.
function files(from) {
  for (const zone of $$("[data-drop]", from)) {
    const input = zone.querySelector("input[type=file]");
    const says = zone.querySelector("[data-file-name]");
    if (!input) continue;
    const name = () => {
      if (says) says.textContent = [...input.files].map((file) => `${file.name} (${Math.max(1, Math.round(file.size / 1024))} KB)`).join(", ");
    };
    input.addEventListener("change", name);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.dataset.over = ""; });
    zone.addEventListener("dragleave", () => { delete zone.dataset.over; });
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      delete zone.dataset.over;
      if (!event.dataTransfer?.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

// Rows of a composite answer: one more, without asking the server.
function rows(from) {
  for (const button of $$("[data-add-row]", from)) {
    button.addEventListener("click", (event) => {
      const list = document.getElementById(button.dataset.addRow);
      const last = list?.lastElementChild;
      if (!last) return;
      event.preventDefault();
      const copy = last.cloneNode(true);
      const next = list.children.length;
      const renumber = (text) => text.replace(/-(\d+)-/, `-${next}-`);
      for (const input of $$("input, select, textarea", copy)) {
        input.name = renumber(input.name);
        input.id = renumber(input.id);
        if (input.type === "checkbox" || input.type === "radio") input.checked = false;
        else input.value = "";
      }
      for (const label of $$("label", copy)) label.htmlFor = renumber(label.htmlFor);
      list.append(copy);
      copy.querySelector("input, select, textarea")?.focus();
    });
  }
}

// Drafts: a form that saves itself says so; leaving an unsaved one asks first.
const unsaved = new Set();
function drafts(from) {
  for (const form of $$("form[data-draft]", from)) {
    form.addEventListener("input", () => unsaved.add(form));
    form.addEventListener("submit", () => unsaved.delete(form));
    form.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) unsaved.delete(form); });
  }
}
window.addEventListener("beforeunload", (event) => { if (unsaved.size) event.preventDefault(); });

function wire(from) {
  conditions(from);
  files(from.matches?.("[data-drop]") ? from.parentElement : from);
  rows(from);
  drafts(from);
}
wire(document);
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) wire(event.target); });
