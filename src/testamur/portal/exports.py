"""Take a public list away as CSV, XLSX, JSON or Parquet: its rows by key, and the links to it. ``files.tables`` writes
it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from testamur.files import tables
from testamur.files.tables import MEDIA_TYPES as MEDIA_TYPES

#: Rows of one export at most; whoever needs more takes the open data.
MOST = 10_000
#: Kinds of files of a list that programs read as well; those of other lists are ``MEDIA_TYPES``.
FORMS = (*MEDIA_TYPES, "parquet")
#: What each form is called.
WORDS: dict[str, dict[str, str]] = {
    "csv": {"en": "CSV", "zh": "CSV"},
    "xlsx": {"en": "Excel (XLSX)", "zh": "Excel（XLSX）"},
    "json": {"en": "JSON", "zh": "JSON"},
    "parquet": {"en": "Parquet", "zh": "Parquet文件"},
}


def export(
    form: str,
    *,
    name: str,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return a table as a file.

    Args:
        form: ``csv``, ``xlsx``, ``json`` or ``parquet``.
        name: of the file, without ending.
        columns: (key of a row, title for people); JSON keeps the keys.
        rows: mappings of the keys to texts, days, instants, numbers.
        facts: what JSON says beside the rows: as of when, which filters.

    Raises:
        KeyError: no such form.
    """
    keys, titles = [key for key, _title in columns], [title for _key, title in columns]
    values = ([row.get(key) for key in keys] for row in rows)
    return tables.as_file(form, keys, values, name=name, titles=titles, facts=facts or {})


def links(request: HttpRequest, route: str, *args: str, parquet: bool = False) -> list[dict[str, Any]]:
    """Return the downloads of a list as ``portal/_exports.html`` shows them; the page's own filters go along.

    Args:
        parquet: offer it too; the list's view takes ``FORMS``.
    """
    query = request.GET.copy()
    query.pop("page", None)
    tail = f"&{query.urlencode()}" if query else ""
    return [
        {"label": label, "href": f"{reverse(route, args=args)}?as={form}{tail}", "icon": "download"}
        for form, label in WORDS.items()
        if parquet or form in MEDIA_TYPES
    ]
