"""`apply`: the plan again, then its gates, then the approval, then the work."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import Context
from provisioner.cli.emitting import emit
from provisioner.cli.exits import Exit
from provisioner.cli.failures import report
from provisioner.cli.options import (
    ApplyOptions,
    Outputs,
    applying_options,
    given,
    output_option,
    planning_options,
    require_as_planned,
)
from provisioner.cli.streams import say
from provisioner.errors import ProvisionerError, Refused
from provisioner.planning.options import Options

if TYPE_CHECKING:
    from provisioner.cli.planfile import SavedPlan
    from provisioner.model import Outcome, Plan
    from provisioner.session import Session


@click.command("apply")
@click.argument("planfile", type=click.Path(path_type=Path), required=False)
@planning_options
@applying_options
@output_option
@click.pass_context
def command(
    ctx: click.Context, planfile: Path | None, options: Options, applying: ApplyOptions, outputs: Outputs
) -> int:
    """Make the account as the manifests say, in order, once.

    With PLANFILE (from `plan --out`) only if what would be written is still what was reviewed. Run it again after any
    failure: it finishes the job.
    """
    from provisioner.cli.running import Signals, catching_signals, open_session

    context: Context = ctx.obj
    saved = None
    if planfile is not None:
        context, options, saved = _reviewed(ctx, context, planfile, options)
    signals = Signals()
    with catching_signals(signals), open_session(context, applying, signals) as session:
        with session.store.lock(timeout=applying.lock_timeout or 0.0):
            code = _apply(session, context, options, applying, outputs, saved)
        signals.check()
    return code


def _reviewed(
    ctx: click.Context, context: Context, planfile: Path, options: Options
) -> tuple[Context, Options, SavedPlan]:
    """The plan file, and the context and options it was made with."""
    from provisioner.cli.planfile import read_plan
    from provisioner.cli.reviewed import as_planned

    saved = read_plan(planfile)
    beside = given(ctx, options)
    allowed = beside.pop("allow_calls", False) or saved.plan.options.get("allow_calls", False)
    require_as_planned(beside, saved.plan.options)
    planned = Options.from_document(saved.plan.options)
    return as_planned(context, saved), replace(planned, allow_calls=bool(allowed)), saved


def _apply(
    session: Session,
    context: Context,
    options: Options,
    applying: ApplyOptions,
    outputs: Outputs,
    saved: SavedPlan | None,
) -> int:
    from provisioner.cli.reviewed import require_same_origin, require_unchanged, salt_of
    from provisioner.reports import Run

    if saved is not None:
        require_same_origin(saved, session.project.settings)
    blueprint = session.plan(options, None if saved is None else salt_of(saved))
    if saved is not None:
        require_unchanged(saved, blueprint)
    plan = replace(blueprint.plan, options={**blueprint.plan.options, "variables": dict(context.variables)})
    approved = applying.auto_approve or saved is not None or plan.empty
    if plan.refusals or not (approved or sys.stdin.isatty()):
        emit(Run(plan), outputs, context)
        raise Refused(plan.refusals or ["nobody approved it: add --auto-approve, or apply a reviewed plan file"])
    if not approved:
        _ask(plan, context)
    try:
        outcomes = session.apply(blueprint)
    except ProvisionerError as error:  # at or after the first write: what was done is recorded
        report(error)
        return Exit.INCOMPLETE
    emit(Run(plan, outcomes), outputs, context)
    return _code(outcomes)


def _ask(plan: Plan, context: Context) -> None:
    """Show the plan on the terminal and let a person decide; stdout is left to the report."""
    from provisioner.cli.streams import coloured
    from provisioner.reports.text import plan_lines

    for line in plan_lines(plan, coloured(sys.stderr, context.environ)):
        say(line)
    try:
        agreed = click.confirm("Apply this?", default=False, err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise Refused(["not approved"])


def _code(outcomes: tuple[Outcome, ...]) -> int:
    unfinished = {"failed", "unknown", "skipped"}
    return Exit.INCOMPLETE if any(each.result.value in unfinished for each in outcomes) else Exit.DONE
