"""The JSON schemas as the tool uses them, and in plain words what is wrong with a value. Knows no kind.

They are written for editors. Of places that allow `${...}` beside a number or a word that branch is cut off, because
values are checked after replacing, and every `$ref` is written out, so that nothing is looked up on a network.
jsonschema-rs only answers whether a value is right, a hundred times faster; jsonschema is imported, and asked what is
wrong, when it is not. Our messages are about values, and never show one that may be personal. They are good because the
branches of an `anyOf` differ in their JSON type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from provisioner import runtime
from provisioner.error_ids import ErrorId
from provisioner.manifests.nodes import Path
from provisioner.messages import NOT_SHOWN, count, did_you_mean, either, listed, looks_personal, named

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema = dict[str, Any]

INTERPOLATION = "#/definitions/interpolation"

MAX_LISTED = 20
HIDDEN = "which this is not"  # instead of a value that may be personal

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


@cache
def schema(name: str, without: tuple[str, ...] = ()) -> Schema:
    """The schema of `schemas/<name>.schema.json` for the tool, but the properties `without`. Do not change it."""
    file = f"{name}.schema.json"
    found = _resolved(_document(file), file)
    if without:
        properties = {name: value for name, value in found["properties"].items() if name not in without}
        found = {**found, "properties": properties}
    return _object(found)


@cache
def _document(file: str) -> Any:
    return json.loads((runtime.schemas() / file).read_text(encoding="utf-8"))


def _resolved(node: Any, file: str) -> Any:
    """A part of a schema with references written out and `${...}` branches cut off."""
    if isinstance(node, list):
        return [_resolved(item, file) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target, pointer = _split(node["$ref"], file)
        others = {name: value for name, value in node.items() if name != "$ref"}
        return {**_object(_resolved(_at(_document(target), pointer), target)), **others}
    if "anyOf" in node:
        return _one_branch(node, file)
    if "allOf" in node:
        return _merged(node, file)
    return {name: _resolved(value, file) for name, value in node.items() if name != "definitions"}


def _one_branch(node: Schema, file: str) -> Schema:
    branches = [branch for branch in node["anyOf"] if not branch.get("$ref", "").endswith(INTERPOLATION)]
    found = [_object(_resolved(branch, file)) for branch in branches]
    others = {name: value for name, value in node.items() if name != "anyOf"}
    return {**found[0], **others} if len(found) == 1 else {**others, "anyOf": found}


def _merged(node: Schema, file: str) -> Schema:
    """A `$ref` with a description of its own: draft-07 ignores what stands beside `$ref`, so it is in an `allOf`."""
    found: Schema = {}
    for part in node["allOf"]:
        found |= _object(_resolved(part, file))
    return found | {name: value for name, value in node.items() if name not in ("allOf", "definitions")}


def _split(reference: str, file: str) -> tuple[str, str]:
    target, _, pointer = reference.partition("#")
    return target or file, pointer


def _at(document: Any, pointer: str) -> Any:
    for step in filter(None, pointer.split("/")):
        document = document[step]
    return document


def _object(schema: Any) -> Schema:
    assert isinstance(schema, dict), "a schema is an object"
    return schema


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """What is wrong at a path; with `key` the last step's key is to blame, not its value."""

    path: Path
    message: str
    key: bool = False
    id: ErrorId = ErrorId.FIELD_VALUE


class Gate:
    """One schema, compiled."""

    def __init__(self, schema: Schema) -> None:
        import jsonschema_rs

        self.schema = schema
        self._validator = jsonschema_rs.Draft7Validator(schema)

    def fault(self, value: Any) -> Path | None:
        """The place of the first value that is wrong, however many there are; None when all is right."""
        error = next(iter(self._validator.iter_errors(value)), None)
        return None if error is None else tuple(error.instance_path)

    def complaints(self, value: Any, hidden: Callable[[Path], bool]) -> list[SchemaViolation]:
        """What is wrong with a value, once for each place; values below paths that are `hidden` are not shown."""
        if self._validator.is_valid(value):
            return []
        from jsonschema import Draft7Validator

        first: dict[tuple[Path, bool], SchemaViolation] = {}
        for error in Draft7Validator(self.schema).iter_errors(value):
            for complaint in _explain(error, hidden):
                first.setdefault((complaint.path, complaint.key), complaint)
        return list(first.values())


def _explain(error: ValidationError, hidden: Callable[[Path], bool]) -> Iterator[SchemaViolation]:
    path: Path = tuple(error.absolute_path)
    rule, wanted, value, schema = _parts(error)
    if rule == "anyOf":
        yield from _branch(error, path, hidden)
    elif rule == "required":
        missing = [name for name in wanted if name not in value]
        yield from (SchemaViolation((*path, name), "is required", id=ErrorId.FIELD_REQUIRED) for name in missing)
    elif rule == "additionalProperties":
        yield from _unknown(schema, value, path)
    elif rule == "type":
        yield SchemaViolation(path, _must_be(wanted, value, hidden(path)), id=_type_id(value))
    elif "propertyNames" in error.absolute_schema_path:
        id = ErrorId.FIELD_UNKNOWN if rule == "enum" else ErrorId.MANIFEST_KEY
        yield SchemaViolation((*path, value), _bad_name(rule, wanted, value), key=True, id=id)
    else:
        yield SchemaViolation(path, _WORDS[rule](wanted, value, schema, _shown(value, hidden(path))))


