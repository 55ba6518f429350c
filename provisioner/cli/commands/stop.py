"""`stop`: the emergency brake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from provisioner.cli.exits import Exit
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import (
    bound_state,
    declared_resources,
    emergency_settings,
    hidden_names,
    open_client,
    recorded_ids,
)
from provisioner.cli.output import put_line, say
from provisioner.error_ids import ErrorId, marked
from provisioner.errors import UsageError
from provisioner.messages import argument
from provisioner.resources import Zones

if TYPE_CHECKING:
    from provisioner.inspect.lookup import ProjectIds
    from provisioner.inspect.stop import Stop, Stopper
    from provisioner.inspect.stop_notice import NoticeResult
    from provisioner.project import Settings

MOST_TOLD = 3


@click.command("stop")
@click.argument("campaigns", nargs=-1, metavar="[CAMPAIGN]...")
@click.option("--all", "everything", is_flag=True, help="Stop every campaign of ours that may be running.")
@click.option("--abort", is_flag=True, help="Abort instead of pausing.")
@click.pass_obj
def command(context: GlobalOptions, campaigns: tuple[str, ...], everything: bool, abort: bool) -> Exit:
    """Stop campaigns immediately. CAMPAIGN is a key or address of the manifests, a name or an id.

    Skips planning, confirmation and the state lock. Neither a running apply nor a later one restarts a campaign until
    its manifest changes to `status: started` or --restart is given. Calls that are already ringing are not hung up.
    """
    from provisioner.inspect.lookup import ProjectIds, without_hidden

    if everything and campaigns:
        raise UsageError("name the campaigns to stop or give --all, not both")
    if not (everything or campaigns):
        raise UsageError("name the campaigns to stop, or give --all")
    settings = emergency_settings(context)
    declared = {} if everything else declared_resources(context)
    known = ProjectIds(declared, recorded_ids(context, settings))
    stops, told, stopper = _stop(context, settings, campaigns, known, abort)
    names = hidden_names(context, declared)  # now that everything is sent
    stops = [replace(_judged(each, told), label=without_hidden(each.label, names)) for each in stops]
    for each in stops:
        if each.done:
            put_line(f"stopped  {each.label}: {each.message}")
        else:
            say(marked(f"FAILED   {each.label}: {each.message}", each.error))
    if not stops:
        put_line("Nothing is started.")
    if any(each.done and each.sent for each in stops):
        say(resuming(stops, stopper))
    _say_told(told)
    return exit_of(stops)


def _stop(
    context: GlobalOptions, settings: Settings, names: Sequence[str], known: ProjectIds, abort: bool
) -> tuple[list[Stop], NoticeResult, Stopper]:
    """Whoever applies is told first, so that nothing is started behind our back; then it is posted.

    A state that took its time may have been late: what was started in the meantime is stopped once more.
    """
    from provisioner.inspect.lookup import startable_kind
    from provisioner.inspect.stop import Stopper
    from provisioner.inspect.stop_notice import StopNotice, marks_of

    marks = marks_of(startable_kind(), names, known.declared, context.clock())
    notice = StopNotice(
        lambda: bound_state(context, settings), [mark for each in marks.values() for mark in each]
    ).send()
    with open_client(context, settings) as client:
        stopper = Stopper(client, startable_kind(), Zones.of(settings), abort)
        stops = stopper.stop(names, known) if names else stopper.stop_all(known)
        told = notice.result()
        if told.late and not told.reason:
            stops = stopper.stop(names, known) if names else stopper.stop_all(known)
    if known.declared:
        nothing = [each.label for each in stops if not each.done and each.id is None]
        notice.withdraw(mark for name in nothing for mark in marks.get(name, ()))
    return stops, told, stopper


def _judged(stop: Stop, told: NoticeResult) -> Stop:
    """What is not there is stopped only if whoever is making it knows."""
    if not stop.done or stop.id is not None:
        return stop
    then = "and an apply may still create and start it" if told.reason else "an apply that creates it does not start it"
    message = f"{stop.message}: {then}"
    return replace(stop, done=not told.reason, message=message, error=ErrorId.STATE_UNAVAILABLE)


def _say_told(told: NoticeResult) -> None:
    """What the state knows of it now, and whether somebody applies."""
    if told.reason:
        say(f"note: later applies will not know of this, because the state cannot be written: {told.reason}")
    if told.holder:
        say(f"note: an apply is under way, by {told.holder}: from now on it starts none of this")


def resuming(stops: Sequence[Stop], stopper: Stopper) -> str:
    """How to start again what was stopped; a stop is no time to read about it."""
    addresses = [each.address for each in stops if each.done and each.sent]
    told = addresses if len(addresses) <= MOST_TOLD and None not in addresses else [f"{stopper.kind.name}.KEY"]
    flags = " ".join(f"--restart {argument(address)}" for address in told)
    field, running = stopper.startable.field, stopper.startable.running
    return f"To start it again, where `{field}: {running}` is declared: alice-apply apply --allow-calls {flags}"


def exit_of(stops: Sequence[Stop]) -> Exit:
    """Incomplete once anything was sent, else an error like any other."""
    if all(each.done for each in stops):
        return Exit.DONE
    return Exit.INCOMPLETE if any(each.sent for each in stops) else Exit.ERROR
