"""The comparison, over every kind: what was sent and read back is equal, what differs is named, nothing else is."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.model import Address, LiveObject, Resource, Source, Unknown
from provisioner.plan.diff import differences
from provisioner.plan.live import Live
from provisioner.plan.match import Match
from provisioner.plan.references import Targets
from provisioner.resources import KINDS, Field, Text, Zones
from tests.plan.values import DECLARED, fields_of, value_of

ZONES = st.sampled_from(["UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/St_Johns"]).map(ZoneInfo)


def _read_back(kind_name: str, fields: dict[str, object], zones: Zones, wrap: object = None) -> LiveObject:
    """The object as a server shows it that stored exactly what it was sent."""
    kind = KINDS[kind_name]
    payload = kind.encode(fields, zones)
    if callable(wrap):
        for relation in kind.relations():
            if relation.key in payload:
                raw = payload[relation.key]
                payload[relation.key] = [wrap(each) for each in raw] if relation.many else wrap(raw)
    found = kind.decode({"id": 7, **payload}, zones)
    assert found is not None
    return found


def _differing(kind_name: str, desired: dict[str, object], live: LiveObject) -> set[str]:
    resource = Resource(Address(kind_name, "key"), desired, Source("m.yaml", 1, 1))
    targets = Targets({resource.address: resource}, Live({}))
    return {each.field.name for each in differences(Match(resource, live, "key"), desired, targets)}


@given(st.data(), st.sampled_from(DECLARED), ZONES, st.none() | ZONES)
def test_what_was_sent_and_read_back_is_no_difference(
    data: st.DataObject, kind: str, project: ZoneInfo, server: ZoneInfo | None
) -> None:
    zones = Zones(project, server)
    desired = data.draw(fields_of(KINDS[kind]))
    assert _differing(kind, desired, _read_back(kind, desired, zones)) == set()


@given(st.data(), st.sampled_from(DECLARED))
def test_relations_are_equal_in_any_form_a_server_gives_them(data: st.DataObject, kind: str) -> None:
    zones = Zones(ZoneInfo("UTC"))
    desired = data.draw(fields_of(KINDS[kind]))
    for wrap in (
        str,
        lambda i: f"http://x/rest-api/thing/{i}/",
        lambda i: {"id": i},
        lambda i: {"url": f"/thing/{i}/"},
    ):
        assert _differing(kind, desired, _read_back(kind, desired, zones, wrap)) == set()


@given(st.data(), st.sampled_from(DECLARED))
def test_exactly_the_fields_that_differ_are_named(data: st.DataObject, kind: str) -> None:
    zones = Zones(ZoneInfo("UTC"))
    stored = data.draw(fields_of(KINDS[kind]))
    changed = data.draw(st.sets(st.sampled_from(sorted(stored))))
    desired = {
        name: data.draw(value_of(KINDS[kind].field(name))) if name in changed else value
        for name, value in stored.items()
    }
    expected = {name for name in stored if desired[name] != stored[name]}
    assert _differing(kind, desired, _read_back(kind, stored, zones)) == expected


@given(st.data(), st.sampled_from(DECLARED))
def test_a_field_that_is_not_declared_is_not_managed(data: st.DataObject, kind: str) -> None:
    zones = Zones(ZoneInfo("UTC"))
    stored = data.draw(fields_of(KINDS[kind]))
    assert _differing(kind, {}, _read_back(kind, stored, zones)) == set()


@pytest.mark.parametrize("raw", [10.5, "10.5", True, False, [10], {"value": 10}, "ten", "1e1"])
@pytest.mark.parametrize("name", ["frequency", "status"])
def test_a_number_in_another_form_is_not_the_nearest_one(name: str, raw: object) -> None:
    assert isinstance(_campaign(**{name: raw}), Unknown)


@pytest.mark.parametrize("raw", [2.9, "2.9", True, "START", 6, None, ""])
def test_a_status_in_another_form_is_not_the_nearest_one(raw: object) -> None:
    assert isinstance(_campaign(status=raw), Unknown)


@pytest.mark.parametrize("raw", [2, 2.0, "2", " 2 "])
def test_a_whole_number_is_one_in_any_form(raw: object) -> None:
    assert (_campaign(frequency=raw), _campaign(status=raw)) == (2, "paused")


@pytest.mark.parametrize("raw", ["08:00:00+07:00", "08:00Z", "08:00-03:30", "8am", "24:00", 8])
def test_a_time_of_day_with_an_offset_is_another_one(raw: object) -> None:
    assert isinstance(_campaign(daily_start_time=raw), Unknown)


def _campaign(**raw: object) -> object:
    """What one field of a campaign is read as."""
    [key] = raw
    found = KINDS["campaign"].decode({"id": 7, **raw}, Zones(ZoneInfo("Asia/Ho_Chi_Minh")))
    assert found is not None
    return found.fields[key]


@pytest.mark.parametrize("date", [{}, {"startingdate": "UNHEARD"}], ids=["hidden", "unreadable"])
def test_a_time_of_day_on_another_clock_is_not_known_without_its_date(date: dict[str, str]) -> None:
    """The offset between two clocks is that of a day: 02:30 there may be 09:30 here, and neither is guessed."""
    hanoi, utc = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("UTC")
    raw = {"id": 7, "daily_start_time": "02:30:00", **date}
    kind = KINDS["campaign"]
    found = [kind.decode(raw, zones) for zones in (Zones(hanoi, utc), Zones(hanoi), Zones(hanoi, hanoi))]
    here, same, alike = [each.fields["daily_start_time"] for each in found if each]
    assert isinstance(here, Unknown)
    assert same == alike == time(2, 30)
    sent = kind.encode({**found[0].fields, "daily_start_time": time(9, 30)}, Zones(hanoi, utc)) if found[0] else None
    assert sent is not None and "daily_start_time" not in sent


REQUIRED = [(k.name, f) for k in KINDS.values() for f in k.fields if f.required and not isinstance(f, Text)]


@pytest.mark.parametrize("raw", [None, ""])
@pytest.mark.parametrize(("kind", "field"), REQUIRED, ids=[f"{kind}.{field.name}" for kind, field in REQUIRED])
def test_what_has_to_be_there_and_is_not_shown_is_not_known(kind: str, field: Field, raw: object) -> None:
    found = KINDS[kind].decode({"id": 7, field.key: raw}, Zones(ZoneInfo("UTC")))
    assert found is not None and isinstance(found.fields[field.name], Unknown)
