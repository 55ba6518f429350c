"""Replacing a campaign that was never started: in an order that a kill cannot hurt, and nothing else ever."""

from __future__ import annotations

import pytest

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner

OTHER = CAMPAIGN.replace("AliceDevGateway", "AliceBackupGateway")
STARTED = "    status: started\n"


@pytest.fixture
def stubborn(owner: Owner) -> Owner:
    """A server that ignores another gateway, as the documented PUT does; the tool has found that out."""
    owner.simulator.variants(immutable_fields="campaigns.aleg_gateway")
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.declare(SURVEY, PHONEBOOK, OTHER)
    said = owner.run("apply", "--auto-approve")
    assert said.code == 4
    assert "ignores" in said.out + said.err
    return owner


def gateway(owner: Owner, name: str) -> str:
    [found] = owner.simulator.objects("campaigns", name=name)
    [named] = [each["name"] for each in owner.simulator.objects("gateway") if each["id"] == found["aleg_gateway"]]
    return str(named)


def test_the_new_one_takes_the_place_and_the_name_of_the_old(stubborn: Owner) -> None:
    old = stubborn.id_of("campaigns", name="Tet")
    plan = stubborn.plan("--allow-replace")
    assert [(c["address"], c["action"]) for c in plan["changes"]] == [("campaign.tet", "replace")]
    assert plan["changes"][0]["fields"] == [
        {"path": "gateway", "before": "AliceDevGateway", "after": "AliceBackupGateway"}
    ]
    stubborn.simulator.clear_requests()
    stubborn.apply("--allow-replace")
    verbs = [request["method"] for request in stubborn.simulator.writes()]
    assert verbs == ["POST", "DELETE", "PUT"]
    assert stubborn.id_of("campaigns", name="Tet") != old
    assert gateway(stubborn, "Tet") == "AliceBackupGateway"
    assert len(stubborn.simulator.objects("campaigns")) == 1
    stubborn.demand_nothing_to_do()


def test_a_start_follows_the_replacement(stubborn: Owner) -> None:
    stubborn.declare(SURVEY, PHONEBOOK, OTHER, STARTED)
    plan = stubborn.plan("--allow-replace", "--allow-calls")
    assert [(c["action"], c["calls"]) for c in plan["changes"]] == [("replace", True)]
    stubborn.apply("--allow-replace")
    [found] = stubborn.simulator.objects("campaigns")
    assert (found["name"], found["status"]) == ("Tet", 1)
    stubborn.demand_nothing_to_do()


def test_an_old_one_that_cannot_be_deleted_gives_its_name_up(stubborn: Owner) -> None:
    old = stubborn.id_of("campaigns", name="Tet")
    stubborn.simulator.variants(delete="none")
    said = stubborn.apply("--allow-replace")
    assert "left in place" in said.out
    new = stubborn.id_of("campaigns", name="Tet")
    assert new != old
    assert stubborn.simulator.row("campaigns", old)["name"] == f"Tet (replaced by {new})"
    stubborn.demand_nothing_to_do()
    (stubborn.directory / ".alice" / "state.db").unlink()
    stubborn.demand_nothing_to_do()


@pytest.mark.parametrize("left", ["new beside old", "new alone"])
def test_an_interrupted_replacement_is_finished_also_from_an_empty_state(stubborn: Owner, left: str) -> None:
    """What a kill between the requests leaves is made by hand: the requests are known from the test above."""
    old = stubborn.simulator.row("campaigns", stubborn.id_of("campaigns", name="Tet"))
    [backup] = [each["id"] for each in stubborn.simulator.objects("gateway") if each["name"] == "AliceBackupGateway"]
    fields = {name: value for name, value in old.items() if name != "id"}
    new = stubborn.simulator.create(
        "campaigns", **fields | {"name": f"Tet (replaces {old['id']})", "aleg_gateway": backup}
    )
    if left == "new alone":
        stubborn.simulator.delete("campaigns", old["id"])
        (stubborn.directory / ".alice" / "state.db").unlink()
        stubborn.apply()
    else:
        found = [each for each in stubborn.plan()["findings"] if each["id"] == "unfinished-replace"]
        assert [each["address"] for each in found] == ["campaign.tet"]
        stubborn.apply("--allow-replace")
    assert [each["id"] for each in stubborn.simulator.objects("campaigns", name="Tet")] == [new["id"]]
    assert len(stubborn.simulator.objects("campaigns")) == 1
    stubborn.demand_nothing_to_do()
