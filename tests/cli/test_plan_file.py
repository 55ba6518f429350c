"""What a plan file is good for: once, here, with its key, as it was made, and for what a reviewer has agreed to."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator

PROJECT = alice("planned", checks="{{dnc-scrub: warning}}", environments="{{c03: {{}}, c04: {{}}}}")
BOOKS = "phonebooks: {vip: {name: VIP, contacts: vip.csv}}\n"
CAMPAIGN = """surveys:
  hello: {name: Hello, sections: [{key: hi, type: play_message, question: Hi}]}
campaigns:
  tet:
    {name: Tet, survey: hello, phonebooks: [PHONEBOOK], gateway: AliceDevGateway, frequency: 10, status: started,
     startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00}
"""
EVERYTHING = BOOKS + CAMPAIGN.replace("PHONEBOOK", "vip")


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    folder = tmp_path / "project"
    folder.mkdir()
    found = Operator(folder, simulator, now=NOW)
    found.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    found.write("main.yaml", BOOKS)
    found.write("vip.csv", "contact\n0934890841\n")
    return found


def planned(operator: Operator, *options: str, before: tuple[str, ...] = ()) -> str:
    path = operator.directory.parent / "p.alice-plan"
    operator.succeed(*before, "plan", "--out", str(path), *options)
    return str(path)


def refused(operator: Operator, path: str, *words: str, code: int = 5) -> str:
    """Nothing is written, and it is said why."""
    operator.simulator.clear_requests()
    said = operator.run("apply", path, "--allow-calls")
    assert (said.code, said.out) == (code, ""), said
    assert operator.simulator.writes() == []
    for each in words:
        assert each in said.err, said.err
    return said.err


def edit(operator: Operator, name: str, old: str, new: str) -> None:
    text = (operator.directory / name).read_text()
    assert old in text
    operator.write(name, text.replace(old, new))


def with_environ(operator: Operator, **environ: str) -> Operator:
    return replace(operator, environ={**operator.environ, **environ})


EDITED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("an unknown environment", {"environment": "b"}),
    ("another environment", {"environment": "c03"}),
    ("no name of an environment", {"environment": "../../x\n"}),
    ("a variable", {"options": {"variables": {"x": "0"}}}),
    ("a variable like another", {"options": {"variables": {"bran": "0"}}}),
    ("another value of a variable", {"options": {"variables": {"brand": "Other"}}}),
    ("a variable that breaks alice.yaml", {"options": {"variables": {"brand": "Mars/Olympus"}}}),
    ("a variable that is not kept", {"variables": {"y": "0" * 64}}),
    ("an option", {"options": {"prune": True}}),
    ("addresses that are none", {"options": {"targets": ["nothing"]}}),
)


@pytest.mark.parametrize("plan_key", ["", "between-jobs"])
def test_whatever_is_edited_it_is_a_bad_plan_file(operator: Operator, plan_key: str) -> None:
    """What followed from what it says was told first, as if somebody had asked for it: exit 1."""
    operator.write("alice.yaml", PROJECT.format(endpoint=operator.simulator.endpoint) + "variables: {brand: UTC}\n")
    edit(operator, "alice.yaml", "timezone: Asia/Ho_Chi_Minh", 'timezone: "${var.brand}"')
    job = with_environ(operator, ALICE_PLAN_KEY=plan_key)
    path = Path(planned(job, before=("--var", "brand=Asia/Ho_Chi_Minh")))
    reviewed = json.loads(path.read_text())
    for name, changes in EDITED:
        options = {**reviewed["options"], **changes.get("options", {})}
        path.write_bytes(_canonical({**reviewed, **changes, "options": options}))
        operator.simulator.clear_requests()
        said = job.run("--var", "brand=Asia/Ho_Chi_Minh", "apply", str(path), "--prune")
        assert (said.code, said.out) == (5, ""), (name, said)
        assert len(said.err.splitlines()) == (2 if "stale plan" in said.err else 1), (name, said.err)
        assert operator.simulator.requests() == [], name


def _canonical(document: dict[str, Any]) -> bytes:
    """The bytes that a document is written with, as somebody who knows the format would edit it."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


