"""Between the scheme's form and the page: questions as they are drawn, answers as they were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from testamur.parties.models import Organisation
from testamur.requirements.models import Node
from testamur.requirements.queries import newest_tree
from testamur.schemes.language.kinds import Condition
from testamur.selection import fields
from testamur.selection.form import FieldView, Form, PartView
from testamur.selection.models import Case
from testamur.wording.templatetags.say import day as say_day
from testamur.wording.templatetags.say import shown as say_shown
from testamur.wording.templatetags.say import words
from testamur.workspace import case_files
from testamur.workspace.answers import in_its_language

#: Rows of one composite answer at most, as sent.
MOST_ROWS = 500
#: A tree with more nodes than this is typed by code, not chosen from a list.
MOST_NODES = 400


# Drawing -------------------------------------------------------------------------------------------------------------


def parts(
    form: Form, *, more: str = "", errors: Mapping[str, Any] | None = None, tree: bool = True
) -> list[dict[str, Any]]:
    """Return the parts of a form with their questions, as ``_part.html`` draws them.

    Args:
        more: field that gets one more blank row.
        errors: field → refusal of a file that was just sent, shown beside what is wrong with the answers.
    """
    labels = {view.id: words(view.field.label) for part in form.parts for view in part.fields}
    drawn = []
    for part in form.parts:
        if form.application.case.occasion not in part.part.asked_on or not _may_show(part.part.when, form.facts):
            continue
        questions = [
            question(form, view, labels, more=more, error=(errors or {}).get(view.id))
            for view in part.fields
            if _may_show(view.field.when, form.facts)
        ]
        if questions:
            sources = part.part.source
            drawn.append(
                {
                    "id": part.part.id,
                    "title": part.part.title,
                    "source": str(sources[0]) if sources else "",
                    "when": [when_json(one) for one in part.part.when if one.fact.startswith("form.")],
                    "when_words": when_words(part.part.when, labels),
                    "questions": questions,
                    "state": _state(part),
                    "note": _note(part),
                }
            )
    return drawn


def _may_show(when: tuple[Condition, ...], facts: Mapping[str, Any]) -> bool:
    """A condition on an answer is the page's to follow; one on anything else is known already."""
    return all(one.holds(facts) for one in when if not one.fact.startswith("form."))


def _state(part: PartView) -> str:
    if not part.shown:
        return ""
    if any(view.problems for view in part.asked):
        return "bad"
    if part.complete and (part.required or not part.optional_left):
        return "ok"
    return "part" if any(view.answered for view in part.asked) else ""


def _note(part: PartView) -> str:
    if not part.shown:
        return gettext("not asked")
    wrong = sum(1 for view in part.asked if view.problems)
    if wrong:
        return gettext("{n} to correct").format(n=wrong)
    needed = gettext("complete") if part.complete else f"{part.done} / {len(part.required)}"
    if not part.optional_left:
        return needed
    left = ngettext("{n} optional left", "{n} optional left", part.optional_left).format(n=part.optional_left)
    return gettext("{needed}, {left}").format(needed=needed, left=left) if part.required else left


def question(
    form: Form, view: FieldView, labels: Mapping[str, str], *, more: str = "", error: Any = None
) -> dict[str, Any]:
    """Return one question, as ``{% field %}`` draws it."""
    one = view.field
    case = form.application.case
    wrong = error or (view.problems[0] if view.problems else None)
    asked: dict[str, Any] = {
        "id": one.id,
        "type": one.type,
        "label": one.label,
        "help": one.help,
        "required": one.required,
        "options": list(one.options),
        "unit": one.unit,
        "min": one.min,
        # A greatest number says nothing about the length of a text.
        "max": one.max if one.type in ("whole_number", "decimal", "money") else None,
        "accept": list(one.accept),
        "max_mb": one.max_mb,
        "personal": one.personal,
        "source": view.source,
        "value": as_typed(one.type, view.raw),
        "error": wrong,
        "when": [when_json(condition) for condition in one.when if condition.fact.startswith("form.")],
        "when_words": when_words(one.when, labels),
        "files": [_file(case, row) for row in view.attachments],
    }
    if wrong is not None or view.reason:
        asked["reason"] = {
            "name": f"{one.id}__reason",
            "label": _("If it is right all the same, say why"),
            "value": view.reason,
        }
        if one.type in (*fields.COMPOSITE, *fields.FILES):
            del asked["reason"]
    if one.type == "country":
        asked["options"] = [{"id": code, "label": f"{code} · {words(title)}"} for code, title in _nodes("countries")]
    if one.type in fields.COMPOSITE:
        asked["columns"] = columns(view, case)
        if more == one.id:
            asked["more"] = 1
    if one.type == "organisation":
        asked["known"] = [{"value": words(case.client.names), "label": ""}] if case.client else []
    if view.offered is not None:
        value = view.offered.value
        asked["previous"] = {
            "shown": gettext("{n} files").format(n=len(view.offered.files))
            if one.type in fields.FILES
            else brief(value),
            "note": say_day(view.offered.stated_on),
        }
    elif one.type == "sites" and not view.answered and case.client is not None and _own_sites(case):
        names = [words(site.names) for site in _own_sites(case)]
        asked["previous"] = {"shown": ", ".join(names), "note": gettext("the sites of your organisation")}
    return asked


