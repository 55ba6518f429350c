"""The emergency stop, against a simulator that does what it can to prevent it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from provisioner.errors import UsageError
from provisioner.inspect.lookup import ProjectIds, ours, startable_kind
from provisioner.inspect.stop import Stop, Stopper
from provisioner.model import Address, LiveObject, Resource, Source
from provisioner.pages import entries
from provisioner.resources import Zones
from provisioner.simulator.process import Simulator

from .accounts import campaign, client

ZONES = Zones(ZoneInfo("UTC"))
DECLARED = {
    Address("campaign", key): Resource(Address("campaign", key), {"name": name}, Source("a.yaml", 1, 1), pin=pin)
    for key, name, pin in (("tet", "Tết 2027", None), ("pinned", "anything", 1244))
}


def stopped(
    simulator: Simulator, *names: str, abort: bool = False, patience: float = 5, user: str = "demo"
) -> list[Stop]:
    with client(simulator, user) as api:
        stopper = Stopper(api, startable_kind(), ZONES, abort, patience, sleep=lambda seconds: None)
        return stopper.stop(names, ProjectIds(DECLARED)) if names else stopper.stop_all()


def statuses(simulator: Simulator) -> list[int]:
    return [row["status"] for row in simulator.objects("campaigns")]


@pytest.mark.parametrize("name", ["tet", "campaign.tet", "Tết 2027", "1243"], ids=["key", "address", "name", "id"])
def test_a_campaign_is_stopped_by_key_address_name_or_id(simulator: Simulator, name: str) -> None:
    campaign(simulator, "Tết 2027")
    campaign(simulator, "other")
    assert stopped(simulator, name) == [Stop("Tết 2027 (id 1243)", 1243, True, True, "paused")]
    assert statuses(simulator) == [2, 1]


def test_a_pinned_key_means_the_pinned_campaign(simulator: Simulator) -> None:
    campaign(simulator, "one")
    campaign(simulator, "two")
    [stop] = stopped(simulator, "pinned")
    assert (stop.id, stop.done) == (1244, True)


def test_abort_is_for_good_and_a_later_pause_does_not_weaken_it(simulator: Simulator) -> None:
    campaign(simulator, "one")
    assert stopped(simulator, "one", abort=True)[0].message == "aborted"
    assert stopped(simulator, "one") == [Stop("one (id 1243)", 1243, False, True, "is aborted already")]
    assert statuses(simulator) == [3]


def test_a_paused_campaign_can_still_be_aborted(simulator: Simulator) -> None:
    campaign(simulator, "one", start=False)
    assert stopped(simulator, "one", abort=True)[0].done
    assert statuses(simulator) == [3]


def test_a_name_that_means_nothing_fails_alone(simulator: Simulator) -> None:
    campaign(simulator, "one")
    done, lost = stopped(simulator, "one", "nope")
    assert done.done
    assert not lost.done
    assert not lost.sent
    assert "no campaign has this id, name or key" in lost.message


def test_a_name_that_means_nothing_is_answered_with_what_may_be_meant_and_what_runs(simulator: Simulator) -> None:
    for number in range(7):
        campaign(simulator, f"spring {number}", start=number != 6)
    running = "Started now: spring 0 (id 1243), spring 1 (id 1244), spring 2 (id 1245)"
    for name, guess in (
        ("sprnig 6", ", did you mean 'spring 6'?"),
        ("Pined", ", did you mean 'pinned'?"),
        ("campaigns.tet", ", did you mean 'tet'?"),
        ("x", "."),
    ):
        [lost] = stopped(simulator, name)
        assert lost.message.startswith(f"no campaign has this id, name or key{guess} {running}"), lost
        assert lost.message.endswith(" and 1 more")
    stopped(simulator)
    assert stopped(simulator, "x")[0].message.endswith("None is started now")


def test_a_name_that_means_nothing_does_not_show_what_others_run(simulator: Simulator) -> None:
    campaign(simulator, "one")
    simulator.variants(user_field="username")
    [lost] = stopped(simulator, "x", user="admin")
    assert lost.message.endswith("Other users' that are not known to be at rest: 1") and "one" not in lost.message


def test_all_means_what_is_started(simulator: Simulator) -> None:
    for name in ("one", "two", "three"):
        campaign(simulator, name, start=name != "two")
    assert sorted(stop.label for stop in stopped(simulator)) == ["one (id 1243)", "three (id 1245)"]
    assert statuses(simulator) == [2, 2, 2]
    assert stopped(simulator) == []


@pytest.mark.parametrize("form", ["null", "hidden", "word", "99"])
def test_all_of_what_shows_no_status_is_stopped_and_said_not_to_be_seen(simulator: Simulator, form: str) -> None:
    campaign(simulator, "one")
    simulator.variants(unread_fields="campaigns.status", unread_form=form)
    [stop] = stopped(simulator, patience=0.1)
    assert statuses(simulator) == [2]
    assert stop.sent and not stop.done and "does not read paused: look immediately" in stop.message


def test_an_administrator_does_not_stop_what_is_not_his(simulator: Simulator) -> None:
    campaign(simulator, "one")
    simulator.variants(user_field="username")
    assert stopped(simulator, user="admin") == []
    assert statuses(simulator) == [1]


def test_without_a_list_an_id_is_posted_to_all_the_same(simulator: Simulator) -> None:
    campaign(simulator, "one")
    simulator.variants(forbidden_get="campaigns")
    by_id, by_name = stopped(simulator, "1243", "one")
    assert statuses(simulator) == [2]
    assert by_id.sent
    assert "not read back" in by_id.message
    assert not by_name.sent
    assert "could not be looked up" in by_name.message


def test_a_list_that_never_agrees_is_good_enough_to_stop_by(simulator: Simulator) -> None:
    campaign(simulator, "one")
    campaign(simulator, "two")
    simulator.variants(count="inflated")
    assert stopped(simulator, "one")[0].done
    done, missed = stopped(simulator)
    assert (done.id, done.done) == (1244, True)
    assert not missed.done
    assert statuses(simulator) == [2, 2]


def test_a_status_that_takes_a_while_is_waited_for(simulator: Simulator) -> None:
    campaign(simulator, "one")
    simulator.variants(status_delay="1")
    with client(simulator) as api:
        [stop] = Stopper(api, startable_kind(), ZONES, patience=10).stop(["one"], ProjectIds())
    assert stop.done


def test_a_status_that_never_changes_is_a_failure(simulator: Simulator) -> None:
    campaign(simulator, "one")
    simulator.variants(status_delay="1000")
    [stop] = stopped(simulator, "one", patience=0.1)
    assert stop.sent
    assert not stop.done
    assert "does not read paused" in stop.message


@pytest.mark.parametrize(
    ("variants", "names", "errors"),
    [
        ({"status_delay": "1000"}, ["one"], ["stop-unconfirmed"]),
        ({"forbidden_get": "campaigns"}, ["one", "1243"], ["api-forbidden", "stop-unconfirmed"]),
        ({"forbidden_get": "campaigns"}, [], ["api-forbidden"]),
        ({}, ["99", "nope"], ["unknown-name", "unknown-name"]),
    ],
    ids=["not shown", "not listed", "all, not listed", "nothing meant"],
)
def test_what_is_not_stopped_has_the_id_of_its_error(
    simulator: Simulator, variants: dict[str, str], names: list[str], errors: list[str]
) -> None:
    campaign(simulator, "one")
    simulator.variants(**variants)
    failed = [each for each in stopped(simulator, *names, patience=0.1) if not each.done]
    assert sorted(each.error for each in failed) == errors
    assert {*errors} <= {*entries()}


@pytest.mark.parametrize("fault", ["drop-after", "drop-before", "500-after", "500-before", "429"])
def test_a_lost_answer_does_not_keep_it_from_stopping(simulator: Simulator, fault: str) -> None:
    campaign(simulator, "one")
    simulator.variants(faults=fault, fault_rate="0.5", fault_scope="writes", fault_seed="3", fault_retry_after="0")
    [stop] = stopped(simulator, "one")
    assert stop.done
    assert statuses(simulator) == [2]


def test_many_are_stopped_and_one_refusal_does_not_matter_to_the_others(simulator: Simulator) -> None:
    for number in range(12):
        campaign(simulator, f"c{number}")
    stops = stopped(simulator, *(f"c{number}" for number in range(12)), "nope")
    assert [stop.done for stop in stops] == [True] * 12 + [False]


def live(id: int, user: str | None) -> LiveObject:
    return LiveObject("campaign", id, {"status": "started"}, user)


def test_what_several_users_own_is_not_stopped_when_we_do_not_know_who_we_are() -> None:
    objects = [live(1, "203"), live(2, "104")]
    with pytest.raises(UsageError, match="several users"):
        ours(startable_kind(), objects, frozenset())
    assert ours(startable_kind(), objects, frozenset({"203"})) == (objects[0],)
    assert ours(startable_kind(), [live(1, None)], frozenset({"203"})) == (live(1, None),)


REGIONS = {
    Address("campaign", f"tet[{key}]"): Resource(
        Address("campaign", f"tet[{key}]"), {"name": name}, Source("a.yaml", 1, 1)
    )
    for key, name in (("hanoi", "Tết Hà Nội"), ("hue", "Tết Huế"))
}
RECORDED = {Address("campaign", f"tet[{key}]"): id for key, id in (("hanoi", 1243), ("hue", 1244), ("vinh", 1245))}


@pytest.mark.parametrize("declared", [REGIONS, {}], ids=["some", "none"])
@pytest.mark.parametrize("hidden", ["", "list_hides", "forbidden_list"], ids=["listed", "hidden", "refused"])
def test_all_of_a_for_each_is_also_what_was_renamed_since_or_left_it(
    simulator: Simulator, declared: dict[Address, Resource], hidden: str
) -> None:
    for name in ("Tết Hà Nội", "Tet Hue", "Tết Vinh", "other"):
        campaign(simulator, name)
    simulator.variants(**({hidden: "campaigns"} if hidden else {}))
    recorded = {**RECORDED, Address("campaign", "tet[gone]"): 9999}
    with client(simulator) as api:
        stopper = Stopper(api, startable_kind(), ZONES, patience=1, sleep=lambda seconds: None)
        stops = stopper.stop(["campaign.tet"], ProjectIds(declared, lambda: recorded))
    assert statuses(simulator) == [2, 2, 2, 1]
    assert sorted(str(each.id) for each in stops if each.done) == ["1243", "1244", "1245"]
