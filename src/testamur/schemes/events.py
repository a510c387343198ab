"""What schemes tell the journal."""

from testamur.journal.kinds import kind

PUBLISHED = kind("schemes.published", title={"en": "Scheme version published", "zh": "发布认证方案版本"})
