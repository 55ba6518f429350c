"""Numbers that the server shows otherwise than they were sent: it may bar nobody, or call somebody else.

They are not sent again. Alice compares a list with the text of a contact, so a list whose texts were rewritten is no
proof that anybody on it is left alone; a contact shown under another number may be a call to another telephone.
"""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.language import gettext
from provisioner.messages import count
from provisioner.model import Address, Finding
from provisioner.plan.decision import Decision
from provisioner.plan.dnc import is_list
from provisioner.resources import KINDS, Telephone

ID = "rewritten-numbers"


def run(context: Context) -> Iterator[Finding]:
    """Rows by their owner, then what is declared with a number of its own."""
    for address in context.situation.rows.changes:
        numbers, lost = context.numbers.renumbered(address)
        if numbers:
            resource = context.situation.project.resources[address]
            yield Finding(ID, Severity.ERROR, _of_rows(address, numbers, lost), address, resource.rows_source)
    for decision in context.situation.decisions.values():
        yield from _of_resource(decision)


def _of_rows(address: Address, numbers: int, lost: int) -> str:
    owner = KINDS[address.kind].rows
    title = KINDS[owner.kind].title if owner else "row"
    text = gettext(
        "the server shows {rows} in another form than it was sent, and is not sent them again{doubt}",
        rows=count(numbers, title),
        doubt=gettext("; it is not known which row is which for {count}", count=lost) if lost else "",
    )
    if is_list(address):
        return gettext(
            "{what}: Alice compares texts, so the list may not bar them. Declare them as the server keeps them",
            what=text,
        )
    return gettext("{what}: other telephones may be called. Look at them in Alice's web page", what=text)


def _of_resource(decision: Decision) -> Iterator[Finding]:
    """A warning: it is the same number as far as its digits tell, or the record says what became of it."""
    kind, before = KINDS[decision.address.kind], decision.before or {}
    for name in (field.name for field in kind.fields if isinstance(field, Telephone)):
        shown, wanted = before.get(name), decision.desired.get(name)
        if shown is not None and wanted is not None and shown != wanted and name not in decision.changed:
            message = gettext(
                "the server shows its {field} in another form than declared: taken as equal, and not sent again",
                field=name,
            )
            place = decision.resource.position(name)
            yield Finding(ID, Severity.WARNING, message, decision.address, place)


CHECK = Check(ID, Severity.ERROR, "Numbers are kept by the server as they are sent.", run)
