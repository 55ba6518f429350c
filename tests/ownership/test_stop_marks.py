"""What `stop` leaves in the state is honoured by later applies; nothing that is broken keeps anything from stopping."""

from __future__ import annotations

import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from provisioner.state import open_store
from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_stops import PAUSED, STARTED, findings, status

PLANNED = SURVEY, PHONEBOOK, CAMPAIGN
STOPPED = ("stopped-outside", "warning", "campaign.tet")


@pytest.fixture
def running(owner: Owner) -> Owner:
    owner.declare_and_apply(*PLANNED, STARTED)
    return owner


@pytest.mark.parametrize("names", [("tet",), ("campaign.tet",), ("Tet",), ("--all",)])
def test_a_stop_before_anything_exists_outlives_its_creation(owner: Owner, names: tuple[str, ...]) -> None:
    owner.declare(*PLANNED, STARTED)
    said = owner.succeed("stop", *names)
    assert "an apply that creates it does not start it" in said.out or names == ("--all",)
    assert STOPPED in findings(owner.plan())
    assert owner.succeed("apply", "--auto-approve").code == 0, "what is not started needs no --allow-calls"
    owner.apply()
    owner.demand_nothing_to_do()
    assert status(owner) == 2 and STOPPED in findings(owner.plan())
    owner.apply("--restart", "campaign.tet")
    assert status(owner) == 1
    owner.demand_nothing_to_do()
    assert "stopped by" not in owner.succeed("state", "list").out


def test_a_stop_of_all_of_a_for_each_holds_for_keys_that_come_later(owner: Owner) -> None:
    many = CAMPAIGN.replace("name: Tet", 'name: "Tet ${each.key}"') + STARTED
    one, two = (many + f"    for_each: [{keys}]\n" for keys in ("hanoi", "hanoi, hue"))
    owner.declare(SURVEY, PHONEBOOK, one)
    owner.succeed("stop", "campaign.tet")
    owner.declare(SURVEY, PHONEBOOK, two)
    owner.apply()
    named = {each["name"]: each["status"] for each in owner.simulator.objects("campaigns")}
    assert (named["Tet hanoi"], named["Tet hue"]) == (2, 2)
    owner.demand_nothing_to_do()
    owner.apply("--restart", "campaign.tet[hue]")
    named = {each["name"]: each["status"] for each in owner.simulator.objects("campaigns")}
    assert (named["Tet hanoi"], named["Tet hue"]) == (2, 1)
    advice = owner.succeed("stop", "campaign.tet[hue]").err
    command = shlex.split(next(line for line in advice.splitlines() if "To start it again" in line))
    assert command[-2:] == ["--restart", "campaign.tet[hue]"]
    owner.apply(*command[command.index("apply") + 1 :])
    named = {each["name"]: each["status"] for each in owner.simulator.objects("campaigns")}
    assert (named["Tet hanoi"], named["Tet hue"]) == (2, 1)


@pytest.mark.parametrize("name", ["tet", "1243", "Tet"])
def test_a_stop_before_the_first_start_is_remembered(owner: Owner, name: str) -> None:
    owner.declare_and_apply(*PLANNED)
    assert "is paused already" in owner.succeed("stop", name).out
    owner.declare(*PLANNED, STARTED)
    if name != "1243":  # its manifest said nothing of the kind when it was stopped: what it says now is newer
        owner.apply()
        assert status(owner) == 1
        return
    owner.apply()
    assert status(owner) == 2 and STOPPED in findings(owner.plan())


def test_a_pause_that_is_declared_and_applied_ends_the_mark(owner: Owner) -> None:
    owner.declare(*PLANNED, STARTED)
    owner.succeed("stop", "--all")
    owner.declare_and_apply(*PLANNED, PAUSED)
    owner.declare_and_apply(*PLANNED, STARTED)
    assert status(owner) == 1


def test_what_is_declared_after_everything_was_stopped_and_applied_is_free_to_start(running: Owner) -> None:
    running.succeed("stop", "--all")
    running.apply()
    other = CAMPAIGN.removeprefix("campaigns:\n").replace("tet:", "hue:").replace("Tet", "Hue")
    running.declare_and_apply(*PLANNED, STARTED, other, STARTED)
    assert [each["status"] for each in running.simulator.objects("campaigns")] == [2, 1]


def test_a_mark_goes_along_with_a_renamed_key(running: Owner) -> None:
    running.succeed("stop", "tet")
    other = CAMPAIGN.replace("  tet:\n", "  hue:\n    renamed_from: tet\n")
    running.declare_and_apply(SURVEY, PHONEBOOK, other, STARTED)
    assert status(running) == 2
    assert "stopped by" in running.succeed("state", "list").out


def test_a_misspelt_name_leaves_nothing_behind(running: Owner) -> None:
    assert running.run("stop", "tett").code == 1
    assert "stopped by" not in running.succeed("state", "list").out


