"""`state`: look after what is recorded. Only `adopt` talks to Alice, and nothing here writes to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from provisioner.cli.groups import SuggestingGroup
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_client, open_project, open_settings, open_state, user_of
from provisioner.cli.options import address as to_address
from provisioner.cli.options import lock_timeout_option, object_id, table_option
from provisioner.cli.output import put_json, put_line, put_lines, put_table
from provisioner.error_ids import ErrorId
from provisioner.errors import Refused, UsageError
from provisioner.model import Address
from provisioner.resources import KINDS, Zones

if TYPE_CHECKING:
    from provisioner.state_commands.adopt import Adoption

DECLARABLE = [kind.name for kind in KINDS.values() if kind.collection or kind.parent]


@click.group("state", cls=SuggestingGroup)
def command() -> None:
    """Manage the recorded state.

    Affects this project and environment (-e) only. Nothing changes on Alice, and only `adopt` needs to reach it.
    """


@command.command("list")
@click.option("--kind", "kinds", type=click.Choice(DECLARABLE), multiple=True, help="List only this kind; repeatable.")
@table_option("text", "json")
@click.pass_obj
def list_(context: GlobalOptions, kinds: tuple[str, ...], form: str) -> None:
    """List the recorded resources.

    Shows the remote id of every address and whether it was created or adopted. The last column marks objects known not
    to exist and writes that were never answered. Works offline.
    """
    from provisioner.state_commands import appointments, show

    with open_state(context, open_settings(context)) as store:
        known = show.StateView.of(store).of_kinds(kinds)
        notes = {owner: appointments.note(sent) for owner, sent in appointments.sent_to(store, known).items()}
    if form == "json":
        put_json(show.documents(known))
    elif (table := show.as_table(known, notes)).rows:
        put_table(table)
    else:
        put_line("Nothing is recorded.")


@command.command("show")
@click.argument("address", type=to_address)
@table_option("text", "json")
@click.pass_obj
def show(context: GlobalOptions, address: Address, form: str) -> None:
    """Show the recorded state of one address.

    Shows the fields as last applied, the dependencies, and what the server ignored or rewrote; of a calendar also how
    many appointments were sent to it, and which alarms nobody saw the answer of. Sensitive values are neither stored
    nor shown. Works offline.
    """
    from provisioner.state_commands import appointments, show

    settings = open_settings(context)
    zones = Zones.of(settings)
    with open_state(context, settings) as store:
        known = show.StateView.of(store)
        document = show.document(known, address, zones)
        if sent := appointments.sent_to(store, known.of_kinds((address.kind,))).get(address):
            document["appointments"] = appointments.document(sent, zones)
    if form == "json":
        put_json(document)
        return
    put_lines(show.lines(document))
    if sent:
        put_lines(["  appointments sent:"])
        put_lines(f"    {line}" for line in appointments.lines(document["appointments"], str(address)))


@command.command("history")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Show the last N runs."
)
@table_option("table", "json")
@click.pass_obj
def history(context: GlobalOptions, limit: int, form: str) -> None:
    """Show who applied what and when, the last run first.

    Shows every apply that had anything to do: its run id, the user of the account, by whom, on which host and in which
    CI job it ran, the fingerprint of its plan, whether calls were permitted, how many changes ended how, and the exit
    code. A run that was killed did not end. No rows and nothing of what was sent. Works offline.
    """
    from provisioner.inspect.environments import run_document
    from provisioner.state_commands import history

    settings = open_settings(context)
    with open_state(context, settings) as store:
        runs = store.runs.latest(limit)
    if form == "json":
        put_json([run_document(run) for run in runs])
    elif runs:
        put_table(history.as_table(runs, Zones.of(settings)))
    else:
        put_line("Nothing was applied.")


@command.command("mv")
@click.argument("old", type=to_address)
@click.argument("new", type=to_address)
@lock_timeout_option
@click.pass_obj
def mv(context: GlobalOptions, old: Address, new: Address, lock_timeout: float | None) -> None:
    """Move a recorded resource to another address.

    For a key that was renamed in the manifests: OLD becomes NEW, of the same kind. The sections of a survey move with
    it. Works offline.
    """
    from provisioner.state_commands.move import move

    with open_state(context, open_settings(context)) as store:
        moves = move(store, old, new, lock_timeout or 0.0)
    put_lines(f"moved {before} -> {after}" for before, after in moves.items())


@command.command("rm")
@click.argument("addresses", type=to_address, nargs=-1, required=True, metavar="ADDRESS...")
@lock_timeout_option
@click.pass_obj
def rm(context: GlobalOptions, addresses: tuple[Address, ...], lock_timeout: float | None) -> None:
    """Forget resources and leave them on Alice.

    The sections of a survey are forgotten with it, and what was sent of a calendar's appointments. What is still
    declared is adopted again by the next plan; if the server cannot list the kind, plan asks for `state adopt` first,
    so that no duplicate is created. Works offline.
    """
    from provisioner.state_commands.move import remove

    with open_state(context, open_settings(context)) as store:
        gone = remove(store, addresses, lock_timeout or 0.0)
    put_lines(
        f"forgot {address}: " + ("it was noted as absent" if number is None else f"id {number} stays on Alice")
        for address, number in gone.items()
    )


@command.command("adopt")
@click.argument("address", type=to_address)
@click.argument("remote_id", type=object_id, required=False, metavar="[ID]")
@click.option("--absent", is_flag=True, help="Record that no such object exists, so that it can be created.")
@click.option(
    "--appointments",
    type=click.Choice(["there", "absent"]),
    help="Of a calendar's appointments that may have been sent: whether they are there.",
)
@lock_timeout_option
@click.pass_obj
def adopt(
    context: GlobalOptions,
    address: Address,
    remote_id: int | None,
    absent: bool,
    appointments: str | None,
    lock_timeout: float | None,
) -> None:
    """Record a live object under an address.

    ADDRESS is declared in the manifests, ID is the remote id of the object. Settles a write whose answer was lost. If
    the server can list the kind, the object is looked up and the next plan shows what differs. If it cannot, your word
    is taken for it: the fields of the documented update are sent once more, all others are taken as declared.
    """
    from provisioner.state_commands.adopt import Adopter

    if [remote_id is not None, absent, appointments is not None].count(True) != 1:
        raise UsageError("give the ID of the object, or --absent when there is none, or --appointments of a calendar")
    project = open_project(context)
    settings = project.settings
    with open_state(context, settings) as store, open_client(context, settings) as client:
        user, hidden = user_of(context, settings), settings.endpoint_hidden
        store.bind(settings.endpoint, user, hidden=hidden, answered=lambda: remote_id is not None)
        adopter = Adopter(project, client, store, lock_timeout or 0.0)
        if appointments is not None:
            number = adopter.settle_appointments(address, there=appointments == "there")
            put_line(
                f"{address}: appointments that nobody could tell of are {appointments}, {number} of them sent by us"
            )
        elif remote_id is None:
            adopter.note_absent(address)
            put_line(f"{address} is noted as absent: the next apply may create it")
        else:
            put_lines(_adopted(adopter.adopt(address, remote_id)))


def _adopted(found: Adoption) -> Iterator[str]:
    address, remote_id = found.record.address, found.record.remote_id
    yield f"{address} was recorded with id {remote_id} already" if found.again else f"adopted {address}: id {remote_id}"
    if found.unread and not found.again:
        title = KINDS[address.kind].title
        yield f"The server does not list {title}s, so nobody has looked whether it exists."
    if found.resent:
        yield f"The next apply sends once more: {', '.join(found.resent)}"
    if any(not each.left for each in found.answers):
        yield "The write that had no answer is settled."


@command.command("unlock")
@click.option("--force", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def unlock(context: GlobalOptions, force: bool) -> None:
    """Release the state lock by force.

    Only for a run that hangs: the lock of a dead run is released by itself within seconds. A run that loses its lock
    writes nothing more.
    """
    with open_state(context, open_settings(context)) as store:
        holder = store.holder()
        if holder is None:
            put_line("The state is not locked.")
            return
        if not force:
            _ask(holder)
        taken = store.unlock()
    put_line(f"Released the lock of {taken}." if taken else f"{holder} has released the lock by itself.")


def _ask(holder: str) -> None:
    """Let a person decide; Refused without one."""
    if not sys.stdin.isatty():
        raise Refused([f"locked by {holder}: add --force to release the lock"], id=ErrorId.STATE_LOCKED)
    if not click.confirm(f"Locked by {holder}. Release the lock?", default=False, err=True):
        raise Refused([f"the lock is still held by {holder}"], id=ErrorId.STATE_LOCKED)
