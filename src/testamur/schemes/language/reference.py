"""The reference page of the language, printed from the metadata of the tables; and the grammar for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from testamur.schemes.language.acted_on import NOT_ACTED_ON
from testamur.schemes.language.closed_lists import ASPECTS
from testamur.schemes.language.grammar import ANYWHERE, GRAMMAR, brackets
from testamur.schemes.language.kinds import written
from testamur.schemes.language.library import Library
from testamur.schemes.language.said import Translate
from testamur.schemes.language.tables import MUST, Table, keys_of

EVERYWHERE = ("source", "unconfirmed", "override")

_WORDS = {
    "en": {
        "title": "# The scheme language",
        "intro": (
            "One TOML file is one version of one scheme: `library/<family>/<id>/<version>.toml`. Tables stand in the "
            "order below, which is the order of the functions of conformity assessment; `[[rule]]` may stand wherever "
            "the function it serves stands. `[name]` is written once, `[[name]]` many times, each with an id. Check a "
            "file with `testamur schemes check FILE`; editors use `testamur schemes json-schema`. This page is made "
            "from the tables themselves."
        ),
        "every": "Every table also takes",
        "key": "Key",
        "needed": "needed",
        "kind": "Kind of value",
        "default": "If absent",
        "says": "Says",
        "days": "## Named days",
        "days_intro": "A moment counts from one of these, or from `<activity>.started` or `<activity>.ended`.",
        "day": "Day",
        "facts": "## Facts",
        "facts_intro": (
            "A condition, or the `from` of a rule, asks for one of these, for `form.<field>`, for an aspect of a "
            "composite field ({aspects}), or for `rule.<id>`, what another rule of the scheme answered."
        ),
        "fact": "Fact",
        "questions": "## Questions that a rule may decide",
        "not_acted": "## Read, not yet acted on",
        "not_acted_intro": (
            "The platform reads, checks and shows these keys, but does not act on them yet. A scheme that uses one "
            "cannot be published."
        ),
        "mark": "read, not yet acted on",
        "because": "Because",
        "everywhere": "may stand anywhere",
    },
    "zh": {
        "title": "# 方案语言",
        "intro": (
            "一个 TOML 文件即一个方案的一个版本：`library/<类>/<名称>/<版本>.toml`。各表按下列顺序书写，"
            "即合格评定各功能的顺序；`[[rule]]` 可置于其所服务的功能处。`[name]` 写一次，`[[name]]` 可写多次、"
            "各有名称。用 `testamur schemes check FILE` 检查文件；编辑器使用 "
            "`testamur schemes json-schema`。本页由各表自身生成。"
        ),
        "every": "每个表还可含",
        "key": "键",
        "needed": "必填",
        "kind": "值的种类",
        "default": "缺省时",
        "says": "含义",
        "days": "## 命名日",
        "days_intro": "时刻自下列之一起算，或自 `<活动>.started`、`<活动>.ended` 起算。",
        "day": "日",
        "facts": "## 事实",
        "facts_intro": (
            "条件或规则的 `from` 可引用下列事实、`form.<字段>`、复合字段的某一方面（{aspects}），"
            "或 `rule.<名称>`（本方案另一规则的答案）。"
        ),
        "fact": "事实",
        "questions": "## 规则可判定的问题",
        "not_acted": "## 已读取、尚未执行",
        "not_acted_intro": "平台读取、检查并展示这些键，但尚未据以执行。使用其中之一的方案不能发布。",
        "mark": "已读取、尚未执行",
        "because": "原因",
        "everywhere": "可置于任何位置",
    },
}


def reference(language: str = "en", translate: Translate = str, library: Library | None = None) -> str:
    """Return the page as Markdown, in English or Chinese (``translate`` maps the names of kinds)."""
    return "\n".join(_page(language, translate, library or Library())) + "\n"


def _page(language: str, translate: Translate, library: Library) -> Iterator[str]:
    words = _WORDS[language]
    yield from (words["title"], "", words["intro"], "")
    yield f"{words['every']}:"
    yield ""
    yield from _keys(Table, "", EVERYWHERE, language, translate)
    for name, table in GRAMMAR.items():
        anywhere = f" ({words['everywhere']})" if name in ANYWHERE else ""
        yield from ("", f"## `{brackets(name)}`{anywhere}", "", table.MEANING[language], "")
        yield from _keys(table, name, tuple(w for w in keys_of(table) if w not in EVERYWHERE), language, translate)
    yield from ("", words["days"], "", words["days_intro"], "", f"| {words['day']} | {words['says']} |", "|---|---|")
    yield from (f"| `{day}` | {meaning[language]} |" for day, meaning in library.words.moments.items())
    aspects = ", ".join(f"`form.<{kind}>.{word}`" for kind, listed in ASPECTS.items() for word in listed)
    yield from ("", words["facts"], "", words["facts_intro"].format(aspects=aspects), "")
    yield from (f"| {words['fact']} | {words['says']} |", "|---|---|")
    yield from (f"| `{fact}` | {meaning[language]} |" for fact, meaning in library.words.facts.items())
    yield from ("", words["questions"], "", " · ".join(f"`{name}`" for name in sorted(library.words.questions)))
    yield from ("", words["not_acted"], "", words["not_acted_intro"], "")
    yield from (f"| {words['key']} | {words['because']} |", "|---|---|")
    yield from (f"| `{key}` | {why[language]} |" for key, why in NOT_ACTED_ON.items())


def _keys(table: type[Table], name: str, listed: tuple[str, ...], language: str, translate: Translate) -> Iterator[str]:
    words = _WORDS[language]
    yield f"| {words['key']} | {words['kind']} | {words['default']} | {words['says']} |"
    yield "|---|---|---|---|"
    for word in listed:
        spec = keys_of(table)[word]
        kind = spec.metadata["kind"].name.sentence(translate, language).replace("|", "\\|")
        says = spec.metadata["meaning"][language]
        if f"{name}.{word}" in NOT_ACTED_ON:
            says += f" *({words['mark']})*"
        yield f"| `{word}` | {kind} | {_otherwise(spec.metadata['otherwise'], words['needed'])} | {says} |"


def _otherwise(value: Any, needed: str) -> str:
    if value is MUST:
        return f"**{needed}**"
    shown = written(value)
    if shown in (None, [], {}):
        return ""
    listed = shown if isinstance(shown, list) else [str(shown).lower() if isinstance(shown, bool) else shown]
    return ", ".join(f"`{item}`" for item in listed)


def grammar(language: str = "en", translate: Translate = str) -> str:
    """Return every key with its kind, its default and its meaning, one line each, for a terminal."""
    lines = []
    for name, table in GRAMMAR.items():
        lines.append(brackets(name))
        for word, spec in keys_of(table).items():
            if word in EVERYWHERE:
                continue
            kind = spec.metadata["kind"].name.sentence(translate, language)
            otherwise = _otherwise(spec.metadata["otherwise"], _WORDS[language]["needed"]).replace("`", "").strip("*")
            mark = f" ({_WORDS[language]['mark']})" if f"{name}.{word}" in NOT_ACTED_ON else ""
            lines.append(f"  {word:15} {otherwise:24} {kind[:56]:56} {spec.metadata['meaning'][language]}{mark}")
    return "\n".join(lines)
