"""What is on its way: each message is a row first, in the transaction of what it tells, and sent by the worker."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from testamur.kernel import clock
from testamur.kernel.identity import public_id
from testamur.notices.models.endpoints import Endpoint
from testamur.notices.models.watches import Watch, Watcher


class Message(models.Model):
    """One letter or one call. Whom it goes to is asked when it is sent; who is gone gets nothing any more."""

    class Channel(models.TextChoices):
        MAIL = "mail"
        WEBHOOK = "webhook"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DEAD = "dead"  # given up; a person may send it again

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    watcher = models.ForeignKey(Watcher, null=True, on_delete=models.CASCADE, related_name="messages")
    watch = models.ForeignKey(Watch, null=True, on_delete=models.CASCADE, related_name="messages")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="notices")
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=40)  # "watch.changes", "register.changed"
    body = models.JSONField()  # {"subject", "text", "html", "unsubscribe"}, or what the endpoint gets
    once = models.CharField(max_length=120, unique=True)  # what it tells: the same is never queued twice
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField(default=clock.real_now)
    due_at = models.DateTimeField(default=clock.real_now)
    attempted = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)  # of the worker that is sending it
    claimed_until = models.DateTimeField(null=True)  # after which another worker may
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["channel", "due_at"], condition=Q(state="waiting"), name="message_due"),
            models.Index(fields=["endpoint", "id"], condition=Q(endpoint__isnull=False), name="message_by_endpoint"),
            models.Index(fields=["made_at"], name="message_by_age"),
        ]


class Attempt(models.Model):
    """One try to send a message, and what came of it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=clock.real_now)
    code = models.PositiveSmallIntegerField(null=True)  # of the HTTP or SMTP answer; None: there was none
    took = models.PositiveIntegerField()  # milliseconds
    problem = models.CharField(max_length=200, blank=True)  # "" where it arrived
    answer = models.CharField(max_length=500, blank=True)  # how the answer began

    class Meta:
        ordering = ["-id"]
