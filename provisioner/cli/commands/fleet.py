"""`fleet`: plan, apply, drift and status of several environments side by side, and one summary of them."""

from __future__ import annotations

from pathlib import Path

import click

from provisioner.cli.arguments import ApplyOptions
from provisioner.cli.fleet import FleetRun, passed_on
from provisioner.cli.fleet_options import FleetOptions, fleet_options
from provisioner.cli.groups import SuggestingGroup
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import applying_options, planning_options
from provisioner.errors import Refused
from provisioner.plan.options import PlanOptions

EXITCODE = "--detailed-exitcode"


@click.group("fleet", cls=SuggestingGroup)
def command() -> None:
    """Run several environments side by side.

    Each is a run of its own, with its own credentials, state and lock; one that fails hinders no other.
    Exits with 4 if any of them does, else with the highest exit code.
    """


@command.command("plan")
@planning_options
@click.option(EXITCODE, is_flag=True, help="Exit with 2 if a plan is not empty and nothing failed.")
@fleet_options
@click.pass_context
def plan(ctx: click.Context, options: PlanOptions, detailed_exitcode: bool, fleet: FleetOptions) -> int:
    """Plan every environment.

    Shows what apply would change and what would ring, a line each.
    With --out-dir, a plan file (ENV.plan.json) and a page (ENV.html) of each are saved there for `fleet apply DIR`.
    """
    flags = [EXITCODE] if detailed_exitcode else []
    return FleetRun(ctx.obj, "plan", [*passed_on(ctx, PlanOptions), *flags], fleet).run()


@command.command("apply")
@click.argument("plans", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[DIR]", required=False)
@planning_options
@applying_options
@fleet_options
@click.pass_context
def apply(
    ctx: click.Context, plans: Path | None, options: PlanOptions, applying: ApplyOptions, fleet: FleetOptions
) -> int:
    """Apply every environment.

    With DIR (from `fleet plan --out-dir`), applies the plan file of each, as `apply PLANFILE` does. An environment
    without one is not applied, and counts as failed.
    """
    if plans is None and not applying.auto_approve:
        raise Refused(["not approved: pass --auto-approve, or the folder of reviewed plan files"])
    return FleetRun(ctx.obj, "apply", passed_on(ctx, PlanOptions, ApplyOptions), fleet, plans).run()


@command.command("drift")
@click.option(EXITCODE, is_flag=True, help="Exit with 2 if there is or may be drift and nothing failed.")
@fleet_options
@click.pass_context
def drift(ctx: click.Context, detailed_exitcode: bool, fleet: FleetOptions) -> int:
    """Show what others have changed, in every environment."""
    return FleetRun(ctx.obj, "drift", [EXITCODE] if detailed_exitcode else [], fleet).run()


@command.command("status")
@fleet_options
@click.pass_obj
def status(context: GlobalOptions, fleet: FleetOptions) -> int:
    """Show how many campaigns run and are behind, everywhere."""
    return FleetRun(context, "status", [], fleet).run()
