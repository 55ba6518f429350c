"""Bars are for terminals; a log gets a line for each step, and one now and then, and rich is not even imported."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.cli.progress import LineProgress, rate, stderr_progress
from provisioner.language import gettext
from provisioner.progress import EndedStep, PassProgress
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import LOGGED, Operator

MANIFEST = """\
surveys:
  hi: {name: Hello}
phonebooks:
  vip: {name: VIP, contacts: {rows: [{contact: "0934890883"}]}}
"""


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    operator = Operator(tmp_path, simulator, NOW)
    operator.write("alice.yaml", f"alice: 1\nendpoint: {simulator.endpoint}\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\n")
    return operator


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_sent_once_more_counts_once() -> None:
    told: list[int] = []
    progress = PassProgress(lambda steps=1: told.append(steps), 11)
    for left, steps in ((11, [5, 3]), (6, [4, 2]), (1, [1, 1])):  # of 8 that were sent 3 have to be sent again
        progress.begin(left)
        for each in steps:
            progress(each)
    assert (told, sum(told)) == ([5, 3, 1, 2], 11)


def test_a_pipe_sees_no_bar() -> None:
    assert isinstance(stderr_progress(), LineProgress)
    code = (
        "import sys; from provisioner.cli.progress import stderr_progress\n"
        "with stderr_progress().phase('reading', 3) as advance: advance(); advance(2)\n"
        "sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_terminal_sees_the_phase_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with stderr_progress().phase("uploading rows", 2000) as advance:
        advance(1000)
        advance()
    assert "uploading rows" in screen.getvalue()
    assert "2000" in screen.getvalue()


def test_a_terminal_sees_it_in_a_language_and_a_log_in_english(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = gettext("rows of {address}", address="phonebook.vip")
    with LineProgress(heartbeat=0.0).phase(name, 3000) as advance:
        advance(1000)
    assert "rows of phonebook.vip: 1,000 of 3,000" in capsys.readouterr().err
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with stderr_progress("vi").phase(name, 3000) as advance:
        advance(1000)
    assert "dòng của phonebook.vip" in screen.getvalue()


def test_a_phase_may_not_know_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with stderr_progress().phase("reading") as advance:
        advance()


def test_a_log_is_told_now_and_then_how_far_a_phase_is(capsys: pytest.CaptureFixture[str]) -> None:
    with LineProgress(heartbeat=0.0).phase("rows of phonebook.vip", 3000) as advance:
        advance(1000)
    with LineProgress(heartbeat=60.0).phase("reading") as advance:
        advance(1000)
    [line] = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf"{LOGGED.pattern}rows of phonebook\.vip: 1,000 of 3,000, [\d,]+/s", line)


def test_a_log_tells_of_a_step_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    LineProgress().ended(EndedStep("survey.hi", "write", "failed", "no\n\x1b[31mgood", 0.25))
    [line] = capsys.readouterr().err.splitlines()
    assert LOGGED.match(line) and "failed   write   survey.hi: no" in line and "\x1b" not in line


def test_an_apply_in_a_pipeline_tells_its_plan_before_it_writes_and_each_step_as_it_ends(operator: Operator) -> None:
    operator.write("hi.yaml", MANIFEST)
    said = operator.succeed("apply", "--auto-approve")
    assert said.out.count("Plan: 2 to create") == 1 and said.out.index("Plan: 2 to create") < said.out.index(
        "done     create"
    )
    assert sorted(line.split()[1:4] for line in said.err.splitlines()) == [
        ["done", "rows", "phonebook.vip:"],
        ["done", "write", "phonebook.vip"],
        ["done", "write", "survey.hi"],
    ]
    operator.demand_nothing_to_do()


def test_the_plan_is_on_stderr_where_stdout_is_for_programs(operator: Operator) -> None:
    operator.write("hi.yaml", MANIFEST)
    said = operator.succeed("apply", "--auto-approve", "--output", "json")
    assert json.loads(said.out)["outcomes"] and "Plan: 2 to create" in said.err
    assert operator.succeed("apply", "--auto-approve", "--output", "json").err == ""


def test_a_log_of_objects(operator: Operator) -> None:
    operator.write("hi.yaml", MANIFEST)
    told = operator.succeed("--log-format", "json", "-v", "apply", "--auto-approve").err.splitlines()
    lines = [json.loads(line) for line in told]
    assert len({line["run"] for line in lines}) == 1
    [survey] = [line for line in lines if line.get("address") == "survey.hi"]
    assert (survey["action"], survey["result"]) == ("write", "done") and survey["seconds"] >= 0
    assert any(re.match(r"POST survey\S* 201", line.get("message", "")) for line in lines)
    refused = operator.run("--log-format", "json", "plan", "--target", "survey.nothing")
    assert refused.code == 1 and "survey.nothing" in json.loads(refused.err.splitlines()[0])["message"]


def test_a_rate_is_shown_once_it_is_known() -> None:
    assert rate(1234.4) == "1,234/s"
    assert rate(None) == ""
