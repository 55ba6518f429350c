"""A stop made outside wins, what runs is never forgotten, and what a start has fixed stays as it was recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, PROJECT, SURVEY, Owner
from tests.ownership.test_prune import actions

STARTED, PAUSED = "    status: started\n", "    status: paused\n"
PLANNED = SURVEY, PHONEBOOK, CAMPAIGN


def findings(plan: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["id"], each["severity"], each["address"]) for each in plan["findings"]]


def status(owner: Owner) -> int:
    [campaign] = owner.simulator.objects("campaigns")
    return int(campaign["status"])


@pytest.fixture
def running(owner: Owner) -> Owner:
    owner.declare_and_apply(*PLANNED, STARTED)
    return owner


@pytest.mark.parametrize(
    ("how", "state"), [("stop", "kept"), ("stop --abort", "emptied"), ("the web page", "kept"), ("stop", "emptied")]
)
def test_what_was_stopped_outside_stays_so(running: Owner, how: str, state: str) -> None:
    code = {"stop --abort": 3}.get(how, 2)
    if how.startswith("stop"):
        running.succeed(*how.split(), "tet")
    else:
        running.simulator.change("campaigns", running.id_of("campaigns"), status=code)
    if state == "emptied":
        (running.directory / ".alice" / "state.db").unlink()
    running.demand_nothing_to_do()
    running.apply()  # which does not forget whose stop it was
    plan = running.plan("--allow-calls")
    assert ("stopped-outside", "warning", "campaign.tet") in findings(plan)
    assert not plan["calls"]["campaigns"]
    running.demand_nothing_to_do()
    assert status(running) == code


def test_restart_starts_it_again_and_is_a_call(running: Owner) -> None:
    running.succeed("stop", "tet")
    [change] = running.plan("--restart", "campaign.tet")["changes"]
    assert (change["action"], change["calls"]) == ("update", True)
    said = running.run("apply", "--auto-approve", "--restart", "campaign.tet")
    assert said.code == 3
    assert "pass --allow-calls" in said.err
    assert status(running) == 2
    running.apply("--restart", "campaign.tet")
    assert status(running) == 1
    running.demand_nothing_to_do()


def test_a_status_that_was_declared_otherwise_since_starts_it_again(running: Owner) -> None:
    running.succeed("stop", "tet")
    running.declare_and_apply(*PLANNED, PAUSED)
    running.declare_and_apply(*PLANNED, STARTED)
    assert status(running) == 1


def test_a_frozen_survey_is_taken_as_declared_where_nothing_is_recorded(running: Owner) -> None:
    (running.directory / ".alice" / "state.db").unlink()
    plan = running.plan()
    assert ("frozen", "info", "campaign.tet") in findings(plan)
    assert not any(change["fields"] for change in plan["changes"])
    running.apply()
    assert "frozen" not in {name for name, _, _ in findings(running.plan())}
    running.demand_nothing_to_do()


# Fields that the server does not take

CALLED = '    callerid: "19001234"\n'


def test_an_ignored_field_fails_once_and_is_a_finding_while_nothing_changes(owner: Owner) -> None:
    owner.simulator.variants(immutable_fields="campaigns.frequency")
    owner.declare_and_apply(*PLANNED)
    faster = CAMPAIGN.replace("frequency: 10", "frequency: 20")
    owner.declare(SURVEY, PHONEBOOK, faster)
    said = owner.run("apply", "--auto-approve")
    assert said.code == 4
    assert "the server keeps the old value and ignores the new one" in said.out + said.err
    owner.demand_nothing_to_do()
    assert ("not-settable", "warning", "campaign.tet") in findings(owner.plan())
    owner.apply()
    assert ("not-settable", "warning", "campaign.tet") in findings(owner.plan())
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("frequency: 10", "frequency: 30"))
    assert actions(owner.plan()) == [("campaign.tet", "update")]
    owner.declare(SURVEY, PHONEBOOK, faster)
    owner.simulator.change("campaigns", owner.id_of("campaigns"), frequency=15)
    assert actions(owner.plan()) == [("campaign.tet", "update")]


def test_a_relation_that_the_server_ignores_is_no_drift(owner: Owner) -> None:
    owner.simulator.variants(immutable_fields="campaigns.aleg_gateway")
    owner.simulator.create("gateway", name="Backup")
    owner.declare_and_apply(*PLANNED)
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("AliceDevGateway", "Backup"))
    assert owner.run("apply", "--auto-approve").code == 4
    plan = owner.plan()
    assert ("not-settable", "warning", "campaign.tet") in findings(plan) and plan["drift"] == []


def test_a_field_that_was_ignored_is_set_once_the_server_takes_it(owner: Owner) -> None:
    owner.simulator.variants(immutable_fields="campaigns.callerid")
    owner.declare_and_apply(*PLANNED)
    owner.declare(*PLANNED, CALLED)
    assert owner.run("apply", "--auto-approve").code == 4
    owner.declare_and_apply(*PLANNED, CALLED, "    description: New\n")  # which sends every field
    owner.simulator.variants(immutable_fields="")
    owner.declare_and_apply(*PLANNED, CALLED, "    description: Newer\n")
    [campaign] = owner.simulator.objects("campaigns")
    assert (campaign["callerid"], campaign["description"]) == ("19001234", "Newer")
    assert "not-settable" not in {name for name, _, _ in findings(owner.plan())}


def test_what_was_made_and_not_started_after_a_failure_says_so(owner: Owner) -> None:
    owner.simulator.variants(max_name=5)
    owner.write("alice.yaml", PROJECT.format(endpoint=owner.simulator.endpoint) + 'checks: {content: "off"}\n')
    owner.declare(*PLANNED, STARTED, "dnc_lists: {opt-outs: {name: Too long a name}}\n")
    said = owner.run("apply", "--auto-approve", "--allow-calls", "--on-error", "continue", "--output", "json")
    assert said.code == 4
    told = {each["address"]: (each["result"], each["message"]) for each in json.loads(said.out)["outcomes"]}
    assert told["campaign.tet"] == ("skipped", "written, but not started: not tried after a failure")
    assert status(owner) == 2
    owner.simulator.variants(max_name=0)
    owner.apply()
    owner.demand_nothing_to_do()


@pytest.mark.parametrize("renamed", ["tet", "campaign.tet", "tet-2027"])
def test_what_was_renamed_and_not_applied_is_stopped_all_the_same(running: Owner, renamed: str) -> None:
    other = CAMPAIGN.replace("  tet:\n", "  tet-2027:\n    renamed_from: tet\n").replace("name: Tet", "name: Tet 2027")
    running.declare(SURVEY, PHONEBOOK, other, STARTED)
    assert "1243" in running.succeed("status", renamed).out
    assert "stopped  Tet (id" in running.succeed("stop", renamed).out
    assert status(running) == 2


def test_what_is_only_recorded_is_stopped_although_the_manifests_are_broken(running: Owner) -> None:
    running.declare("campaigns: [")
    running.succeed("stop", "tet")
    assert status(running) == 2


def test_a_broken_state_stands_in_the_way_of_no_stop(running: Owner) -> None:
    running.declare(PHONEBOOK)
    state = running.directory / ".alice" / "state.db"
    state.write_bytes(b"no database" * 1000)
    said = running.run("stop", "Tet", "tet")
    assert said.code == 4 and status(running) == 2
    assert "the state cannot be read" in said.err and "FAILED   tet: no campaign has this id" in said.err
    said = running.run("status", "tett")
    assert said.code == 1 and "'tett': no campaign has this id, name or key, did you mean 'Tet'?" in said.err


@pytest.mark.parametrize(
    "command", [("stop", "--all"), ("apply", "--auto-approve"), ("plan",), ("status",)], ids=" ".join
)
def test_a_mistyped_endpoint_that_nobody_answers_at_is_not_remembered(owner: Owner, command: tuple[str, ...]) -> None:
    owner.declare(*PLANNED)
    right, owner.environ = owner.environ, {**owner.environ, "ALICE_ENDPOINT": "http://127.0.0.1:9/rest-api"}
    said = owner.run(*command)
    assert said.code == 1 and "[api-unreachable]" in said.err
    owner.environ = right
    owner.apply()
    owner.demand_nothing_to_do()
    owner.environ = {**right, "ALICE_ENDPOINT": "http://127.0.0.1:9/rest-api"}
    assert "[state-foreign]" in owner.run("plan").err


def test_the_state_of_another_account_says_nothing_about_this_one(running: Owner) -> None:
    running.declare(PHONEBOOK)
    running.environ = {**running.environ, "ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
    said = running.run("stop", "tet")
    assert said.code == 1 and status(running) == 1 and "the state cannot be read" in said.err