def _file(case: Case, row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "href": case_files.address(case, "attachment", row.pk),
        "size": row.file.size,
        "received_at": row.recorded_at,
        "sha256": row.file.sha256,
        "icon": "file-check",
        "remove": row.pk,
    }


def columns(view: FieldView, case: Case) -> list[dict[str, Any]]:
    """Return the columns of a composite answer."""
    if view.field.type == "sites":
        return [
            {"id": "name", "label": _("Name of the site"), "type": "text"},
            {"id": "address", "label": _("Address"), "type": "text"},
            {"id": "headcount", "label": _("People there"), "type": "whole_number"},
            {"id": "central", "label": _("Central function"), "type": "yes_no"},
        ]
    if view.field.type == "people":
        return [
            {"id": "n", "label": _("How many people"), "type": "whole_number"},
            {"id": "hours", "label": _("Hours a week each"), "type": "decimal"},
            {"id": "counted", "label": _("Counted as"), "type": "whole_number"},
        ]
    rows: list[dict[str, Any]] = [
        {"id": "name", "label": _("Name"), "type": "text"},
        {"id": "model", "label": _("Model"), "type": "text"},
    ]
    tree = _tree_of(view)
    if tree:
        nodes = _nodes(tree)
        rows.append(
            {
                "id": "node",
                "label": _("Category"),
                "type": "choice" if nodes else "text",
                "choices": [(code, f"{code} {words(title)}") for code, title in nodes],
            }
        )
    return rows


def _tree_of(view: FieldView) -> str:
    if not view.field.scope:
        return ""
    return next((one.tree for one in view.definition.scopes if one.id == view.field.scope), "")


def _nodes(tree: str) -> list[tuple[str, Any]]:
    """Return (code, title) of a tree's newest edition; nothing where it is too large to choose from."""
    found = newest_tree(tree)
    if found is None:
        return []
    rows = list(Node.objects.filter(tree=found).order_by("code").values_list("code", "title")[: MOST_NODES + 1])
    return rows if len(rows) <= MOST_NODES else []


def _own_sites(case: Case) -> list[Any]:
    return list(case.client.sites.filter(closed_on=None)) if case.client is not None else []


def as_typed(kind: str, raw: Any) -> Any:
    """Return an answer as an input shows it."""
    if raw is None:
        return ""
    if kind in ("organisation", "person") and isinstance(raw, Mapping):
        return words(raw.get("names") or raw.get("name") or "")
    if kind == "address" and isinstance(raw, Mapping):
        return words(raw)
    if kind in fields.COMPOSITE and isinstance(raw, list):
        return [
            {
                **row,
                "name": words(row.get("names") or row.get("name") or ""),
                "address": words(row.get("address") or ""),
            }
            for row in raw
            if isinstance(row, Mapping)
        ]
    return raw


def brief(value: Any) -> str:
    """Say an answer in a line: what is offered, what was answered."""
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping):
        return words(value.get("names") or value)
    if isinstance(value, list):
        return "; ".join(_row_brief(row) if isinstance(row, Mapping) else say_shown(row) for row in value)
    return say_shown(value)


def _row_brief(row: Mapping[str, Any]) -> str:
    named = [
        words(row.get("names") or row.get("name") or ""),
        str(row.get("model") or ""),
        words(row.get("address") or ""),
    ]
    if row.get("n"):
        named += [str(row["n"]), f"× {row['hours']} h" if row.get("hours") else ""]
        if row.get("counted") is not None:
            named.append(f"→ {row['counted']}")
    return " · ".join(part for part in named if part)


def answer_words(view: FieldView) -> str:
    """Say what was answered, with the words of the options."""
    one = view.field
    if one.type in fields.FILES:
        return ", ".join(row.name for row in view.attachments)
    if one.type in ("choice", "choices"):
        titles = {
            str(option["id"]): words({key: text for key, text in option.items() if key != "id"})
            for option in one.options
        }
        chosen = view.raw if isinstance(view.raw, list) else [view.raw] if view.raw else []
        return ", ".join(titles.get(str(item), str(item)) for item in chosen)
    value = view.value if view.value is not None else view.raw
    return brief(as_typed(one.type, value) if one.type in ("organisation", "person") else value)


