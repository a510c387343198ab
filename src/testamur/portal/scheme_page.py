"""The public page of a scheme version, made from its tables: each line with its source and its unconfirmed mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.urls import reverse

from testamur import rules
from testamur.kernel.words import Occasion, Status
from testamur.portal import showing
from testamur.portal.scheme_words import conditions, listed, moment, period, word
from testamur.requirements.models import Document
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.tables import Authority, Field, Ground, Table
from testamur.wording.templatetags.say import citation

Text = Mapping[str, str]
PRICE_LIST = {"en": "by the published price list", "zh": "按公布的价目表"}


def sources(row: Table | tuple[Any, ...]) -> list[str]:
    """Return the clauses a table cites."""
    found = row if isinstance(row, tuple) else row.source or ()
    return [str(one) for one in found]


class SchemePage:
    """One version, said section by section. Every line: ``text``, ``sources``, ``unconfirmed`` and what else it has."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def context(self) -> dict[str, Any]:
        """Return every section."""
        head = self.definition.scheme
        return {
            "head": self._line(head),
            "means": {"yes": [head.proves], "no": [head.proves_not]},
            "facts": self._facts(),
            "requirements": self._requirements(),
            "scopes": [self._line(row, text=row.title, note=word(row.tree)) for row in self.definition.scopes],
            "grades": [
                self._line(row, text=row.title, note=conditions(row.when, self.definition))
                for row in sorted(self.definition.grades, key=lambda one: -one.rank)
            ],
            "form": self._form(),
            "burden": self.burden(),
            "questions": [self._line(row, text=row.text, note=self._must_be(row)) for row in self.definition.questions],
            "paths": self._paths(),
            "findings": self._findings(),
            "independence": self._independence(),
            "authorities": self._authorities(),
            "attestation": self._attestation(),
            "rounds": self._rounds(),
            "clocks": self._clocks(),
            "states": self.states(),
            "grounds": self._grounds(),
            "rules": self._rules(),
            "fees": self._fees(),
            "benefits": [self._line(row, text=row.title, note=word(row.given_by)) for row in self.definition.benefits],
            "marks": [
                self._line(
                    row,
                    text=row.title,
                    note=_both(
                        "on: {on}; never on: {never}",
                        "可用于：{on}；不得用于：{never}",
                        on=listed(row.on),
                        never=listed(row.never_on) if row.never_on else "–",
                    ),
                )
                for row in self.definition.marks
            ],
            "disclosure": self._disclosure(),
            "reports": [
                self._line(row, text=row.what, note=self._to_by(row.to, row.by)) for row in self.definition.reports
            ],
            "unconfirmed": len(self.definition.unconfirmed()),
            "not_acted_on": self.definition.unacted_keys(),
            "digest": self.definition.digest,
        }

    # ------------------------------------------------------------ lines

    def _line(self, row: Table, **more: Any) -> dict[str, Any]:
        return {
            **more,
            "sources": sources(row),
            "unconfirmed": bool(row.unconfirmed),
            "unconfirmed_keys": list(row.unconfirmed),
        }

    def _facts(self) -> list[dict[str, Any]]:
        head = self.definition.scheme
        rows: list[tuple[str, str, Any]] = [
            ("Object", "对象", word(head.object)),
            ("Who states conformity", "由谁声明符合", word(head.party)),
            ("Who may apply and hold", "谁可申请和持有", word(head.holder)),
            ("Where", "适用地域", {"en": ", ".join(head.area), "zh": "、".join(head.area)}),
            ("May be applied for from", "可申请起始日", {"day": head.effective_from}),
        ]
        if head.effective_to:
            rows.append(("May be applied for until", "可申请截止日", {"day": head.effective_to}))
        if head.pilot_until:
            rows.append(("Pilot until", "试点至", {"day": head.pilot_until}))
        if head.type:
            rows.append(("Type (ISO/IEC 17067)", "方案类型（ISO/IEC 17067）", head.type))
        if head.mode:
            rows.append(("Mode", "认证模式", head.mode))
        if head.replaces:
            rows.append(("Replaces", "接续", {"code": head.replaces}))
        if head.takes_over:
            rows.append(("Takes over from it", "接管旧版的功能", listed(head.takes_over)))
        for key, names in (
            ("based_on", head.based_on),
            ("integrates", head.integrates),
            ("joint_with", head.joint_with),
        ):
            titles = {
                "based_on": ("Built on", "承接"),
                "integrates": ("Integrates", "一体化"),
                "joint_with": ("Same visit may serve", "可共用现场"),
            }
            if names:
                rows.append((*titles[key], self._versions(names)))
        return [{"label": {"en": en, "zh": zh}, "value": value} for en, zh, value in rows]

    def _requirements(self) -> list[dict[str, Any]]:
        rows = self.definition.requirements
        held = {one.key: one for one in Document.objects.filter(key__in=[row.document for row in rows])}
        return [
            self._line(
                row,
                text=held[row.document].designation
                if row.document in held
                else citation(f"{row.document}#").rstrip(", "),
                title=held[row.document].title if row.document in held else {},
                href=reverse("portal:standard", args=[row.document]) if row.document in held else "",
                note=word(row.used_as),
            )
            for row in rows
        ]

    # ------------------------------------------------------------ the form and its burden

    def _form(self) -> list[dict[str, Any]]:
        return [
            {
                **self._line(part, text=part.title, note=listed(part.asked_on)),
                "when": conditions(part.when, self.definition) if part.when else None,
                "fields": [self._field(row) for row in self.definition.fields_of(part.id)],
            }
            for part in self.definition.parts
        ]

    def _field(self, row: Field) -> dict[str, Any]:
        return {
            **self._line(row, text=row.label, note=word(row.type)),
            "sources": sources(self.definition.source_of(row)),
            "help": row.help,
            "optional": not row.required,
            "when": conditions(row.when, self.definition) if row.when else None,
            "reused": bool(row.fact),
            "personal": row.personal,
        }

    def burden(self) -> dict[str, Any]:
        """Return what applying costs the applicant: questions, files, what is reused, what is asked only at times."""
        occasion = str(Occasion.INITIAL)
        parts = {part.id for part in self.definition.parts_on(occasion)}
        fields = [row for row in self.definition.fields if row.part in parts]
        files = [row for row in fields if row.type in ("file", "files")]
        questions = [row for row in fields if row not in files]
        reused = [row for row in fields if row.fact]
        conditional = [row for row in fields if row.when]
        return {
            "questions": len(questions),
            "files": len(files),
            "reused": len(reused),
            "conditional": len(conditional),
            "total": len(fields),
            # Width of the meter: parts of 100, never a fraction.
            "asked_width": 100 - (100 * len(reused) // len(fields) if fields else 0),
        }

    def _must_be(self, row: Any) -> Text:
        by = self._role(row.by)
        if row.must_be is None:
            return {"en": f"answered by: {by['en']}", "zh": f"由{by['zh']}回答"}
        must = ("yes", "是") if row.must_be else ("no", "否")
        return {"en": f"must be “{must[0]}”; answered by: {by['en']}", "zh": f"须为“{must[1]}”；由{by['zh']}回答"}

    def _role(self, ident: str) -> Text:
        found = next((row.title for row in self.definition.roles if row.id == ident), None)
        return found or word(ident)

    # ------------------------------------------------------------ the path

    def _paths(self) -> list[dict[str, Any]]:
        """Return, for each occasion, the activities in the order in which they wait for one another."""
        paths = []
        for occasion in Occasion:
            activities = self.definition.activities_on(str(occasion))
            if activities:
                steps = [
                    {
                        **self._line(row, text=row.title, note=self._where(row)),
                        "by": listed([self._role(one) for one in row.by]),
                        "after": listed([self._activity(one) for one in row.after]) if row.after else None,
                        "outputs": listed(row.outputs),
                        "opens": moment(row.opens, self.definition) if row.opens else None,
                        "closes": moment(row.closes, self.definition) if row.closes else None,
                        "when": conditions(row.when, self.definition) if row.when else None,
                        "passes": conditions(row.passes_when, self.definition) if row.passes_when else None,
                    }
                    for row in activities
                ]
                paths.append({"occasion": word(str(occasion)), "steps": steps, "stepper": self._stepper(steps)})
        return paths

    def _stepper(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        before = [word("application")] if self.definition.parts else []
        after = [word(name) for name in ("review", "decision", "attestation") if self.definition.tables.get(name)]
        return [{"label": {"en": one["en"].capitalize(), "zh": one["zh"]}, "state": "later"}
                for one in [*before, *(step["text"] for step in steps), *after]]  # fmt: skip

    def _where(self, row: Any) -> Text:
        return listed([word(row.where), word(row.notice)])

    def _activity(self, ident: str) -> Text:
        return next((row.title for row in self.definition.activities if row.id == ident), word(ident))

    def _findings(self) -> list[dict[str, Any]]:
        found = []
        for row in self.definition.findings:
            by = [moment(one, self.definition) for one in row.close_by.all()] if row.close_by else []
            if row.close_by and row.close_by.by_occasion:
                by = [
                    {
                        key: f"{word(name)[key]}{': ' if key == 'en' else '：'}{moment(one, self.definition)[key]}"
                        for key in ("en", "zh")
                    }
                    for name, one in row.close_by.by_occasion
                ]
            found.append(
                {
                    **self._line(row, text=row.title, note=row.means),
                    "needs": listed(row.needs) if row.needs else None,
                    "by": listed(by, {"en": "; ", "zh": "；"}) if by else None,
                    "blocks": listed(row.blocks) if row.blocks else None,
                }
            )
        return found

    def _independence(self) -> list[dict[str, Any]]:
        rows = []
        for name, table in (("review", self.definition.review), ("decision", self.definition.decision)):
            if table is not None:
                rows.append(
                    self._line(
                        table,
                        text=word(name),
                        note=_both(
                            "by {by}; nobody who acted in: {functions}; persons: {persons}",
                            "由{by}实施；参与过{functions}者不得为之；人数：{persons}",
                            by=listed([self._role(one) for one in table.by]),
                            functions=listed(table.independent_of),
                            persons=str(table.persons),
                        ),
                    )
                )
        decision = self.definition.decision
        if decision is not None:
            appeal = moment(decision.appeal_until, self.definition)
            to = word(decision.appeal_to)
            rows.append(
                self._line(
                    decision,
                    text={"en": "Appeal", "zh": "申诉"},
                    note={
                        "en": f"until {appeal['en']}; to {to['en']}, always decided by other persons",
                        "zh": f"截止于{appeal['zh']}；向{to['zh']}提出，一律由他人处理",
                    },
                )
            )
        return rows

    # ------------------------------------------------------------ who may issue

    def _authorities(self) -> list[dict[str, Any]]:
        return [
            {
                **self._line(row, text=self._demand(row)),
                "of": self._role(row.of) if row.of != "issuer" else word("issuer"),
                "any_of": [self._scheme(one) for one in row.any_of],
                "covers": listed(
                    [
                        {key: f"{self._dimension(here)[key]} → {word(there)[key]}" for key in ("en", "zh")}
                        for here, there in row.covers.items()
                    ]
                )
                if row.covers
                else None,
                "free": listed([self._dimension(one) for one in row.free]) if row.free else None,
                "demand": row.demand,
                "grace": period(row.grace) if row.grace else None,
                "root": row.kind == "law",
            }
            for row in self.definition.authorities
        ]

    def _scheme(self, ident: str) -> dict[str, Any]:
        """Return a scheme that another names: called by its title and linked where it is published here."""
        title = self._titles.get(ident)
        return {"title": title or word(ident), "href": reverse("portal:scheme", args=[ident]) if title else ""}

    @cached_property
    def _titles(self) -> dict[str, Any]:
        return showing.scheme_titles()

    def _versions(self, names: Iterable[str]) -> Text:
        """Return versions that a scheme names, by title and version."""
        said = []
        for name in names:
            ident, _at, version = name.partition("@")
            called = self._titles.get(ident) or word(ident)
            said.append({key: f"{called[key]} {version}" for key in ("en", "zh")})
        return listed(said)

    def _demand(self, row: Authority) -> Text:
        kind = word(row.kind)
        return {"en": kind["en"].capitalize(), "zh": kind["zh"]}

    def _dimension(self, ident: str) -> Text:
        return next((row.title for row in self.definition.scopes if row.id == ident), word(ident))

    # ------------------------------------------------------------ the statement and its life

    def _attestation(self) -> dict[str, Any] | None:
        row = self.definition.attestation
        if row is None:
            return None
        facts = [
            ({"en": "Form", "zh": "形式"}, word(row.form)),
            ({"en": "Number", "zh": "编号规则"}, {"code": str(row.number)}),
            ({"en": "From", "zh": "起始"}, moment(row.effective, self.definition)),
            ({"en": "Until", "zh": "截止"}, moment(row.until, self.definition)),
            ({"en": "Shows", "zh": "载明"}, listed(row.shows)),
        ]
        if row.renewed_until:
            facts.insert(
                4, ({"en": "After renewal until", "zh": "续期后截止"}, moment(row.renewed_until, self.definition))
            )
        return self._line(row, facts=[{"label": label, "value": value} for label, value in facts])

    def _rounds(self) -> list[dict[str, Any]]:
        found = []
        for row in self.definition.rounds:
            rule = self.definition.rule_for("surveillance_due")
            due = moment(row.due, self.definition) if row.due else None
            if due is None and rule is not None:
                known = rules.index().get(rule.rule)
                said = known.title if known is not None else {"en": rule.rule, "zh": rule.rule}
                due = {"en": f"by the rule “{said['en']}”", "zh": f"按规则“{said['zh']}”确定"}
            found.append(
                {
                    **self._line(row, text=row.title, note=listed([self._activity(one) for one in row.activities])),
                    "due": due,
                    "overdue": self._ground(row.overdue) if row.overdue else None,
                }
            )
        for trigger in self.definition.triggers:
            found.append(
                {
                    **self._line(
                        trigger, text=trigger.event, note=listed([self._activity(one) for one in trigger.activities])
                    ),
                    "due": moment(trigger.by, self.definition),
                    "told_by": word(trigger.told_by),
                }
            )
        return found

    def _ground(self, ident: str) -> Text:
        return next((row.means for row in self.definition.grounds if row.id == ident), word(ident))

    def _clocks(self) -> list[dict[str, Any]]:
        return [
            {
                **self._line(row, text=row.step, note=word(row.who)),
                "by": moment(row.by, self.definition),
                "stops": listed(row.stops) if row.stops else None,
                "extend": period(row.extend) if row.extend else None,
                "missed": word(row.missed),
            }
            for row in self.definition.deadlines
        ]

    def states(self) -> dict[str, Any] | None:
        """Return the table of statuses: from which to which, and on what grounds."""
        if self.definition.attestation is None:
            return None
        rows = []
        for before, moves in self.definition.next_table().items():
            for after, grounds in moves.items():
                why: Any = (
                    listed([row.means for row in grounds], {"en": " ", "zh": ""})
                    if grounds
                    else ({"en": "The reasons for the suspension are gone.", "zh": "暂停的原因已消除。"})
                )
                rows.append({"cells": [{"status": str(before)}, {"status": str(after)}, why, _by(grounds, after)]})
        if not rows:
            return None
        return {
            "columns": [
                {"label": {"en": "From", "zh": "由"}},
                {"label": {"en": "To", "zh": "至"}},
                {"label": {"en": "On what grounds", "zh": "事由"}},
                {"label": {"en": "Who acts", "zh": "由谁办理"}},
            ],
            "rows": rows,
        }

    def _grounds(self) -> list[dict[str, Any]]:
        found = []
        for row in self.definition.grounds:
            goods = None
            if row.goods:
                goods = _both(
                    "Goods made before: {before}; after: {after}.",
                    "此前生产的产品：{before}；此后生产的：{after}。",
                    before=word(row.goods["made_before"]),
                    after=word(row.goods["made_after"]),
                )
            found.append(
                {
                    **self._line(row, text=row.means),
                    "to": row.to,
                    "to_words": word(row.to),
                    "cause": word(row.cause),
                    "asked_by": word(row.asked_by),
                    "legal_kind": row.legal_kind,
                    "at_most": period(row.at_most) if row.at_most else None,
                    "by": moment(row.by, self.definition) if row.by else None,
                    "reapply": period(row.reapply_after) if row.reapply_after else None,
                    "goods": goods,
                    "from_start": row.effect == "from_start",
                }
            )
        return found

    # ------------------------------------------------------------ rules, money, openness

    def _rules(self) -> list[dict[str, Any]]:
        index = rules.index()
        return [
            self._line(
                row,
                id=row.rule,
                text=index[row.rule].title if row.rule in index else word(row.decides),
                href=reverse("portal:rule", args=[row.rule]) if row.rule in index else "",
                note=listed(row.on) if row.on else None,
            )
            for row in self.definition.rules
        ]

    def _fees(self) -> list[dict[str, Any]]:
        return [
            self._line(
                row,
                text=row.title,
                note=_both(
                    "{amount}, per {per}, paid by {payer}",
                    "{amount}，按{per}计，由{payer}支付",
                    amount=str(row.amount) if row.amount else PRICE_LIST,
                    per=word(row.per),
                    payer=word(row.payer),
                ),
            )
            for row in self.definition.fees
        ]

    def _disclosure(self) -> dict[str, Any] | None:
        row = self.definition.disclosure
        if row is None:
            return None
        facts = [
            ({"en": "Public", "zh": "公开"}, listed(row.public)),
            ({"en": "On request", "zh": "依申请提供"}, listed(row.on_request) if row.on_request else "–"),
            ({"en": "Never given", "zh": "不予提供"}, listed(row.never) if row.never else "–"),
            ({"en": "Records are kept", "zh": "记录保存"},
             listed([period(one) if not isinstance(one, str) else word(one) for one in row.keep])),
        ]  # fmt: skip
        return self._line(row, facts=[{"label": label, "value": value} for label, value in facts])

    def _to_by(self, to: str, by: Any) -> Text:
        when, whom = moment(by, self.definition), word(to)
        return {"en": f"to {whom['en']}, by {when['en']}", "zh": f"向{whom['zh']}报告，时限：{when['zh']}"}


def _by(grounds: tuple[Ground, ...], after: Status) -> Text:
    if after is Status.VALID:
        return word("issuer")
    return listed(dict.fromkeys(row.asked_by for row in grounds))


def _both(en: str, zh: str, **facts: str | Text) -> dict[str, str]:
    """Fill a sentence of two languages; a fact in two languages gives each its own."""
    return {
        key: text.format_map({name: fact if isinstance(fact, str) else fact[key] for name, fact in facts.items()})
        for key, text in (("en", en), ("zh", zh))
    }
