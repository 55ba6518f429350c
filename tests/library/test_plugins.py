"""Checks and reports of other packages: what they say counts, and what is wrong with one is said by its name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice, survey
from tests.operator import Operator

ACME = Path(__file__).with_name("acme")
SCRIPT = '{key: hi, type: play_message, question: Hi, script: "SAID"}'
Install = Callable[..., None]


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    folder = tmp_path / "project"
    folder.mkdir()
    found = Operator(folder, simulator, now=NOW)
    configure(found)
    found.write("main.yaml", survey("hello", SCRIPT.replace("SAID", "Alo"), name="Hello"))
    return found


def configure(operator: Operator, **settings: object) -> None:
    operator.write("alice.yaml", alice("plugins", operator.simulator.endpoint, **settings))


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ACME)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Install:
    """A package with one module and one entry point, for the length of a test."""

    def made(code: str, name: str, *, group: str = "checks", package: str = "odd") -> None:
        site = tmp_path / f"site-{package}"
        information = site / f"{package}-2.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 2.0\n")
        (information / "entry_points.txt").write_text(f"[alice_apply.{group}]\n{name} = {package}_module:FOUND\n")
        (site / f"{package}_module.py").write_text(code)
        monkeypatch.syspath_prepend(site)
        request.addfinalizer(lambda: sys.modules.pop(f"{package}_module", None))

    return made


def test_the_page_shows_the_package_that_is_tried_here() -> None:
    page = (Path(__file__).parents[2] / "docs/library.md").read_text(encoding="utf-8")
    assert f"```python\n{(ACME / 'acme_alice/__init__.py').read_text(encoding='utf-8')}```\n" in page


def test_a_check_of_another_package_refuses(operator: Operator, acme: None) -> None:
    plan = operator.plan()
    assert "acme.greeting" in plan["checks"]
    (found,) = [each for each in plan["findings"] if each["id"] == "acme.greeting"]
    assert (found["severity"], found["address"]) == ("error", "section.hello.hi")
    assert found["source"].startswith("main.yaml:")
    operator.simulator.clear_requests()
    said = operator.run("apply", "--auto-approve")
    assert said.code == 3 and "acme.greeting" in said.err
    assert operator.simulator.writes() == []


def test_it_is_configured_and_waived_as_any_other(operator: Operator, acme: None) -> None:
    configure(operator, checks="{acme.greeting: warning}")
    assert [each["severity"] for each in operator.plan()["findings"]] == ["warning"]
    waiver = "{check: acme.greeting, address: section.hello.hi, reason: agreed, until: 2027-12-31}"
    configure(operator, waivers=f"[{waiver}]")
    operator.apply()
    operator.demand_nothing_to_do()
    configure(operator, checks="{acme.greeting: off}")
    assert "acme.greeting" not in operator.plan()["checks"]


def test_a_report_of_another_package(operator: Operator, acme: None, tmp_path: Path) -> None:
    for _ in range(2):  # its own file may be written over
        said = operator.succeed("plan", "--output", "acme.summary", "--output", f"acme.summary={tmp_path / 'r.acme'}")
    assert said.out == (tmp_path / "r.acme").read_text() == "acme: 2 create\n"
    assert "acme.summary" in operator.run("plan", "--output", "acme.sumary").err


CHECK = "from provisioner.checks import Check\nfrom provisioner import Finding\n"
REPORT = "from provisioner.reports import Report\n"
BROKEN = {
    "no such module": ("import not_there", "cannot be loaded: No module named 'not_there'"),
    "no such name": ("", "cannot be loaded: AttributeError at "),
    "an error while it loads": ("secret = '0934890883'\nraise ValueError(secret)", "ValueError at odd_module.py:2"),
    "an exit while it loads": ("raise SystemExit(0)", "cannot be loaded: SystemExit at odd_module.py:1"),
    "not Python": ("def", "cannot be loaded: SyntaxError"),
    "something else": ("FOUND = print", "is no Check: odd_module:FOUND is of type builtin_function_or_method"),
    "another id": (f"{CHECK}FOUND = Check('odd.other', 'error', 'T', lambda c: iter(()))", "calls itself 'odd.other'"),
    "no severity": (f"{CHECK}FOUND = Check('odd.one', 'grave', 'T', lambda c: iter(()))", "has the severity 'grave'"),
    "an error while it runs": (
        f"{CHECK}def run(context):\n    raise KeyError('0934890883')\nFOUND = Check('odd.one', 'error', 'T', run)",
        "failed: KeyError at odd_module.py:4",
    ),
    "no generator": (f"{CHECK}FOUND = Check('odd.one', 'error', 'T', lambda c: None)", "failed: TypeError at "),
    "no finding": (f"{CHECK}FOUND = Check('odd.one', 'error', 'T', lambda c: ['x'])", "found what is no finding of"),
    "a finding of another check": (
        f"{CHECK}FOUND = Check('odd.one', 'error', 'T', lambda c: [Finding('tenant', 'info', 'x')])",
        "found what is no finding of its own",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_check_is_an_error_and_never_no_check(operator: Operator, install: Install, what: str) -> None:
    code, message = BROKEN[what]
    install(code, "odd.one")
    for command in (["plan"], ["check"], ["apply", "--auto-approve"]):
        said = operator.run(*command)
        assert said.code == 1 and said.out == "", said
        (line,) = said.err.splitlines()
        assert line.startswith("error: the check odd.one of the package odd 2.0 ") and message in line
        assert "0934890883" not in line
    assert operator.simulator.writes() == []
    configure(operator, checks="{odd.one: off}")
    operator.succeed("plan")


BROKEN_REPORTS = {
    "something else": ("FOUND = 3", "is no Report"),
    "an error": (f"{REPORT}FOUND = Report('odd.one', lambda run, colour: run.nothing)", "failed: AttributeError at "),
    "no text": (f"{REPORT}FOUND = Report('odd.one', lambda run, colour: b'')", "made no text"),
    "another name": (f"{REPORT}FOUND = Report('html', lambda run, colour: '')", "calls itself 'html'"),
}


@pytest.mark.parametrize("what", BROKEN_REPORTS)
def test_a_broken_report_is_an_error_where_it_is_wanted(
    operator: Operator, install: Install, what: str, tmp_path: Path
) -> None:
    code, message = BROKEN_REPORTS[what]
    install(code, "odd.one", group="reports")
    said = operator.run("plan", "--output", "odd.one")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: the report odd.one of the package odd 2.0 ") and message in said.err
    assert len(said.err.splitlines()) == 1
    operator.succeed("plan", "--output", f"html={tmp_path / 'r.html'}")


def test_a_name_without_a_package_and_a_name_of_two(operator: Operator, install: Install) -> None:
    code = f"{CHECK}FOUND = Check('tenant', 'error', 'T', lambda c: iter(()))"
    install(code, "tenant")
    said = operator.run("plan")
    assert said.code == 1 and "the check tenant of the package odd 2.0 has no name of the form" in said.err


def test_a_report_without_a_name_keeps_no_format_of_ours_back(operator: Operator, install: Install) -> None:
    install("FOUND = 1", "html", group="reports")
    operator.succeed("plan", "--output", "html")
    said = operator.run("plan", "--output", "htm")
    assert said.code == 1 and "the report html of the package odd 2.0 has no name of the form" in said.err


def test_two_packages_with_one_name(operator: Operator, install: Install) -> None:
    code = f"{CHECK}FOUND = Check('odd.one', 'error', 'T', lambda c: iter(()))"
    install(code, "odd.one")
    install(code, "odd.one", package="odder")
    said = operator.run("plan")
    assert said.code == 1 and "of the package odder 2.0 is in the package odd 2.0 too" in said.err


def test_a_check_that_is_configured_and_not_installed(operator: Operator) -> None:
    configure(operator, checks="{acme.greeting: error}")
    for command in ("validate", "plan"):
        said = operator.run(command)
        assert said.code == 1
        assert "alice.yaml:6:25: error: checks.acme.greeting: no installed package has this check" in said.err
    said = operator.run("stop", "--all")
    assert said.code == 0, said.err


def test_a_check_that_ran_when_it_was_planned_and_is_gone(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    operator.write("main.yaml", survey("hello", SCRIPT.replace("SAID", "Xin chào"), name="Hello"))
    with monkeypatch.context() as patch:
        patch.syspath_prepend(ACME)
        operator.succeed("plan", "--out", str(tmp_path / "p.alice-plan"))
    said = operator.run("apply", str(tmp_path / "p.alice-plan"))
    assert said.code == 5 and "the check acme.greeting ran then, and is not installed here" in said.err
    assert operator.simulator.writes() == []
