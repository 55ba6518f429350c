"""What stands on the command line becomes one frozen value, and a wrong word a usage error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from provisioner.cli.arguments import ApplyOptions, Output, Outputs
from provisioner.cli.options import (
    applying_options,
    given,
    output_option,
    planning_options,
    require_apart,
    require_as_planned,
)
from provisioner.errors import UsageError
from provisioner.model import Address
from provisioner.plan.options import PlanOptions
from provisioner.reports import REPORTS


def parsed(*arguments: str) -> dict[str, Any]:
    """What a command with all shared options is called with; `given` is what stands on its command line."""
    values: dict[str, Any] = {}

    @click.command()
    @planning_options
    @applying_options
    @output_option
    @click.pass_context
    def command(ctx: click.Context, /, options: PlanOptions, applying: ApplyOptions, outputs: Outputs) -> None:
        values.update(options=options, applying=applying, outputs=outputs, given=given(ctx, options))

    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return values


def test_nothing_given_is_all_defaults() -> None:
    assert parsed() == {"options": PlanOptions(), "applying": ApplyOptions(), "outputs": Outputs(), "given": {}}


def test_planning_options_are_gathered() -> None:
    values = parsed("--prune", "--target", "campaign.tet", "--target", "section.a.b", "--max-remove-percent", "50")
    targets = (Address("campaign", "tet"), Address("section", "a.b"))
    assert values["options"] == PlanOptions(prune=True, targets=targets, max_remove_percent=50)
    assert values["given"] == {"prune": True, "targets": ["campaign.tet", "section.a.b"], "max_remove_percent": 50}


def test_applying_options_are_gathered() -> None:
    values = parsed("--auto-approve", "--on-error", "continue", "--rate-limit", "2.5", "--timeout", "9")
    assert values["applying"] == ApplyOptions(True, "continue", rate_limit=2.5, timeout=9.0)


def test_outputs_go_to_files_and_one_to_stdout() -> None:
    assert parsed("--output", "json")["outputs"] == Outputs("json", asked=True)
    both = parsed("--output", "json=a=b.json", "--output", "text")["outputs"]
    assert both == Outputs("text", (Output("json", Path("a=b.json")),), asked=True)
    assert parsed("--output", "json=a.json")["outputs"].stdout == "text"


def test_stdout_can_hold_one_thing_only() -> None:
    with pytest.raises(UsageError, match="json and text"):
        parsed("--output", "json", "--output", "text")


def test_a_file_can_hold_one_thing_only() -> None:
    with pytest.raises(UsageError, match=r"2 of --output would be written to a\.json"):
        parsed("--output", "json=a.json", "--output", "text=a.json")


@pytest.mark.parametrize("path", ["p.plan", "./p.plan", "folder/../p.plan"])
def test_no_report_goes_over_the_plan_file(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    outputs = parsed("--output", f"markdown={path}")["outputs"]
    with pytest.raises(UsageError, match=r"p\.plan is the plan file"):
        require_apart(outputs, Path("p.plan"))
    require_apart(outputs, Path("q.plan"))
    require_apart(outputs, None)


def test_the_help_lists_the_formats() -> None:
    @click.command()
    @output_option
    def command(outputs: Outputs) -> None: ...

    shown = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert all(f"{name}," in shown or f"{name};" in shown for name in REPORTS if name != "text")
    assert "text (default)" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--output", "xls"], "'xls' is no format: there are .*json.*text"),
        (["--output", "markdwon=x"], "'markdwon' is no format, did you mean 'markdown'"),
        (["--output", "r.html"], "'r.html' is no format, to a file it is --output html=r.html"),
        (["--output", "out/Plan.MD"], "is no format, to a file it is --output markdown=out/Plan.MD"),
        (["--output", "r.pdf"], "'r.pdf' is no format, to a file it is --output FORMAT=r.pdf: there are .*json"),
        (["--output", "json="], "no path"),
        (["--output", "json=no-folder/x.json"], "make its folder first"),
        (["--output", "json=/"], "no file can be written"),
        (["--target", "tet"], "not an address like"),
        (["--target", "kampaign.tet"], "names no kind: there are .*campaign"),
        (["--target", "cdr.tet"], "names no kind"),
        (["--max-update-percent", "101"], "101"),
        (["--parallelism", "0"], "0"),
        (["--rate-limit", "0"], "0"),
        (["--on-error", "ignore"], "ignore"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_value_is_a_usage_error_that_says_what_is_possible(arguments: list[str], words: str) -> None:
    with pytest.raises(click.UsageError, match=words):
        parsed(*arguments)


def test_an_option_beside_a_plan_file_must_be_the_one_it_was_made_with() -> None:
    stored = PlanOptions(prune=True).document()
    require_as_planned({"prune": True}, stored)
    require_as_planned({}, stored)
    with pytest.raises(UsageError, match="another --max-update-percent, --prune"):
        require_as_planned({"prune": False, "max_update_percent": 5}, stored)
