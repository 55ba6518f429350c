"""Reviewed is applied: one job plans, another one with a state of its own applies that plan, or nothing at all.

Both have the same ALICE_PLAN_KEY. What was agreed to decides; findings, the clock and the state do not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator

PROJECT = alice(
    "reviewed",
    server_timezone="Asia/Ho_Chi_Minh",
    checks="{{dnc-scrub: warning}}",
    variables="{{greeting: Hello}}",
    environments="{{staging: {{}}}}",
)
MANIFEST = """surveys:
  hello: {name: Hello, description: "${var.greeting}", sections: [{key: hi, type: play_message, question: Hi}]}
phonebooks:
  vip: {name: VIP, contacts: vip.csv}
dnc_lists:
  opt-outs: {name: Opt-outs, numbers: ["0934890849"]}
campaigns:
  seal:
    {name: Seal, survey: hello, phonebooks: [vip], gateway: AliceDevGateway, frequency: 10, description: Tet,
     status: started, startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00}
calendar_settings: {clinic: {label: Clinic, survey: {campaign: seal}, gateway: AliceDevGateway, call_timeout: 60}}
calendar_users: {bot: {username: clinic-bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}}
calendars: {clinic: {name: Clinic, user: bot}}
events:
  checkup: {title: Checkup, start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: clinic}
alarms:
  checkup: {event: checkup, alarm_phonenumber: "${env.PATIENT}", date_start_notice: 2027-02-14T09:00:00+07:00}
