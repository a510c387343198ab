"""The form in which a mapping is chosen: a row for each column, and the words that are taken for something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from testamur.kernel.words import Status
from testamur.register.reporting import drafting, values
from testamur.register.reporting.drafting import LEAVE_OUT, TARGETS, Choice
from testamur.register.reporting.files import ENCODINGS
from testamur.register.reporting.looking import Column, Look
from testamur.register.reporting.places import Countries
from testamur.requirements.models import Document, Tree
from testamur.schemes import queries as schemes
from testamur.wording.templatetags.say import status_word, words

#: Words of one column that a page asks about; the dry run tells of the rest, by line.
WORDS_MOST = 60
SEPARATORS = {"": "–", ",": ",", ";": ";", "；": "；", "、": "、", "|": "|", "，": "，", "\n": "↵"}
#: A day that shows in every form which part is which.
SAMPLE_DAY = date(2026, 12, 31)


class Draft:
    """What was chosen so far.

    Attributes:
        scheme: id of the scheme of rows that name none; ``language``: of the texts, ``zh`` or ``en``.
        separator: between the values of a line where the guess was corrected.
        reports: a body describes its own list, so that no column names the issuer.
    """

    def __init__(
        self, look: Look, choices: Mapping[str, Choice], *, scheme: str, language: str, reports: bool
    ) -> None:  # fmt: skip
        self.look, self.choices, self.reports = look, dict(choices), reports
        self.scheme, self.language, self.separator = scheme, language, ""
        for column in look.columns:
            self._settle(column, self.choices.setdefault(column.name, Choice()))

    @classmethod
    def of_post(cls, sent: QueryDict, look: Look, before: Mapping[str, Choice], *, reports: bool) -> Draft:
        """Return the draft that a form holds."""
        choices = {}
        for place, column in enumerate(look.columns):
            to = sent.get(f"to-{place}", "")
            choice = Choice(
                to if to in TARGETS else "", sent.get(f"form-{place}", ""), sent.get(f"separator-{place}", "")[:3],
                sent.get(f"tree-{place}", "")[:80], {}, {}, before.get(column.name, Choice()).before,
            )  # fmt: skip
            if column.name in before and before[column.name].to == choice.to:
                choice.words |= before[column.name].words | before[column.name].kept
            if sent.get(f"was-{place}") == choice.to:  # words of another place mean nothing here
                for row in range(WORDS_MOST):
                    if (text := sent.get(f"text-{place}-{row}")) is not None:
                        choice.words[text] = sent.get(f"word-{place}-{row}", "").strip()[:160]
            choices[column.name] = choice
        language = "en" if sent.get("language") == "en" else "zh"
        return cls(look, choices, scheme=sent.get("scheme", "")[:60], language=language, reports=reports)

    def _settle(self, column: Column, choice: Choice) -> None:
        """Fill in what nobody has to say: the only form of days, a separator that occurs, words that are known."""
        if choice.to in drafting.DAYS and choice.form not in self.forms(column):
            choice.form = column.forms[0] if len(column.forms) == 1 else ""
        if choice.to == "line" and not choice.tree and len(trees()) == 1:
            choice.tree = trees()[0].key
        if choice.to in drafting.WORDED:
            found = drafting.values_of(column, choice)[:WORDS_MOST]
            known = values.table({text: meant for text, meant in choice.words.items() if meant})
            choice.kept |= {text: meant for text, meant in choice.words.items() if meant and text not in dict(found)}
            choice.words = {text: known.get(values.word(text)) or self.taken_for(choice, text) for text, _n in found}

    def taken_for(self, choice: Choice, text: str) -> str:
        """Return what a word is taken for unless somebody says otherwise; empty where it means nothing here."""
        if choice.to == "status":
            return drafting.status_of(text)
        if choice.to == "country":
            return Countries({}).code(text)
        if choice.to == "scheme":
            return next((key for key, title in published() if text in (key, *title.values())), "")
        return text

    @staticmethod
    def forms(column: Column) -> Sequence[str]:
        """Return the forms in which the days of a column can be read."""
        return column.forms or values.FORMS

    def rows(self) -> list[dict[str, Any]]:
        """Return the columns as the page draws them."""
        return [self._row(place, column) for place, column in enumerate(self.look.columns)]

    def _row(self, place: int, column: Column) -> dict[str, Any]:
        choice = self.choices[column.name]
        targets = [one for one in TARGETS if one != "issuer" or not self.reports]
        return {
            "place": place,
            "name": column.name,
            "samples": column.samples,
            "targets": [(one, _(TARGETS[one]), one == choice.to) for one in targets],
            "to": choice.to,
            "forms": [(form, SAMPLE_DAY.strftime(form), form == choice.form) for form in self.forms(column)]
            if choice.to in drafting.DAYS
            else [],
            "separators": [(one, shown, one == choice.separator) for one, shown in SEPARATORS.items()]
            if choice.to in ("requirements", "line")
            else [],
            "trees": [(one.key, words(one.title) or one.key, one.key == choice.tree) for one in trees()]
            if choice.to == "line"
            else [],
            "pill": self._pill(column, choice),
        }

    def _pill(self, column: Column, choice: Choice) -> dict[str, str]:
        if choice.before:
            return {"tone": "warn", "text": _("was called {name}").format(name=choice.before)}
        if not choice.to:
            return {"tone": "mute", "text": _("not read")}
        if choice.to in drafting.DAYS and len(column.forms) > 1:
            return {"tone": "warn", "text": _("choose the order of day and month")}
        if choice.to in drafting.DAYS and not column.forms and column.values:
            return {"tone": "bad", "text": _("these are no days")}
        if any(not meant for meant in choice.words.values()):
            return {"tone": "warn", "text": _("words to explain")}
        return {"tone": "ok", "text": _("is read")}

    def worded(self) -> list[dict[str, Any]]:
        """Return for each column whose words are taken for something its words, with what each is taken for."""
        found = []
        for place, column in enumerate(self.look.columns):
            choice = self.choices[column.name]
            if choice.to not in drafting.WORDED or not choice.words:
                continue
            counts = dict(drafting.values_of(column, choice))
            offered = self._offered(choice.to)
            found.append(
                {
                    "place": place,
                    "column": column.name,
                    "title": _(TARGETS[choice.to]),
                    "free": offered is None,
                    "rows": [
                        {
                            "row": row, "text": text, "count": counts.get(text, 0), "meant": meant,
                            "options": [(key, label, key == meant) for key, label in offered or []],
                            "note": self._note(choice, meant),
                        }
                        for row, (text, meant) in enumerate(choice.words.items())
                    ],
                    "more": column.more or len(counts) > WORDS_MOST,
                }
            )  # fmt: skip
        return found

    def _offered(self, to: str) -> list[tuple[str, str]] | None:
        """Return what a word can be taken for; None: anything that is typed."""
        if to == "status":
            return [
                *((str(one), status_word(one)) for one in Status),
                (LEAVE_OUT, _("no certificate: leave the row out")),
            ]
        if to == "scheme":
            return [(key, words(title)) for key, title in published()]
        if to == "country":
            import pycountry

            return [
                (one.alpha_2, f"{one.alpha_2} {one.name}")
                for one in sorted(pycountry.countries, key=lambda x: x.alpha_2)
            ]
        return None

    @staticmethod
    def _note(choice: Choice, meant: str) -> Any:
        """Say whether what a word is taken for is known here."""
        if not meant:
            return ""
        if choice.to == "requirements":
            return (
                _("known here")
                if Document.objects.filter(designation=meant).exists()
                else _("not known here; kept as it is")
            )
        if choice.to == "line":
            held = Tree.objects.filter(key=choice.tree).first()
            node = held.nodes.filter(code=meant).first() if held else None
            return words(node.title) if node else _("no code of this classification; kept and remarked")
        return ""

    @property
    def encodings(self) -> list[tuple[str, str, bool]]:
        """Return the encodings to choose from, the one that is read marked."""
        read = "utf-8" if self.look.encoding == "utf-8-sig" else self.look.encoding
        return [
            (key, name, key == read or (read.startswith("utf-16") and key == "utf-16"))
            for key, name in ENCODINGS.items()
        ]

    @property
    def separators(self) -> list[tuple[str, str, bool]]:
        """Return the separators between the values of a line to choose from."""
        names = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
        return [(one, name, one == self.look.separator) for one, name in names.items()]

    @property
    def schemes(self) -> list[tuple[str, str, bool]]:
        """Return the schemes to choose from."""
        return [(key, words(title), key == self.scheme) for key, title in published()]

    def body(self, source: Mapping[str, Any], issuer: str) -> dict[str, Any]:
        """Return the mapping; raises ``Refused`` as :func:`drafting.body_of` does."""
        told = {**source, "scheme": self.scheme, "statement_language": self.language}
        return drafting.body_of(self.look, self.choices, told, issuer=issuer, separator=self.separator)


def published() -> list[tuple[str, dict[str, str]]]:
    """Return the schemes published here, each once: id and title."""
    return list({one.scheme_id: dict(one.title) for one in schemes.published()}.items())


def trees() -> list[Tree]:
    """Return the classifications held here, each in its newest edition."""
    return sorted({one.name: one for one in Tree.objects.order_by("id")}.values(), key=lambda one: one.key)


def language_of(look: Look) -> str:
    """Return the language that most texts of a file are in: Chinese where a quarter of its columns have such signs."""
    chinese = sum(
        1 for column in look.columns if any("\u4e00" <= sign <= "\u9fff" for text in column.samples for sign in text)
    )
    return "zh" if chinese * 4 >= len(look.columns) else "en"
