"""A keyed digest of a row change set: the plan's fingerprint notices any change of it, and tells nothing about it.

Every row is hashed together with the key (SHA-256, in duckdb) and the hashes are added up, as two numbers of 64 bits:
so neither order nor remote ids matter, and no memory is needed. The sums are hashed with the key once more.

Why this is safe in a plan file: telephone numbers are few enough to try them all, so a plain hash would give them
away. Here nothing can be tried without the key, which is not in the file; whoever knows the digest alone learns not
even how many rows there are. With the key unknown nobody can make another change set of the same sum, either, because
no row's hash is ever shown.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from provisioner.contacts.difference import CHANGE, after
from provisioner.contacts.sql import one_row
from provisioner.contacts.tables import Owned, source_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LANES = 2
_HEX = 16  # hex digits of 64 bits


def digest(connection: DuckDBPyConnection, owned: Owned, key: bytes) -> str:
    """64 hex digits for `difference_N`; 16 bytes of key are the least that makes sense.

    What is written of a row counts: an addition's text as sent, of a change only what is declared.
    """
    names = [name for name in source_columns(owned.shape) if name not in ("row", "sent", "text", "reason")]
    sent = f"CASE WHEN action <> '{CHANGE}' THEN coalesce(sent, live_sent) END"
    return _digest(connection, ", ".join(["action", sent, *names]), owned.difference, key)


def digest_after(connection: DuckDBPyConnection, owned: Owned, key: bytes) -> str:
    """64 hex digits for whose telephones ring once the difference has been applied and the owner is dialled."""
    return _digest(connection, "coalesce(number::VARCHAR, sent)", f"({after(owned)})", key)


def _digest(connection: DuckDBPyConnection, values: str, rows: str, key: bytes) -> str:
    secret = hashlib.blake2b(b"row", key=key[:64], digest_size=32).hexdigest()
    text = ",".join(map(str, one_row(connection, _sums(values, rows), [secret])))
    return hashlib.blake2b(text.encode(), key=key[:64], digest_size=32).hexdigest()


def _sums(values: str, rows: str) -> str:
    lanes = ", ".join(
        f"coalesce(sum(('0x' || substr(hashed, {1 + lane * _HEX}, {_HEX}))::UBIGINT), 0)" for lane in range(LANES)
    )
    return f"""
        -- JSON keeps the values apart; the sums of 64 bit numbers are exact in 128 bits
        SELECT count(*), {lanes}
        FROM (SELECT sha256($1 || json_array({values})::VARCHAR) AS hashed FROM {rows})"""