# Its key


def test_without_a_key_of_its_own_it_is_keyed_with_the_state(operator: Operator) -> None:
    """It was keyed with the password, which anybody who had the file could try."""
    path = planned(operator)
    elsewhere = operator.directory.parent / "elsewhere"
    shutil.copytree(operator.directory, elsewhere, ignore=shutil.ignore_patterns(".alice"))
    refused(replace(operator, directory=elsewhere), path, "made with another key", "without ALICE_PLAN_KEY")
    token = operator.simulator.token()
    another = with_environ(operator, ALICE_PASSWORD="", ALICE_USERNAME="", ALICE_TOKEN=token, ALICE_PLAN_KEY="unused")
    another.succeed("apply", path)
    operator.demand_nothing_to_do()


@pytest.mark.parametrize("value", ["true", "1"])
def test_in_ci_it_needs_a_key(operator: Operator, value: str) -> None:
    path = operator.directory.parent / "p"
    operator.simulator.clear_requests()
    job = with_environ(operator, CI=value)
    said = job.run("plan", "--out", str(path))
    assert (said.code, said.out) == (1, "")
    assert "ALICE_PLAN_KEY" in said.err and "openssl rand -hex 32" in said.err
    assert operator.simulator.requests() == [] and not path.exists()
    job.succeed("plan")
    with_environ(job, ALICE_PLAN_KEY="between").succeed("plan", "--out", str(path))
    assert not (operator.directory / ".alice").exists()


def test_the_password_is_no_key(operator: Operator) -> None:
    said = with_environ(operator, ALICE_PLAN_KEY="demo").run("plan", "--out", str(operator.directory / "p"))
    assert said.code == 1
    assert "ALICE_PLAN_KEY is the password or the token" in said.err


def test_show_verifies_what_it_can(operator: Operator) -> None:
    path = Path(planned(operator))
    assert operator.succeed("show", str(path)).err == ""
    alone = replace(operator, directory=operator.directory.parent)
    said = alone.succeed("show", str(path))
    assert said.err.startswith("note: not verified: ")
    path.write_text(path.read_text().replace('"add": 1', '"add": 0'))
    assert "was changed since it was made" in operator.run("show", str(path)).err
    assert operator.run("show", str(path)).code == 5
    keyed = with_environ(operator, ALICE_PLAN_KEY="between")
    planned(keyed)
    assert replace(alone, environ=keyed.environ).succeed("show", str(path)).err == ""
    assert "not verified" in operator.succeed("show", str(path)).err
    report = operator.write("report.json", keyed.succeed("plan", "--output", "json").out)
    assert "a report, not a plan file" in keyed.succeed("show", str(report)).err
    refused(keyed, str(report), "is not a plan file that can be verified and applied")


# Once


def test_it_counts_once(operator: Operator) -> None:
    path = planned(operator)
    operator.succeed("apply", path)
    operator.simulator.delete("phonebook", operator.simulator.objects("phonebook", name="VIP")[0]["id"])
    err = refused(operator, path, "was applied on 20", "can be applied only once: create a new plan")
    assert re.search(r"by .+ on ", err)
    operator.apply()
    operator.demand_nothing_to_do()


def test_a_restart_is_not_replayed_after_an_emergency_stop(operator: Operator) -> None:
    operator.write("main.yaml", EVERYTHING)
    operator.apply()
    operator.succeed("stop", "--all")
    path = planned(operator, "--restart", "campaign.tet")
    operator.succeed("apply", path, "--allow-calls")
    operator.succeed("stop", "tet")
    refused(operator, path, "only once")
    assert [each["status"] for each in operator.simulator.objects("campaigns", name="Tet")] == [2]


def test_what_failed_half_way_is_planned_anew(operator: Operator) -> None:
    operator.write("main.yaml", EVERYTHING)
    path = planned(operator)
    operator.simulator.variants(max_campaigns="0")
    assert operator.run("apply", path, "--allow-calls").code == 4
    operator.simulator.variants(max_campaigns="100")
    refused(operator, path, "only once")
    operator.succeed("apply", planned(operator), "--allow-calls")
    operator.demand_nothing_to_do()


