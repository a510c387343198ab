// On the page of a certificate: the browser checks the signed files itself and says so beside the register's answer.
// The code on a paper carries the first characters of the credential's digest behind "#"; they never reach the server.

import { check, fetchBundle } from "./check.js";
import { keep, keepFile } from "./keep.js";
import { _ } from "./say.js";
import { make, say, verdictElement } from "./show.js";
import { Unsupported } from "./signature.js";
import { Malformed } from "./strict_json.js";
import * as trusts from "./trust.js";

const place = document.querySelector("[data-browser-check]");

function tell(colour, text) {
  place.replaceChildren(make("p", { class: `t-note t-c--${colour}`, role: "status" }, text));
}

/** Return the digest that the paper's code names, or "". */
function onPaper() {
  return /^#(uEi[A-Za-z0-9_-]{13})$/.exec(location.hash)?.[1] ?? "";
}

/** The paper may be of an earlier edition: ask for that one. True where another page is being opened. */
function openTheOneInHand(paper) {
  const editions = JSON.parse(place.dataset.digests || "{}");
  const held = Object.keys(editions).find((edition) => editions[edition].startsWith(paper));
  if (!held || held === place.dataset.edition) return false;
  location.replace(`${location.pathname}?edition=${held}${location.hash}`);
  return true;
}

async function begin() {
  const { bundle, credential: code } = place.dataset;
  const paper = onPaper();
  if (paper && openTheOneInHand(paper)) return;
  try {
    const held = await trusts.current();
    const found = held && (await fetchBundle(bundle, code));
    if (!found) {
      tell("silent", say(_("The signed files could not be fetched, so your browser has not checked them.")));
      return;
    }
    const { verdict, took } = await check(found.data, { trust: held.trust });
    const swapped = paper && !(verdict.known?.digest ?? "").startsWith(paper);
    place.dataset.code = swapped ? "SWAPPED" : verdict.result;
    const sentence = swapped
      ? _("Do not rely on this page: the code on your paper names another content than the one served here.")
      : paper
        ? _("It is the very document whose code you scanned.")
        : "";
    place.replaceChildren(
      sentence && make("p", { class: `t-note t-c--${swapped ? "bad" : "valid"}`, role: swapped ? "alert" : "status" }, say(sentence)),
      verdictElement(verdict, { took }),
    );
    await keepFile(`/c/${code}/bundle`, found.data, "application/json");
    await keepFile(`${location.pathname}/bundle`, found.data, "application/json");
    await keep();
  } catch (error) {
    if (error instanceof Unsupported) {
      tell("silent", say(_("This browser cannot check Ed25519 signatures; the answer above is the register's word alone.")));
    } else if (error instanceof Malformed || error instanceof TypeError) {
      tell("silent", say(_("The signed files could not be fetched, so your browser has not checked them.")));
    } else {
      throw error;
    }
  } finally {
    place.dataset.done = "";
  }
}

if (place) begin();