def test_whoever_applies_is_named(running: Owner) -> None:
    with (
        open_store(
            "sqlite:///.alice/state.db", directory=running.directory, project="ownership", environment="default"
        ) as store,
        store.lock(),
    ):
        said = running.succeed("stop", "tet")
    assert "note: an apply is under way, by " in said.err


BROKEN = {
    "misspelt key": "timezoen: UTC\n",
    "bad zone": "server_timezone: Moon/Base\n",
    "bad waiver": "waivers: [{check: nope, until: never}]\n",
    "unset variable": 'checks: {content: "${env.NOT_SET}"}\n',
    "bad threshold": "safety: {max_update_percent: lots}\n",
}


@pytest.mark.parametrize("wrong", BROKEN.values(), ids=BROKEN)
def test_mistakes_in_alice_yaml_keep_nothing_from_being_stopped_nor_told(running: Owner, wrong: str) -> None:
    right = (running.directory / "alice.yaml").read_text()
    running.write("alice.yaml", right + wrong)
    said = running.succeed("stop", "tet")
    assert status(running) == 2
    assert "alice.yaml has mistakes" in said.err or "the manifests do not load" in said.err
    assert "will not know of this" not in said.err
    running.write("alice.yaml", right)
    assert STOPPED in findings(running.plan())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unset", 'state: "sqlite:///${env.NOT_SET}"\n'),
        ("unknown", "state: oracle://somewhere/x\n"),
        ("a folder that nobody can make", "state: sqlite:////proc/nowhere/state.db\n"),
        ("misspelt", "stat: sqlite:///elsewhere.db\n"),
        ("no server", "state: postgresql+psycopg://nobody@127.0.0.1:1/nothing\n"),
    ],
)
def test_a_state_that_cannot_be_written_stands_in_the_way_of_nothing(running: Owner, name: str, text: str) -> None:
    running.write("alice.yaml", (running.directory / "alice.yaml").read_text() + text)
    for names in (("Tet",), ("--all",)):
        said = running.succeed("stop", *names)
        assert status(running) == 2 and "note: later applies will not know of this" in said.err
        running.simulator.change("campaigns", running.id_of("campaigns"), status=1)


CORRUPT = {
    "of a newer version": "UPDATE alice_version SET version = 99",
    "of a newer form": "ALTER TABLE alice_version RENAME COLUMN version TO revision",
    "without marks": "DROP TABLE alice_stops",
    "without records": "DROP TABLE alice_resources",
    "not JSON": "UPDATE alice_resources SET fields = '{'",
    "no mapping": "UPDATE alice_resources SET digests = '7'",
    "no address": "UPDATE alice_resources SET address = 'of nothing' WHERE kind = 'survey'",
    "no key": "UPDATE alice_scopes SET key = 'zz'",
    "no number": "UPDATE alice_resources SET remote_id = 'x'",
}


@pytest.mark.parametrize("statement", CORRUPT.values(), ids=CORRUPT)
def test_a_state_that_nobody_understands_stands_in_the_way_of_nothing(running: Owner, statement: str) -> None:
    with closing(sqlite3.connect(running.directory / ".alice" / "state.db")) as state:
        state.execute(statement)
        state.commit()
    for name, sure in (("Tet", True), ("tet", True), ("--all", True), ("unheard-of", False)):
        said = running.run("stop", name)
        assert (said.code, status(running)) == ((0, 2) if sure else (1, 1)), said.err
        assert "internal error" not in said.err and "Traceback" not in said.err
        assert name != "--all" or "note: " in said.err, "that the state is not understood is told"
        running.simulator.change("campaigns", running.id_of("campaigns"), status=1)
    said = running.run("plan")
    assert said.code == 1 and "state" in said.err and "internal error" not in said.err


