// <testamur-badge record="7KQ2M8ZP4T" lang="en"></testamur-badge>: the live status of a certificate on its holder's page.
// Everything it shows comes from the register that served this file, and it names whose certificate it is: copied to
// another page it still speaks of the holder it was made for, and leads to the record that says so.

const ORIGIN = new URL(import.meta.url).origin;
/** Milliseconds between two questions while a page stays open. */
const AGAIN = 300_000;
const COLOURS = { valid: "#14663f", bad: "#a1261c", held: "#4a4a8f", silent: "#7a5200", none: "#4b5563" };
const SILENT = { en: "The register does not answer now.", zh: "登记平台目前没有应答。" };

// A sheet of our own making is no inline style: it works on pages whose policy forbids those.
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
  :host { display: inline-block; max-inline-size: 20rem; }
  a { display: block; padding: .75rem 1rem; background: #fff; color: #1b1f24; text-decoration: none;
      border: 1px solid var(--c); border-inline-start-width: .5rem; border-radius: .375rem;
      font: .8125rem/1.45 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
  a:focus-visible { outline: 3px solid var(--c); outline-offset: 2px; }
  strong { display: block; font-size: 1.125rem; color: var(--c); }
  span { display: block; overflow-wrap: anywhere; }
  small { display: block; color: #4b5563; }
  u { text-decoration-thickness: 1px; text-underline-offset: 2px; }
`);

class Badge extends HTMLElement {
  static observedAttributes = ["record", "lang"];

  #root = this.attachShadow({ mode: "closed" });
  #timer = 0;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [STYLE];
    this.#ask();
    this.#timer = setInterval(() => this.#ask(), AGAIN);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#ask();
  }

  get #language() {
    return (this.lang || document.documentElement.lang || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  }

  async #ask() {
    const record = this.getAttribute("record") ?? "";
    if (!/^[0-9A-Za-z]{10}$/.test(record)) return this.#silent();
    try {
      const answer = await fetch(`${ORIGIN}/c/${record}/badge.json?lang=${this.#language}`, { credentials: "omit" });
      const facts = await answer.json();
      this.#show(facts);
    } catch {
      // An old answer is no live one: what cannot be asked is not shown.
      this.#silent();
    }
  }

  #silent() {
    this.#draw("none", ORIGIN, [["span", SILENT[this.#language]]]);
    this.dataset.answer = "unknown";
  }

  #show(facts) {
    const day = String(facts.as_of).slice(0, 10);
    this.#draw(facts.colour, facts.href, [
      ["strong", facts.state],
      ["span", facts.holder],
      ["span", facts.number],
      ["small", [day, facts.host].filter(Boolean).join(" · ")],
      ["u", facts.link],
    ]);
    this.dataset.answer = facts.answer;
  }

  #draw(colour, href, lines) {
    const link = document.createElement("a");
    const address = new URL(href, ORIGIN);
    link.href = address.protocol === "https:" || address.origin === ORIGIN ? address.href : ORIGIN;
    link.style.setProperty("--c", COLOURS[colour] ?? COLOURS.none);
    for (const [tag, text] of lines) {
      if (!text) continue;
      const part = document.createElement(tag);
      part.textContent = text;
      link.append(part);
    }
    this.#root.replaceChildren(link);
  }
}

if (!customElements.get("testamur-badge")) customElements.define("testamur-badge", Badge);
