"""Notices: what changed, who wants to hear of it, and what is on its way to them."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The app of public changes, watches, webhooks and the outbox."""

    name = "testamur.notices"
    label = "notices"

    def ready(self) -> None:
        from testamur.notices import events  # noqa: F401 - describes the kinds of events