def when_json(condition: Condition) -> dict[str, Any]:
    """Return a condition as the page's script follows it."""
    return {"fact": condition.fact, condition.test: condition.value}


def when_words(when: tuple[Condition, ...], labels: Mapping[str, str]) -> str:
    """Say a condition on an answer in words, for readers without scripts and for those who wonder."""
    said = []
    for condition in when:
        if not condition.fact.startswith("form."):
            continue
        name = condition.fact.removeprefix("form.").partition(".")[0]
        value = condition.value
        shown = say_shown(list(value) if isinstance(value, (list, tuple)) else value)
        facts = {"question": labels.get(name, name), "value": shown}
        said.append(
            {
                "is": gettext("“{question}” is {value}"),
                "not": gettext("“{question}” is not {value}"),
                "in": gettext("“{question}” is one of {value}"),
                "at_least": gettext("“{question}” is at least {value}"),
                "at_most": gettext("“{question}” is at most {value}"),
            }[condition.test].format(**facts)
        )
    return gettext(" and ").join(said)


# Reading -------------------------------------------------------------------------------------------------------------


def sent(form: Form, data: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the answers and the reasons that a page sent, for the fields it showed; blank (None) empties one."""
    answers: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    case = form.application.case
    for part in form.parts:
        for view in part.fields:
            name, kind = view.id, view.field.type
            if f"{name}__reason" in data:
                reasons[name] = data[f"{name}__reason"].strip()
            if kind in fields.FILES:
                continue
            if kind in fields.COMPOSITE:
                if any(key.startswith(f"{name}-0-") for key in data):
                    answers[name] = _rows_sent(kind, name, data, case) or None
            elif kind == "choices":
                if data.get(f"{name}__shown") or name in data:
                    answers[name] = data.getlist(name) or None
            elif name in data:
                answers[name] = _one(kind, data[name].strip(), case)
    return answers, reasons


def _one(kind: str, text: str, case: Case) -> Any:
    if not text:
        return None
    if kind == "yes_no":
        return {"true": True, "false": False}.get(text, text)
    if kind == "organisation":
        return _organisation(text, case)
    if kind == "person":
        person = case.person
        if person is not None and text in person.names.values():
            return {"id": person.public_id, "names": person.names}
        return {"names": in_its_language(text)}
    return text


def _organisation(text: str, case: Case) -> dict[str, Any]:
    if case.client is not None and text in case.client.names.values():
        return {"id": case.client.public_id, "names": case.client.names}
    found = list(Organisation.objects.filter(names__en=text)[:2]) or list(
        Organisation.objects.filter(names__zh=text)[:2]
    )
    if len(found) == 1:
        return {"id": found[0].public_id, "names": found[0].names}
    return {"names": in_its_language(text)}


def _rows_sent(kind: str, name: str, data: QueryDict, case: Case) -> list[dict[str, Any]]:
    pattern = re.compile(rf"^{re.escape(name)}-(\d{{1,3}})-([a-z_]+)$")
    rows: dict[int, dict[str, Any]] = {}
    for key in data:
        found = pattern.match(key)
        if found and int(found[1]) < MOST_ROWS:
            rows.setdefault(int(found[1]), {})[found[2]] = data[key].strip()
    sites = {text: site for site in _own_sites(case) for text in site.names.values()} if kind == "sites" else {}
    listed = []
    for _place, row in sorted(rows.items()):
        if not any(row.values()):
            continue
        if kind == "people":
            listed.append({column: text for column, text in row.items() if text})
            continue
        title = row.pop("name", "")
        made: dict[str, Any] = {
            **{column: text for column, text in row.items() if text},
            "names": in_its_language(title),
        }
        if kind == "sites":
            made["central"] = row.get("central") == "true"
            made["address"] = in_its_language(row.get("address", ""))
            known = sites.get(title)
            if known is not None:
                made |= {"site": known.public_id, "names": known.names, "address": known.address or made["address"]}
        listed.append(made)
    return listed


def own_sites(case: Case) -> list[dict[str, Any]]:
    """Return the sites of the applicant as an answer to a question for sites."""
    return [
        {
            "site": site.public_id,
            "names": site.names,
            "address": site.address,
            "headcount": site.headcount,
            "central": site.central,
        }
        for site in _own_sites(case)
    ]
