"""`policies:` of alice.yaml: packs of calling hours beside the shipped ones."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path

import jsonschema
import pytest
import referencing
import yaml

from provisioner import runtime
from provisioner.manifests.policies import shipped
from provisioner.project import Policy
from tests.manifests.conftest import Folder

HOUSE = """
policies:
  house-rules:
    title: Our own hours
    source: decision of the board
    version: 2
    since: 2027-01-01
    purposes: [advertising, survey]
    region: VN
    timezone: Asia/Ho_Chi_Minh
    hours: {every_day: ["8:00-12:00", "13:30-17:00"], saturday: 09:00-12:00, sunday: closed}
    holidays: {2027-02-06: closed, 2027-04-30: 09:00-24:00}
    most_calls: {calls: 2, hours: 72}
"""
MORNING, AFTERNOON = (time(8), time(12)), (time(13, 30), time(17))


def named(found: tuple[Policy, ...], name: str) -> Policy:
    return next(pack for pack in found if pack.name == name)


def test_the_shipped_packs_are_there_without_being_named(folder: Folder) -> None:
    assert folder.settings().policies == shipped()


def test_decree_91_is_shipped(folder: Folder) -> None:
    pack = named(folder.settings().policies, "vn-advertising")
    assert "91/2020/ND-CP" in pack.source and pack.since == date(2020, 10, 1) and pack.version
    assert (pack.purposes, pack.region, pack.timezone) == (("advertising",), "VN", "Asia/Ho_Chi_Minh")
    assert pack.hours == (((time(8), time(17)),),) * 7
    assert (pack.most_calls, pack.per_hours) == (1, 24)


def test_a_pack_of_the_project(folder: Folder) -> None:
    folder.configure(HOUSE)
    found = folder.settings().policies
    assert [pack.name for pack in found] == ["house-rules", "vn-advertising"]
    pack = found[0]
    assert (pack.version, pack.since, pack.purposes) == ("2", date(2027, 1, 1), ("advertising", "survey"))
    assert (pack.most_calls, pack.per_hours) == (2, 72)
    assert pack.open_on(date(2027, 1, 14)) == (MORNING, AFTERNOON)
    assert pack.open_on(date(2027, 1, 16)) == ((time(9), time(12)),)
    assert pack.open_on(date(2027, 1, 17)) == ()


def test_a_holiday_has_hours_of_its_own_and_before_its_day_a_pack_says_nothing(folder: Folder) -> None:
    folder.configure(HOUSE)
    pack = folder.settings().policies[0]
    assert pack.open_on(date(2027, 2, 6)) == ()
    assert pack.open_on(date(2027, 4, 30)) == ((time(9), time(23, 59, 59)),)
    assert pack.open_on(date(2026, 12, 27)) == ((time.min, time.max),)


def test_a_weekday_that_is_not_named_is_closed_without_every_day(folder: Folder) -> None:
    folder.configure(HOUSE.replace('every_day: ["8:00-12:00", "13:30-17:00"], ', ""))
    assert [bool(day) for day in folder.settings().policies[0].hours] == [False] * 5 + [True, False]


def test_a_pack_with_the_name_of_a_shipped_one_takes_its_place(folder: Folder) -> None:
    folder.configure(HOUSE.replace("house-rules", "vn-advertising"))
    (pack,) = folder.settings().policies
    assert pack.title == "Our own hours"


def test_an_environment_may_differ_in_some_fields_of_a_pack(folder: Folder) -> None:
    folder.configure(HOUSE + "environments: {staging: {policies: {house-rules: {hours: {sunday: 10:00-11:00}}}}}\n")
    folder.environment = "staging"
    pack = folder.settings().policies[0]
    assert pack.hours[6] == ((time(10), time(11)),) and pack.hours[0] == (MORNING, AFTERNOON)
    folder.environment = None
    assert folder.settings().policies[0].hours[6] == ()


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("sunday: closed", "sunday: 17:00-08:00", "hours.sunday: must open before it closes, is 17:00-08:00"),
        ("sunday: closed", "sunday: 8:00-25:00", "hours.sunday: holds no valid time of day"),
        ("sunday: closed", "sunday: never", "hours.sunday: must look like 08:00-17:00, is 'never'"),
        ("sunday: closed", "sunnday: closed", "hours.sunnday: unknown field, did you mean 'sunday'?"),
        ('"13:30-17:00"', '"11:00-17:00"', "hours.every_day: holds stretches that overlap"),
        ("2027-02-06: closed", "2027-02-30: closed", "holidays.2027-02-30: is not a valid day"),
        ("2027-02-06: closed", "tet: closed", "holidays.tet: is not a valid day"),
        ("2027-02-06: closed", "25.1.2027: closed", "holidays.25.1.2027: is not a valid day"),
        ("2027-02-06: closed", "0934890883: closed", "holidays.(not shown): is not a valid day"),
        ("since: 2027-01-01", "since: 2027-13-01", "since: is not a valid day"),
        ("Asia/Ho_Chi_Minh\n    hours", "Saigon\n    hours", "timezone: there is no region 'Saigon', did you"),
        ("[advertising, survey]", "[adverts]", "purposes[0]: must be one of"),
        ("region: VN\n    timezone", "region: XX\n    timezone", "region: must be a known code"),
        ("    source: decision of the board\n", "", "source: is required"),
        ("calls: 2", "calls: 0", "most_calls.calls: must be at least 1"),
    ],
)
def test_what_is_wrong_with_a_pack_is_said_at_its_place(folder: Folder, right: str, wrong: str, message: str) -> None:
    assert right in HOUSE
    text = HOUSE.replace(right, wrong)
    folder.configure(text)
    errors = folder.errors()
    assert len(errors) == 1
    assert f"policies.house-rules.{message}" in errors[0]
    assert errors[0].startswith("alice.yaml:")


def test_the_shipped_files_keep_to_the_schema_that_editors_use() -> None:
    documents = {path.name: json.loads(path.read_text()) for path in runtime.schemas().glob("*.json")}
    resources = [(name, referencing.Resource.from_contents(each)) for name, each in documents.items()]
    registry: referencing.Registry = referencing.Registry().with_resources(resources)
    schema = {"$ref": "policy.schema.json"}
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    assert runtime.policies()
    for path in runtime.policies():
        text = path.read_text()
        assert text.startswith(f"# yaml-language-server: $schema={Path('../../schemas/policy.schema.json')}\n")
        validator.validate(yaml.load(text, _Texts))


class _Texts(yaml.SafeLoader):
    """Dates stay text, as in YAML 1.2."""


_Texts.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