"""
ROWS = "contact,first_name\n0934890841,Linh\n0934890842,Minh\n"
SECRETS = {"CLINIC_PASSWORD": "correct-horse", "PATIENT": "0934890832", "ALICE_PLAN_KEY": "between-the-jobs"}
PRIVATE = ("0934890841", "0934890842", "0934890843", "0934890832", "0934890833", "Linh", "correct-horse", "other-horse")


@pytest.fixture
def planner(simulator: Simulator, tmp_path: Path) -> Operator:
    """The first job: nothing is recorded, and some of what it declares is on Alice already."""
    simulator.reset(now=NOW)
    simulator.create("survey-template", name="Hello", description="Good day")
    phonebook = simulator.create("phonebook", name="VIP")
    simulator.create("phonebook", name="Other")
    simulator.create("contact", phonebook=phonebook["id"], contact="0934890841", first_name="Lan")
    folder = tmp_path / "planner"
    folder.mkdir()
    operator = Operator(folder, simulator, now=NOW, environ=SECRETS)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    operator.write("main.yaml", MANIFEST)
    operator.write("vip.csv", ROWS)
    return operator


def plan_file(planner: Operator, *options: str) -> Path:
    path = planner.directory.parent / "p.json"
    planner.succeed("plan", "--out", str(path), *options)
    return path


def other_job(planner: Operator) -> Operator:
    """Another machine with the same checkout and an empty state."""
    folder = planner.directory.parent / "applier"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(planner.directory, folder, ignore=shutil.ignore_patterns(".alice"))
    return replace(planner, directory=folder)


def with_secret(operator: Operator, **environ: str) -> Operator:
    return replace(operator, environ={**operator.environ, **environ})


def test_what_one_job_planned_is_applied_by_another(planner: Operator) -> None:
    applier = other_job(planner)
    applier.succeed("apply", str(plan_file(planner, "--allow-calls")))
    assert len(planner.simulator.objects("alarm")) == 1
    applier.demand_nothing_to_do()
    planner.demand_nothing_to_do()


def test_a_sealed_copy_that_a_start_will_make_is_not_known_before(planner: Operator) -> None:
    def survey() -> list[object]:
        changes = planner.plan()["changes"]
        fields = [each["fields"] for each in changes if each["address"] == "calendar_setting.clinic"]
        return [(each["before"], each["after"]) for each in fields[0] if each["path"] == "survey"]

    assert survey() == [(None, "(known after apply)")]
    planner.apply("--target", "campaign.seal")
    assert survey() == [(None, {"campaign": "seal"})]


def test_neither_the_state_nor_the_clock_nor_the_way_to_log_in_makes_a_difference(planner: Operator) -> None:
    """To the first job these are updates of what it recorded, to the second adoptions with fields."""
    planner.apply()
    planner.write(
        "main.yaml", MANIFEST.replace("frequency: 10", "frequency: 5").replace("call_timeout: 60", "call_timeout: 50")
    )
    planner.write("vip.csv", ROWS.replace("Minh", "Mai"))
    planned = json.loads(plan_file(planner).read_text())
    assert [(each["address"], each["action"]) for each in planned["changes"]] == [
        ("campaign.seal", "update"),
        ("calendar_setting.clinic", "update"),
    ]
    token = planner.simulator.token()
    applier = with_secret(other_job(planner), ALICE_PASSWORD="", ALICE_USERNAME="", ALICE_TOKEN=token)
    applier.now += timedelta(hours=2)
    said = applier.succeed("apply", str(planner.directory.parent / "p.json"), "--output", "json")
    outcomes = {
        each["address"]: each["action"] for each in json.loads(said.out)["outcomes"] if each["action"] != "rows"
    }
    assert {outcomes["campaign.seal"], outcomes["calendar_setting.clinic"], outcomes["survey.hello"]} == {"adopt"}
    applier.demand_nothing_to_do()
    planner.demand_nothing_to_do()


def test_findings_make_no_difference(planner: Operator) -> None:
    path = plan_file(planner, "--allow-calls")
    assert json.loads(path.read_text())["findings"] == []
    applier = other_job(planner)
    old = "  last-year: {title: Checkup, start: 2026-02-15T09:30:00Z, end: 2026-02-15T10:00:00Z, calendar: clinic}\n"
    applier.write("old.yaml", f"events:\n{old}")
    said = applier.succeed("apply", str(path), "--output", "json")
    assert [each["id"] for each in json.loads(said.out)["findings"]] == ["over"]


@dataclass(frozen=True)
class Case:
    """What is another in the second job, and what it is told."""

    name: str
    words: str
    change: Callable[[Operator, Path], Operator | None]
    undo: Callable[[Operator], object] = lambda operator: None


def edited(name: str, old: str, new: str) -> Callable[[Operator, Path], None]:
    """A file of the project with another text."""

    def change(operator: Operator, path: Path) -> None:
        text = (operator.directory / name).read_text()
        assert old in text
        operator.write(name, text.replace(old, new))

    return change


def document(**values: object) -> Callable[[Operator, Path], None]:
    """A plan file that says something else."""

    def change(operator: Operator, path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def without(name: str) -> Callable[[Operator, Path], None]:
    def change(operator: Operator, path: Path) -> None:
        path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != name}))

    return change


def twice(name: str) -> Callable[[Operator, Path], None]:
    """Of two keys of one name programs read the last one, and people perhaps the first."""

    def change(operator: Operator, path: Path) -> None:
        path.write_text(path.read_text().replace("{\n", f'{{\n  "{name}": {{"campaigns": 0}},\n', 1))

    return change


def live(kind: str, **fields: object) -> Callable[..., object]:
    """The one object of that kind and name, changed in Alice's web page."""

    def change(operator: Operator, path: Path | None = None) -> None:
        [row] = operator.simulator.objects(kind, name=fields["name"])
        operator.simulator.change(kind, row["id"], **fields)

    return change


def environ(**values: str) -> Callable[[Operator, Path], Operator]:
    return lambda operator, path: with_secret(operator, **values)


