"""`fleet` on two accounts: planned and applied, one that dies, one that is locked, and a signal to all."""

from __future__ import annotations

import json
import signal
import threading
import time
from pathlib import Path

import jsonschema
import pytest

from provisioner.runtime import FLEET_SCHEMA, schemas
from provisioner.simulator.process import Simulator
from tests.cli.processes import ended, start
from tests.factories import NOW
from tests.fleet.conftest import Fleet


def unforeseen(fleet: Fleet) -> Path:
    """A folder to work in whose modules must not be imported by the runs: a branch may hold any file."""
    folder = fleet.directory.parent / "here"
    folder.mkdir()
    for name in ("json.py", "provisioner.py"):
        (folder / name).write_text("open('imported', 'w')\n", encoding="utf-8")
    return folder


def test_planned_reviewed_applied(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder := unforeseen(fleet))
    (folder / "plans").mkdir()
    (folder / "plans" / "beta.plan.json").write_text('{\n  "format_version": 1}')  # of yesterday
    said = fleet.run(
        *("fleet", "plan", "--out-dir", "plans", "--detailed-exitcode", "--output", "json"),
        *("--output", "html=plans/index.html", "--output", "markdown=comment.md"),
    )
    assert said.code == 2, said.err
    document = json.loads(said.out)
    jsonschema.validate(document, json.loads((schemas() / FLEET_SCHEMA).read_text()))
    assert [(each["environment"], each["result"]) for each in document["clients"]] == [
        ("acme", "changes"),
        ("beta", "changes"),
    ]
    assert {each["changes"]["create"] for each in document["clients"]} == {4}
    assert sorted(each.name for each in Path("plans").iterdir()) == [
        "acme.html",
        "acme.plan.json",
        "beta.html",
        "beta.plan.json",
        "index.html",
    ]
    assert '<a href="acme.html">' in Path("plans/index.html").read_text()
    assert all(each.writes() == [] for each in fleet.both)
    assert "beta: changes after" in said.err
    (folder / "plans" / "beta.plan.json").unlink()
    missing = fleet.run("fleet", "apply", "plans", "--output", "json")
    assert missing.code == 1 and "beta: failed" in missing.err and "there is no plan file" in missing.err
    assert [each["name"] for each in fleet.simulator.objects("campaigns")][-1:] == ["Tet of Acme"]
    assert fleet.second.writes() == []
    fleet.succeed("fleet", "apply", "-e", "b*", "--auto-approve")
    for each in fleet.both:
        each.clear_requests()
    assert fleet.succeed("fleet", "plan", "--detailed-exitcode").out.endswith("2 environments: 2 with nothing.\n")
    assert all(each.writes() == [] for each in fleet.both)
    assert not (folder / "imported").exists()


def test_one_that_dies_hinders_nobody(fleet: Fleet) -> None:
    """Nor does one that nobody reaches."""
    dying = Simulator(now=NOW)
    settings = (fleet.directory / "alice.yaml").read_text().replace(fleet.second.endpoint, dying.endpoint)
    settings += '  gone: {endpoint: "http://127.0.0.1:9/rest-api", variables: {client: Gone}}\n'
    fleet.write("alice.yaml", settings)
    dying.hold(3, scope="writes")

    def kill() -> None:
        while not dying.holds():
            time.sleep(0.1)
        dying.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    said = fleet.run("fleet", "apply", "--auto-approve", "--jobs", "4", "--output", "json")
    killer.join()
    found = {each["environment"]: each for each in json.loads(said.out)["clients"]}
    assert said.code == 4, said.err
    assert {name: each["result"] for name, each in found.items()} == {
        "beta": "incomplete",
        "gone": "failed",
        "acme": "applied",
    }
    assert "beta| " in said.err and found["beta"]["reasons"]
    assert fleet.run("fleet", "plan", "--detailed-exitcode", "-e", "acme").code == 0


@pytest.mark.long
def test_a_signal_ends_all(fleet: Fleet) -> None:
    """In order: what is in flight is recorded, no process stays, the next fleet finishes the work."""
    fleet.second.hold(3, scope="writes")
    environ = {"ALICE_NOW": NOW.isoformat()}
    process = start(fleet.directory, "fleet", "apply", "--auto-approve", environ=environ)
    deadline = time.monotonic() + 300
    while not fleet.second.holds():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    code, _, err = ended(process)
    assert code == 143, err
    assert "run it again to finish" in err
    fleet.second.release()
    fleet.succeed("fleet", "apply", "--auto-approve")
    for each in fleet.both:
        assert len([campaign for campaign in each.objects("campaigns") if "Tet of" in campaign["name"]]) == 1
    assert fleet.run("fleet", "plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("plan", "-e", "bet"), 1, "no environment of alice.yaml is 'bet', did you mean 'beta'?"),
        (("plan", "--output", "sarif"), 1, "'sarif' is no format of a summary: there are text, json, markdown, html"),
        (("apply",), 3, "not approved: pass --auto-approve, or the folder of reviewed plan files"),
        (("apply", "."), 1, "there is no plan file (ENV.plan.json) of these environments"),
        (("plan", "--shared"), 1, "--shared is about the workers of --on"),
        (("plan", "--on", "tcp://127.0.0.1:1", "--jobs", "2"), 1, "--jobs is for runs on this machine"),
    ],
    ids=["environment", "format", "approval", "plans", "shared", "jobs"],
)
def test_refused_before_anything_is_started(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, told: str
) -> None:
    monkeypatch.chdir(fleet.directory)
    said = fleet.run("fleet", *arguments)
    assert (said.code, told in said.err) == (code, True), said.err
    assert fleet.simulator.requests() == [] == fleet.second.requests()


