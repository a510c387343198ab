"""What can be wrong with a row: one code, one sentence, one remedy. ``Remark.code`` is a key of ``CODES``.

Printed to ``docs/reference/remarks.md``. Facts of the sentences stand in ``Remark.facts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testamur.kernel.refusal import _


@dataclass(frozen=True)
class Code:
    """One kind of remark.

    Attributes:
        rejects: the row does not come in.
        reason: what is wrong, a message id with the placeholders of ``Remark.facts``.
        remedy: what would help, a message id.
    """

    rejects: bool
    reason: str
    remedy: str


_SOURCE = _("Have the source correct the record, or correct it and send the file again.")
_MAPPING = _("Add the word to the mapping's table of values, or correct it at the source.")
_FED = _("Look for the row that is missing before; the next whole list shows what is right.")
_READ = _("Nothing, where it was read rightly; otherwise state it in the mapping.")

CODES: dict[str, Code] = {
    # ---------------------------------------------------------------- the record cannot be read
    "record_broken": Code(True, _("The record cannot be read: {why}."),
                          _('A text with quotation marks inside doubles them ("") in CSV; have the source correct it.')),
    "record_shifted": Code(True, _("The record has {found} fields where {expected} are expected, so its values stand in the wrong columns."),
                           _('A text with quotation marks inside doubles them ("") in CSV; have the source correct it.')),
    "not_text": Code(True, _("{column} holds bytes that are no text in {encoding}."),
                     _("Save the file in one encoding, best UTF-8.")),
    "control_characters": Code(True, _("{column} holds a NUL character, which no text has."), _SOURCE),
    "field_too_long": Code(True, _("{column} has {length} characters; at most {most} are read."), _SOURCE),
    "no_object": Code(True, _("The line holds no JSON object: {why}."), _("Write one object a line.")),
    # ---------------------------------------------------------------- what no record can do without
    "key_missing": Code(True, _("The columns that name the record are empty: {columns}."), _SOURCE),
    "number_missing": Code(True, _("There is no number by which anybody could ask for it."), _SOURCE),
    "holder_missing": Code(True, _("The holder is not named."), _SOURCE),
    "issuer_unknown": Code(True, _("{value} names no issuer of this source."), _MAPPING),
    "issuer_missing": Code(True, _("The issuer is not named."), _SOURCE),
    "start_missing": Code(True, _("The first day of validity is missing."), _SOURCE),
    "day_unreadable": Code(True, _("{value} is no day of the form {form}."), _SOURCE),
    "days_reversed": Code(True, _("The last day of validity, {last}, is before the first, {first}."), _SOURCE),
    "status_unknown": Code(True, _("The status “{value}” is not in the mapping."), _MAPPING),
    "value_unknown": Code(True, _("“{value}” is not in the mapping's table of values."), _MAPPING),
    "too_long": Code(True, _("{value} … has {length} characters; at most {most} are kept here."), _SOURCE),
    "key_twice": Code(True, _("The record was told before in row {first}, and otherwise."),
                      _("Send each record once, or say in the mapping how its rows are folded.")),
    # ---------------------------------------------------------------- a change feed
    "operation_unknown": Code(True, _("“{value}” does not say what became of the record: the mapping knows no such operation."),
                              _MAPPING),
    "feed_day_missing": Code(True, _("The day from which it holds is missing."), _SOURCE),
    "feed_day_ahead": Code(True, _("{day} lies after {as_of}, the day up to which the feed speaks."),
                           _("Correct the day, or send the feed again as one that speaks up to a later day.")),
    "feed_day_back": Code(True, _("{day} is before {before}, the day of a row above; a feed tells what happened in the order of its days."),
                          _("Put the rows in the order of their days and send the feed again.")),
    "feed_not_listed": Code(True, _("It goes on {day}, and was not listed then."), _FED),
    "feed_listed": Code(False, _("It appears on {day}, and was listed already; what the row says was taken for a change."), _FED),
    "feed_not_begun": Code(False, _("It changes on {day}, and was not listed then; it was taken in as listed from that day."), _FED),
    # ---------------------------------------------------------------- read, but said: no guess is silent
    "encoding_guessed": Code(False, _("The file is no UTF-8; it was read as {encoding}, “{sample}” for instance."), _READ),
    "day_form_guessed": Code(False, _("The days of {column} were read in the form {form}."), _READ),
    "column_new": Code(False, _("The file has columns that the mapping does not read: {columns}."),
                       _("Read them in the mapping where they matter.")),
    "rows_empty": Code(False, _("After {empty} empty rows in a row reading ended at row {row}."),
                       _("Delete the empty rows where the list goes on after them.")),
    "absence_unsure": Code(False, _("Rows that cannot be read and may be any record: {rows}. Of the records that the list lacks, {absent}, none is taken for gone."),
                           _("Have these rows corrected and send the list again; or say why the records are gone all the same.")),
    # ---------------------------------------------------------------- the linter: the row comes in
    "row_twice": Code(False, _("The same row came before, as row {first}."), _("Send each record once.")),
    "status_absent": Code(False, _("No status is stated; it was taken as {status}."), _SOURCE),
    "issuer_absent": Code(False, _("No issuer is stated; what was known before stays, or {issuer}."), _SOURCE),
    "country_unknown": Code(False, _("“{value}” names no country."), _MAPPING),
    "region_unknown": Code(False, _("{value} is no division of {country}."), _SOURCE),
    "address_not_placed": Code(False, _("The address names no place that is known here: {value}"), _SOURCE),
    "scope_unknown": Code(False, _("{value} is no code of {tree}."), _SOURCE),
    "day_in_future": Code(False, _("{value} lies after {as_of}, the day for which the source speaks."), _SOURCE),
    "day_impossible": Code(False, _("{value} is a day on which nothing of the kind was issued."), _SOURCE),
    "day_too_far": Code(False, _("{value} lies more than {years} years ahead."),
                        _("Leave the day away where there is no end, or have the source correct it.")),
    "ends_as_it_begins": Code(False, _("It ends on {last}, the day on which it begins."), _SOURCE),
    "life_too_long": Code(False, _("From {first} to {last} is longer than {scheme} lets it run, which is until {latest}."), _SOURCE),
    "end_missing": Code(False, _("{scheme} gives everything a last day, and none is stated."), _SOURCE),
    "valid_though_over": Code(False, _("It is stated as valid, and its last day was {last}."),
                              _("Nothing, where it only ran out: the calendar says so. Where it was ended, send the status it has.")),
    "number_twice": Code(False, _("The number {value} stands in row {first} too, for another holder: {holder}."), _SOURCE),
    "holder_odd": Code(False, _("“{value}” is hardly the name of a holder."), _SOURCE),
    "identifier_odd": Code(False, _("{value} is no {scheme}: its length, a character or the check character is wrong."), _SOURCE),
    "country_missing": Code(False, _("The country of the holder is not stated."), _SOURCE),
    "scope_missing": Code(False, _("{scheme} demands a scope, and neither words nor codes of one are stated."), _SOURCE),
    "number_odd": Code(False, _("{value} has not the form that numbers of {scheme} have ({form})."), _SOURCE),
    "standard_withdrawn": Code(False, _("{value} was withdrawn on {day}."), _("Name the edition that replaced it, if it does.")),
    "authority_lacking": Code(False, _("On {day} its issuer had no authority for it: {why}"),
                              _("Have the issuer or its accreditor correct what this register knows of it.")),
    "parent_unnamed": Code(False, _("It says that {columns} are those of its parent, and names no parent."), _SOURCE),
    "parent_unknown": Code(False, _("It takes {columns} from {parent}, which is no record of this file or of the register."),
                           _("Send the parent as well, or have the source correct the record; it came in without them.")),
    "parent_circle": Code(False, _("It takes {columns} from its parent, and the chain of parents comes back to {parent}."),
                          _("Have the source correct one of the parents; the record came in without them.")),
    "parent_silent": Code(False, _("It takes {columns} from its parent, and {parent}, where the chain ends, states none of them."),
                          _("Have the source state them there, or for the record itself.")),
    "told_differently": Code(False, _("{source} tells of the same certificate otherwise: {fields}."),
                             _("Agree with the other source on what is right; until then the rule decides.")),
}  # fmt: skip


def sentences(code: str, facts: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return reason and remedy of a remark, each in both languages.

    Raises:
        KeyError: no such code.
    """
    from testamur.register.authority import Said, in_both

    found = CODES[code]
    return in_both(Said(found.reason, facts)), in_both(Said(found.remedy, facts))