def test_a_refused_one_and_one_without_writes_do_not_count(operator: Operator) -> None:
    operator.write("main.yaml", EVERYTHING)
    path = planned(operator)
    assert operator.run("apply", path).code == 3
    operator.succeed("apply", path, "--allow-calls")
    path = planned(operator)
    for _ in range(2):
        operator.succeed("apply", path)


# Here


def test_another_environment_in_the_job_that_applies(operator: Operator) -> None:
    path = planned(operator, before=("-e", "c03"))
    refused(with_environ(operator, ALICE_ENV="c04"), path, "is of environment c03, this is c04 (ALICE_ENV)")
    refused(replace(operator), path.replace("p.alice", "missing"), "No such file", code=1)
    with_environ(operator, ALICE_ENV="c03").succeed("apply", path)


def test_the_same_endpoint_may_be_spelled_otherwise(operator: Operator) -> None:
    path = planned(operator)
    endpoint = operator.simulator.endpoint.rstrip("/")
    with_environ(operator, ALICE_ENDPOINT=f"{endpoint}/").succeed("apply", path)


# What was agreed to


def by_hand(operator: Operator, status: int = 1) -> None:
    """A campaign that somebody starts in Alice's web page."""
    [book] = operator.simulator.objects("phonebook", name="VIP")
    running = operator.simulator.create("campaigns", name="By hand", status=status, phonebook=[book["id"]])
    assert running["status"] == status


def test_rows_that_would_ring_by_now(operator: Operator) -> None:
    """One call was reviewed, and fifteen were made, because somebody had started a campaign meanwhile."""
    operator.apply()
    operator.write("vip.csv", "contact\n0934890841\n0934890842\n0934890843\n")
    path = planned(operator, "--allow-calls")
    by_hand(operator)
    err = refused(operator, path, "rows of phonebook.vip: 0 -> 2 that ring", "contacts that ring: 0 -> 2")
    assert "other values" not in err
    assert "0934890842" not in err


def test_a_stop_since_the_review_makes_it_stale(operator: Operator) -> None:
    operator.write("main.yaml", EVERYTHING)
    operator.apply()
    edit(operator, "main.yaml", "status: started", "status: aborted")
    path = planned(operator)
    operator.succeed("stop", "tet", "--abort")
    refused(operator, path, "campaign.tet: was planned, is no longer needed (update); it is now aborted")


def old_list(operator: Operator, *numbers: str) -> int:
    book: int = operator.simulator.create("phonebook", name="Old list")["id"]
    for number in numbers:
        operator.simulator.create("contact", phonebook=book, contact=number)
    return book


def test_another_object_of_the_same_name(operator: Operator) -> None:
    """It was renamed after the review, and another one given its name."""
    operator.write("main.yaml", CAMPAIGN.replace("PHONEBOOK", "{name: Old list}"))
    book = old_list(operator, "0934890841")
    path = planned(operator, "--allow-calls")
    operator.simulator.change("phonebook", book, name="Older list")
    other = old_list(operator, "0934890841")
    refused(operator, path, f"campaign.tet phonebooks: means another object now: id {book} -> id {other}")


@pytest.mark.parametrize("how", ["more", "others"])
def test_the_people_that_a_start_calls(operator: Operator, how: str) -> None:
    """A phonebook that is not declared here grew from 3 to 43 people after the review."""
    operator.write("main.yaml", CAMPAIGN.replace("PHONEBOOK", "{name: Old list}"))
    book = old_list(operator, "0934890841", "0934890842")
    path = planned(operator, "--allow-calls")
    if how == "more":
        operator.simulator.create("contact", phonebook=book, contact="0934890843")
        words = f"contacts to be called of phonebook with id {book}: 2 -> 3"
    else:
        [row] = operator.simulator.objects("contact", contact="0934890842")
        operator.simulator.change("contact", row["id"], contact="0934890844")
        words = f"contacts to be called of phonebook with id {book}: as many as planned, but other ones"
    err = refused(operator, path, words)
    assert "09348908" not in err
    operator.succeed("apply", planned(operator), "--allow-calls")
    operator.demand_nothing_to_do()


