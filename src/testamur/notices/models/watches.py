"""Who follows what by mail. An address is kept as long as one of its watches, and no longer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from testamur.kernel import clock
from testamur.kernel.identity import public_id


class Watcher(models.Model):
    """An address to which notices go: anybody's, or an account's own."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    address = models.EmailField(max_length=254, blank=True)  # lower case; "": the account's
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="watcher"
    )
    language = models.CharField(max_length=10, default="en")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=~Q(address=""), name="watcher_address_once"),
            models.CheckConstraint(
                name="watcher_has_one_address",
                condition=Q(address="", account__isnull=False) | (~Q(address="") & Q(account__isnull=True)),
            ),
        ]

    @property
    def goes_to(self) -> str:
        """Return the address to which its letters go."""
        return self.account.email if self.account is not None else self.address


class Watch(models.Model):
    """That somebody wants to hear of what happens to a certificate, a body, a standard, or what a search finds."""

    class Subject(models.TextChoices):
        CERTIFICATE = "certificate"
        BODY = "body"
        STANDARD = "standard"
        SEARCH = "search"

    class Pace(models.TextChoices):
        AT_ONCE = "at_once"
        DAILY = "daily"
        WEEKLY = "weekly"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    watcher = models.ForeignKey(Watcher, on_delete=models.CASCADE, related_name="watches")
    subject = models.CharField(max_length=12, choices=Subject.choices)
    # Public id, designation, or the search as its canonical query string.
    key = models.CharField(max_length=500)
    pace = models.CharField(max_length=8, choices=Pace.choices, default=Pace.AT_ONCE)
    made_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True)  # None: the letter that asks was not answered yet
    upto = models.BigIntegerField(default=0)  # number of the last change that it was told of, or looked at
    touched = models.BooleanField(default=False)  # something changed that no letter told yet
    told_at = models.DateTimeField(null=True)  # of the last letter

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["watcher", "subject", "key"], name="watched_once")]
        indexes = [
            models.Index(fields=["subject", "key"], name="watch_by_subject"),
            models.Index(fields=["pace", "told_at"], name="watch_by_pace"),
            models.Index(fields=["touched"], condition=Q(touched=True), name="watch_touched"),
        ]
