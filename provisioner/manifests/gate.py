"""Checks JSON values against a schema and says in plain words what is wrong. Knows no kind and no file.

jsonschema-rs only answers whether a value is right, a hundred times faster; jsonschema is imported, and asked what is
wrong, when it is not. Its messages are about schemas; ours are about values, and never show one that may be personal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provisioner.manifests.nodes import Path
from provisioner.manifests.schemas import Schema
from provisioner.manifests.words import NOT_SHOWN, count, did_you_mean, listed, named, together
from provisioner.rowfiles.names import looks_personal

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

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


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong at a path; with `key` the last step's key is to blame, not its value."""

    path: Path
    message: str
    key: bool = False


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

    def complaints(self, value: Any, hidden: Callable[[Path], bool]) -> list[Complaint]:
        """What is wrong with a value, once for each place; values below paths that are `hidden` are not shown."""
        if self._validator.is_valid(value):
            return []
        from jsonschema import Draft7Validator

        first: dict[tuple[Path, bool], Complaint] = {}
        for error in Draft7Validator(self.schema).iter_errors(value):
            for complaint in _explain(error, hidden):
                first.setdefault((complaint.path, complaint.key), complaint)
        return list(first.values())


def _explain(error: ValidationError, hidden: Callable[[Path], bool]) -> Iterator[Complaint]:
    path: Path = tuple(error.absolute_path)
    rule, wanted, value, schema = _parts(error)
    if rule == "anyOf":
        yield from _branch(error, path, hidden)
    elif rule == "required":
        missing = [name for name in wanted if name not in value]
        yield from (Complaint((*path, name), "is required") for name in missing)
    elif rule == "additionalProperties":
        yield from _unknown(schema, value, path)
    elif rule == "type":
        yield Complaint(path, _must_be(wanted, value, hidden(path)))
    elif "propertyNames" in error.absolute_schema_path:
        yield Complaint((*path, value), _bad_name(rule, wanted, value), key=True)
    else:
        yield Complaint(path, _WORDS[rule](wanted, value, schema, _shown(value, hidden(path))))


def _parts(error: ValidationError) -> tuple[str, Any, Any, Any]:
    """The rule that is broken, what it wants, the value, and the schema both belong to."""
    return str(error.validator), error.validator_value, error.instance, error.schema


def _branch(error: ValidationError, path: Path, hidden: Callable[[Path], bool]) -> Iterator[Complaint]:
    """The complaints of the one branch that takes values of this type; the others would only confuse."""
    _, branches, value, _ = _parts(error)
    fitting = [index for index, branch in enumerate(branches) if _json_type(value) & _types(branch)]
    if len(fitting) != 1:
        wanted = [name for branch in branches for name in sorted(_types(branch) - {"null"})]
        yield Complaint(path, _must_be(wanted, value, hidden(path)))
        return
    for inner in error.context or ():
        if inner.schema_path[0] == fitting[0]:
            yield from _explain(inner, hidden)


def _unknown(schema: Mapping[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    known = schema.get("properties", {})
    for name in value:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are {listed(known, 20)}"
            yield Complaint((*path, name), f"unknown field{hint}", key=True)


def _bad_name(rule: str, wanted: Any, value: str) -> str:
    if rule == "enum":
        return f"unknown name{did_you_mean(value, wanted) or f'; there are {listed(wanted, MAX_LISTED)}'}"
    return f"{named(value)} cannot be a name here; use letters, digits, - and _"


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
        return f"must be {together([str(each) for each in wanted], 'or')}"
    return f"must be {'one of ' if len(wanted) > 1 else ''}{listed(map(str, wanted), MAX_LISTED)}, {shown}{guess}"


def _like(wanted: Any, value: Any, schema: Schema, shown: str) -> str:
    examples = together([str(each) for each in schema.get("examples", ())[:2]], "or")
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