def test_a_delete_of_another_object(operator: Operator) -> None:
    """The record had been re-pointed since."""
    operator.simulator.variants(delete="all")
    operator.apply()
    operator.write("main.yaml", "")
    path = planned(operator, "--prune")
    operator.write("main.yaml", BOOKS)
    [first] = operator.simulator.objects("phonebook", name="VIP")
    other = operator.simulator.create("phonebook", name="Other")["id"]
    operator.succeed("state", "rm", "phonebook.vip")
    operator.succeed("state", "adopt", "phonebook.vip", str(other))
    operator.write("main.yaml", "")
    refused(operator, path, f"phonebook.vip: id {first['id']} -> {other}")


CHAIN = (
    EVERYTHING
    + """calendar_settings:
  clinic: {label: Clinic, survey: {campaign: tet}, gateway: AliceDevGateway, call_timeout: 60}
calendar_users:
  a: {username: a, password: "${env.A_PASSWORD}", calendar_setting: clinic}
  b: {username: b, password: "${env.A_PASSWORD}", calendar_setting: clinic}
"""
)
EVENT = """events:
  checkup: {title: Checkup, start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: {id: NUMBER}}
"""


def test_whose_an_event_becomes_by_its_calendar(operator: Operator) -> None:
    """Nobody declares its creator: it is the user of a calendar that is not declared here."""
    operator = with_environ(operator, A_PASSWORD="correct-horse")
    operator.write("main.yaml", CHAIN)
    operator.write("calendars.yaml", "calendars: {a: {name: A, user: a}, b: {name: B, user: b}}\n")
    operator.apply()
    [a, b] = operator.simulator.objects("calendar")
    operator.write("calendars.yaml", "")
    operator.write("event.yaml", EVENT.replace("NUMBER", str(a["id"])))
    path = planned(operator)
    operator.simulator.change("calendar", a["id"], user=b["user"])
    refused(operator, path, f"event.checkup creator: means another object now: id {a['user']} -> id {b['user']}")


def test_what_an_updated_campaign_is_doing_by_now(operator: Operator) -> None:
    operator.write("main.yaml", EVERYTHING)
    operator.apply()
    edit(operator, "main.yaml", "frequency: 10", "frequency: 5")
    path = planned(operator, "--allow-calls")
    [row] = operator.simulator.objects("campaigns", name="Tet")
    operator.simulator.change("campaigns", row["id"], status=2)
    refused(operator, path, "campaign.tet: is now paused, was started")


def test_what_a_campaign_that_goes_is_doing_by_now(operator: Operator) -> None:
    operator.simulator.variants(delete="all")
    operator.write("main.yaml", EVERYTHING)
    operator.apply()
    operator.succeed("stop", "--all")
    operator.write("main.yaml", "")
    path = planned(operator, "--prune")
    [row] = operator.simulator.objects("campaigns", name="Tet")
    operator.simulator.change("campaigns", row["id"], status=3)
    refused(operator, path, "campaign.tet: is now aborted, was paused")


