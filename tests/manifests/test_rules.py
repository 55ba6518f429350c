"""Rules over several fields and several resources: what is allowed at the edge, and cycles."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from provisioner.manifests.drafts import Diagnostics, Draft, Manifest
from provisioner.manifests.nodes import MappingNode
from provisioner.manifests.references import links, refuse_cycles
from provisioner.model import Address, Reference, Source
from provisioner.resources import KINDS, Zones
from provisioner.resources.rules import later, opens, typed
from tests.manifests.conftest import Folder

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2027, 1, 20, 8, tzinfo=VIETNAM)


def window(start: int, stop: int, server: str | None) -> list[str]:
    zones = Zones(VIETNAM, ZoneInfo(server) if server else None)
    fields = {"a": time(start), "b": time(stop), "at": START}
    return [message for _, message in opens("a", "b", "at")(fields, zones)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("19001234", []),
        ("AntBuddy “VN”", []),
        (None, []),
        ("“19001234”", ["would be sent with the “ and ” around it; quotes of YAML are \" or '"]),
        ("‘19001234’", ["would be sent with the ‘ and ’ around it; quotes of YAML are \" or '"]),
        ("«19001234»", ["would be sent with the « and » around it; quotes of YAML are \" or '"]),
        ("1900\u200b1234", ["holds U+200B (zero width space), which is invisible; remove it"]),
        ("1900\u00a01234", ["holds U+00A0 (no-break space), which is invisible; remove it"]),
    ],
)
def test_a_caller_id_is_what_can_be_seen(text: str | None, said: list[str]) -> None:
    assert [message for _, message in typed("callerid")({"callerid": text}, Zones(VIETNAM))] == said


@pytest.mark.parametrize("name", ["“Tết”", "„Tết“", "«Tết»", "‘Tết’"])
def test_a_name_in_quotes_that_are_none_to_yaml_is_found(folder: Folder, name: str) -> None:
    folder.write("m.yaml", f"surveys:\n  s: {{name: {name}}}\n")
    [found] = folder.load().findings
    assert (found.id, found.severity, str(found.source)) == ("quotes", "warning", "m.yaml:2:13")
    assert f"{name[0]} and {name[-1]} around it" in found.message


@pytest.mark.parametrize("name", ["Tết “2027”", "“A” and “B” x", "“", "it’s"])
def test_quotes_within_a_name_are_its_own(folder: Folder, name: str) -> None:
    folder.write("m.yaml", f"surveys:\n  s: {{name: {name}}}\n")
    assert folder.load().findings == ()


@pytest.mark.parametrize(
    ("start", "stop", "server", "fine"),
    [
        (8, 17, None, True),
        (17, 8, None, False),
        (8, 8, None, False),
        (8, 17, "UTC", True),
        (7, 17, "UTC", True),
        (6, 8, "UTC", False),
        (2, 5, "UTC", True),
        (8, 17, "America/Los_Angeles", False),
        (20, 23, "Asia/Tokyo", False),
    ],
)
def test_a_window_lies_on_one_day_here_and_on_the_server(start: int, stop: int, server: str | None, fine: bool) -> None:
    assert (window(start, stop, server) == []) is fine


def test_a_window_without_a_starting_date_is_judged_as_it_is() -> None:
    rule = opens("a", "b", "at")
    zones = Zones(VIETNAM, ZoneInfo("UTC"))
    assert list(rule({"a": time(6), "b": time(8)}, zones)) == []
    assert list(rule({"a": time(6)}, zones)) == []


def test_an_order_may_allow_equal_moments() -> None:
    zones = Zones(VIETNAM)
    assert list(later("a", "b", or_equal=True)({"a": START, "b": START}, zones)) == []
    assert len(list(later("a", "b")({"a": START, "b": START}, zones))) == 1
    assert list(later("a", "b")({"a": START}, zones)) == []


def test_two_pins_make_two_resources_of_one_name(folder: Folder) -> None:
    assert len(folder.resources("surveys:\n  a: {name: Same, id: 1}\n  b: {name: Same, id: 2}\n")) == 2


def test_one_pin_is_not_enough_for_two_resources_of_one_name(folder: Folder) -> None:
    assert len(folder.errors("surveys:\n  a: {name: Same, id: 1}\n  b: {name: Same}\n")) == 1


def test_two_campaigns_of_one_name_name_both_places(folder: Folder) -> None:
    folder.write("a.yaml", "surveys:\n  a: {name: Same}\n")
    folder.write("b.yaml", "surveys:\n  b: {name: Same}\n")
    assert folder.errors() == [
        "b.yaml:2:13: error: name: has the same name as survey.a at a.yaml:2:13; "
        "only one of them can be that object (survey.b) [resource-twice]"
    ]


def test_a_circle_of_references_is_refused_with_its_path() -> None:
    manifest = Manifest("m.yaml", Path(), None)
    around = {"survey": "phonebook", "phonebook": "dnc_list", "dnc_list": "survey"}
    drafts = {
        Address(kind, "k"): Draft(
            KINDS[kind],
            Address(kind, "k"),
            manifest,
            Source("m.yaml", line, 1),
            MappingNode(1, 1),
            fields={"next": Reference(to, "key", "k")},
        )
        for line, (kind, to) in enumerate(around.items(), 1)
    }
    report = Diagnostics()
    refuse_cycles(drafts, links(drafts), report)
    (found,) = report.diagnostics
    assert found.message.startswith("depends on itself: ")
    assert found.message.count(" -> ") == 3


def test_kinds_in_a_circle_are_fine_when_their_resources_are_not() -> None:
    manifest = Manifest("m.yaml", Path(), None)
    keys = {("survey", "a"): ("phonebook", "b"), ("phonebook", "b"): ("survey", "c"), ("survey", "c"): None}
    drafts = {
        Address(*key): Draft(
            KINDS[key[0]],
            Address(*key),
            manifest,
            Source("m.yaml", 1, 1),
            MappingNode(1, 1),
            fields={"next": Reference(to[0], "key", to[1])} if to else {},
        )
        for key, to in keys.items()
    }
    report = Diagnostics()
    refuse_cycles(drafts, links(drafts), report)
    assert report.diagnostics == []


def test_all_diagnostics_come_at_once_and_sorted(folder: Folder) -> None:
    folder.write("z.yaml", "surveys:\n  a: {nam: A}\n")
    folder.write("a.yaml", "surveys:\n  b: [\n")
    folder.write("m.yaml", "campaigns:\n  c: {survey: nothing}\nsurveys:\n  d: {name: D, tts_language: vie}\n")
    files = [line.split(":")[0] for line in folder.errors()]
    assert files == sorted(files)
    assert set(files) == {"a.yaml", "m.yaml", "z.yaml"}
