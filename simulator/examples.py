"""The smallest value of any published type: for what people can send but nobody has drawn a picture of."""

from __future__ import annotations

from typing import Any

from simulator.checks import ARRAY_OF
from simulator.schema import Schema

PLAIN: dict[str, Any] = {"String": "…", "Integer": 1, "Float": 1.0, "Boolean": True}


def example(schema: Schema, name: str) -> Any:
    """Return a value of the published type `name` with nothing in it but what must be; of several types the first."""
    if name in PLAIN:
        return PLAIN[name]
    if name.startswith(ARRAY_OF):
        return [example(schema, name.removeprefix(ARRAY_OF))]
    described = schema.types[name]
    if described.subtypes:
        # A MaybeInaccessibleMessage would be a whole Message first.
        return example(schema, described.subtypes[-1] if name == "MaybeInaccessibleMessage" else described.subtypes[0])
    return {
        field: example(schema, notation.types[0]) for field, notation in described.fields.items() if notation.required
    }
