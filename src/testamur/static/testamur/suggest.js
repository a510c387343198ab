// Suggestions under a search box: the combobox of the ARIA Authoring Practices, with a listbox and without a changed text.
// The box stays a plain search box where this does not run.
const PAUSE = 150; // ms without a key before the server is asked
let count = 0;

const grow = (box) => {
  const id = `suggest-${++count}`;
  const list = Object.assign(document.createElement("ul"), { id, className: "t-suggest", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.suggestLabel);
  const told = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  told.setAttribute("role", "status");
  const frame = Object.assign(document.createElement("span"), { className: "t-suggest__frame" });
  box.before(frame);
  frame.append(box, list, told);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list", autocomplete: "off",
  })) box.setAttribute(name, value);

  let chosen = -1, waiting = 0, asking = null;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const show = (open) => {
    list.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
    if (!open) choose(-1);
  };
  const choose = (place) => {
    chosen = place;
    options().forEach((one, at) => one.setAttribute("aria-selected", String(at === place)));
    if (place < 0) box.removeAttribute("aria-activedescendant");
    else {
      box.setAttribute("aria-activedescendant", options()[place].id);
      options()[place].scrollIntoView({ block: "nearest" });
    }
  };
  const go = (one) => location.assign(one.dataset.href);
  const ask = async () => {
    asking?.abort();
    const text = box.value.trim();
    if (!text) return show(false);
    asking = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?${new URLSearchParams({ q: text })}`, { signal: asking.signal });
      if (!answer.ok) return show(false);
      const html = await answer.text();
      if (box.value.trim() !== text || document.activeElement !== box) return;
      list.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.querySelectorAll("[role=option]"));
      options().forEach((one, at) => { one.id = `${id}-${at}`; });
      const found = options().length;
      told.textContent = found ? box.dataset.suggestCount.replace("{n}", found) : "";
      choose(-1);
      show(found > 0);
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  };

  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); });
  box.addEventListener("keydown", (event) => {
    const found = options().length;
    if (event.isComposing) return; // the keys belong to the input method
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); show(false); }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found) {
      event.preventDefault();
      if (list.hidden) show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(chosen < 0 ? (step > 0 ? 0 : found - 1) : (chosen + step + found) % found);
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) { event.preventDefault(); go(options()[chosen]); }
  });
  box.addEventListener("blur", () => { clearTimeout(waiting); asking?.abort(); show(false); });
  // Pressed, not clicked: the box would lose the focus first and the list would be gone.
  list.addEventListener("pointerdown", (event) => {
    const one = event.target.closest("[role=option]");
    if (one) { event.preventDefault(); go(one); }
  });
};
for (const box of document.querySelectorAll("[data-suggest]")) grow(box);
