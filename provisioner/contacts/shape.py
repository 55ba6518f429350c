"""What a row of a kind consists of, derived from its declaration: the columns of the row tables.

A phonebook owns contacts: text fields, a status, variables. A DNC list owns numbers and nothing else. Everything in
this package that differs between the two asks its `RowShape`. Must not know SQL, files or the API's answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from provisioner.kinds import KINDS, Relation, Text
from provisioner.model import Address

IN_BULK = frozenset({"email", "last_name", "first_name"})  # besides number and status (docs/alice-api.md#bulk-contacts)


@dataclass(frozen=True, slots=True)
class RowShape:
    """`identity` is the field that holds the number, `texts` the other text fields with their longest length.

    `parent` is the relation to the owner. `rich` rows have a status and variables; the others are known by their exact
    text and only ever added.
    """

    kind: str
    path: str
    parent: Relation
    identity: str
    longest: int
    texts: dict[str, int | None]
    rich: bool

    @property
    def key(self) -> str:
        """The column two rows are the same by: the number, or the exact text (the server compares text)."""
        return "number" if self.rich else "sent"

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that are compared once two rows are the same."""
        return (*self.texts, "active", "variables") if self.rich else ()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that may be declared, as manifests name them; variables come apart."""
        return KINDS[self.kind].cells(self.parent.name)


@cache
def shape_of(owner: Address) -> RowShape:
    """The shape of the rows that a phonebook or DNC list owns; KeyError if that kind owns no rows."""
    owned = KINDS[owner.kind].rows
    if owned is None:
        raise KeyError(f"{owner.kind} has no rows")
    kind = KINDS[owned.kind]
    identity = next(name for name in kind.natural_key if name != owned.parent)
    number = kind.field(identity)
    parent = kind.field(owned.parent)
    assert isinstance(number, Text) and isinstance(parent, Relation)
    return RowShape(
        kind=kind.name,
        path=kind.path,
        parent=parent,
        identity=identity,
        longest=number.max_length or 90,
        texts={field.name: field.max_length for field in kind.fields if isinstance(field, Text) and field != number},
        rich=not owned.additive,
    )


def declared_under(owner: Address) -> str:
    """The manifest key that holds the rows, `contacts` or `numbers`: where a problem with them is shown."""
    owned = KINDS[owner.kind].rows
    return owned.declared if owned else ""
