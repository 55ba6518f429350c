"""`plan`: read live, compare, show. Writes nothing to Alice, and of the state its key at most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.exits import Exit
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import output_option, planning_options, require_apart
from provisioner.cli.output import emit
from provisioner.errors import UsageError
from provisioner.plan.options import PlanOptions


@click.command("plan")
@planning_options
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for `apply FILE`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if the plan is not empty.")
@click.option(
    "--refresh-only",
    is_flag=True,
    help="Show only what others have changed on Alice since the last apply, as `drift` does.",
)
@output_option
@click.pass_obj
def command(
    context: GlobalOptions,
    options: PlanOptions,
    out: Path | None,
    detailed_exitcode: bool,
    refresh_only: bool,
    outputs: Outputs,
) -> int:
    """Show what apply would change and what would ring.

    Reads the manifests and the account, writes nothing, and lists what apply would refuse.

    A plan file is signed with ALICE_PLAN_KEY, which is required in CI, or else with a key stored with the state.
    """
    from provisioner import files
    from provisioner.cli.commands.drift import show_drift
    from provisioner.cli.failures import reported
    from provisioner.cli.open import open_session
    from provisioner.cli.planfile import is_plan_file, new_key, require_own_secret, require_plan_key, save_plan
    from provisioner.cli.reviewed import hashed_variables, shown_variables
    from provisioner.reports import Run

    if refresh_only:
        if out is not None:
            raise UsageError("--refresh-only changes nothing, so there is nothing to save with --out")
        return show_drift(context, outputs, detailed_exitcode)

    require_apart(outputs, out)
    if out is not None:
        with reported(outputs, context, "plan"):
            require_plan_key(context.environ)
            files.require_replaceable(out, is_plan_file)
    with reported(outputs, context, "plan"), open_session(context) as session:
        if out is not None:
            require_own_secret(context.environ, session.project.settings.credentials)
        key = None if out is None else new_key(context.environ, session.store.kept_key)
        executable = session.plan(options, key.key if key else None)
        variables = shown_variables(context, session.project)
        plan = replace(executable.plan, options={**executable.plan.options, "variables": variables})
        if out is not None and key is not None:
            save_plan(out, plan, executable.contents, key, hashed_variables(context, session.project, key))
    emit(Run(plan), outputs, context)
    return Exit.CHANGES if detailed_exitcode and not plan.empty else Exit.DONE
