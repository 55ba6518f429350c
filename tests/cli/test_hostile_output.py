"""Names and messages from outside, on every stream of every command: no cursor moves, no line is forged.

Those who name things are a server, a pull request's files and an environment; who reads is a terminal or a CI job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.cli import run
from provisioner.simulator.process import Simulator
from provisioner.text import in_json, in_lines, one_line

from ..api.scripted import Reply, ScriptedServer, Seen, paged
from .conftest import Alice, Ran, write_project

EVIL = "a\n::add-mask::1\r##[add-mask]2 \x1b]0;title\x07\x1b[2J\u202eb\x9b31m ##vso[task.setvariable]3\u2028c\x7f"
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]")
ORDER = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


def campaign() -> dict[str, object]:
    return {
        "id": 7,
        "name": EVIL,
        "status": 1,
        "user": "demo",
        "startingdate": "2027-01-20T01:00:00Z",
        "expirationdate": "2027-01-30T01:00:00Z",
        "daily_start_time": "08:00:00",
        "daily_stop_time": "17:00:00",
        "phonebook": [],
        "frequency": "10",
        "aleg_gateway": 1,
        "content_type": 1,
        "object_id": 1,
    }


def hostile(seen: Seen) -> Reply:
    if seen.method == "OPTIONS":
        return Reply(403, {"detail": EVIL})
    if seen.method != "GET":
        return Reply(400, {EVIL: [EVIL], "non_field_errors": [EVIL], "name": [EVIL]})
    if "gateway" in seen.path:
        return Reply(500, f"<html><title>{EVIL}</title></html>")
    if "campaigns" in seen.path:
        return paged([campaign()])(seen)
    if "phonebook" in seen.path:
        return Reply(403, {"detail": EVIL})
    return paged([])(seen)


COMMANDS = (
    *("plan", "plan --output full", "plan --output markdown", "apply --auto-approve --on-error continue", "check"),
    *("status", "get campaigns", "get campaigns --output csv", "get gateways", "get campaigns 8", "doctor"),
    *("stop --all", "stop 7", "stop nothing", "state list", "state show survey.hi", "drift", "export ../new", "graph"),
    *("get surveys", "validate", "-v plan"),
)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project on a server that says what it likes."""
    server = ScriptedServer(hostile)
    project = tmp_path / "project"
    project.mkdir()
    write_project(project, server.endpoint)
    (project / "tet.yaml").write_text(f"surveys:\n  hi:\n    name: {json.dumps(EVIL)}\n", encoding="utf-8")
    monkeypatch.chdir(project)
    monkeypatch.setenv("ALICE_USERNAME", "demo")
    monkeypatch.setenv("ALICE_PASSWORD", "demo")
    yield project
    server.close()


@pytest.mark.long
def test_no_command_lets_it_out(outside: Path, alice: Alice) -> None:
    for command in COMMANDS:
        done = alice(*command.split())
        assert "internal error" not in done.err, (command, done.err)
        for stream in (done.out, done.err):
            assert not RAW.search(stream), (command, stream)
            assert not ORDER.search(stream), (command, stream)


def test_json_still_says_what_it_is(outside: Path, alice: Alice) -> None:
    done = alice("get", "campaigns", "--output", "json")
    assert json.loads(done.out)[0]["name"] == EVIL
    assert not RAW.search(done.out) and not ORDER.search(done.out)


@pytest.mark.parametrize("report", ["github", "gitlab", "text", "full", "markdown", "json", "sarif", "junit", "html"])
def test_no_report_lets_it_out(outside: Path, alice: Alice, report: str) -> None:
    out = alice("plan", "--output", report).out
    assert not RAW.search(out)
    if report == "github":
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in out.splitlines())
    else:
        assert not ORDER.search(out)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--var", EVIL, "plan"],
        ["-e", EVIL, "plan"],
        ["plan", "--target", EVIL],
        ["plan", f"--{EVIL}"],
        [EVIL],
        ["get", EVIL],
        ["stop", EVIL],
        ["show", EVIL],
        ["status", EVIL],
        ["schema", EVIL],
        ["plan", "--output", EVIL],
        ["plan", "--out", f"nowhere/{EVIL}"],
        ["-C", EVIL, "plan"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(EVIL, "EVIL"),
)
def test_what_was_typed_comes_back_harmless(outside: Path, alice: Alice, arguments: list[str]) -> None:
    done = alice(*arguments)
    assert done.code != 0
    for stream in (done.out, done.err):
        assert not RAW.search(stream) and not ORDER.search(stream), stream


@pytest.mark.parametrize("variable", ["ALICE_ENDPOINT", "ALICE_STATE", "ALICE_ENV", "ALICE_NOW"])
def test_an_environment_comes_back_harmless(
    outside: Path, alice: Alice, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, EVIL)
    done = alice("plan")
    for stream in (done.out, done.err):
        assert not RAW.search(stream) and not ORDER.search(stream), stream


@pytest.mark.parametrize("name", ["a\n::add-mask::1.yaml", "b\x1b]0;x\x07.yaml", "c\u202e.yaml", "d ##[group]x.yaml"])
def test_a_file_name_comes_back_harmless(project: Path, alice: Alice, name: str) -> None:
    (project / name).write_text("surveys: {hi: {nam: x}}\n", encoding="utf-8")
    for command in ("validate", "plan"):
        done = alice(command)
        assert done.code == 1
        assert not RAW.search(done.err) and not ORDER.search(done.err), done.err


