// While a long list is being answered the form says so; a form sent twice would only wait twice.
for (const form of document.querySelectorAll("form[data-waiting]")) {
  const shown = form.querySelector("[data-waiting-shown]") ?? document.querySelector("[data-waiting-shown]");
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-quiet") || !shown) return; // a download leaves the page as it is
    shown.hidden = false;
  });
}
addEventListener("pageshow", () => {
  for (const shown of document.querySelectorAll("[data-waiting-shown]")) shown.hidden = true;
});
