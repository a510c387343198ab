"""JSON Schema of a scheme file, for editors: printed from the same metadata that the checker reads."""

from __future__ import annotations

from typing import Any

from testamur.schemes.language.closed_lists import OCCASIONS
from testamur.schemes.language.grammar import GRAMMAR, SINGLE
from testamur.schemes.language.kinds import MOMENTS_KIND, written
from testamur.schemes.language.tables import MUST, Table, keys_of, needed_keys


def json_schema(language: str = "en") -> dict[str, Any]:
    """Return the schema (draft 2020-12) of one TOML file; descriptions in ``en`` or ``zh``.

    It knows words and kinds. Order, sources, references between tables and composition stay with ``schemes check``.
    """
    tables: dict[str, Any] = {}
    for name, table in GRAMMAR.items():
        row = _table(table, language)
        tables[name] = row if name in SINGLE else {"type": "array", "items": row, "description": row["description"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": {"en": "Scheme of Testamur", "zh": "Testamur 方案"}[language],
        "type": "object",
        "required": ["scheme"],
        "additionalProperties": False,
        "properties": tables,
    }


def _table(table: type[Table], language: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for word, spec in keys_of(table).items():
        kind = spec.metadata["kind"]
        schema = dict(kind.schema)
        if kind is MOMENTS_KIND:
            schema = {"anyOf": [schema["anyOf"][0], {**schema["anyOf"][1], "propertyNames": {"enum": [*OCCASIONS]}}]}
        meaning = spec.metadata["meaning"][language]
        properties[word] = {**schema, "description": meaning} if meaning else schema
        otherwise = spec.metadata["otherwise"]
        if otherwise is not MUST and otherwise not in (None, (), {}):
            properties[word]["default"] = written(otherwise)
    return {
        "type": "object",
        "description": table.MEANING[language],
        "required": list(needed_keys(table)),
        "additionalProperties": False,
        "properties": properties,
    }
