// Rows by keyboard: j and k move, x selects, Enter opens. Off where <html data-quiet-keys> says so (WCAG 2.1.4).
// Selecting rows shows the bulk bar with their number; without scripts the bar is always there.
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

function count(table) {
  for (const row of $$("tbody tr", table)) row.classList.toggle("is-sel", row.querySelector("input[type=checkbox]")?.checked ?? false);
  const bar = document.getElementById(table.dataset.bulk);
  if (!bar) return;
  const chosen = $$("tbody input[type=checkbox]:checked", table);
  bar.hidden = chosen.length === 0;
  const says = bar.querySelector("[data-count]");
  if (says) says.textContent = String(chosen.length);
}
for (const table of $$("table[data-rows]")) {
  count(table);
  table.addEventListener("change", () => count(table));
  table.addEventListener("keydown", (event) => {
    if ("quietKeys" in document.documentElement.dataset || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const rows = $$("tbody tr", table);
    const at = rows.findIndex((row) => row.contains(event.target));
    const go = (row) => row?.querySelector("th a, td a, input")?.focus();
    if (event.key === "j") go(rows[Math.min(at + 1, rows.length - 1)]);
    else if (event.key === "k") go(rows[Math.max(at - 1, 0)]);
    else if (event.key === "x" && at >= 0) rows[at].querySelector("input[type=checkbox]")?.click();
    else if (event.key === "Enter" && at >= 0 && event.target.matches("input")) rows[at].querySelector("th a, td a")?.click();
    else return;
    event.preventDefault();
  });
}
