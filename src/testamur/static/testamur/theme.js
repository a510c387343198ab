// Light or dark: follows the system until the reader chooses. The choice is a cookie, so that the server writes it into
// the next page and nothing flashes; without scripts the page follows the system.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => document.cookie.match(/(?:^|; )theme=(dark|light)/)?.[1];
const paint = () => { root.dataset.bsTheme = chosen() ?? (system.matches ? "dark" : "light"); };

root.dataset.scripted = "";
paint();
system.addEventListener("change", paint);
for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  const say = () => button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
  say();
  button.addEventListener("click", () => {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${next}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    paint();
    say();
  });
}
