"""Acts that stand as they were recorded."""

from __future__ import annotations

from typing import Any

from testamur.parties.models import Act


class Kept(Act):
    """An act whose row is never updated: a later row corrects it, and both can be read."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only; record a new row that corrects this one.")
        super().save(*args, **kwargs)