def test_a_file_name_that_is_no_text(project: Path, alice: Alice) -> None:
    Path(str(project).encode().decode() + "/\udcff.yaml").write_text("surveys: {hi: {nam: x}}\n", encoding="utf-8")
    for command in (["validate"], ["plan"], ["plan", "--output", "json"]):
        done = alice(*command)
        assert done.code == 1
        assert "internal error" not in done.err


NAMES = [EVIL, "d\udcff"]  # the second is no text
REPORTS = ("github", "gitlab", "text", "full", "markdown", "json", "sarif", "junit", "html")


def require_harmless(done: Ran, report: str = "text") -> None:
    assert "internal error" not in done.err and "Traceback" not in done.err
    for stream, orders in ((done.out, report == "github"), (done.err, False)):
        assert not RAW.search(stream), stream
        assert orders or not ORDER.search(stream), stream
    if report == "github":
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in done.out.splitlines())


def rows_of(project: Path, name: str, declared: str, text: str) -> None:
    (project / "rows").mkdir()
    (project / "rows" / f"{name}.csv").write_text(text, encoding="utf-8")
    book = {"name": "VIP", "contacts": {"file": declared, "invalid": "skip"}}
    (project / "tet.yaml").write_text(json.dumps({"phonebooks": {"vip": book}}), encoding="utf-8")


@pytest.mark.parametrize("text", ["phone\n0934890841\n", "contact,status\n1,2\n", "contact,contact\n", "", '"'])
@pytest.mark.parametrize("name", NAMES, ids=["orders", "no text"])
@pytest.mark.parametrize("glob", [False, True])
def test_a_row_file_comes_back_harmless(project: Path, alice: Alice, name: str, glob: bool, text: str) -> None:
    if not glob and name != EVIL:
        pytest.skip("no manifest can name it")
    rows_of(project, name, "rows/*.csv" if glob else f"rows/{name}.csv", text)
    for command in ("validate", "plan", "graph"):
        require_harmless(alice(command))


@pytest.mark.parametrize("report", REPORTS)
def test_reports_name_files_harmlessly(project: Path, alice: Alice, report: str) -> None:
    (project / "tet.yaml").unlink()
    for key, name in zip("ab", NAMES, strict=True):
        quoted = f"surveys: {{{key}: {{name: “{key}”, sections: [{{key: s, type: hang_up, question: “y”}}]}}}}\n"
        (project / f"{name}.yaml").write_text(quoted, encoding="utf-8")
    (project / "rows").mkdir()
    (project / "rows" / f"{EVIL}.csv").write_text("contact,status\n0934890841,active\n12,active\n", encoding="utf-8")
    book = {"file": "rows/*.csv", "invalid": "skip"}
    (project / "book.yaml").write_text(json.dumps({"phonebooks": {"vip": {"name": "V", "contacts": book}}}))
    done = alice("plan", "--output", report)
    assert done.code == 0, done.err
    require_harmless(done, report)
    require_harmless(alice("plan", "--output", f"{report}={EVIL}"), "text")
    assert not RAW.search((project / EVIL).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        *(["plan", "--out", EVIL], ["export", EVIL], ["export", EVIL, "--with-contacts"], ["init", EVIL]),
        *(["plan", "--output", f"html={EVIL}"], ["plan", "--output", f"json={EVIL}/x"], ["graph", "--output", EVIL]),
    ],
    ids=lambda arguments: " ".join(arguments).replace(EVIL, "EVIL"),
)
def test_what_is_written_is_named_harmlessly(project: Path, alice: Alice, arguments: list[str]) -> None:
    for _ in range(2):  # the second time it is there already
        require_harmless(alice(*arguments))
    require_harmless(alice("validate"))
    require_harmless(alice("show", EVIL))
    require_harmless(alice("-C", EVIL, "plan"))


def test_lines_are_kept_and_forged_ones_are_not() -> None:
    assert one_line("a\nb\tc") == "a\\nb\\tc"
    assert in_lines("a\nb\tc\r") == "a\nb\tc\\r"
    assert in_lines("  ::stop-commands::x\nsee ::x") == "  \\u003a:stop-commands::x\nsee ::x"
    assert in_lines("\x1b[31mred\x1b[0m\x1b[2J", coloured=True) == "\x1b[31mred\x1b[0m\\u001b[2J"
    assert in_lines("\x1b[31m") == "\\u001b[31m"


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("text", [EVIL, "é😀\ufeff\U000e0041", "###[x]", "\\u0023 #[", '"'])
def test_json_means_the_same(text: str, everything: bool) -> None:
    document = in_json(json.dumps({text: [text]}, ensure_ascii=False, indent=1), everything=everything)
    assert json.loads(document) == {text: [text]}
    assert document.isascii() or not everything
    assert not ORDER.search(document)


def test_a_real_run_stays_as_it_was(project: Path, simulator: Simulator, alice: Alice) -> None:
    """Vietnamese, joined emoji and right-to-left letters are text, and stay."""
    (project / "tet.yaml").write_text("surveys: {hi: {name: 'Chào mừng 👩‍👧 مرحبا'}}\n", encoding="utf-8")
    assert "Chào mừng 👩‍👧 مرحبا" in alice("plan").out
    assert run(["apply", "--auto-approve"]) == 0
    assert "Chào mừng 👩‍👧 مرحبا" in alice("get", "surveys").out
