"""An endpoint that holds a value of the environment is used, and shown and kept nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator, Said

FORMS = ("text", "full", "json", "markdown", "html", "github", "gitlab", "junit", "sarif")
KEY = "k" * 43


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    host = simulator.endpoint.removeprefix("http://").partition("/")[0]
    found = Operator(tmp_path, simulator, now=NOW, environ={"PLACE": host, "ALICE_PLAN_KEY": KEY})
    found.write("alice.yaml", 'alice: 1\nendpoint: "http://${env.PLACE}/rest-api"\n')
    found.write("books.yaml", "phonebooks: {vip: {name: VIP}}\n")
    return found


def require_hidden(operator: Operator, said: Said) -> None:
    place = operator.environ["PLACE"]
    for text in (said.out, said.err, place.partition(":")[2]):
        assert place not in text
    for path in operator.directory.rglob("*"):
        assert not path.is_file() or place.encode() not in path.read_bytes(), path


def test_no_command_shows_it(operator: Operator) -> None:
    plan = ("plan", "--out", str(operator.directory / "vip.alice-plan"))
    reports = [("plan", "--output", form) for form in FORMS]
    apply = ("-vv", "apply", "--auto-approve")
    others = [("drift",), ("doctor",), ("state", "list"), ("status", "--html", str(operator.directory / "s.html"))]
    for arguments in (*reports, plan, apply, ("plan", "--output", "json"), *others, ("stop", "--all")):
        said = operator.run(*arguments)
        assert said.code == 0, (arguments, said.err)
        require_hidden(operator, said)
    assert json.loads(operator.run("plan", "--output", "json").out)["endpoint"] == "(sensitive)"


def test_a_server_that_does_not_answer_is_not_named(operator: Operator) -> None:
    nowhere = replace(operator, environ={**operator.environ, "PLACE": "127.0.0.1:9"})
    said = nowhere.run("plan")
    assert said.code == 1
    require_hidden(nowhere, said)


def test_another_one_is_noticed_by_a_plan_file_and_by_the_state(operator: Operator, simulator: Simulator) -> None:
    file = str(operator.directory / "vip.alice-plan")
    operator.succeed("plan", "--out", file)
    port = operator.environ["PLACE"].partition(":")[2]
    other = replace(operator, environ={**operator.environ, "PLACE": f"localhost:{port}"})
    said = other.run("apply", "--auto-approve", file)
    assert said.code == 5 and simulator.objects("phonebook", name="VIP") == []
    require_hidden(operator, said)
    operator.apply()
    said = other.run("plan")
    assert said.code == 1 and "belongs to endpoint (sensitive) " in said.err
    require_hidden(operator, said)


def test_a_state_goes_on_whether_its_endpoint_is_hidden_or_not(operator: Operator) -> None:
    """As with a state of a version that kept every endpoint in clear, or a manifest that is changed."""
    hidden = (operator.directory / "alice.yaml").read_text(encoding="utf-8")
    clear = hidden.replace("${env.PLACE}", operator.environ["PLACE"])
    for text, name in ((clear, "A"), (hidden, "B"), (clear, "C"), (hidden, "D")):
        operator.write("alice.yaml", text)
        operator.write("books.yaml", f"phonebooks: {{vip: {{name: VIP, description: {name}}}}}\n")
        operator.apply()
        operator.demand_nothing_to_do()
    require_hidden(operator, operator.run("plan"))


def test_an_export_does_not_write_it_into_a_new_project(operator: Operator, tmp_path: Path) -> None:
    folder = tmp_path.parent / f"{tmp_path.name}-new"
    said = operator.run("export", str(folder))
    assert said.code == 1 and "set ALICE_ENDPOINT" in said.err and not folder.exists()
    require_hidden(operator, said)
