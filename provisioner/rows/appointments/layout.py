"""Which columns of a file say what of an appointment, and which it cannot do without. For validate and plan alike."""

from __future__ import annotations

from collections.abc import Mapping

from provisioner.reminders import Agenda
from provisioner.rows.columns import ColumnOptions

PHONE, START, TITLE, KEY = "phone", "start", "title", "key"
END, REMIND_AT, DESCRIPTION, TRANSFER = "end", "remind_at", "description", "transfer"
MOMENTS = (START, END, REMIND_AT)
FIELDS = (PHONE, START, TITLE, KEY, DESCRIPTION, END, TRANSFER, REMIND_AT)


def needed(agenda: Agenda) -> tuple[str, ...]:
    """The fields that have to have a column, because nothing else says them."""
    made = _made(agenda)
    ways = {START: False, TITLE: False, END: agenda.lasts is not None, REMIND_AT: bool(agenda.remind)}
    return tuple(name for name, said in ways.items() if not (said or name in made))


def _made(agenda: Agenda) -> set[str]:
    return {name for name, _ in (*agenda.texts, *agenda.joined)}


def column_options(columns: Mapping[str, str], agenda: Agenda, condition: object) -> ColumnOptions:
    """What is declared of the columns of its files.

    A field goes by its own name if no column is named at all; what is needed always does. A text that is made of
    columns takes the place of one.
    """
    made = _made(agenda)
    wanted = {name: name for name in needed(agenda) if name not in columns}
    named = any(columns.values())
    others = [name for name in FIELDS if name not in columns and name not in wanted and name not in made]
    return ColumnOptions(
        number=PHONE,
        fields=tuple(name for name in others if name == PHONE or not named),
        columns={**wanted, **{name: column for name, column in columns.items() if name not in made}},
        variables={column: column for column in agenda.columns},
        condition=condition if isinstance(condition, str) else "",
    )
