"""What the review tells the journal."""

from testamur.journal.kinds import kind

REVIEWED = kind("review.recorded", title={"en": "Evidence reviewed", "zh": "完成复核"})
RETURNED = kind(
    "review.more_wanted", title={"en": "Sent back by the reviewer: more evidence wanted", "zh": "复核退回，需补充证据"}
)
