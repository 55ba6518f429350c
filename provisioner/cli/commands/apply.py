"""`apply`: the plan again, then its gates, then the approval, then the work."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.arguments import DEFAULT_FORMAT, ApplyOptions, Outputs
from provisioner.cli.exits import Exit, code_of
from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.cli.notify import ApplyResult, telling
from provisioner.cli.options import (
    applying_options,
    given,
    output_option,
    planning_options,
    require_apart,
    require_as_planned,
)
from provisioner.cli.output import emit, say
from provisioner.errors import Refused
from provisioner.language import ENGLISH, spoken, term
from provisioner.plan.options import PlanOptions

if TYPE_CHECKING:
    from provisioner.cli.planfile import PlanKey, SavedPlan
    from provisioner.plan.build import ExecutablePlan
    from provisioner.plan.model import Outcome, Plan
    from provisioner.session import Session

FOR_PEOPLE = ("text", "full")


@click.command("apply")
@click.argument("planfile", type=click.Path(path_type=Path), required=False)
@planning_options
@applying_options
@output_option
@click.pass_context
def command(
    ctx: click.Context, planfile: Path | None, options: PlanOptions, applying: ApplyOptions, outputs: Outputs
) -> int:
    """Apply the manifests to the account.

    With PLANFILE (from `plan --out`), applies what was reviewed or nothing at all; a plan file can be applied once.
    After a failure, run it again without a plan file or with a new one: it finishes the job.
    """
    from provisioner.cli.open import open_session

    context: GlobalOptions = ctx.obj
    require_apart(outputs, planfile)
    saved = key = None
    if planfile is not None:
        context, saved, key = _reviewed(context, planfile)
        options = _as_reviewed(ctx, saved, options)
    with telling(context) as ending, open_session(context, applying) as session:
        ending.settings = session.project.settings
        with session.store.lock(timeout=applying.lock_timeout or 0.0, give_up=session.tuning.should_stop):
            return _Run(session, context, options, applying, outputs, saved, key, ending).apply()


def _reviewed(context: GlobalOptions, planfile: Path) -> tuple[GlobalOptions, SavedPlan, PlanKey]:
    """The context a plan file was made with, the file and its key. Nothing that it says counts before its MAC does."""
    from provisioner.cli import reviewed
    from provisioner.cli.planfile import read_plan

    saved = read_plan(planfile)
    saved.require_complete()
    planned = reviewed.as_planned(context, saved)
    settings = reviewed.planned_settings(context, planned, saved)
    reviewed.require_same_origin(saved, settings)
    key = reviewed.verified(saved, planned, settings)
    reviewed.require_same_variables(context, saved)
    reviewed.require_same_hidden(context, saved, key)
    return planned, saved, key


def _as_reviewed(ctx: click.Context, saved: SavedPlan, options: PlanOptions) -> PlanOptions:
    """The options a verified plan file was made with; calls may be agreed to later."""
    beside = given(ctx, options)
    allowed = beside.pop("allow_calls", False) or saved.plan.options.get("allow_calls", False)
    require_as_planned(beside, saved.plan.options)
    return replace(PlanOptions.from_document(saved.plan.options), allow_calls=bool(allowed))


@dataclass(frozen=True, slots=True)
class _Run:
    """One apply from the plan to its report, under the lock."""

    session: Session
    context: GlobalOptions
    options: PlanOptions
    applying: ApplyOptions
    outputs: Outputs
    saved: SavedPlan | None = None
    key: PlanKey | None = None
    ending: ApplyResult = field(default_factory=ApplyResult)

    def apply(self) -> int:
        """Plan, refuse or get approval, carry out."""
        from provisioner.cli.reviewed import shown_variables

        executable = self._executable()
        options = {**executable.plan.options, "variables": shown_variables(self.context, self.session.project)}
        plan = replace(executable.plan, options=options)
        approved = self.applying.auto_approve or self.saved is not None or plan.empty
        if plan.refusals or not (approved or sys.stdin.isatty()):
            self._show(plan)
            raise Refused(plan.refusals or ["not approved: pass --auto-approve, or apply a reviewed plan file"])
        if not approved:
            self._ask(plan)
        seen = sys.stdout.isatty() if not approved else self._announce(plan)
        return self._carry_out(executable, plan, seen)

    def _executable(self) -> ExecutablePlan:
        from provisioner.cli.reviewed import require_unchanged, require_unused

        if self.saved is not None:
            require_unused(self.saved, self.session.store)
        executable = self.session.plan(self.options, self.key.key if self.key else None)
        if self.saved is not None:
            require_unchanged(self.saved, executable)
        return executable

    def _announce(self, plan: Plan) -> bool:
        """The plan before the first write, for whoever reads the log of a run that was killed; whether on stdout."""
        from provisioner.reports import Run

        if self.outputs.stdout in FOR_PEOPLE:
            emit(Run(plan), Outputs(self.outputs.stdout), self.context)
            return True
        if not plan.empty:
            self._say(plan)
        return False

    def _say(self, plan: Plan) -> None:
        """The plan on stderr; stdout is left to the report."""
        from provisioner.cli.output import coloured
        from provisioner.reports.text import plan_lines

        colour = coloured(sys.stderr, self.context.environ)
        with spoken(self.context.language if invocation().log_format == "text" else ENGLISH):
            for line in plan_lines(plan, colour):
                say(line, coloured=colour)

    def _carry_out(self, executable: ExecutablePlan, plan: Plan, seen: bool) -> int:
        """A signal that comes from here on lets what is in flight finish, and the report tell how far it came.

        `seen`: the plan stands where the report on stdout will, so that it is not shown twice.
        """
        try:
            code = self._done(executable, plan, seen)
        except BaseException as error:
            self.session.note_exit(code_of(error))
            raise
        self.session.note_exit(code)
        return code

    def _done(self, executable: ExecutablePlan, plan: Plan, seen: bool) -> int:
        if self.saved is not None and not plan.empty:
            self.session.store.applied_plans.note(self.saved.id)
        with invocation().finishing():
            outcomes = self.ending.outcomes = self.session.apply(executable)
            if self.outputs.stdout != DEFAULT_FORMAT and sys.stderr.isatty():  # a log has told each
                with spoken(self.context.language):
                    _complain(outcomes)
            self._show(plan, outcomes, "outcomes" if seen and self.outputs.stdout in FOR_PEOPLE else "plan")
        return _code(outcomes)

    def _show(self, plan: Plan, outcomes: tuple[Outcome, ...] | None = None, view: str = "plan") -> None:
        from provisioner.reports import Run

        emit(Run(plan, outcomes), self.outputs, self.context, view)

    def _ask(self, plan: Plan) -> None:
        """Show the plan on the terminal and let a person decide; whatever the language, `y` and `yes` agree."""
        from provisioner.reports import sentences

        self._say(plan)
        try:
            with spoken(self.context.language):
                agreed = click.confirm(sentences.question(), default=False, err=True)
        except click.Abort:
            agreed = False
        if not agreed:
            raise Refused(["not approved"])


def _complain(outcomes: tuple[Outcome, ...]) -> None:
    """What went wrong, on stderr, where the report on stdout is made for programs."""
    from provisioner.reports.wording import harmless

    for each in outcomes:
        if each.result.value in ("failed", "unknown"):
            say(f"{term(each.result.value).upper():<8} {each.address}: {harmless(each.message)}")


def _code(outcomes: tuple[Outcome, ...]) -> int:
    unfinished = {"failed", "unknown", "skipped"}
    if not any(each.result.value in unfinished for each in outcomes):
        return Exit.DONE
    return Exit.INCOMPLETE if invocation().wrote else Exit.ERROR
