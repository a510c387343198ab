// Comforts of every page. Each works on what is there and does nothing where it is not; no page needs one of them.
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

// Menus and facets are <details>: closed on a phone, open on a wide screen.
const wide = matchMedia("(min-width: 62rem)");
const unfold = () => { for (const fold of $$(".t-menu, .t-facets")) fold.open = wide.matches; };
unfold();
wide.addEventListener("change", unfold);

// A long timeline starts at today, not at its first year.
const scroll = (from) => { for (const strip of $$("[data-scroll-end]", from)) strip.scrollLeft = strip.scrollWidth; };
scroll(document);
document.addEventListener("htmx:load", (event) => scroll(event.target));

// "/" goes to the search box, unless somebody is writing. One attribute on <html> switches single keys off (WCAG 2.1.4).
const writing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  if ("quietKeys" in document.documentElement.dataset) return;
  const box = document.querySelector("[data-focus-key='/']");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// An open menu closes with Escape or a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of $$("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of $$("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Errors are read first: the summary takes the focus after a page load and after a swap.
const alarm = (from) => from.querySelector("#errors")?.focus({ preventScroll: false });
alarm(document);
document.addEventListener("htmx:afterSwap", (event) => alarm(event.target));

// A script may offer to copy what is in plain sight.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) navigator.clipboard?.writeText(button.dataset.copy);
});
