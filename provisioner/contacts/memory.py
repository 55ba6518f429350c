"""What is known of the server's forms of rows, to and from one text of the state; and what a plan says of it.

The text names the secret that its hashes were made with: made with another one they say nothing, and what the server
makes of rows is found out once more. Of pairs only those are kept that still are.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.contacts import forms
from provisioner.contacts.sql import one_number
from provisioner.contacts.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 10_000
_ONE, _TWO = struct.Struct(">Q"), struct.Struct(">QQ")
_SHAPES = {forms.TEXT: _ONE, forms.KEPT: _ONE, forms.NUMBER: _TWO, forms.SENT: _ONE}  # a new one comes last


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Rows that the server keeps in a form of its own, with how by field; rows of which it keeps other values.

    Of `numbers` it shows another text than was sent; of those `lost` nobody can tell which row is which.
    """

    texts: int = 0
    how: Mapping[str, str] = field(default_factory=dict)
    kept: int = 0
    fields: tuple[str, ...] = ()
    numbers: int = 0
    lost: int = 0


def take(connection: DuckDBPyConnection, owned: Owned, key: bytes, stored: str | None) -> None:
    """Know what was known, if that was made with the same key; what was learnt in this run stays."""
    secret = forms.secret_of(key)
    if owned.secret == secret:
        return
    owned.secret = secret
    connection.execute(f"DROP TABLE IF EXISTS {forms.table(owned)}")
    forms.begin(connection, owned)
    name, *parts = (stored or "").split(":")
    if name == _name(owned):
        for (kind, shape), part in zip(_SHAPES.items(), parts, strict=False):  # older states have fewer
            found = shape.iter_unpack(base64.b85decode(part))
            forms.add(connection, owned, kind, ((values[0], values[-1] if len(values) > 1 else 0) for values in found))


def given(connection: DuckDBPyConnection, owned: Owned) -> str:
    """After a difference: everything that is still so."""
    forms.begin(connection, owned)
    parts = [_packed(connection, _still(owned, kind), shape) for kind, shape in _SHAPES.items()]
    return ":".join([_name(owned), *parts]) if any(parts) else ""


def rewritten(connection: DuckDBPyConnection, owned: Owned) -> Rewritten:
    """For the findings of a plan."""
    forms.begin(connection, owned)
    texts, how = forms.counted(connection, owned, forms.TEXT)
    kept, fields = forms.counted(connection, owned, forms.KEPT)
    counts = [one_number(connection, f"SELECT count(DISTINCT one) FROM ({_numbers(owned)} AND {condition})")
              for condition in (f"one <> {forms.NOBODY}", f"other = {forms.NOBODY}")]  # fmt: skip
    return Rewritten(texts, how, kept, tuple(fields), *counts)


def _still(owned: Owned, kind: int) -> str:
    if kind == forms.NUMBER:
        return _numbers(owned)
    if kind == forms.SENT:  # declared or not: nobody takes it off the list
        return f"SELECT DISTINCT one FROM {forms.table(owned)} WHERE kind = {kind}"
    if not owned.shape.rich:
        return "SELECT NULL WHERE false"
    return f"SELECT DISTINCT pair FROM {forms.settled(owned)} WHERE kind = {kind}"


def _numbers(owned: Owned) -> str:
    """Of what is still declared, or still there."""
    declared = f"SELECT {forms.declared(owned, '')} FROM {owned.source} WHERE reason IS NULL"
    return f"""
        SELECT DISTINCT one, other FROM {forms.table(owned)}
        WHERE kind = {forms.NUMBER} AND (one = {forms.NOBODY} OR one IN ({declared}))"""


def _packed(connection: DuckDBPyConnection, query: str, shape: struct.Struct) -> str:
    return base64.b85encode(b"".join(shape.pack(*row) for row in _rows(connection, query))).decode()


def _rows(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[int, ...]]:
    found = connection.execute(query)
    while batch := found.fetchmany(BATCH):
        yield from batch


def _name(owned: Owned) -> str:
    return hashlib.blake2b(owned.secret.encode(), digest_size=8).hexdigest()
