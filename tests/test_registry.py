"""Every kind is declared completely: its file, schema, collection, relations and names; a half-declared one fails."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from provisioner.resources import COLLECTIONS, KINDS, Choice, DailyTime, Instant, Integer, Kind, Relation, Text, Update
from provisioner.resources.fields import Field

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "schemas"
DECLARABLE = [kind for kind in KINDS.values() if kind.collection or kind.parent]
# Keys of every resource that are no fields (docs/reference.md), and the order of sections.
COMMON = {"for_each", "id", "renamed_from", "labels", "lifecycle"}

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
declarable = pytest.mark.parametrize("kind", DECLARABLE, ids=[kind.name for kind in DECLARABLE])


def schema_of(kind: Kind) -> dict[str, Any]:
    return json.loads((SCHEMAS / f"{kind.name}.schema.json").read_text(encoding="utf-8"))


def collection_schema() -> dict[str, Any]:
    return json.loads((SCHEMAS / "manifest.schema.json").read_text(encoding="utf-8"))["properties"]


def limit(node: dict[str, Any], name: str) -> Any:
    """A limit of a schema, wherever among its branches it stands."""
    return next((part[name] for part in (node, *node.get("anyOf", ())) if name in part), None)


def readable(kind: Kind) -> set[str]:
    return {field.name for field in (*kind.fields, *kind.facts)}


def test_the_registry_holds_every_kind_of_the_manifests() -> None:
    assert set(COLLECTIONS) == set(collection_schema())


def test_names_are_used_once() -> None:
    for attribute in ("name", "plural", "path", "title"):
        counted = Counter(getattr(kind, attribute) for kind in KINDS.values())
        assert not [name for name, times in counted.items() if times > 1], attribute


@every_kind
def test_a_kind_lives_in_the_file_of_its_name(kind: Kind) -> None:
    assert (ROOT / "provisioner" / "resources" / f"{kind.name}.py").is_file()


@every_kind
def test_names_look_like_names(kind: Kind) -> None:
    assert kind.name.isidentifier() and kind.name.islower()
    assert kind.plural.replace("-", "").isalpha() and kind.plural.islower()
    assert kind.path.strip("/") == kind.path
    assert kind.title
    assert kind.collection in ("", kind.plural.replace("-", "_"))


@every_kind
def test_fields_are_declared_once(kind: Kind) -> None:
    names = Counter(field.name for field in (*kind.fields, *kind.facts))
    wires = Counter(field.key for field in kind.fields)
    assert not [name for name, times in (names + Counter()).items() if times > 1]
    assert not [name for name, times in wires.items() if times > 1]
    assert not readable(kind) & set(kind.manifest.settings)
    assert not (readable(kind) | set(kind.manifest.settings)) & COMMON


@every_kind
def test_what_it_names_exists(kind: Kind) -> None:
    assert set(kind.natural_key) <= readable(kind)
    assert set(kind.identity.lookup) <= readable(kind)
    assert not kind.identity.owner or kind.identity.owner in {relation.name for relation in kind.relations()}
    assert not kind.parent or kind.parent in KINDS
    assert set(kind.manifest.advice) <= {field.name for field in kind.fields}
    assert set(kind.identity.named_by.values()) <= set(KINDS)


@every_kind
def test_relations_lead_to_kinds(kind: Kind) -> None:
    targets = {field.to for field in (*kind.fields, *kind.facts) if isinstance(field, Relation)}
    assert targets <= set(KINDS)
    for relation in kind.relations():
        for name in (relation.inherit or ())[:1]:
            assert name in {each.name for each in kind.relations()}


@every_kind
def test_daily_times_have_an_anchor(kind: Kind) -> None:
    for field in kind.fields:
        if isinstance(field, DailyTime):
            assert isinstance(kind.field(field.anchor), Instant)


@every_kind
def test_filters_and_columns_are_complete(kind: Kind) -> None:
    assert kind.display.shown and len(set(kind.display.shown)) == len(kind.display.shown)
    for each in kind.display.filters:
        assert each.name and each.help and each.fields
        assert each.how in ("exact", "contains", "from", "to", "related")


@every_kind
def test_rows_and_their_owner_know_each_other(kind: Kind) -> None:
    if kind.rows is None:
        return
    assert isinstance(KINDS[kind.rows.kind].field(kind.rows.parent), Relation)
    assert KINDS[kind.rows.kind].field(kind.rows.parent).to == kind.name  # type: ignore[attr-defined]
    assert kind.rows.declared in kind.manifest.settings


@every_kind
def test_a_lifecycle_is_complete(kind: Kind) -> None:
    startable = kind.startable
    if startable is None:
        assert not [field for field in kind.fields if field.update is Update.STATUS]
        return
    status = kind.field(startable.field)
    assert isinstance(status, Choice) and status.update is Update.STATUS
    states = {startable.running, startable.initial, startable.abort, startable.pause}
    assert states | set(startable.stopped) <= set(status.codes)
    assert set(startable.finished) <= set(status.codes) | set(status.shown)
    assert {startable.dials, *startable.frozen} <= {relation.name for relation in kind.relations()}
    assert set(startable.after) <= set(kind.manifest.settings)
    assert startable.sealed in KINDS
    for name, relation in (*startable.evidence, *((each.kind, each.relation) for each in startable.tallies)):
        assert relation in readable(KINDS[name])
    for tally in startable.tallies:
        field = next(each for each in (*KINDS[tally.kind].fields, *KINDS[tally.kind].facts) if each.name == tally.field)
        names = {*field.codes, *field.shown} if isinstance(field, Choice) else set()
        assert set(tally.unfinished) <= names


@every_kind
def test_only_what_can_be_created_is_declared(kind: Kind) -> None:
    if kind.collection or kind.parent:
        assert kind.api.verbs.create and kind.fields and kind.natural_key
    if not kind.api.verbs.create:
        assert not kind.fields and not kind.collection


@declarable
def test_a_declared_kind_has_a_schema_of_the_same_fields(kind: Kind) -> None:
    schema = schema_of(kind)
    # The parent of a section is the survey it stands in; sections and rows of a kind stand in it under their own name.
    own = {field.name for field in kind.fields if field.name != kind.parent} | set(kind.manifest.settings)
    nested = {each.plural for each in KINDS.values() if each.parent == kind.name} | ({"key"} if kind.parent else set())
    shared = COMMON & set(schema["properties"])
    assert {"for_each", "id", "renamed_from"} <= shared
    assert set(schema["properties"]) - shared - nested == own
    assert schema["additionalProperties"] is False
    assert schema["title"] and schema["description"]


@declarable
def test_schema_and_kind_require_the_same(kind: Kind) -> None:
    required = {
        field.name
        for field in kind.fields
        if field.required and field.name != kind.parent and not (isinstance(field, Relation) and field.inherit)
    }
    assert set(schema_of(kind).get("required", ())) == required | ({"key"} if kind.parent else set())


@declarable
def test_schema_and_kind_have_the_same_limits(kind: Kind) -> None:
    properties = schema_of(kind)["properties"]
    for field in kind.fields:
        if field.name != kind.parent:
            assert differences(field, properties[field.name]) == [], field.name


def differences(field: Field, node: dict[str, Any]) -> list[str]:
    """Where a schema allows other values than the field."""
    if isinstance(field, Choice):
        return [] if limit(node, "enum") == list(field.codes) else ["enum"]
    if isinstance(field, Integer):
        pairs = (("minimum", field.minimum), ("maximum", field.maximum))
        return [name for name, own in pairs if own is not None and limit(node, name) != own]
    if isinstance(field, Text) and field.max_length is not None:
        return [] if limit(node, "maxLength") == field.max_length else ["maxLength"]
    return []


@declarable
def test_every_property_is_explained(kind: Kind) -> None:
    for name, node in schema_of(kind)["properties"].items():
        assert "$ref" in node or node.get("description"), name


@declarable
def test_the_examples_show_it(kind: Kind) -> None:
    collection = kind.collection or KINDS[kind.parent].collection
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").rglob("*.yaml")]
    assert any(f"\n{collection}:" in f"\n{text}" for text in texts), f"no example declares {collection}"