OTHER_ROWS = "as many as planned, but other ones or with other values"
CASES = (
    Case("a row", f"rows of phonebook.vip: {OTHER_ROWS}", edited("vip.csv", "Minh", "Mai")),
    Case(
        "a number",
        "contacts to be called of phonebook.vip: as many as planned, but other ones",
        edited("vip.csv", "0934890842", "0934890843"),
    ),
    Case(
        "one row more",
        "rows of phonebook.vip: 1 -> 2 to add",
        edited("vip.csv", "Minh\n", "Minh\n0934890843,Mai\n"),
    ),
    Case("a DNC number", f"rows of dnc_list.opt-outs: {OTHER_ROWS}", edited("main.yaml", "0934890849", "0934890848")),
    Case("a field", "campaign.seal frequency: 10 -> 11", edited("main.yaml", "frequency: 10", "frequency: 11")),
    Case(
        "a reference",
        "campaign.seal gateway: AliceDevGateway -> AliceBackupGateway",
        edited("main.yaml", "AliceDev", "AliceBackup"),
    ),
    Case(
        "a list",
        "campaign.seal phonebooks: + {name: Other}",
        edited("main.yaml", "[vip]", "[vip, {name: Other}]"),
    ),
    Case(
        "a variable",
        'survey.hello description: "Hello" -> "Hallo"',
        edited("alice.yaml", "greeting: Hello", "greeting: Hallo"),
    ),
    Case(
        "one more",
        "phonebook.b: was not planned (create)",
        edited("main.yaml", "phonebooks:\n", "phonebooks:\n  b: {name: B}\n"),
    ),
    Case(
        "a field more",
        'campaign.seal callerid: "19001234" was not planned',
        edited("main.yaml", "frequency: 10,", "frequency: 10, callerid: 19001234,"),
    ),
    Case(
        "a field less",
        'campaign.seal description: "Tet" was planned, is no longer needed',
        edited("main.yaml", ", description: Tet", ""),
    ),
    Case("one less", "rows of dnc_list.opt-outs: was planned", edited("main.yaml", ', numbers: ["0934890849"]', "")),
    Case(
        "a live object",
        "survey.hello: was planned, is no longer needed",
        live("survey-template", name="Hello", description="Hello"),
        live("survey-template", name="Hello", description="Good day"),
    ),
    Case(
        "a password",
        "calendar_user.bot password: another value (sensitive)",
        environ(CLINIC_PASSWORD="other-horse"),
    ),
    Case(
        "an alarm's number",
        "alarm.checkup alarm_phonenumber: another value (sensitive)",
        environ(PATIENT="0934890833"),
    ),
    Case("the key", "made with another key: set the same ALICE_PLAN_KEY", environ(ALICE_PLAN_KEY="another")),
    Case("no key", "made with another key: set the ALICE_PLAN_KEY that it was made with", environ(ALICE_PLAN_KEY="")),
    Case(
        "the endpoint",
        "is of endpoint http://127.0.0.1",
        lambda operator, path: with_secret(
            operator, ALICE_ENDPOINT=operator.simulator.endpoint.replace("127.0.0.1", "localhost")
        ),
    ),
    Case(
        "the project",
        "is of project reviewed, this is other",
        edited("alice.yaml", "project: reviewed", "project: other"),
    ),
    Case("the environment", "is of environment default, this is staging (ALICE_ENV)", environ(ALICE_ENV="staging")),
    Case("the tool", "is of tool version 0.0.1, this is", document(tool_version="0.0.1")),
    Case("the format", "has format 2, this version reads 1", document(format_version=2)),
    Case("the fingerprint", "was changed since it was made", document(fingerprint="0" * 64)),
    Case("leave to call", "was changed since it was made", document(options={"allow_calls": True})),
    Case("a threshold", "was changed since it was made", document(options={"max_remove_percent": 100})),
    Case("what is shown", "was changed since it was made", document(changes=[])),
    Case("what is found", "was changed since it was made", document(findings=[])),
    Case("an outlook", "was changed since it was made", document(outlook={})),
    Case("its id", "was changed since it was made", document(id="0" * 32)),
    Case("what else stands in it", "was changed since it was made", document(note="seen by the boss")),
    Case("the mac", "was changed since it was made", document(mac="0" * 64)),
    Case("no mac", "is not a plan file that can be verified", without("mac")),
    Case("a key twice", "was changed since it was made", twice("calls")),
)


