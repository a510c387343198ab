"""The page of one record: the answer first, then what it proves, then the evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from testamur.kernel import clock, days
from testamur.kernel.words import Answer, Origin, Status
from testamur.portal import asking, feeds, showing
from testamur.portal.answered import CLAIM_FIELDS, claim_checks
from testamur.portal.evidence import Evidence
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.portal.told_by import told_by
from testamur.portal.views.search import no_record
from testamur.portal.views.verify import SIGNS
from testamur.register import answers, claims
from testamur.register.authority import Said, sites_of_editions
from testamur.register.disclosure import disclosed_to, public_fields
from testamur.register.line_words import lines_words
from testamur.register.models import Attestation, Credential, Edition, StatusChange
from testamur.register.queries_holders import holder_of
from testamur.register.states import opened
from testamur.register.status import area_of, history, status
from testamur.register.words import fold
from testamur.requirements import queries as requirements
from testamur.surveillance.queries import overdue
from testamur.wording.templatetags.say import day as say_day
from testamur.wording.templatetags.say import status_word, words


@require_safe
@limited("page", a_minute=300)
@vary_on_headers("HX-Request")
def certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the record of a certificate."""
    return _show(request, public_id)


@require_safe
@limited("page", a_minute=300)
@vary_on_headers("HX-Request")
def authority(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the record of an authority: the same page, at its own address."""
    return _show(request, public_id)


def _show(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _find(public_id)
    if found is None:
        held = _credential(public_id)
        if held is not None:
            # The id of a credential: the page is the record's, and says whether this edition is still the current one.
            return redirect(f"{showing.address(held.edition.attestation)}?edition={held.edition.edition}")
        context = {
            "crumbs": [{"label": {"en": "Answer", "zh": "查验结果"}}], "number": public_id, "holder": "",
            **no_record(public_id),
        }  # fmt: skip
        return page(request, "answer", context, status=404)
    attestation, relatives = found
    here = showing.address(attestation)
    if request.path != here:
        query = request.META.get("QUERY_STRING", "")
        return redirect(f"{here}?{query}" if query else here)
    return page(request, "certificate", _Page(request, attestation, relatives).context())


def _find(public_id: str) -> tuple[Attestation, list[Attestation]] | None:
    """Return a record and its relatives: its parts and what continues it."""
    if len(public_id) != 10:
        return None
    # Few have a main one or continue another: joining both for everybody costs more than asking for them.
    rows = Attestation.objects.select_related("issuer", "holder", "person", "source", "current__delivery__entry")
    attestation = next(iter(rows.filter(public_id=public_id.upper())), None)
    if attestation is None:
        return None
    related = Attestation.objects.filter(Q(main=attestation) | Q(continues=attestation)).order_by("pk")
    relatives = list(related.select_related("current"))
    for one in relatives:
        if one.main_id == attestation.pk:
            one.main = attestation
    if attestation.source_id is not None:
        return opened(attestation), relatives
    # What the answer, the history and the page all read is fetched once, for the relatives together with it.
    prefetch_related_objects(
        [attestation, *relatives],
        Prefetch("editions", Edition.objects.select_related("scheme").defer("scheme__body")),
        "editions__lines",
        Prefetch("changes", StatusChange.objects.select_related("entry")),
    )
    prefetch_related_objects(
        [attestation],
        "editions__parties",
        sites_of_editions(),
        Prefetch("editions__credentials", Credential.objects.select_related("entry").defer("body", "twin", "jwt")),
    )
    return attestation, relatives


def _credential(public_id: str) -> Credential | None:
    rows = Credential.objects.select_related("edition__attestation").filter(public_id=public_id.upper()[:10])
    return rows.first() if len(public_id) == 10 else None


class _Page:
    """One page being put together: what was asked, what the register answers, who asks."""

    def __init__(self, request: HttpRequest, attestation: Attestation, relatives: list[Attestation]) -> None:
        self.request, self.attestation, self.relatives = request, attestation, relatives
        newest = max(attestation.editions.all(), key=lambda one: one.edition, default=None)
        self.area = area_of(newest) or "CN"
        self.now = days.day_of(clock.now(), self.area)
        self.errors: list[dict[str, Any]] = []
        self.on, self.known_on = self._day("on"), self._day("known")
        self.known: datetime | None = None
        if self.known_on is not None and self.known_on < self.now:
            self.known = days.last_second(self.known_on, self.area)
        self.disclosed = disclosed_to(attestation, getattr(request, "membership", None))
        self.named = self.disclosed or self._named_by_asker()
        self.claim = self._claim()
        self.held = self._held()
        self.told = answers.answer(
            attestation,
            edition=self.held,
            on=self.on,
            known=self.known,
            claim=self.claim if self.claim.asks else None,
            duties=self._duties(),
            disclosed=self.disclosed,
        )
        # Before the first day in force the page still shows what is to come.
        self.edition: Edition | None = self.told.edition or newest
        self.public = public_fields(attestation, self.edition)
        if self.disclosed:
            self.public |= {"holder", "address", "scope", "requirements", "authority", "reasons", "parties",
                            "scope_statement", "history", "dates", "issuer"}  # fmt: skip
        if attestation.personal and not self.named:
            self.public -= {"holder", "parties", "address"}
        self.scheme = self.edition.scheme if self.edition else None

    # ------------------------------------------------------------ what was asked

    def _day(self, name: str) -> date | None:
        found, wrong = asking.day(self.request, name)
        if wrong:
            self.errors.append({"id": f"as-of-{name}", "text": gettext("This is no day; write it as 2026-03-31.")})
        return found

    def _claim(self) -> claims.Claim:
        given: dict[str, Any] = {name: asking.text(self.request, name) for name, _label in CLAIM_FIELDS}
        made_on, wrong = asking.day(self.request, "made_on")
        if wrong:
            self.errors.append({"id": "claim-made_on", "text": gettext("This is no day; write it as 2026-03-31.")})
        return claims.Claim(**given, made_on=made_on)

    def _held(self) -> Edition | None:
        """Return the edition in the asker's hand, where the code on the paper says which it is."""
        number = asking.text(self.request, "edition")
        if not number.isascii() or not number.isdigit() or len(number) > 6:
            return None
        return next((one for one in self.attestation.editions.all() if one.edition == int(number)), None)

    def _named_by_asker(self) -> bool:
        """Say whether the asker knows the person's name: whoever asks by number and name is shown the name."""
        asked = fold(asking.text(self.request, "holder"))
        person = self.attestation.person
        return bool(asked) and person is not None and asked in {fold(name) for name in person.names.values()}

    def _duties(self) -> list[Said]:
        if self.on is not None and self.on != self.now:
            return []
        return [Said(duty.sentence, duty.facts, duty.source) for duty in overdue(attestation=self.attestation)]

    # ------------------------------------------------------------ the page

    def _follow(self) -> dict[str, str]:
        if self.attestation.personal or self.attestation.confidential:
            return {}
        named = self.attestation.public_id
        return feeds.follow("certificate", named, certificate=named)

    def context(self) -> dict[str, Any]:
        told, edition = self.told, self.edition
        assert edition is not None
        lines = history(self.attestation, self.known)
        number = edition.number
        return {
            "crumbs": [
                {"label": {"en": "Search", "zh": "查询"}, "href": reverse("portal:search")},
                {"label": number},
            ],
            "attestation": self.attestation,
            "edition": edition,
            "number": number,
            "quiet": self.attestation.personal or self.attestation.confidential,
            "follow": self._follow(),
            "errors": self.errors,
            "verdict": self._verdict(),
            "reasons": told.reasons[1:] if "reasons" in self.public else (),
            "duties": told.duties,
            "assurance": None if told.assurance is None else told.assurance.said,
            "foreign": self.attestation.origin != Origin.NATIVE,
            "told_by": told_by(self.told, self.edition, shown=self.told.answer is not Answer.WITHHELD),
            "withheld": told.answer is Answer.WITHHELD,
            "means": self._means(),
            "withdrawn_standards": self._withdrawn_standards() if "requirements" in self.public else [],
            "scope": self._scope(),
            "claim": self._claim_form(),
            "parties": self._parties() if "parties" in self.public else [],
            "sites": self._sites() if "scope" in self.public else None,
            "family": self._family(),
            "editions": self._editions(),
            "shown": self._further(),
            "tree": showing.tree_of(told.tree) if "authority" in self.public else None,
            "as_of": self._as_of(),
            "life": showing.life_rows(lines),
            "life_until": edition.expires_on,
            "today": self.now,
            "area": self.area,
            "history": showing.history_rows(lines, reasons="reasons" in self.public),
            "signs": SIGNS,
            **self._evidence(edition),
            "scheme": self.scheme,
            "continues": self._link(self.attestation.continues),
            "continued_by": [self._link(one) for one in self.relatives if one.continues_id == self.attestation.pk],
        }

    def _under_all_names(self) -> dict[str, str]:
        """Return the address of the holder's page, where people confirmed that it is also spelt otherwise."""
        record = self.attestation
        if "holder" not in self.public or record.personal or record.confidential or not hasattr(record, "current"):
            return {}
        holder = holder_of(record.current.holder_text)
        return {"href": reverse("portal:holder", args=[holder.public_id])} if holder else {}

    def _verdict(self) -> dict[str, Any]:
        told, edition = self.told, self.edition
        assert edition is not None
        answer = str(told.answer)
        word: Any = None
        if told.answer is Answer.NOT_VALID and told.status in (
            Status.SUSPENDED, Status.WITHDRAWN, Status.CANCELLED, Status.EXPIRED,
        ):  # fmt: skip
            answer = str(told.status)
            word = f"{gettext('Not valid')}: {status_word(answer)}"
        elif told.larger != str(told.answer):
            word = gettext(told.headline)
        superseded = (
            self.held is not None and told.standing is not None and self.held.edition in told.standing.superseded
        )
        why: Any = told.reasons[0] if told.reasons else ""
        if superseded and told.answer is Answer.VALID and told.standing is not None and self.held is not None:
            answer, word = "superseded", {"en": "Valid, and a newer edition is current", "zh": "有效，但已换发新版"}
            why = answers.superseded_said(self.held, told.standing)
        held: Any = {"en": "not shown to the public", "zh": "不向公众显示"}
        if "holder" in self.public:
            held = showing.holder_of(self.attestation, edition)
        facts: list[dict[str, Any]] = [
            {"label": {"en": "Number", "zh": "编号"}, "value": edition.number, "code": True},
            {"label": {"en": "Held by", "zh": "持有人"}, "value": held, **self._under_all_names()},
        ]
        if "issuer" in self.public:
            body = reverse("portal:body", args=[self.attestation.issuer.public_id])
            facts.append(
                {"label": {"en": "Issued by", "zh": "发证机构"}, "value": self.attestation.issuer.names, "href": body}
            )
        if told.answer is Answer.WITHHELD and told.status is not None:
            facts.append({"label": {"en": "Status", "zh": "状态"}, "value": status_word(told.status)})
        if "scope_statement" in self.public and edition.statement:
            facts.append({"label": {"en": "For", "zh": "范围"}, "value": edition.statement})
        if "dates" in self.public:
            if edition.expires_on:
                facts.append(
                    {"label": {"en": "Runs until", "zh": "有效期至"}, "value": edition.expires_on, "day": True}
                )
            else:
                facts.append({"label": {"en": "Runs until", "zh": "有效期至"}, "value": {"en": "no end", "zh": "长期"}})
        if edition.grade:
            facts.append({"label": {"en": "Grade", "zh": "等级"}, "value": self._grade(edition)})
        found: dict[str, Any] = {
            "answer": answer,
            "word": word,
            "why": why,
            "facts": facts,
            "day": told.on,
            "data_at": told.as_of,
            "another_day_href": "#history",
            "status_role": bool(self.request.GET),
        }
        if told.coverage is not None:
            found["coverage"] = {"answer": str(told.coverage), "why": told.lines[0].why if told.lines else ""}
        source = reverse("portal:qr", args=[self.attestation.public_id])
        found["qr"] = format_html(
            '<img class="t-qr" src="{}" alt="{}" width="148" height="148">',
            source,
            gettext("QR code of this page's address"),
        )
        found["qr_href"] = settings.ORIGIN + showing.address(self.attestation)
        return found

    def _grade(self, edition: Edition) -> Any:
        if edition.scheme is None:
            return edition.grade
        return next((one.title for one in edition.scheme.definition.grades if one.id == edition.grade), edition.grade)

    def _means(self) -> dict[str, Any]:
        if self.told.answer is Answer.WITHHELD:
            return {
                "may": [
                    {"en": "It exists, and its status is as said above. Who holds it and for what is not public.",
                     "zh": "该证书存在，其状态如上所述。持有人及范围不予公开。"},
                ],
                "do": [{"en": "Ask the holder for the credential file, or the issuer for confirmation.",
                        "zh": "请持有人提供凭证文件，或向发证机构求证。"}],
            }  # fmt: skip
        if self.told.answer is Answer.NOT_REPORTING:
            return {
                "may": [{"en": "The issuer's reports are late. What happened since is not known here.",
                         "zh": "该机构报送逾期，此后的变化本平台无从得知。"}],
                "do": [{"en": "Ask the issuer directly.", "zh": "请直接向发证机构询问。"}],
            }  # fmt: skip
        if self.scheme is None:
            return {
                "yes": [{"en": "The register named above listed this record, as shown here, on the day named.",
                         "zh": "上述登记平台在所示日期载有本页所示记录。"}],
                "no": [{"en": "How it was decided, and by what authority: neither is held here.",
                        "zh": "其决定过程及颁发机构的资格：本平台均不掌握。"}],
            }  # fmt: skip
        head = self.scheme.definition.scheme
        return {"yes": [head.proves], "no": [head.proves_not]}

    def _withdrawn_standards(self) -> list[dict[str, Any]]:
        assert self.edition is not None
        found = []
        for row in self.edition.requirements:
            key, day = str(row.get("key", "")), self.told.on or self.now
            document, adopted_by = requirements.is_withdrawn(key, day), ""
            if document is None:
                document, adopted_by = requirements.withdrawn_twin(key, day), str(row.get("designation") or key)
            if document is not None:
                found.append(
                    {
                        "document": document,
                        "adopted_by": adopted_by,
                        "href": reverse("portal:standard", args=[document.key]),
                        "replaced_by": requirements.replaced_by(document),
                    }
                )
        return found

    def _scope(self) -> dict[str, Any] | None:
        assert self.edition is not None
        edition, public = self.edition, self.public
        documents = [self._document(row) for row in edition.requirements] if "requirements" in public else []
        found: dict[str, Any] = {"documents": documents}
        if "scope_statement" in public:
            found["statement"] = edition.statement
            others = [row for row in edition.sites.all() if row.statement]
            found["statements"] = [{"site": row.names, "text": row.statement} for row in others]
            found["texts"] = [
                {"language": key, "text": text, "authoritative": key == edition.authoritative}
                for key, text in edition.statement.items()
                if text
            ]
        if "scope" in public:
            found["table"] = self._lines()
        return found if documents or found.get("statement") or found.get("table") else None

    @cached_property
    def _known_documents(self) -> set[str]:
        assert self.edition is not None
        keys = {str(row.get("key", "")) for row in self.edition.requirements}
        return {key for key in keys if requirements.document_of(key) is not None}

    def _document(self, row: dict[str, Any]) -> dict[str, Any]:
        key = str(row.get("key", ""))
        known = bool(key) and key in self._known_documents
        shown = str(row.get("designation") or key)
        return {"title": shown, "href": reverse("portal:standard", args=[key]) if known else ""}

    def _lines(self) -> dict[str, Any] | None:
        assert self.edition is not None
        lines = list(self.edition.lines.all())
        rows = list(zip(lines, lines_words((line.line for line in lines), self.edition), strict=True))
        if not rows:
            return None
        titles: list[Any] = []
        for _line, pairs in rows:
            titles += [name for name, _value in pairs if name not in titles]
        standing = self.told.standing
        by_line = standing.lines if standing is not None else {}
        cells = []
        for line, pairs in rows:
            values = [next((value for name, value in pairs if name == title), "") for title in titles]
            state = str(by_line.get(line.position, self.told.status or ""))
            cells.append(
                {
                    "cells": [str(line.position), *values, {"status": state} if state else ""],
                    "mark": bool(state) and state != "valid" and self.told.status is Status.VALID,
                }
            )
        columns = [{"label": {"en": "Line", "zh": "序号"}}, *({"label": title} for title in titles)]
        return {"columns": [*columns, {"label": {"en": "Status", "zh": "状态"}}], "rows": cells}

    def _claim_form(self) -> dict[str, Any]:
        asked = [{"name": name, "label": label, "value": getattr(self.claim, name)} for name, label in CLAIM_FIELDS]
        return {
            "fields": asked,
            "made_on": asking.text(self.request, "made_on"),
            "open": self.claim.asks,
            "checks": claim_checks(self.told),
            "unanswered": self.claim.asks and not self.told.lines,
        }

    def _parties(self) -> list[dict[str, Any]]:
        assert self.edition is not None
        rows = []
        for party in sorted(self.edition.parties.all(), key=lambda one: one.pk):
            identifiers = (
                [
                    {"label": showing.IDENTIFIERS.get(one["scheme"], one["scheme"]), "value": one["value"]}
                    for one in party.identifiers
                ]
                if party.organisation_id
                else []
            )
            rows.append(
                {
                    "role": showing.ROLES[party.role],
                    "names": [text for text in dict.fromkeys(party.names.values()) if text],
                    "address": party.address if "address" in self.public else {},
                    "identifiers": identifiers,
                    "country": party.country,
                }
            )
        return rows

    def _sites(self) -> dict[str, Any] | None:
        assert self.edition is not None
        rows = [
            {
                "cells": [
                    {"text": site_row.names, "note": {"en": "central function", "zh": "中心职能"}}
                    if site_row.central
                    else site_row.names,
                    site_row.address if "address" in self.public else "",
                    site_row.statement or "",
                ]
            }
            for site_row in sorted(self.edition.sites.all(), key=lambda one: (not one.central, one.pk))
        ]
        if not rows:
            return None
        return {
            "columns": [
                {"label": {"en": "Site", "zh": "场所"}},
                {"label": {"en": "Address", "zh": "地址"}},
                {"label": {"en": "Scope there", "zh": "该场所的范围"}},
            ],
            "rows": rows,
        }

    def _family(self) -> dict[str, Any] | None:
        relatives = [one for one in self.relatives if one.main_id == self.attestation.pk]
        parts = [
            {**self._link(one), "part": showing.PARTS.get(one.part, one.part)}
            for one in relatives
            if not one.confidential and not one.personal
        ]
        main = self.attestation.main
        if main is None and not parts:
            return None
        return {"main": self._link(main), "part": showing.PARTS.get(self.attestation.part, ""), "parts": parts}

    def _link(self, other: Attestation | None) -> dict[str, Any]:
        if other is None:
            return {}
        number = other.current.number if hasattr(other, "current") else other.public_id
        standing = status(other, self.on, self.known)
        return {
            "id": other.public_id, "href": showing.address(other), "number": number,
            "status": str(standing.status or "none"),
        }  # fmt: skip

    def _editions(self) -> list[dict[str, Any]]:
        standing = self.told.standing
        superseded = dict(standing.superseded) if standing is not None else {}
        current = standing.effective_edition if standing is not None else None
        rows = sorted(self.attestation.editions.all(), key=lambda one: one.edition, reverse=True)
        corrected = {row.corrects_id for row in rows}
        if self.known is not None:
            rows = [row for row in rows if row.recorded_at <= self.known]
        return [
            {
                "edition": row.edition,
                "number": row.number,
                "issued_on": row.issued_on,
                "words": {
                    key: answers.REASONS[row.reason][key] + (f": {text}" if (text := row.reason_text.get(key)) else "")
                    for key in ("en", "zh")
                },
                "current": current is not None and row.pk == current.pk,
                "superseded_on": superseded.get(row.edition),
                "corrected": row.pk in corrected,
            }
            for row in rows
        ]

    def _further(self) -> list[dict[str, Any]]:
        """Return what else the document shows: mode, conditions, models, trademark."""
        assert self.edition is not None
        edition, rows = self.edition, []
        if "scope" not in self.public:
            return []
        if edition.mode:
            rows.append({"label": {"en": "Mode of certification", "zh": "认证模式"}, "value": edition.mode})
        if edition.conditions:
            rows.append({"label": {"en": "Conditions", "zh": "条件"}, "value": edition.conditions})
        models = [str(one) for one in edition.shown.get("models", [])]
        if models:
            rows.append({"label": {"en": "Models", "zh": "型号"}, "value": ", ".join(models)})
        for key, label in (("trademark", {"en": "Trademark", "zh": "商标"}), ("units", {"en": "Units", "zh": "单元"})):
            value = edition.shown.get(key)
            if isinstance(value, (str, dict)) and value:
                rows.append({"label": label, "value": value})
        return rows

    def _as_of(self) -> dict[str, Any]:
        first = min((one.effective_on for one in self.attestation.editions.all()), default=None)
        asked = "on" in self.request.GET or "known" in self.request.GET
        return {
            "action": showing.address(self.attestation),
            "on": self.on or self.now,
            "known": self.known_on or self.now,
            "first": first,
            "today": self.now,
            "answer": self._said_as_of() if asked and not self.errors else "",
        }

    def _said_as_of(self) -> str:
        on = self.on or self.now
        then = status(self.attestation, on, self.known)
        facts = {"day": say_day(on), "status": words(showing.status_words(then.status))}
        if self.known is None:
            sentence = gettext("On %(day)s: %(status)s, by all that is recorded today.") % facts
        else:
            later = status(self.attestation, on)
            facts["known"] = say_day(self.known_on)
            facts["today"] = words(showing.status_words(later.status))
            if later.status is then.status:
                sentence = (
                    gettext("On %(day)s: %(status)s. The register showed the same on %(known)s as today.") % facts
                )
            else:
                sentence = gettext(
                    "On %(day)s: %(status)s as the register knew on %(known)s. "
                    "By all that is recorded today: %(today)s."
                )
                sentence %= facts
        return sentence

    def _evidence(self, edition: Edition) -> dict[str, Any]:
        """Return what lets others check the record without taking our word."""
        hidden = self.attestation.personal and not self.named
        shown = Evidence(
            self.attestation, edition, hidden=hidden or self.told.answer is Answer.WITHHELD, held=self.held
        )
        return {
            "log_proof": shown.log_proof(),
            "files": shown.files(),
            "browser_check": shown.browser_check(),
            "described": shown.described(self.told),
            "badge": shown.badge(),
        }
