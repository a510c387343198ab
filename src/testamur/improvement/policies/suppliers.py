"""What is said of suppliers (ISO 9001:2015, 8.4.1)."""

from __future__ import annotations

from testamur.improvement.models import Supplier
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

CONTROL = "iso-9001@2015#8.4.1"


def check_named_once(name: str, by: Membership, supplier: Supplier | None) -> None:
    """One supplier, one row: its evaluations belong together."""
    rows = Supplier.objects.filter(organisation=by.organisation, name=name)
    if supplier is not None:
        rows = rows.exclude(pk=supplier.pk)
    if rows.exists():
        raise Refused(
            _("There is a supplier {name} already."),
            {"name": name},
            rule="improvement.supplier",
            source=CONTROL,
            field="name",
        )


def check_score(value: int | None, field: str) -> int:
    """Return a score of 0 to 100."""
    if value is None or not 0 <= value <= 100:
        raise Refused(
            _("A score is a whole number from 0 (nothing as agreed) to 100 (everything)."),
            rule="improvement.supplier",
            source=CONTROL,
            field=field,
        )
    return value
