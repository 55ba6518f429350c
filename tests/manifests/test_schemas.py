"""The schemas against themselves and against the kinds: nothing undescribed, nothing that says another thing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from provisioner import runtime
from provisioner.checks import CHECKS
from provisioner.manifests.drafts import CHILDREN
from provisioner.manifests.fill import KindSchema
from provisioner.manifests.schema_validator import schema
from provisioner.manifests.values import INSTANT_EXAMPLE, Values
from provisioner.model import Rows
from provisioner.project import Safety
from provisioner.resources import COLLECTIONS, KINDS, Choice, DailyTime, Instant, Integer, Kind, Relation, Text

FILES = {
    path.name: json.loads(path.read_text())
    for path in sorted(runtime.schemas().glob("*.schema.json"))
    if path.name not in runtime.OUTPUT_SCHEMAS  # nobody writes one: tests/reports/test_document.py
}
DECLARED = [*COLLECTIONS.values(), *CHILDREN.values()]
COMMON = {"for_each", "id", "renamed_from", "labels", "lifecycle"}
EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def nested(node: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every object of a schema file with its place."""
    if isinstance(node, dict):
        yield where, node
        for name, value in node.items():
            yield from nested(value, f"{where}/{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nested(value, f"{where}/{index}")


def properties() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every property of every file: its place, the schema as written, and with references followed."""
    for file, content in FILES.items():
        for where, node in nested(content, file):
            members = node.get("properties") if where.count("/examples") == 0 else None
            for name, written in (members or {}).items():
                if isinstance(written, dict) and not where.endswith("/properties"):
                    yield f"{where}/{name}", written, followed(written, file)


def followed(written: dict[str, Any], file: str) -> dict[str, Any]:
    reference = written.get("$ref")
    if reference is None:
        return written
    target, _, pointer = reference.partition("#")
    found = FILES[target or file]
    for step in filter(None, pointer.split("/")):
        found = found[step]
    return followed(found, target or file)


def editor(reference: str) -> Draft7Validator:
    """Validates as an editor does: from the files, following references between them."""
    contents = ((name, Resource.from_contents(content)) for name, content in FILES.items())
    registry: Registry[Any] = Registry().with_resources(contents)
    return Draft7Validator({"$id": "editor.json", "$ref": reference}, registry=registry)


@pytest.mark.parametrize("file", FILES)
def test_a_schema_is_draft_07_with_a_title_and_a_description(file: str) -> None:
    content = FILES[file]
    Draft7Validator.check_schema(content)
    assert content["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert content["title"]
    assert content["description"]


def test_every_property_has_a_description_and_nearly_every_one_an_example() -> None:
    undescribed = [where for where, _, found in properties() if len(found.get("description", "")) < 15]
    assert undescribed == []
    plain = [found for _, _, found in properties() if found.get("type") not in ("object", "array")]
    assert sum("examples" in found or "allOf" in found for found in plain) / len(plain) > 0.9


def test_every_example_of_a_property_is_right() -> None:
    wrong = [
        f"{where}: {example}"
        for file, content in FILES.items()
        for where, node in nested(content, file)
        for example in (node.get("examples") if isinstance(node.get("examples"), list) else [])
        if not editor(file + where.removeprefix(file).replace("/", "#/", 1)).is_valid(example)
    ]
    assert wrong == []


def test_every_object_is_closed() -> None:
    opened = [
        where
        for file, content in FILES.items()
        for where, node in nested(content, file)
        if node.get("type") in ("object", ["object", "null"]) and "additionalProperties" not in node
    ]
    assert opened == []


def test_nothing_stands_beside_a_reference_because_draft_07_would_ignore_it() -> None:
    beside = [
        where
        for file, content in FILES.items()
        for where, node in nested(content, file)
        if isinstance(node.get("$ref"), str) and len(node) > 1
    ]
    assert beside == []


def test_references_stay_in_the_folder() -> None:
    for file, content in FILES.items():
        for where, node in nested(content, file):
            if isinstance(node.get("$ref"), str):
                assert re.fullmatch(r"([a-z_]+\.schema\.json)?(#/definitions/[a-z_]+)?", node["$ref"]), where
                assert followed(node, file)


def test_the_manifest_schema_holds_every_collection() -> None:
    members = FILES["manifest.schema.json"]["properties"]
    assert {name: value["additionalProperties"]["$ref"] for name, value in members.items()} == {
        name: f"{kind.name}.schema.json" for name, kind in COLLECTIONS.items()
    }


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.name)
def test_a_schema_and_its_kind_name_the_same_fields(kind: Kind) -> None:
    found = schema(kind.name)
    own = {field.name for field in kind.fields if field.name != kind.parent}
    nested_keys = {"key"} if kind.parent else set()
    inside = {child.plural for parent, child in CHILDREN.items() if parent == kind.name}
    assert set(found["properties"]) == own | nested_keys | inside | set(kind.manifest.settings) | COMMON
    required = {field.name for field in kind.fields if field.required and field.name != kind.parent}
    assert set(found["required"]) == required | nested_keys
    assert set(found["properties"]["lifecycle"]["properties"]["ignore_changes"]["items"]["enum"]) == own


@pytest.mark.parametrize("kind", [*DECLARED, KINDS["contact"]], ids=lambda kind: kind.name)
def test_a_schema_and_its_kind_agree_about_limits(kind: Kind) -> None:
    found = schema(kind.name)["properties"]
    for field in kind.fields:
        if field.name not in found:
            continue
        said = found[field.name]
        match field:
            case Text():
                assert said.get("maxLength") == field.max_length, field.name
                assert "string" in said["type"]
            case Integer():
                assert (said.get("minimum"), said.get("maximum")) == (field.minimum, field.maximum), field.name
                assert said["type"] == "integer"
            case Choice():
                assert said["enum"] == list(field.codes), field.name
            case Relation():
                items = said["items"] if field.many else said
                assert {branch["type"] for branch in items["anyOf"]} == {"string", "object"}, field.name
            case Instant() | DailyTime():
                assert said["type"] == "string", field.name


def test_the_branches_of_a_choice_differ_in_their_type() -> None:
    for file in FILES:
        for where, node in nested(schema(file.removesuffix(".schema.json")), file) if file.startswith("c") else ():
            types = [frozenset([b["type"]] if isinstance(b["type"], str) else b["type"]) for b in node.get("anyOf", ())]
            assert all(not one & other for index, one in enumerate(types) for other in types[:index]), where


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.name)
def test_the_tool_sees_no_expansion_branch_and_no_reference(kind: Kind) -> None:
    text = json.dumps(KindSchema(kind, Values()).gate.schema)
    assert "$ref" not in text
    assert "interpolation" not in text


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.name)
def test_an_editor_accepts_expansions_wherever_a_value_is_wanted(kind: Kind) -> None:
    validator = editor(f"{kind.name}.schema.json")
    plain = {field.name for field in kind.fields if not (isinstance(field, Relation) and field.many)} - {kind.parent}
    body = dict.fromkeys(plain, "${var.x}") | {
        field.name: ["${var.x}"] for field in kind.fields if field.name not in plain
    }
    body.pop(kind.parent, None)
    body |= {"key": "k"} if kind.parent else {}
    assert [error.message for error in validator.iter_errors(body)] == []


def test_the_defaults_in_the_schemas_words_are_those_of_the_model() -> None:
    safety = Safety()
    example = FILES["project.schema.json"]["definitions"]["safety"]["examples"][0]
    assert (example["max_update_percent"], example["max_remove_percent"], example["from"]) == (
        safety.max_update_percent,
        safety.max_remove_percent,
        safety.floor,
    )
    said = FILES["common.schema.json"]["definitions"]["safety"]["anyOf"][0]["properties"]
    assert {name: int(re.search(r"Default: (\d+)", each["description"])[1]) for name, each in said.items()} == example
    options = schema("contacts")["anyOf"][1]["properties"]
    for name in ("on_missing", "on_duplicate", "invalid"):
        default = Rows.__dataclass_fields__[name].default
        assert default in options[name]["enum"]
        assert default in options[name]["description"]


def test_the_regions_are_those_of_phonenumbers() -> None:
    import phonenumbers

    assert schema("project")["properties"]["region"]["enum"] == sorted(phonenumbers.SUPPORTED_REGIONS)


def test_the_example_of_the_messages_is_one_the_schema_takes() -> None:
    assert re.search(FILES["common.schema.json"]["definitions"]["instant"]["pattern"], INSTANT_EXAMPLE)


def yaml_files() -> list[Path]:
    return sorted(EXAMPLES.rglob("*.yaml"))


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_an_examples_modeline_finds_its_schema_and_an_editor_finds_nothing_to_complain(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    target = (path.parent / first.partition("$schema=")[2]).resolve()
    assert target == runtime.schemas() / ("project" if path.name == "alice.yaml" else "manifest").__add__(
        ".schema.json"
    )
    content = yaml.load(path.read_text(), Loader=_EditorLoader)
    validator = editor(target.name)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)] == []


class _EditorLoader(yaml.SafeLoader):
    """YAML 1.2 core as yaml-language-server reads it: dates and times are text, 0934890883 is a number."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":merge", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
_EditorLoader.add_implicit_resolver("tag:yaml.org,2002:number", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_EditorLoader.add_constructor("tag:yaml.org,2002:number", lambda loader, node: int(node.value))


def test_the_schema_of_the_project_names_the_checks() -> None:
    assert set(CHECKS) <= set(FILES["project.schema.json"]["definitions"]["check"]["anyOf"][0]["enum"])