def _parts(error: ValidationError) -> tuple[str, Any, Any, Any]:
    """The rule that is broken, what it wants, the value, and the schema both belong to."""
    return str(error.validator), error.validator_value, error.instance, error.schema


def _branch(error: ValidationError, path: Path, hidden: Callable[[Path], bool]) -> Iterator[SchemaViolation]:
    """The complaints of the one branch that takes values of this type; the others would only confuse."""
    _, branches, value, _ = _parts(error)
    fitting = [index for index, branch in enumerate(branches) if _json_type(value) & _types(branch)]
    if len(fitting) != 1:
        wanted = [name for branch in branches for name in sorted(_types(branch) - {"null"})]
        yield SchemaViolation(path, _must_be(wanted, value, hidden(path)), id=_type_id(value))
        return
    for inner in error.context or ():
        if inner.schema_path[0] == fitting[0]:
            yield from _explain(inner, hidden)


def _unknown(schema: Mapping[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[SchemaViolation]:
    known = schema.get("properties", {})
    for name in value:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are {listed(known, 20)}"
            yield SchemaViolation((*path, name), f"unknown field{hint}", key=True, id=ErrorId.FIELD_UNKNOWN)


def _bad_name(rule: str, wanted: Any, value: str) -> str:
    if rule == "enum":
        return f"unknown name{did_you_mean(value, wanted) or f'; there are {listed(wanted, MAX_LISTED)}'}"
    return f"{named(value)} cannot be a name here; use letters, digits, - and _"


def _type_id(value: Any) -> ErrorId:
    return ErrorId.FIELD_VALUE if value is None else ErrorId.FIELD_TYPE


def _must_be(wanted: Any, value: Any, hidden: bool) -> str:
    names = [wanted] if isinstance(wanted, str) else [name for name in wanted if name != "null"]
    if value is None:
        return "must not be empty"
    # A text takes numbers and true as written, which is no news to somebody who wrote a list.
    told = [name for name in names if "string" not in names or name not in ("number", "boolean")]
    words = list(dict.fromkeys(_TYPES[name] for name in told))
    return f"must be {' or '.join(words)}, {_shown(value, hidden)}{_advice(names, value)}"


def _advice(names: list[str], value: Any) -> str:
    """What to do about the commonest wrong types."""
    if not isinstance(value, str) or "string" in names:
        return ""
    if names == ["array"]:
        return "; put it in [ ]"
    plain = {"true", "false"} if "boolean" in names else set()
    numeric = value.lstrip("-").isdecimal() and {"integer", "number"} & set(names)
    return "; remove the quotes" if numeric or value in plain else ""


def _shown(value: Any, hidden: bool) -> str:
    if value is None:
        return "is empty"
    if isinstance(value, list):
        return "is a list"
    if isinstance(value, Mapping):
        return "is a mapping"
    if hidden:
        return HIDDEN
    if isinstance(value, str):
        return f"is {named(value)}"
    text = json.dumps(value)
    return f"is {NOT_SHOWN if looks_personal(text) else text}"


def _one_of(wanted: Any, value: Any, schema: Schema, shown: str) -> str:
    words = [name for name in wanted if isinstance(name, str)]
    guess = did_you_mean(value, words) if isinstance(value, str) else ""
    if len(wanted) > MAX_LISTED:
        return f"must be a known code such as {schema['examples'][0]}, {shown}{guess}"
    if shown == HIDDEN:
        return f"must be {either([str(each) for each in wanted])}"
    return f"must be {'one of ' if len(wanted) > 1 else ''}{listed(map(str, wanted), MAX_LISTED)}, {shown}{guess}"


def _like(wanted: Any, value: Any, schema: Schema, shown: str) -> str:
    examples = either([str(each) for each in schema.get("examples", ())[:2]])
    return f"must look like {examples}, {shown}" if examples else f"has a form that is not allowed here, {shown}"


def _too_long(wanted: int, value: Any, schema: Schema, shown: str) -> str:
    """Of what is hidden not even the length is told."""
    has = "" if shown == HIDDEN else f", has {len(value)}"
    return f"must have at most {count(wanted, 'character')}{has}; shorten it"


# What is said when a value breaks a rule: (what the rule wants, the value, its schema, how the value is shown).
_WORDS: Mapping[str, Callable[[Any, Any, Schema, str], str]] = {
    "minimum": lambda wanted, value, schema, shown: f"must be at least {wanted}, {shown}",
    "maximum": lambda wanted, value, schema, shown: f"must be at most {wanted}, {shown}",
    "enum": _one_of,
    "pattern": _like,
    "minLength": lambda wanted, value, schema, shown: "must not be empty",
    "maxLength": _too_long,
    "minItems": lambda wanted, value, schema, shown: "must not be an empty list",
    "maxItems": lambda wanted, value, schema, shown: f"must have at most {count(wanted, 'entry')}, has {len(value)}",
    "uniqueItems": lambda wanted, value, schema, shown: "holds the same value twice; keep one",
    "minProperties": lambda wanted, value, schema, shown: f"must hold one of {listed(schema['properties'])}",
    "maxProperties": lambda wanted, value, schema, shown: f"must hold only one of {listed(schema['properties'])}",
}


def _types(branch: Schema) -> set[str]:
    types = branch.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def _json_type(value: Any) -> set[str]:
    """The JSON types that a value is of."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    by_type = ((float, "number"), (str, "string"), (list, "array"), (Mapping, "object"))
    return {name for of, name in by_type if isinstance(value, of)} or {"null"}
