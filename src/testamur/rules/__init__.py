"""Computable rules: an id, typed inputs, a source, effective-dated parameters and the working in plain words.

    >>> from testamur.rules import evaluate
    >>> evaluate("CAB.first_surveillance_due", {"decision_date": "2024-03-15"}).output
    {'due': datetime.date(2025, 3, 15)}

``index()`` lists every rule of this build; a scheme names only rules that stand there.
"""

from testamur.rules.engine import Answer, Result, Rule, Step, Work, evaluate, find, index, rule

__all__ = ["Answer", "Result", "Rule", "Step", "Work", "evaluate", "find", "index", "rule"]
