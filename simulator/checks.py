"""Is this call one that the published Bot API knows?

Telegram ignores parameters it does not know and forgives much else. A misspelt parameter is always a mistake of the
bot's author, so here it is refused on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.errors import BadRequestError
from simulator.schema import Field, Schema

ARRAY_OF = "Array of "

WORDS_FOR_MISSING = {"chat_id": "chat_id is empty", "text": "message text is empty"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a multipart call."""

    name: str
    mime_type: str
    content: bytes


class MistypedError(ValueError):
    """A value is not of the type the Bot API wants; the text says where and what it should be."""


def checked(schema: Schema, method: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a call, decoded to their published types.

    `written` holds them as they came: JSON values, or strings from a form or query. Raises BadRequestError
    for an unknown, missing or mistyped parameter.
    """
    fields = schema.methods[method]
    for name in written:
        if name not in fields and not isinstance(written[name], Upload):
            raise BadRequestError(f'method {method} has no parameter "{name}"')
    for name, field in fields.items():
        if field.required and written.get(name) is None:
            raise BadRequestError(WORDS_FOR_MISSING.get(name, f'parameter "{name}" is required'))
    uploads = {name: value for name, value in written.items() if isinstance(value, Upload)}
    return {
        name: _parameter(schema, name, fields[name], value, uploads)
        for name, value in written.items()
        if name in fields and value is not None
    }


def _parameter(schema: Schema, name: str, field: Field, value: Any, uploads: Mapping[str, Upload]) -> Any:
    if isinstance(value, str) and "InputFile" in field.types and value.startswith("attach://"):
        value = uploads.get(value.removeprefix("attach://"), value)
    decoded = _decoded(field, value)
    try:
        _check_any(schema, field.types, decoded, name)
    except MistypedError as error:
        raise BadRequestError(str(error)) from error
    return _with_uploads(decoded, uploads)


def _with_uploads(value: Any, uploads: Mapping[str, Upload]) -> Any:
    """Return a value in which every `attach://name` is the file that came under this name."""
    if isinstance(value, str) and value.startswith("attach://"):
        return uploads.get(value.removeprefix("attach://"), value)
    if isinstance(value, list):
        return [_with_uploads(item, uploads) for item in value]
    if isinstance(value, dict):
        return {name: _with_uploads(item, uploads) for name, item in value.items()}
    return value


def _decoded(field: Field, value: Any) -> Any:
    """Telegram reads every parameter from a string: numbers, booleans and JSON objects may all come as text."""
    if not isinstance(value, str):
        return value
    if "Integer" in field.types and value.removeprefix("-").isdecimal():
        return int(value)
    if "String" in field.types or "InputFile" in field.types:
        return value
    if field.types == ("Boolean",) and value.lower() in {"true", "false", "1", "0", "yes", "no"}:
        return value.lower() in {"true", "1", "yes"}
    try:
        return json.loads(value)
    except ValueError:
        return value


def _check_any(schema: Schema, types: tuple[str, ...], value: Any, where: str) -> None:
    """Raise MistypedError unless `value` is of one of `types`; with one type the error names the innermost trouble."""
    if len(types) > 1 and isinstance(value, list) and all(name.startswith(ARRAY_OF) for name in types):
        # A list of one kind or another may mix them: an album of pictures and videos.
        for index, item in enumerate(value):
            _check_any(schema, tuple(name.removeprefix(ARRAY_OF) for name in types), item, f"{where}[{index}]")
        return
    errors = []
    for name in types:
        try:
            _check(schema, name, value, where)
        except MistypedError as error:
            errors.append(str(error))
        else:
            return
    if len(types) > 1 and not isinstance(value, dict):
        raise MistypedError(f"{where} must be {' or '.join(types)}")
    # Of several object types the one that got furthest is the one that was meant.
    raise MistypedError(max(errors, key=lambda text: (text.count("."), "unknown" not in text)))


def _check(schema: Schema, name: str, value: Any, where: str) -> None:
    if name.startswith(ARRAY_OF):
        _check_array(schema, name.removeprefix(ARRAY_OF), value, where)
    elif name in PLAIN_TYPES:
        if not PLAIN_TYPES[name](value):
            raise MistypedError(f"{where} must be {name}")
    elif subtypes := schema.types[name].subtypes:
        _check_any(schema, subtypes, value, where)
    else:
        _check_object(schema, name, value, where)


def _check_array(schema: Schema, element: str, value: Any, where: str) -> None:
    if not isinstance(value, list):
        raise MistypedError(f"{where} must be {ARRAY_OF}{element}")
    for index, item in enumerate(value):
        _check(schema, element, item, f"{where}[{index}]")


def _check_object(schema: Schema, name: str, value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise MistypedError(f"{where} must be {name}")
    fields = schema.types[name].fields
    for key in value:
        if key not in fields:
            raise MistypedError(f'{where} is no {name}: it has an unknown "{key}"')
    for key, field in fields.items():
        if key in value:
            _check_any(schema, field.types, value[key], f"{where}.{key}")
        elif field.required:
            raise MistypedError(f'{where} is no {name}: it lacks "{key}"')


def check_object(schema: Schema, name: str, value: Any) -> None:
    """Raise MistypedError unless `value` is a `name` of the published Bot API."""
    _check(schema, name, value, name)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


PLAIN_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": _is_integer,
    "Float": lambda value: isinstance(value, float) or _is_integer(value),
    "Boolean": lambda value: isinstance(value, bool),
    "InputFile": lambda value: isinstance(value, Upload),
}
