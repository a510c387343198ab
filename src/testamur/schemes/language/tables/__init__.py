"""One frozen dataclass per table of a scheme: what the engine reads.

Every key carries its kind, its default and its meaning as metadata (``keys_of``); the reference page, the JSON Schema
and the checker are made from nothing else. Listed tables have an ``id``. Every table has ``source`` (tuple of
:class:`~testamur.schemes.language.kinds.Source`), ``unconfirmed`` and ``origin`` (the file that states it).

Values are frozen and ready for use: see :mod:`testamur.schemes.language.kinds`. Texts are ``{"en": …, "zh": …}``.
Python's keywords get an underscore: ``rule.with_``, ``rule.from_``.
"""

from testamur.schemes.language.tables.after import Attestation, Ground, Mark, Round, Trigger
from testamur.schemes.language.tables.form import Field, Part, Question, Team
from testamur.schemes.language.tables.openness import Benefit, Deadline, Disclosure, Drop, Fee, Report, Rule
from testamur.schemes.language.tables.table import MUST, Listed, Table, keys_of, needed_keys
from testamur.schemes.language.tables.who import Authority, Grade, Requirement, Role, Scheme, Scope
from testamur.schemes.language.tables.work import Activity, Decision, Finding, Review

__all__ = [
    "MUST", "Activity", "Attestation", "Authority", "Benefit", "Deadline", "Decision", "Disclosure", "Drop", "Fee",
    "Field", "Finding", "Grade", "Ground", "Listed", "Mark", "Part", "Question", "Report", "Requirement", "Review",
    "Role", "Round", "Rule", "Scheme", "Scope", "Table", "Team", "Trigger", "keys_of", "needed_keys",
]  # fmt: skip