def test_a_state_that_somebody_keeps_busy_is_waited_for_after_the_stop(
    running: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioner.state.sqlite.BUSY_SECONDS", 0.3)
    with closing(sqlite3.connect(running.directory / ".alice" / "state.db", isolation_level=None)) as busy:
        busy.execute("BEGIN EXCLUSIVE")
        said = running.succeed("stop", "tet")
    assert status(running) == 2 and "later applies will not know of this" in said.err


def test_no_yaml_at_all_is_needed_with_an_endpoint_in_the_environment(running: Owner) -> None:
    running.write("alice.yaml", "alice: [1\n  project: {")
    assert running.run("stop", "tet").code == 1 and status(running) == 1
    running.environ = {**running.environ, "ALICE_ENDPOINT": running.simulator.endpoint}
    assert running.run("stop", "Tet").code == 0 and status(running) == 2


def test_an_environment_that_nobody_declared_is_not_taken_for_another_one(running: Owner) -> None:
    said = running.run("-e", "prodd", "stop", "tet")
    assert said.code == 1 and status(running) == 1 and "there is no environment" in said.err


@pytest.mark.parametrize("names", [("tet",), ("Tet",), ("1243",), ("--all",)])
def test_without_a_list_recorded_ids_are_posted_to(running: Owner, names: tuple[str, ...]) -> None:
    running.simulator.variants(forbidden_get="campaigns")
    said = running.run("stop", *names)
    assert status(running) == 2
    assert said.code == 4, "nobody could read it back"


def test_all_tries_what_nobody_knows_to_be_at_rest(running: Owner) -> None:
    running.simulator.change("campaigns", running.id_of("campaigns"), status=6)
    said = running.run("stop", "--all")
    assert status(running) == 2
    assert "Nothing is started" not in said.out


def test_a_superuser_stops_no_other_tenants_campaign_of_that_name(running: Owner) -> None:
    running.environ = {**running.environ, "ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
    running.simulator.variants(user_field="username")
    said = running.run("stop", "Tet")
    assert said.code == 1 and status(running) == 1
    assert "other users' campaigns have this name, and none is known to be ours: give the id (1243)" in said.err
    assert running.run("stop", "1243").code == 0 and status(running) == 2


def test_the_state_shows_what_is_stopped(running: Owner) -> None:
    running.succeed("stop", "tet")
    assert "stopped by `stop`" in running.succeed("state", "list").out
    shown = json.loads(running.succeed("state", "show", "campaign.tet", "--output", "json").out)
    assert shown["stopped"].endswith("Z")


def test_a_project_file_that_is_not_there_needs_the_environment(running: Owner) -> None:
    Path(running.directory / "alice.yaml").unlink()
    assert running.run("stop", "Tet").code == 1
    running.environ = {**running.environ, "ALICE_ENDPOINT": running.simulator.endpoint}
    said = running.run("stop", "Tet")
    assert said.code == 0 and status(running) == 2 and "will not know of this" in said.err


def test_reports_say_how_a_stopped_campaign_stands_and_not_that_it_never_started(
    running: Owner, tmp_path: Path
) -> None:
    running.succeed("stop", "tet")
    running.succeed("plan", "--output", f"html={tmp_path / 'plan.html'}", "--out", str(tmp_path / "a.alice-plan"))
    running.succeed("show", str(tmp_path / "a.alice-plan"), "--output", f"html={tmp_path / 'shown.html'}")
    for name in ("plan.html", "shown.html"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert "It is paused. Started now, it would reach" in page and "not started</span>" not in page
    [campaign] = running.plan()["outlook"]["campaigns"]
    assert (campaign["starts"], campaign["status"]) == (False, "paused")


@pytest.mark.parametrize("names", [("tet",), ("campaign.tet",), ("Tet",), ("1243",), ("--all",)])
def test_what_a_list_hides_is_posted_to_by_its_id(running: Owner, names: tuple[str, ...]) -> None:
    running.simulator.variants(list_hides="campaigns", get_detail="on")
    said = running.succeed("stop", *names)
    assert status(running) == 2
    assert "(id 1243): paused" in said.out or said.out.startswith("stopped  id 1243: paused")


@pytest.mark.parametrize("names", [("tet",), ("--all",)])
def test_what_a_list_hides_and_nobody_can_read_back_is_no_success(running: Owner, names: tuple[str, ...]) -> None:
    running.simulator.variants(list_hides="campaigns", get_detail="none")
    said = running.run("stop", *names)
    assert status(running) == 2
    assert said.code == 4 and "campaign.tet (id 1243): posted, but not read back" in said.err


def test_a_pin_that_a_list_hides_is_posted_to(running: Owner) -> None:
    running.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("  tet:\n", "  hue:\n    id: 1243\n"))
    running.simulator.variants(list_hides="campaigns", get_detail="on")
    running.succeed("stop", "hue")
    assert status(running) == 2


@pytest.mark.parametrize("names", [("tet",), ("Tet",), ("1243",), ("--all",)])
def test_what_is_recorded_as_ours_is_stopped_whoever_it_reads_as(running: Owner, names: tuple[str, ...]) -> None:
    running.simulator.variants(other_owner="campaigns", user_field="username")
    said = running.succeed("stop", *names)
    assert status(running) == 2 and "Nothing is started" not in said.out


def test_what_is_recorded_and_gone_is_said_to_be_gone_and_a_number_that_is_nothing_fails(running: Owner) -> None:
    running.simulator.delete("campaigns", running.id_of("campaigns"))
    said = running.succeed("stop", "tet")
    assert "campaign.tet: is not on the server" in said.out
    assert running.succeed("stop", "--all").out == "Nothing is started.\n"
    said = running.run("stop", "4711")
    assert said.code == 1 and "4711: no campaign has this id, name or key" in said.err


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ({"unread_fields": "campaigns.status"}, "Not known to be at rest: Tet (id 1243)"),
        ({"other_owner": "campaigns", "user_field": "username"}, "Other users' that are not known to be at rest: 1"),
    ],
)
def test_a_misspelt_name_is_not_answered_with_rest_that_nobody_knows_of(
    running: Owner, variant: dict[str, str], told: str
) -> None:
    running.simulator.variants(**variant)
    said = running.run("stop", "typo")
    assert said.code == 1 and told in said.err and "None is started" not in said.err