@pytest.mark.parametrize("name", ["acme.html", "Beta.HTML", "../out/acme.plan.json"])
def test_a_summary_takes_no_environments_place(fleet: Fleet, name: str) -> None:
    folder = fleet.directory / "out"
    fleet.succeed("fleet", "plan", "--out-dir", str(folder), "--output", f"html={folder}/index.html")
    pages = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"acme.html", "acme.plan.json", "index.html"} <= pages.keys()
    fleet.simulator.clear_requests()
    for only in ((), ("-e", "beta")):
        output = ("--output", f"json={folder / name}", *only)
        said = fleet.run("fleet", "plan", "--out-dir", str(folder), *output)
        assert said.code == 1 and " of that environment: name the summary otherwise" in said.err
    if name.endswith("json"):
        said = fleet.run("fleet", "apply", str(folder), "--output", f"json={folder / name}")
        assert said.code == 1 and "would replace acme.plan.json" in said.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == pages
    assert fleet.simulator.requests() == []


def test_one_endpoint_for_all_is_refused(fleet: Fleet) -> None:
    fleet.environ = {"ALICE_ENDPOINT": fleet.simulator.endpoint}
    said = fleet.run("fleet", "plan")
    assert said.code == 1 and "would send every environment to one account" in said.err


def test_plan_files_in_ci_need_a_key(fleet: Fleet) -> None:
    fleet.environ = {"CI": "true"}
    said = fleet.run("fleet", "plan", "--out-dir", str(fleet.directory / "plans"))
    assert said.code == 1 and "ALICE_PLAN_KEY" in said.err


def test_no_further_ones_after_so_many_failures(fleet: Fleet) -> None:
    settings = (fleet.directory / "alice.yaml").read_text().replace(fleet.simulator.endpoint, "http://127.0.0.1:9")
    fleet.write("alice.yaml", settings)
    said = fleet.run("fleet", "plan", "--jobs", "1", "--stop-at-failures", "1", "--output", "json")
    assert said.code == 1
    found = [(each["environment"], each["result"]) for each in json.loads(said.out)["clients"]]
    assert found == [("acme", "failed"), ("beta", "not started")]
    assert fleet.second.requests() == []


def test_no_name_of_an_environment_leads_out_of_the_folder(fleet: Fleet) -> None:
    """A branch may call one anything, and files are named after them."""
    settings = (fleet.directory / "alice.yaml").read_text()
    fleet.write("alice.yaml", settings + '  "../victim": {}\n')
    victims = [fleet.directory.parent / name for name in ("victim.plan.json", "victim.html")]
    victims[0].write_text('{\n  "format_version": 1}')
    said = fleet.run("fleet", "plan", "--out-dir", str(fleet.directory.parent / "plans"))
    assert said.code == 1 and "alice.yaml:9:3: error: environments.../victim: '../victim' cannot be a name" in said.err
    assert [each.exists() for each in victims] == [True, False]
    assert fleet.simulator.requests() == [] == fleet.second.requests()


def test_a_file_that_cannot_be_written_keeps_no_other_environment_back(fleet: Fleet) -> None:
    plans = fleet.directory.parent / "plans"
    fleet.simulator.hold(1, scope="reads")

    def take_the_place() -> None:
        while not fleet.simulator.holds():
            time.sleep(0.1)
        (plans / "acme.html").write_text("mine")
        fleet.simulator.release()

    taker = threading.Thread(target=take_the_place)
    taker.start()
    said = fleet.run("fleet", "plan", "--jobs", "1", "--out-dir", str(plans), "--output", "json")
    taker.join()
    found = {each["environment"]: each for each in json.loads(said.out)["clients"]}
    assert said.code == 1 and "acme.html" in said.err
    assert (plans / "acme.html").read_text() == "mine" and (plans / "beta.plan.json").is_file()
    assert [found[name]["report"] for name in ("acme", "beta")] == [None, "beta.html"]
    assert [found[name]["plan_file"] for name in ("acme", "beta")] == ["acme.plan.json", "beta.plan.json"]
