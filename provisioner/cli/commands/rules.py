"""`rules`: the project's own rules, and the examples beside them. Offline; of the project it reads alice.yaml alone."""

from __future__ import annotations

import click

from provisioner.cli.exits import Exit
from provisioner.cli.groups import SuggestingGroup
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_rules
from provisioner.cli.options import table_option
from provisioner.cli.output import put_json, put_line, put_lines, put_table
from provisioner.inspect.table import Table

NONE = "alice.yaml has no rules."


@click.group("rules", cls=SuggestingGroup)
def command() -> None:
    """List and test the rules of alice.yaml.

    Works offline, without credentials and without the other manifests.
    """


@command.command("list")
@table_option("table", "json")
@click.pass_obj
def list_(context: GlobalOptions, form: str) -> None:
    """List the rules of this environment (-e).

    Shows the severities that `checks:` gives them.
    """
    settings = open_rules(context)
    rows = [
        {
            "id": rule.id,
            "severity": settings.checks.get(rule.id, rule.severity),
            "kind": rule.kind,
            "examples": len(rule.examples),
            "message": rule.message,
        }
        for rule in settings.rules
    ]
    if form == "json":
        put_json(rows)
    elif rows:
        put_table(Table(tuple(rows[0]), tuple(tuple(str(cell) for cell in row.values()) for row in rows)))
    else:
        put_line(NONE)


@command.command("test")
@table_option("table", "json")
@click.pass_obj
def test(context: GlobalOptions, form: str) -> int:
    """Run the examples beside the rules.

    Exits with 1 if a rule says something else of an example than its `expect`.
    """
    from provisioner.rules.examples import run_examples

    runs = run_examples(open_rules(context))
    rows = [
        {
            "rule": run.rule.id,
            "example": run.name,
            "expect": run.example.expect,
            "result": run.said,
            "ok": run.as_expected,
            "reason": run.verdict.reason,
            "source": str(run.example.source or ""),
        }
        for run in runs
    ]
    wrong = sum(not run.as_expected for run in runs)
    if form == "json":
        put_json(rows)
    elif rows:
        shown = [{**row, "ok": "ok" if row["ok"] else "DIFFERS"} for row in rows]
        put_table(Table(tuple(shown[0]), tuple(tuple(str(cell) for cell in row.values()) for row in shown)))
        put_lines([f"{len(rows)} examples, {wrong} not as expected."])
    else:
        put_line("No rule has an example.")
    return Exit.ERROR if wrong else Exit.DONE
