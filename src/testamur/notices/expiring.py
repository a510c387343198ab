"""What nobody records: a certificate whose last day is over. It is told once, on the day after, as of that day.

Days are counted in the area of each certificate. How far each area is told stands beside the line, so that days on
which nobody worked are made up for; what came in when its last day was over already is not told again.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.notices.models import Change, Line
from testamur.notices.telling import CHUNK, New, hold, split, tell
from testamur.register.models import Current, Edition
from testamur.register.reporting.database import asked, table
from testamur.register.status import area_of

Kind = Change.Kind
#: Areas whose days are counted each for itself; "": UTC, in which the days of what sources tell are counted.
AREAS = ("", *days.ZONES)
#: The days of an area are those of what was made here; what sources tell, nearly all, is asked for once.
_ENDING = f"""
SELECT c.attestation_id, c.issuer_id, c.scheme, c.standards, c.edition_id
FROM "{table(Current)}" c
WHERE c.expires_on = %s AND c.gone_on IS NULL AND c.attestation_id > %s AND c.status IN (%s, %s)
      AND NOT c.personal AND NOT c.confidential AND (%s = '' OR c.edition_id IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM "{table(Change)}" n
                      WHERE n.attestation_id = c.attestation_id AND n.kind = %s AND n.effective_on = %s)
ORDER BY c.attestation_id LIMIT %s"""


def follow() -> int:
    """Tell what expired on the days that are over and not told yet; returns how many changes."""
    told = 0
    for area in AREAS:
        over = days.day_of(clock.now(), area) - timedelta(days=1)
        line = Line.objects.get_or_create(name=f"expired {area}".strip(), defaults={"upto": over.toordinal()})[0]
        for ordinal in range(line.upto + 1, over.toordinal() + 1):
            told += _tell_day(date.fromordinal(ordinal), area)
            Line.objects.filter(pk=line.pk, upto__lt=ordinal).update(upto=ordinal)
    return told


def _tell_day(last: date, area: str) -> int:
    told = upto = 0
    first = last + timedelta(days=1)
    while True:
        with transaction.atomic():
            hold()
            rows = asked(
                _ENDING,
                [last.isoformat(), upto, str(Status.VALID), str(Status.SUSPENDED), area,
                 str(Kind.EXPIRED), first.isoformat(), CHUNK],
            )  # fmt: skip
            found = _in_area(rows, area)
            now = clock.now()
            tell([New(Kind.EXPIRED, one, issuer, scheme, first, now, split(standards))
                  for one, issuer, scheme, standards, _edition in found])  # fmt: skip
        told += len(found)
        if len(rows) < CHUNK:
            return told
        upto = rows[-1][0]


def _in_area(rows: list[tuple[Any, ...]], area: str) -> list[tuple[Any, ...]]:
    """Return the rows whose days are counted in an area; of what a source tells no scheme is known here: UTC."""
    editions = Edition.objects.in_bulk([row[4] for row in rows if row[4] is not None])
    return [row for row in rows if area_of(editions.get(row[4])) == area]
