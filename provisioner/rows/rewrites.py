"""What the server is known to make of rows, so that a plan comes to rest: learnt once, told, remembered in the state.

    text     a row that was sent so and is shown so: equal from then on
    kept     the server keeps another value than it was sent, or none: failed once, and not sent again
    number   a row that was sent with one number and is shown under another text: not sent again
    sent     a number that is on a DNC list: not sent again should the server cease to show the list

Known are keyed hashes of pairs, 8 bytes each: a change in the source or on the server makes another pair, and another
key makes all of it unknown. A number that was sent and that no row can be told to be, or the other way round, has a
pair with NOBODY. `alike` only says whether a row is worth sending a second time. All in sets; for a million rows that
are all rewritten a few seconds. See docs/alice-api.md#values-that-come-back-changed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.language import template, term
from provisioner.messages import either
from provisioner.rows.sql import literal, one_number, one_row
from provisioner.rows.tables import Owned, created

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NONE = "'{}'"  # no variables

_MARKUP = r"<[^<>]*>|&(#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"

TEXT, KEPT, NUMBER, SENT = 1, 2, 3, 4
NOBODY = 0  # in the place of a row that cannot be told

BATCH = 10_000  # rows of a result
_ONE, _TWO = struct.Struct(">Q"), struct.Struct(">QQ")
_SHAPES = {TEXT: _ONE, KEPT: _ONE, NUMBER: _TWO, SENT: _ONE}  # a new one comes last


def secret_of(key: bytes) -> str:
    """The secret that hashes of rows are made with."""
    return hashlib.blake2b(b"forms of rows", key=key[:64], digest_size=32).hexdigest()


def table(owned: Owned) -> str:
    """What is known: kind, one, other."""
    return f"forms_{owned.number}"


def settled(owned: Owned) -> str:
    """Rows that differ only in a known form, of the last comparison: row, pair, kind, and of each field how."""
    return f"settled_{owned.number}"


def begin(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Before something may become known: until then there is no table to ask."""
    if not owned.learnt:
        owned.secret = owned.secret or secrets.token_hex(32)
        connection.execute(f"CREATE OR REPLACE TABLE {table(owned)} (kind TINYINT, one UBIGINT, other UBIGINT)")
        owned.learnt = True


def known(connection: DuckDBPyConnection, owned: Owned, *kinds: int) -> bool:
    """Whether there is anything to compare with. Most servers keep rows as sent, and to plan an empty join costs more
    than to compare the rows."""
    found = f"SELECT count(*) FROM {table(owned)} WHERE list_contains({[*kinds]}, kind)"
    return owned.learnt and bool(one_number(connection, found))


def texts(owned: Owned) -> tuple[str, ...]:
    """The fields of which the server may have a form of its own; a status is what it is."""
    return (*owned.shape.texts, "variables") if owned.shape.rich else ()


def pair(owned: Owned, source: str, live: str, *names: str) -> str:
    """The hash of what is declared and what is shown of one row, in those of the fields that differ."""
    cells = [
        f"CASE WHEN {source}{name} <> {live}{name} THEN json_array('{name}', {source}{name}, {live}{name}) END"
        for name in names or texts(owned)
    ]
    return _hash(owned, f"{source}number", *cells)


def settle(connection: DuckDBPyConnection, owned: Owned, changed: str) -> None:
    """From `pairs_N` the rows whose difference is known; `changed` is the condition that one differs."""
    if not known(connection, owned, TEXT, KEPT):
        hows = {f"how_{name}": "VARCHAR" for name in texts(owned)}
        connection.execute(created(settled(owned), {"row": "BIGINT", "pair": "UBIGINT", "kind": "TINYINT", **hows}))
        return
    flags = "".join(f", {_how(name)} AS how_{name}" for name in texts(owned))
    connection.execute(f"""
        CREATE OR REPLACE TABLE {settled(owned)} AS
        SELECT source.row, known.one AS pair, known.kind{flags}
        FROM {owned.pairs} AS pair JOIN {owned.source} AS source ON source.row = pair.row
        JOIN {owned.live} AS live ON live.id = pair.id
        JOIN (SELECT DISTINCT one, kind FROM {table(owned)} WHERE kind IN ({TEXT}, {KEPT})) AS known
          ON known.one = {pair(owned, "source.", "live.")}
        WHERE ({changed}) AND coalesce(source.active = live.active, true)""")


