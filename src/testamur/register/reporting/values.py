"""Readers of single values: text as a source writes it → text, day, list or address as the register keeps it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

#: Parts of a value that came as a list (see ``rows.PART``).
PART = "\x1f"
READERS = ("text", "day", "list", "address", "file_stem")
#: Invisible signs that copying leaves in names.
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
#: Forms tried for ``form = "auto"``; those of one line differ in their order only.
FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d",
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
)  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?")


class Unreadable(ValueError):
    """A text is not of its kind."""


def clean(text: str) -> str:
    """Return a text without entities, invisible signs, double spaces and line breaks, composed (NFC)."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        if _INVISIBLE.search(text):
            text = _INVISIBLE.sub("", text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
    if "  " in text or text != text.strip() or not text.isprintable():
        text = " ".join(text.split())
    return text


def cleaned(texts: Sequence[str]) -> Sequence[str]:
    """Return many texts cleaned. All of them are looked at together; nearly always there is nothing to clean."""
    whole = "~".join(texts)  # a sign that no accent joins
    tidy = (
        "&" not in whole
        and "  " not in whole
        and " ~" not in whole
        and "~ " not in whole
        and whole == whole.strip()
        and whole.isprintable()  # invisible signs are not
        and (whole.isascii() or unicodedata.is_normalized("NFC", whole))
    )
    return texts if tidy else [clean(text) for text in texts]


def word(text: str) -> str:
    """Return a word as tables of values compare it: cleaned, no case, half width."""
    return unicodedata.normalize("NFKC", clean(text)).casefold()


def table(given: Mapping[str, str]) -> dict[str, str]:
    """Return a table of values by their folded words."""
    return {word(key): value for key, value in given.items()}


def day_reader(forms: Sequence[str]) -> Callable[[str], str]:
    """Return a reader of civil days; it remembers, as a million rows know a few thousand days.

    The reader returns ISO 8601, which it also accepts whatever the form: nothing else is written so.

    Raises:
        Unreadable: by the reader.
    """
    known: dict[str, str] = {}

    def read(text: str) -> str:
        found = known.get(text)
        if found is None:
            found = day_of(text, forms).isoformat()
            if len(known) < 100_000:
                known[text] = found
        return found

    return read


def day_of(text: str, forms: Sequence[str]) -> date:
    """Read a civil day by the first form that fits (``strptime``), or as ISO 8601.

    Raises:
        Unreadable: no day, as 31/02 or 00/00/0000.
    """
    iso = _ISO.fullmatch(text)
    if iso is not None:
        try:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        except ValueError:
            raise Unreadable(text) from None
    for form in forms:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise Unreadable(text)


def form_of(samples: Sequence[str]) -> tuple[str, ...]:
    """Return the forms in which all of some days read: one where the days decide it, several where they do not."""
    return tuple(form for form in FORMS if all(_fits(text, form) for text in samples))


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def parts_of(text: str, separator: str) -> list[str]:
    """Return the parts of a list, each once."""
    if PART in text:
        found = text.split(PART)
    else:
        found = text.split(separator) if separator else [text]
    return list(dict.fromkeys(part for part in map(clean, found) if part))


def address_of(text: str) -> str:
    """Return a web address with its odd characters escaped and the idle port taken out; plain text where it is none."""
    try:
        parts = urlsplit(text)
        port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    except ValueError:
        return text
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return text
    query = f"?{quote(unquote(parts.query), safe='=&;,:/')}" if parts.query else ""
    return f"{parts.scheme}://{parts.hostname}{port}{quote(unquote(parts.path))}{query}"


def stem_of(text: str) -> str:
    """Return the name of the file an address points to, without its ending and the traces of uploads."""
    try:
        name = PurePosixPath(unquote(urlsplit(text).path or text)).name or text
    except ValueError:
        name = text
    return clean(re.sub(r"\.pdf.*$", "", name, flags=re.IGNORECASE))[:80]
