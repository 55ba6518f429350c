"""`stop`: the emergency brake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import Context
from provisioner.cli.exits import Exit
from provisioner.cli.opening import declared_resources, emergency_settings, open_client, recorded_ids
from provisioner.cli.streams import put_line, say
from provisioner.errors import UsageError
from provisioner.kinds import Zones

if TYPE_CHECKING:
    from provisioner.stopping import Stop, Stopper

MOST_TOLD = 3


@click.command("stop")
@click.argument("campaigns", nargs=-1, metavar="[CAMPAIGN]...")
@click.option("--all", "everything", is_flag=True, help="Stop every campaign of ours that is started.")
@click.option("--abort", is_flag=True, help="Abort instead of pausing.")
@click.pass_obj
def command(context: Context, campaigns: tuple[str, ...], everything: bool, abort: bool) -> Exit:
    """Stop campaigns at once. CAMPAIGN is a key or an address of the manifests, a name or an id.

    No plan, no approval, no lock. Later plans do not start again what was stopped here, unless the manifest changes
    to `status: started` or plan gets --restart. Calls that ring already are not hung up.
    """
    from provisioner.looking.naming import Known, startable
    from provisioner.stopping import Stopper

    if everything and campaigns:
        raise UsageError("name the campaigns to stop or give --all, not both")
    if not (everything or campaigns):
        raise UsageError("name the campaigns to stop, or give --all")
    settings = emergency_settings(context)
    known = Known() if everything else Known(declared_resources(context), recorded_ids(context, settings))
    with open_client(context, settings) as client:
        stopper = Stopper(client, startable(), Zones.of(settings), abort)
        stops = stopper.stop_all() if everything else stopper.stop(campaigns, known)
    for each in stops:
        if each.done:
            put_line(f"stopped  {each.label}: {each.message}")
        else:
            say(f"FAILED   {each.label}: {each.message}")
    if not stops:
        put_line("Nothing is started.")
    if any(each.done and each.sent for each in stops):
        say(resuming(stops, stopper))
    return exit_of(stops)


def resuming(stops: Sequence[Stop], stopper: Stopper) -> str:
    """How to start again what was stopped; a stop is no time to read about it."""
    addresses = [each.address for each in stops if each.done and each.sent]
    told = addresses if len(addresses) <= MOST_TOLD and None not in addresses else [f"{stopper.kind.name}.KEY"]
    flags = " ".join(f"--restart {address}" for address in told)
    field, running = stopper.lifecycle.field, stopper.lifecycle.running
    return f"To start it again, where `{field}: {running}` is declared: alice-apply apply --allow-calls {flags}"


def exit_of(stops: Sequence[Stop]) -> Exit:
    """Incomplete once anything was sent, else an error like any other."""
    if all(each.done for each in stops):
        return Exit.DONE
    return Exit.INCOMPLETE if any(each.sent for each in stops) else Exit.ERROR