def test_whatever_would_be_written_otherwise_is_stale(planner: Operator) -> None:
    """One account for all cases: none of them may write."""
    path = plan_file(planner, "--allow-calls")
    reviewed = path.read_text()
    planner.simulator.clear_requests()
    for case in CASES:
        path.write_text(reviewed)
        applier = other_job(planner)
        applier = case.change(applier, path) or applier
        said = applier.run("apply", str(path))
        case.undo(planner)
        assert said.code == 5, f"{case.name}: {said}"
        assert said.out == "", case.name
        assert case.words in said.err, f"{case.name}: {said.err}"
        assert len(said.err.splitlines()) <= 4, case.name
        assert not [each for each in PRIVATE if each in said.err], case.name
    assert planner.simulator.writes() == []
    path.write_text(reviewed)
    other_job(planner).succeed("apply", str(path))


def test_a_long_list_of_differences_is_cut(planner: Operator) -> None:
    path = plan_file(planner, "--allow-calls")
    applier = other_job(planner)
    applier.write("more.yaml", "phonebooks:\n" + "".join(f"  b{index}: {{name: B{index}}}\n" for index in range(30)))
    said = applier.run("apply", str(path))
    assert said.code == 5
    assert "and 20 more" in said.err
    assert len(said.err.splitlines()) < 15


OPTIONS = (
    (["--prune"], "another --prune:"),
    (["--max-remove-percent", "40"], "another --max-remove-percent:"),
    (["--target", "survey.hello"], "another --target:"),
    (["--restart", "campaign.seal"], "another --restart:"),
)
GLOBAL = ((["--var", "greeting=Hi"], "another --var greeting"),)


def test_another_option_beside_the_plan_file_is_a_usage_error(planner: Operator) -> None:
    path = str(plan_file(planner))
    applier = other_job(planner)
    planner.simulator.clear_requests()
    for before, after, words in [([], o, w) for o, w in OPTIONS] + [(o, [], w) for o, w in GLOBAL]:
        said = applier.run(*before, "apply", path, *after)
        assert (said.code, said.out) == (1, ""), (before, after, said)
        assert words in said.err
    assert planner.simulator.requests() == []


@pytest.mark.parametrize(("chosen", "code"), [("staging", 5), ("default", 0)])
def test_another_environment_beside_the_plan_file_makes_it_stale(planner: Operator, chosen: str, code: int) -> None:
    """By -e as by ALICE_ENV: it is a reviewed plan of one place that somebody carries to another."""
    path = str(plan_file(planner, "--allow-calls"))
    planner.simulator.clear_requests()
    said = other_job(planner).run("-e", chosen, "apply", path)
    assert said.code == code, said
    if code:
        assert said.err.endswith("the plan file is of environment default, this is staging (-e)\n")
        assert planner.simulator.requests() == []


def test_options_of_the_plan_come_along_and_calls_may_be_allowed_later(planner: Operator) -> None:
    path = planner.directory.parent / "p.json"
    planner.succeed("--var", "greeting=Hi", "plan", "--out", str(path), "--exclude", "alarm.checkup")
    applier = other_job(planner)
    said = applier.run("apply", str(path))
    assert said.code == 3
    assert "--allow-calls" in said.err
    assert planner.simulator.writes() == []
    applier.succeed("--var", "greeting=Hi", "apply", str(path), "--exclude", "alarm.checkup", "--allow-calls")
    assert planner.simulator.objects("alarm") == []
    [survey] = planner.simulator.objects("survey-template", name="Hello")
    assert survey["description"] == "Hi"
