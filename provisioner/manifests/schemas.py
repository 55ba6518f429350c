"""The JSON schemas as the tool uses them. They are written for editors and people; two things differ here.

An editor sees `${...}` where a number or one of a few words is wanted, so the schemas allow it as a second branch; the
tool checks values after replacing, so that branch is cut off. And every `$ref` is written out, so that one schema needs
no other and nothing is ever looked up on a network.

The schemas keep to one rule that makes good messages possible: the branches of an `anyOf` differ in their JSON type.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from provisioner import paths

Schema = dict[str, Any]

INTERPOLATION = "#/definitions/interpolation"


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
    return json.loads((paths.schemas() / file).read_text(encoding="utf-8"))


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
