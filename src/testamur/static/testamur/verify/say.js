// Sentences in the reader's language: the message is the English sentence with named placeholders, as in kernel/refusal.
// The Chinese stands in words.js, written by tools/words.py from the platform's one catalogue.

import { ZH } from "./words.js";

/** Mark an English sentence for translation; it is translated where it is shown, never here. */
export function _(message) {
  return message;
}

/** Return a message in the language of the page ("en", or anything that begins with "zh"). */
export function translated(message, language) {
  return language.startsWith("zh") ? (ZH[message] ?? message) : message;
}

/** Return a sentence with its facts: texts and numbers as they are, instants as people write them, sentences inside. */
export function sentence(said, language) {
  return translated(said.message, language).replace(/\{(\w+)\}/g, (_whole, name) => shown(said.facts[name], language));
}

/** Return one fact as text. */
export function shown(value, language) {
  if (value && typeof value === "object" && "instant" in value) return moment(value.instant, language);
  if (value && typeof value === "object" && "message" in value) return sentence(value, language);
  return String(value);
}

/** Return an instant in UTC: 22 Nov 2026 12:00 UTC, or 2026年11月22日 12:00（UTC）. */
export function moment(instant, language) {
  const at = new Date(instant);
  const time = `${String(at.getUTCHours()).padStart(2, "0")}:${String(at.getUTCMinutes()).padStart(2, "0")}`;
  if (language.startsWith("zh")) {
    return `${at.getUTCFullYear()}年${at.getUTCMonth() + 1}月${at.getUTCDate()}日 ${time}（UTC）`;
  }
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()} ${time} UTC`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
