"""What decisions tell the journal."""

from testamur.journal.kinds import kind

VOTED = kind("decision.voted", title={"en": "A decider voted", "zh": "决定人员表决"})
MADE = kind("decision.made", title={"en": "Decided", "zh": "作出认证决定"})
SIGNED = kind("decision.signed", title={"en": "Conclusion signed", "zh": "签署认证结论"})
SENT_BACK = kind("decision.sent_back", title={"en": "Sent back before a decision", "zh": "决定前退回"})
APPEALED = kind("decision.appealed", title={"en": "Appeal filed", "zh": "提出申诉"})
ANSWERED = kind("decision.appeal_answered", title={"en": "Appeal answered", "zh": "答复申诉"})
