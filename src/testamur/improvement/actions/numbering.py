"""Numbers that an organisation gives its own records."""

from __future__ import annotations

import re

from django.db.models import Model

from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Organisation

WELL_FORMED = re.compile(r"[0-9A-Za-z一-鿿][0-9A-Za-z一-鿿._/ -]{0,29}")


def take_number(model: type[Model], organisation: Organisation, prefix: str, wanted: str = "") -> str:
    """Return the next number ``<prefix><serial>`` of an organisation, or the one it wants to keep from its own books.

    Locks the organisation, so that two never take the same; inside a transaction only.

    Raises:
        Refused: the number wanted is taken, or no number.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    rows = model._default_manager.filter(organisation=organisation)
    chosen = " ".join(wanted.split())
    if chosen:
        if not WELL_FORMED.fullmatch(chosen):
            raise Refused(
                _("A number has at most 30 letters, figures, dots, strokes and hyphens."), rule="improvement.number",
                field="number", source="testamur@2026-1#workshop",
            )  # fmt: skip
        if rows.filter(number=chosen).exists():
            raise Refused(
                _("The number {number} is taken. Leave the field empty, and the next free one is given."),
                {"number": chosen}, rule="improvement.number", field="number", source="testamur@2026-1#workshop",
            )  # fmt: skip
        return chosen
    taken = rows.filter(number__startswith=prefix).values_list("number", flat=True)
    serials = [int(rest) for number in taken if (rest := number[len(prefix) :]).isascii() and rest.isdigit()]
    return f"{prefix}{max(serials, default=0) + 1:03}"
