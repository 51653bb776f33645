"""The published Bot API in the compact form that the checks need.

`python -m simulator.schema PATH_TO_telegram-bot-api.json` writes `schema.json` anew from the full description.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).with_name("schema.json")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a method or one field of a type: any of `types` will do."""

    types: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type is either a set of fields or a choice between `subtypes`."""

    fields: Mapping[str, Field]
    subtypes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """Every published method with its parameters, every published type with its fields."""

    version: str
    methods: Mapping[str, Mapping[str, Field]]
    types: Mapping[str, ObjectType]


@cache
def load() -> Schema:
    """Return the schema that comes with the package."""
    document = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return Schema(
        version=document["version"],
        methods={name: _fields(fields) for name, fields in document["methods"].items()},
        types={name: _object_type(body) for name, body in document["types"].items()},
    )


def compact(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the compact form of the full Bot API `description`."""
    return {
        "version": description["version"],
        "methods": {name: _compact_fields(method) for name, method in sorted(description["methods"].items())},
        "types": {name: _compact_type(body) for name, body in sorted(description["types"].items())},
    }


def _fields(written: Mapping[str, str]) -> dict[str, Field]:
    return {name: _field(notation) for name, notation in written.items()}


def _field(notation: str) -> Field:
    return Field(types=tuple(notation.removeprefix("!").split("|")), required=notation.startswith("!"))


def _object_type(body: Mapping[str, str] | list[str]) -> ObjectType:
    if isinstance(body, list):
        return ObjectType(fields={}, subtypes=tuple(body))
    return ObjectType(fields=_fields(body), subtypes=())


def _compact_fields(described: Mapping[str, Any]) -> dict[str, str]:
    """A field is written as its types joined by `|`, with `!` in front if it is required."""
    return {
        field["name"]: ("!" if field["required"] else "") + "|".join(field["types"])
        for field in described.get("fields", [])
    }


def _compact_type(described: Mapping[str, Any]) -> dict[str, str] | list[str]:
    subtypes: list[str] = described.get("subtypes", [])
    return subtypes or _compact_fields(described)


def _written(document: Mapping[str, Any]) -> str:
    """One method or type a line, so that a new version of the Bot API reads well as a diff."""

    def lines(section: str) -> str:
        return ",\n".join(f"  {json.dumps(name)}: {json.dumps(body)}" for name, body in document[section].items())

    version = json.dumps(document["version"])
    return f'{{\n"version": {version},\n"methods": {{\n{lines("methods")}\n}},\n"types": {{\n{lines("types")}\n}}\n}}\n'


def main(arguments: list[str]) -> int:
    """Write `schema.json` from the description named on the command line; return the exit status."""
    if len(arguments) != 1:
        print("usage: python -m simulator.schema PATH_TO_telegram-bot-api.json", file=sys.stderr)
        return 2
    description = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    SCHEMA_FILE.write_text(_written(compact(description)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
