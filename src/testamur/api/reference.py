"""The API's page of ``docs/reference``, printed from its description and from the table of access."""

from __future__ import annotations

from typing import Any

from testamur.api.access import RELATIONS, TABLE
from testamur.api.endpoint import api
from testamur.api.problems import KINDS


def pages() -> dict[str, str]:
    """Return file name → Markdown."""
    return {"api.md": page()}


def page() -> str:
    """Return the page: every endpoint with who may use it, every kind of problem."""
    import testamur.api.urls  # noqa: F401 - the endpoints are registered with the addresses

    described = api.get_openapi_schema(path_prefix="/api/v1")
    lines = [
        "# API",
        "",
        "`/api/v1/openapi.json` is the whole description (OpenAPI 3.1), every field; this page is printed from it.",
        "What it promises, and how errors, cursors and repeated requests work: "
        "[API contract](../explanation/api-contract.md).",
        "",
        "## Who may use what",
        "",
        "Functions are those of the acting membership, all of them needed. The relation says whose rows one sees; to a",
        "stranger there is nothing (404). The last column is the number of requests a minute from one address",
        "or with one access token; *program* says whether a token opens it.",
        "",
        "| Endpoint | What it does | Functions | Relation | Program | A minute |",
        "|---|---|---|---|---|---|",
    ]
    for (method, path), row in TABLE.items():
        operation = described["paths"]["/api/v1" + path.replace("{path:", "{")][method.lower()]
        functions = ", ".join(row.functions) or ("–" if row.open else "any")
        program = "yes" if row.by_program else "no"
        shown = f"`{method} {path.replace('path:', '')}`"
        lines.append(
            f"| {shown} | {operation['summary']} | {functions} | {row.relation} | {program} | {row.a_minute} |"
        )
    lines += ["", "Relations:", ""]
    lines += [f"- **{name}**: {meaning}" for name, meaning in RELATIONS.items()]
    lines += ["", "## Endpoints", ""]
    for method, path in TABLE:
        name = path.replace("{path:", "{")
        lines += _of(method, name, described["paths"]["/api/v1" + name][method.lower()])
    lines += ["## Problems", "", "| Type | Status | Title | What to do |", "|---|---|---|---|"]
    lines += [f"| `#{kind.id}` | {kind.status} | {kind.title} | {kind.remedy} |" for kind in KINDS.values()]
    return "\n".join(lines)


def _of(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    said = " ".join(operation.get("description", "").split())
    lines = [f"### {method} {path}", "", said, ""]
    asked = [
        f"`{one['name']}`{'' if one.get('required') else ' (optional)'}" for one in operation.get("parameters", [])
    ]
    if asked:
        lines += [f"Parameters: {', '.join(asked)}.", ""]
    content = operation.get("requestBody", {}).get("content", {})
    taken = [schema for media in content.values() if (schema := _name(media.get("schema", {})))]
    if taken:
        lines += [f"Takes {', '.join(f'`{name}`' for name in taken)}.", ""]
    answers = [
        f"{status} {f'`{name}`' if name else ''}".strip()
        for status, response in operation.get("responses", {}).items()
        for name in [_name(response.get("content", {}).get("application/json", {}).get("schema", {}))]
    ]
    return [*lines, f"Answers {', '.join(answers)}.", ""]


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