IN_FORCE: tuple[tuple[str, str, str, str], ...] = (
    ("alice.yaml", "checks: {", "checks: {overlap: off, ", 'alice.yaml checks.overlap: (none) -> "off"'),
    ("alice.yaml", "dnc-scrub: warning", "dnc-scrub: info", 'alice.yaml checks.dnc-scrub: "warning" -> "info"'),
    (
        "alice.yaml",
        "region: VN\n",
        "region: VN\nwaivers: [{check: overlap, address: campaign.tet, reason: agreed, until: 2027-02-01}]\n",
        'alice.yaml waivers.overlap of campaign.tet: (none) -> "until 2027-02-01: agreed"',
    ),
    (
        "alice.yaml",
        "region: VN\n",
        "region: VN\nsafety: {max_remove_percent: 90}\n",
        "alice.yaml safety.max_remove_percent: 30 -> 90",
    ),
    (
        "alice.yaml",
        "Asia/Ho_Chi_Minh\n",
        "Asia/Bangkok\n",
        'alice.yaml timezone: "Asia/Ho_Chi_Minh" -> "Asia/Bangkok"',
    ),
    (
        "alice.yaml",
        "region: VN\n",
        "region: VN\nserver_timezone: UTC\n",
        'alice.yaml server_timezone: (none) -> "UTC"',
    ),
    (
        "alice.yaml",
        "region: VN\n",
        "region: VN\npolicies:\n  vn-advertising:\n    {title: Ours, source: us, version: 1, since: 2020-01-01, "
        "purposes: [advertising], region: VN, timezone: Asia/Ho_Chi_Minh, hours: {every_day: 06:00-23:00}}\n",
        "alice.yaml policies.vn-advertising.hours: ",
    ),
    ("main.yaml", "purpose: service", "purpose: survey", 'campaign.tet purpose: "service" -> "survey"'),
    (
        "main.yaml",
        "{name: VIP,",
        "{name: VIP, safety: {max_update_percent: 99},",
        "phonebook.vip safety.max_update_percent: (none) -> 99",
    ),
    (
        "main.yaml",
        "{name: VIP,",
        "{name: VIP, lifecycle: {prevent_delete: true},",
        "phonebook.vip lifecycle.prevent_delete: (none) -> true",
    ),
    (
        "main.yaml",
        "dnc_lists: [opt-outs]",
        "dnc_lists: []",
        'campaign.tet dnc_lists: - "dnc_list.opt-outs"',
    ),
)


def test_what_it_was_checked_and_gated_by(operator: Operator) -> None:
    """The same would be written, under other checks, gates and hours than those that a reviewer knew of."""
    lists = "dnc_lists: {opt-outs: {name: Opt-outs}}\n"
    settings = "frequency: 10, purpose: service, dnc_lists: [opt-outs],"
    operator.write("main.yaml", EVERYTHING.replace("frequency: 10,", settings) + lists)
    path = planned(operator, "--allow-calls")
    kept = {name: (operator.directory / name).read_text() for name in ("alice.yaml", "main.yaml")}
    for name, old, new, words in IN_FORCE:
        edit(operator, name, old, new)
        refused(operator, path, words)
        operator.write(name, kept[name])
    operator.succeed("apply", path, "--allow-calls")
    operator.demand_nothing_to_do()


# --var


def test_variables_that_reach_rows_are_kept_nowhere(operator: Operator) -> None:
    operator.write(
        "main.yaml",
        "phonebooks:\n  vip:\n    name: ${var.title}\n"
        "    contacts: {rows: [{contact: '${var.phone}', first_name: '${var.who}'}]}\n",
    )
    given = ("--var", "phone=0934890883", "--var", "who=NguyenVanBi", "--var", "title=Khách VIP")
    folder = operator.directory.parent
    formats = [f"--output={each}={folder / each}" for each in ("json", "html", "markdown", "text", "full")]
    path = planned(operator, *formats, before=given)
    for each in [Path(path), *(folder / name for name in ("json", "html", "markdown", "text", "full"))]:
        text = each.read_text()
        assert "0934890883" not in text and "934890883" not in text and "NguyenVanBi" not in text, each
    assert json.loads(Path(path).read_text())["options"]["variables"] == {
        "phone": "(sensitive)",
        "who": "(sensitive)",
        "title": "Khách VIP",
    }
    refused(operator, path, "does not keep the value of --var phone, who", "give the same again", code=1)
    other = operator.run("--var", "phone=0934890884", "--var", "who=NguyenVanBi", "apply", path)
    assert other.code == 1
    assert "made with another --var phone: remove it, or create a new plan" in other.err
    said = operator.succeed("--var", "phone=0934890883", "--var", "who=NguyenVanBi", "apply", path, "--output", "json")
    assert "NguyenVanBi" not in said.out + said.err
    assert len(operator.simulator.objects("contact", contact="0934890883")) == 1


# What somebody edited

EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "shows no change": lambda plan: plan.update(changes=[]),
    "shows no call": lambda plan: plan["calls"].update(campaigns=0, contacts=0),
    "allows calls": lambda plan: plan["options"].update(allow_calls=True),
    "allows any removal": lambda plan: plan["options"].update(max_remove_percent=100),
    "hides a finding": lambda plan: plan.update(findings=[]),
    "is of another time": lambda plan: plan.update(created_at="2027-01-15T02:00:01Z"),
}


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_of_anything_that_a_reviewer_saw_is_noticed(operator: Operator, edited: str) -> None:
    operator.write("main.yaml", EVERYTHING)
    path = Path(planned(operator))
    document = json.loads(path.read_text())
    before = json.loads(path.read_text())
    EDITS[edited](document)
    assert document != before
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    refused(operator, str(path), "was changed since it was made")


# Whatever it is


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


MALFORMED: tuple[tuple[str, bytes], ...] = (
    ("empty", b""),
    ("binary", bytes(range(256))),
    ("not JSON", b"plan"),
    ("NaN", b'{"format_version": NaN}'),
    ("a list", b"[]"),
    ("null", b"null"),
    ("an empty object", b"{}"),
    ("a format alone", b'{"format_version": 1}'),
    ("a format of a wrong type", b'{"format_version": [1]}'),
    ("a huge format", b'{"format_version": "' + b"9" * 5000 + b'"}'),
    ("nested", nested(10_000)),
    ("nested in an object", b'{"format_version": 1, "options": ' + nested(10_000) + b"}"),
    ("many values", b"[" + b"1," * 3_000_001 + b"1]"),
    ("large", b" " * (49 << 20)),
)


@pytest.mark.parametrize("command", ["apply", "show"])
def test_what_is_no_plan_is_told_in_one_line(operator: Operator, command: str) -> None:
    path = operator.directory / "p"
    for name, content in MALFORMED:
        path.write_bytes(content)
        said = operator.run(command, str(path))
        assert (said.code, said.out) == (5, ""), (name, said.code, said.err[:500])
        assert said.err.count("\n") == 1 and len(said.err) < 400, (name, said.err[:500])
        assert "is not a plan" in said.err or "has format" in said.err, name


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "nothing": lambda path: None,
    "a link to itself": lambda path: path.symlink_to(path),
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_told_in_one_line(operator: Operator, what: str) -> None:
    path = operator.directory / "p"
    UNREADABLE[what](path)
    said = operator.run("apply", str(path))
    assert (said.code, said.out) == (1, ""), said
    assert said.err.count("\n") == 1 and "cannot read" in said.err, said.err


WRONG = (None, True, -1, 1.5, 2**60, "", "x" * 300, [], [[]], {}, {"a": {}}, [1, None], "\x1b[2J", "2027-01-01T00:00")


@pytest.mark.parametrize("command", ["apply", "show"])
def test_wrong_types_anywhere_end_with_5(operator: Operator, command: str) -> None:
    """Every value of a plan file in turn, wrong in some way; none is believed, and none is a traceback."""
    operator.write("main.yaml", EVERYTHING)
    path = Path(planned(with_environ(operator, ALICE_PLAN_KEY="between")))
    document = json.loads(path.read_text())
    places = list(_places(document))
    assert len(places) > 100
    for index, place in enumerate(places):
        value = WRONG[index % len(WRONG)]
        edited = _changed(document, place, value)
        path.write_bytes(orjson.dumps(edited, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        said = operator.run(command, str(path))
        assert said.code == 5 or (command == "show" and said.err.startswith("note: not verified")), (place, value, said)
        assert "Traceback" not in said.err and "\x1b" not in said.out + said.err, (place, value, said)
        assert command == "show" or said.out == "", (place, value, said)


Place = tuple[str | int, ...]


def _places(value: object, place: Place = ()) -> list[Place]:
    if isinstance(value, dict):
        return [place, *(each for key, part in value.items() for each in _places(part, (*place, key)))]
    if isinstance(value, list):
        return [place, *(each for index, part in enumerate(value) for each in _places(part, (*place, index)))]
    return [place]


def _changed(document: object, place: Place, value: object) -> object:
    if not place:
        return value
    copy = json.loads(json.dumps(document))
    target = copy
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return copy