def _how(name: str) -> str:
    """How a field that differs does; NULL when it does not."""
    sent, shown = f"source.{name}", f"live.{name}"
    how = OTHERWISE if name == "variables" else described(sent, shown)
    return f"CASE WHEN {sent} <> {shown} THEN {how} END"


def counted(connection: DuckDBPyConnection, owned: Owned, kind: int) -> tuple[int, dict[str, str]]:
    """How many rows are settled so, and of each field that differs in one how it does."""
    names = texts(owned)
    if not names:
        return 0, {}
    hows = "".join(f", list_sort(list_distinct(list(how_{name})))" for name in names)
    rows, *found = one_row(connection, f"SELECT count(*){hows} FROM {settled(owned)} WHERE kind = {kind}")
    return rows, {name: either([*map(term, how)]) for name, how in zip(names, found, strict=True) if how}


def recognise(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Give live rows that are known to be declared ones, under another text, the declared number."""
    owned.renumbered = known(connection, owned, NUMBER)
    if not owned.renumbered:
        return
    connection.execute(f"""
        UPDATE {owned.live} AS live SET number = known.number
        FROM (SELECT source.number, known.other FROM {owned.source} AS source
              JOIN {table(owned)} AS known ON known.kind = {NUMBER} AND known.one = {declared_form(owned, "source.")}
              WHERE source.reason IS NULL) AS known
        WHERE known.other = {shown_form(owned, "live.")} AND live.number IS DISTINCT FROM known.number""")


def there(owned: Owned) -> str:
    """The condition on a declared row that it was sent, and is on the server under another text as far as known."""
    if not owned.renumbered:
        return "false"
    texts = f"SELECT {shown_form(owned, '')} FROM {owned.live}"
    return f"""{declared_form(owned, "source.")} IN (
        SELECT one FROM {table(owned)} WHERE kind = {NUMBER} AND (other = {NOBODY} OR other IN ({texts})))"""


def sent_by_us(owned: Owned) -> str:
    """The condition on a live row that one of ours became it, nobody knows which."""
    if not owned.renumbered:
        return "false"
    known = f"SELECT other FROM {table(owned)} WHERE kind = {NUMBER} AND one = {NOBODY}"
    return f"{shown_form(owned, 'live.')} IN ({known})"


def note_sent(connection: DuckDBPyConnection, owned: Owned, places: str) -> None:
    """The server took these declared rows (a SELECT of their places), and does not show them."""
    begin(connection, owned)
    connection.execute(f"""
        INSERT INTO {table(owned)}
        SELECT {SENT}, {declared_form(owned, "")}, {NOBODY} FROM {owned.source} WHERE row IN ({places})
        EXCEPT FROM {table(owned)}""")


def stand_in(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Of a list that the server does not show, what was sent stands for what is live, with ids that no server gives."""
    if not owned.unlisted:
        return
    begin(connection, owned)
    connection.execute(f"DELETE FROM {owned.live} WHERE id < 0")
    connection.execute(f"""
        INSERT INTO {owned.live} BY NAME SELECT -1 - row AS id, number, sent, false AS unsure FROM {owned.source}
        WHERE reason IS NULL AND {declared_form(owned, "")} IN (SELECT one FROM {table(owned)} WHERE kind = {SENT})""")


def _add(connection: DuckDBPyConnection, owned: Owned, kind: int, packed: bytes) -> None:
    """Take over what was known before, as `_packed` made it."""
    words = packed.hex(" ", _ONE.size).split() if packed else []
    wide = _SHAPES[kind] is _TWO
    ones, others = (words[::2], words[1::2]) if wide else (words, [])
    other = "('0x' || unnest(string_split($others, ' ')))::UBIGINT" if wide else f"{NOBODY}"
    given = {"ones": " ".join(ones), **({"others": " ".join(others)} if wide else {})}
    if ones:
        begin(connection, owned)
        connection.execute(
            f"INSERT INTO {table(owned)} SELECT {kind}, ('0x' || unnest(string_split($ones, ' ')))::UBIGINT, {other}",
            given,
        )


def declared_form(owned: Owned, source: str) -> str:
    """The hash of a declared row's number, or text on a list."""
    return _hash(owned, "'declared'", f"{source}{owned.shape.key}")


def shown_form(owned: Owned, live: str) -> str:
    """The hash of the text under which a live row is shown."""
    return _hash(owned, "'shown'", f"{live}sent")


def _hash(owned: Owned, *values: str) -> str:
    text = f"{literal(owned.secret)} || json_array({', '.join(values)})::VARCHAR"
    return f"('0x' || substr(sha256({text}), 1, 16))::UBIGINT"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Rows that the server keeps in its own form, with how by field; rows of which it keeps other values.

    Of `numbers` it shows another text than was sent; of those `lost` nobody can tell which row is which.
    """

    texts: int = 0
    how: Mapping[str, str] = field(default_factory=dict)
    kept: int = 0
    fields: tuple[str, ...] = ()
    numbers: int = 0
    lost: int = 0


def take(connection: DuckDBPyConnection, owned: Owned, key: bytes, stored: str | None, *, listed: bool) -> None:
    """Know what was known, if that was made with the same key; what was learnt in this run stays.

    What is on a list is only asked when the server does not list it.
    """
    secret = secret_of(key)
    if owned.secret == secret:
        return
    owned.secret, owned.learnt = secret, False
    name, *parts = (stored or "").split(":")
    if name == _name(owned):
        for kind, part in zip(_SHAPES, parts, strict=False):  # older states have fewer
            if not (listed and kind == SENT):
                _add(connection, owned, kind, base64.b85decode(part))


def given(connection: DuckDBPyConnection, owned: Owned) -> str:
    """After a difference: everything that is still so."""
    if owned.shape.rich and not owned.learnt:
        return ""
    begin(connection, owned)  # what is on a list is kept, whatever was known of it
    parts = [_packed(connection, _still(owned, kind), shape) for kind, shape in _SHAPES.items()]
    return ":".join([_name(owned), *parts]) if any(parts) else ""


def rewritten(connection: DuckDBPyConnection, owned: Owned) -> Rewritten:
    """For the findings of a plan."""
    if not known(connection, owned, TEXT, KEPT, NUMBER):
        return Rewritten()
    texts, how = counted(connection, owned, TEXT)
    kept, fields = counted(connection, owned, KEPT)
    counts = [one_number(connection, f"SELECT count(DISTINCT one) FROM ({_numbers(owned)} AND {condition})")
              for condition in (f"one <> {NOBODY}", f"other = {NOBODY}")]  # fmt: skip
    return Rewritten(texts, how, kept, tuple(fields), *counts)


def _still(owned: Owned, kind: int) -> str:
    if kind == NUMBER:
        return _numbers(owned)
    if kind == SENT:  # declared or not: nobody takes it off the list
        on_it = f"SELECT {declared_form(owned, '')} FROM {owned.live} WHERE sent IS NOT NULL"
        known = f"SELECT one FROM {table(owned)} WHERE kind = {kind}"
        return known if owned.shape.rich else f"{known} UNION {on_it} ORDER BY ALL"
    if not owned.shape.rich:
        return "SELECT NULL WHERE false"
    return f"SELECT DISTINCT pair FROM {settled(owned)} WHERE kind = {kind}"


def _numbers(owned: Owned) -> str:
    """Of what is still declared, or still there."""
    declared = f"SELECT {declared_form(owned, '')} FROM {owned.source} WHERE reason IS NULL"
    return f"""
        SELECT DISTINCT one, other FROM {table(owned)}
        WHERE kind = {NUMBER} AND (one = {NOBODY} OR one IN ({declared}))"""


def _packed(connection: DuckDBPyConnection, query: str, shape: struct.Struct) -> str:
    return base64.b85encode(b"".join(shape.pack(*row) for row in _rows(connection, query))).decode()


def _rows(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[int, ...]]:
    found = connection.execute(query)
    while batch := found.fetchmany(BATCH):
        yield from batch


def _name(owned: Owned) -> str:
    return hashlib.blake2b(owned.secret.encode(), digest_size=8).hexdigest()


def alike(sent: str, shown: str) -> str:
    """A condition on two text columns: `shown` says what `sent` says, or the beginning of it."""
    pairs = [(fold(sent), fold(shown)) for fold in (_letters, _ascii)]
    same = " OR ".join(f"({b} <> '' AND starts_with({a}, {b})) OR ({a} = '' AND {shown} <> '')" for a, b in pairs)
    return f"({sent} = {shown} OR {same})"


def alike_variables(sent: str, shown: str) -> str:
    """The same for variables in their one form: every name is there, the values alike, numbers equal as numbers."""
    values = ", ".join(f"json_extract_string({text}, '$.*')" for text in (sent, shown))
    one, other = "coalesce(pair[1], '')", "coalesce(pair[2], '')"
    test = f"try_cast({one} AS DOUBLE) = try_cast({other} AS DOUBLE)"
    same = f"list_bool_and([coalesce({test}, false) OR {alike(one, other)} FOR pair IN list_zip({values})])"
    return f"({sent} = {shown} OR ({_names(sent)} = {_names(shown)} AND {same}))"


def lost(sent: str, shown: str) -> str:
    """A condition: something was sent, and nothing is shown."""
    return f"({sent} <> '' AND {shown} = '')"


def lost_variables(sent: str, shown: str) -> str:
    """A condition: a variable that was sent is not shown."""
    return f"({sent} <> {NONE} AND NOT list_has_all({_names(shown)}, {_names(sent)}))"


OTHERWISE = f"'{template('another form')}'"


def described(sent: str, shown: str) -> str:
    """How the one became the other, as a piece of a sentence."""
    blanks = f"trim(regexp_replace({sent}, '\\s+', ' ', 'g'))"
    rules: Iterable[tuple[str, str]] = (
        (f"{shown} = lower({sent})", template("lower case")),
        (f"{shown} = upper({sent})", template("upper case")),
        (f"lower({shown}) = lower({sent})", template("other capitals")),
        (f"{shown} = {blanks}", template("fewer blanks")),
        (f"{shown} <> '' AND starts_with({sent}, {shown})", template("cut")),
        (f"contains({shown}, '&') AND {_letters(sent)} = {_letters(shown)}", template("escaped")),
    )
    cases = " ".join(f"WHEN {condition} THEN '{words}'" for condition, words in rules)
    return f"CASE {cases} ELSE {OTHERWISE} END"


def _letters(text: str) -> str:
    """Letters and digits of any script, without accents, case and what surrounds them."""
    plain = f"translate(strip_accents({_unmarked(text)}), 'đĐ', 'dd')"
    return f"regexp_replace(lower({plain}), '[^\\pL\\pN]', '', 'g')"


def _ascii(text: str) -> str:
    """What is left where a server puts `?`, or nothing, for all else."""
    return f"regexp_replace(lower({_unmarked(text)}), '[^a-z0-9]', '', 'g')"


def _unmarked(text: str) -> str:
    return f"regexp_replace({text}, '{_MARKUP}', '', 'g')"


def _names(text: str) -> str:
    return f"json_keys({text}::JSON)"
