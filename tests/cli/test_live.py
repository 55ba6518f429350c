"""Commands that look at an account, and the one that stops it, against the simulator."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from provisioner.resources import KINDS
from provisioner.simulator.process import Simulator

from ..inspect.accounts import campaign
from .conftest import Alice

PERSONAL = "0900293"


@pytest.mark.parametrize("plural", sorted(kind.plural for kind in KINDS.values()))
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_every_kind_can_be_got_in_every_form(
    alice: Alice, simulator: Simulator, project: Path, plural: str, form: str
) -> None:
    campaign(simulator, "tet", 2)
    ran = alice("get", plural, "--output", form)
    assert (ran.code, ran.err) == (0, "")
    if form == "json":
        assert isinstance(json.loads(ran.out), list)
    else:
        assert ran.out.startswith("id")
    assert simulator.writes() == []


def test_filters_and_ids_choose(alice: Alice, simulator: Simulator, project: Path) -> None:
    campaign(simulator, "one", 2)
    campaign(simulator, "two", 3, start=False)
    rows = list(csv.DictReader(alice("get", "campaigns", "--status", "started", "--output", "csv").out.splitlines()))
    assert [(row["id"], row["name"], row["status"]) for row in rows] == [("1243", "one", "started")]
    assert len(json.loads(alice("get", "contacts", "--phonebook", "294", "--output", "json").out)) == 3
    assert json.loads(alice("get", "campaigns", "1244", "--output", "json").out)["name"] == "two"


@pytest.mark.parametrize("filters", ["honoured", "ignored"])
def test_what_is_related_is_named_as_for_status_and_stop(
    alice: Alice, simulator: Simulator, project: Path, filters: str
) -> None:
    assert alice("apply", "--auto-approve").code == 0
    (id,) = (each["id"] for each in simulator.objects("campaigns"))
    alice("stop", "tet")
    simulator.change("campaigns", id, status=1)
    simulator.tick(60)
    simulator.variants(filters=filters)
    for name in (str(id), "tet", "campaign.tet", "Tết 2027"):
        ran = alice("get", "subscribers", "--campaign", name, "--status", "pending,completed,fail", "--output", "json")
        assert (ran.code, ran.err) == (0, "")
    ran = alice("get", "campaigns", "--phonebook", "vip", "--status", "started,paused", "--output", "json")
    assert [each["id"] for each in json.loads(ran.out)] == [id]
    ran = alice("get", "subscribers", "--campaign", "tett")
    assert (ran.code, ran.out) == (1, "")
    assert "no campaign has this id, name or key, did you mean 'tet'?" in ran.err
    assert "no phonebook has this id, name or key" in alice("get", "contacts", "--phonebook", "zzzz").err


@pytest.mark.parametrize("id", ["abc", "0", "1.5", "१"])
@pytest.mark.parametrize("command", [("get", "campaigns"), ("state", "adopt", "campaign.tet")], ids=" ".join)
def test_what_is_no_id_is_told_what_one_is(alice: Alice, project: Path, command: tuple[str, ...], id: str) -> None:
    ran = alice(*command, id)
    assert (ran.code, ran.out) == (1, "")
    assert f"{id!r} is not an ID: an ID is a whole number such as 351" in ran.err


def test_what_is_not_there_is_exit_1(alice: Alice, simulator: Simulator, project: Path) -> None:
    ran = alice("get", "campaigns", "99")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no campaign with id 99" in ran.err


def test_what_the_server_does_not_show_is_exit_1(alice: Alice, simulator: Simulator, project: Path) -> None:
    simulator.variants(forbidden_get="section-template")
    ran = alice("get", "sections")
    assert (ran.code, ran.out) == (1, "")
    assert "may not be read by this user" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["get", "campaigns", "5", "--name", "x"],
        ["get", "surveys", "--user", "demo"],
        ["get", "subscribers", "--campaign", "tet", "--status", "pendin"],
        ["get", "cdr", "--from-date", "x"],
    ],
    ids=" ".join,
)
def test_a_question_without_sense_is_not_sent(
    alice: Alice, simulator: Simulator, project: Path, arguments: list[str]
) -> None:
    simulator.clear_requests()
    assert alice(*arguments).code == 1
    assert simulator.requests() == []


def test_a_coded_filter_takes_names_and_numbers_and_says_which(
    alice: Alice, simulator: Simulator, project: Path
) -> None:
    campaign(simulator, "one")
    campaign(simulator, "two", start=False)
    known = "started (1), paused (2), aborted (3), ended (4), completed (5)"
    for variants in ({}, {"filters": "ignored"}):
        simulator.variants(**variants)
        for value, id in (("started", "1243"), ("Paused", "1244"), ("1", "1243")):
            ran = alice("get", "campaigns", "--status", value, "--output", "csv")
            assert [row["id"] for row in csv.DictReader(ran.out.splitlines())] == [id]
    ran = alice("get", "campaigns", "--status", "running")
    assert (ran.code, ran.out) == (1, "") and f"--status running is not known: there are {known}" in ran.err
    assert known in " ".join(alice("get", "campaigns", "--help").out.split())


def test_status_shows_progress_and_nobody(alice: Alice, simulator: Simulator, project: Path) -> None:
    campaign(simulator, "Tết 2027", 5)
    simulator.tick(60)
    ran = alice("status")
    assert (ran.code, ran.err) == (0, "")
    assert "Tết 2027" in ran.out
    assert "100%" in ran.out
    assert PERSONAL not in ran.out
    [document] = json.loads(alice("status", "tet", "--output", "json").out)
    assert (document["percent_done"], document["subscribers"]["total"]) == (100, 5)


def test_status_of_an_unknown_campaign_is_exit_1(alice: Alice, simulator: Simulator, project: Path) -> None:
    ran = alice("status", "nope")
    assert (ran.code, ran.out) == (1, "")
    assert "'nope'" in ran.err


def test_status_by_name_works_although_the_manifests_are_broken(
    alice: Alice, simulator: Simulator, project: Path
) -> None:
    campaign(simulator, "one")
    (project / "broken.yaml").write_text("surveys: [", encoding="utf-8")
    ran = alice("status", "one")
    assert ran.code == 0
    assert "manifests do not load" in ran.err


def test_doctor_shows_every_kind_and_writes_nothing(alice: Alice, simulator: Simulator, project: Path) -> None:
    ran = alice("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert all(f"\n{kind.plural} " in ran.out for kind in KINDS.values())
    document = json.loads(alice("doctor", "--output", "json").out)
    assert [each["kind"] for each in document["kinds"]] == [kind.plural for kind in KINDS.values()]
    assert simulator.writes() == []


def test_doctor_fails_only_when_nothing_works(alice: Alice, simulator: Simulator, project: Path) -> None:
    simulator.variants(absent="cdr,alarm", forbidden_get="contact", options="405")
    assert alice("doctor").code == 0
    simulator.variants(absent=",".join(sorted({kind.path for kind in KINDS.values()})))
    assert alice("doctor").code == 1


RESUME = "To start it again, where `status: started` is declared: alice-apply apply --allow-calls --restart "


def test_a_repeated_stop_says_so_and_every_stop_how_to_go_on(alice: Alice, simulator: Simulator, project: Path) -> None:
    campaign(simulator, "Tết 2027")
    for name, said in (("tet", "paused"), ("Tết 2027", "is paused already"), ("1243", "is paused already")):
        ran = alice("stop", name)
        assert (ran.code, ran.out) == (0, f"stopped  Tết 2027 (id 1243): {said}\n")
        assert ran.err == f"{RESUME}campaign.tet\n"
    alice("stop", "tet", "--abort")
    ran = alice("stop", "tet")
    assert (ran.code, ran.out, ran.err) == (0, "stopped  Tết 2027 (id 1243): is aborted already\n", "")


def test_stop_by_key_name_and_id(alice: Alice, simulator: Simulator, project: Path) -> None:
    for name in ("Tết 2027", "two", "three", "four"):
        campaign(simulator, name)
    ran = alice("stop", "tet", "two", "1245")
    assert (ran.code, ran.err) == (0, f"{RESUME}campaign.KEY\n")
    assert "stopped  Tết 2027 (id 1243): paused\n" in ran.out
    assert [row["status"] for row in simulator.objects("campaigns")] == [2, 2, 2, 1]
    assert {row["path"] for row in simulator.writes()} == {
        f"/rest-api/campaigns/{number}/status/" for number in (1243, 1244, 1245)
    }


def test_stop_all_and_abort(alice: Alice, simulator: Simulator, project: Path) -> None:
    campaign(simulator, "one")
    campaign(simulator, "two", start=False)
    ran = alice("stop", "--all", "--abort")
    assert (ran.code, ran.out) == (0, "stopped  one (id 1243): aborted\n")
    assert alice("stop", "--all").out == "Nothing is started.\n"


def test_stop_goes_on_after_a_failure_and_is_then_incomplete(alice: Alice, simulator: Simulator, project: Path) -> None:
    campaign(simulator, "one")
    ran = alice("stop", "one", "nope")
    assert ran.code == 4
    assert ran.out == "stopped  one (id 1243): paused\n"
    assert ran.err.startswith("FAILED   nope: ") and ran.err.endswith(f" [unknown-name]\n{RESUME}campaign.KEY\n")
    assert alice("stop", "nope").code == 1


def test_stop_works_although_everything_local_is_broken(
    alice: Alice, simulator: Simulator, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(simulator, "one")
    (project / "broken.yaml").write_text("surveys: [", encoding="utf-8")
    assert alice("stop", "one").code == 0
    (project / "alice.yaml").write_text("endpoint: [", encoding="utf-8")
    campaign(simulator, "two")
    assert alice("stop", "two").code == 1
    monkeypatch.setenv("ALICE_ENDPOINT", simulator.endpoint)
    assert alice("stop", "two").code == 0
    assert [row["status"] for row in simulator.objects("campaigns")] == [2, 2]


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [(["stop"], "name the campaigns to stop, or give --all"), (["stop", "--all", "one"], "give --all, not both")],
    ids=["neither", "both"],
)
def test_stop_wants_to_know_what(alice: Alice, project: Path, arguments: list[str], advice: str) -> None:
    ran = alice(*arguments)
    assert ran.code == 1
    assert advice in ran.err


def test_verbose_logs_requests_and_no_personal_data(alice: Alice, simulator: Simulator, project: Path) -> None:
    campaign(simulator, "tet", 2)
    ran = alice("-v", "get", "contacts", "--search", PERSONAL, "--output", "csv")
    assert ran.code == 0
    assert "GET contact/" in ran.err
    assert PERSONAL not in ran.err
    assert "demo" not in ran.err
    assert PERSONAL in ran.out


@pytest.mark.parametrize(
    "command", [("plan",), ("get", "gateways"), ("stop", "tet"), ("doctor",), ("status",)], ids=" ".join
)
def test_stray_line_ends_in_credentials_are_told_by_name_whatever_the_command(
    alice: Alice, simulator: Simulator, project: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice("apply", "--auto-approve").code == 0
    monkeypatch.setenv("ALICE_USERNAME", "demo\n")
    ran = alice(*command)
    assert ran.code == 0 and "note: ALICE_USERNAME ends with a line end, which is left out" in ran.err
    monkeypatch.setenv("ALICE_PASSWORD", "not-this-one\r\n")
    ran = alice(*command)
    assert ran.code != 0 and "note: ALICE_PASSWORD ends with a line end, which is sent with it" in ran.err
    assert "wrong user name or password" in ran.err and "not-this-one" not in ran.err + ran.out
