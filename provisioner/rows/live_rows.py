"""Loads the server's rows, page by page, into live tables: relations and variables in any form a server gives them.

Pages go to a JSON file in batches and from there into duckdb, which decodes them several times faster. The parent of
each row is checked here, for a server may ignore the filter. What cannot be read is there and active; a row that does
not say whose it is stands with every owner, `unsure`, and is never written. Variables have one text form, `canonical`:
sorted keys, values as text, empty ones left out. Must not know how pages are fetched, or what is declared.
See docs/alice-api.md#lists and #values-that-come-back-changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from provisioner.errors import Inconsistent
from provisioner.phone import E164, ParsedNumber, read_live
from provisioner.resources.kind import COMPUTED
from provisioner.rows.number_sql import numbered, resolve
from provisioner.rows.scratch import Scratch
from provisioner.rows.sql import cleaned, listed, literal, one_row, quoted, seen, visible
from provisioner.rows.tables import LiveReport, Owned, RowShape, created, live_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NONE = "{}"
_ODD = re.compile(r'":(?!")|":""|":"\s|\s"[,}]|\\')
_ESCAPE = re.compile(r"\\\\|\\u00[01][0-9a-f]")

_NOTHING = "''"  # SQL of an empty text

BATCH = 50_000
Page = Sequence[Mapping[str, Any]]


def load_live(
    connection: DuckDBPyConnection, scratch: Scratch, parents: Mapping[int, Owned], pages: Iterable[Page]
) -> dict[int, LiveReport]:
    """Replace the live tables of some owners, by their remote id, from one listing of their kind of rows."""
    connection.begin()  # else every batch goes through the write-ahead log, at twice the cost
    for owned in parents.values():
        connection.execute(created(owned.live, live_columns(owned.shape)))
    total = _append(connection, scratch, parents, pages)
    reports = {remote_id: _finished(connection, scratch, owned, total) for remote_id, owned in parents.items()}
    connection.commit()
    return reports


def merge_live(
    connection: DuckDBPyConnection, scratch: Scratch, remote_id: int, owned: Owned, rows: Iterable[Page]
) -> None:
    """Take over rows that writes were answered with: what was read earlier under the same id is replaced."""
    connection.begin()
    _append(connection, scratch, {remote_id: owned}, rows)
    _finished(connection, scratch, owned, 0)
    connection.commit()


def _append(
    connection: DuckDBPyConnection, scratch: Scratch, parents: Mapping[int, Owned], pages: Iterable[Page]
) -> int:
    shape = next(iter(parents.values())).shape
    known = frozenset({*COMPUTED, *wire(shape)})

    def load(path: Path, keys: set[str]) -> None:
        _insert(connection, parents, _decoded(shape, path, _distinct(keys, known)))

    return take_in(scratch, pages, load, rich=shape.rich)


def take_in(
    scratch: Scratch,
    pages: Iterable[Page],
    load: Callable[[Path, set[str]], None],
    *,
    rich: bool = False,
    most: int = BATCH,
) -> int:
    """While duckdb takes one batch in (`load`), in a thread of its own, the next one is fetched; how many rows."""
    total = 0
    with ThreadPoolExecutor(1, thread_name_prefix="alice-live") as loader:
        loading: Future[None] | None = None
        for path, count, keys in batches(scratch, pages, rich, most):
            total += count
            if loading:
                loading.result()
            loading = loader.submit(_loaded, load, path, keys)
        if loading:
            loading.result()
    return total


def _loaded(load: Callable[[Path, set[str]], None], path: Path, keys: set[str]) -> None:
    try:
        load(path, keys)
    finally:
        path.unlink()


def batches(
    scratch: Scratch, pages: Iterable[Page], rich: bool, most: int = BATCH
) -> Iterator[tuple[Path, int, set[str]]]:
    """JSON arrays on disk of about `most` rows each, with all keys in them; no more than a page is in memory."""
    filled = (page for page in pages if page)
    for first in filled:
        path, count, keys = scratch.new(".json"), len(first), set().union(*first)
        with scratch.create(path) as array:
            array.write(b"[" + _written(first, rich))
            for page in _at_most(filled, most - count):
                array.write(b"," + _written(page, rich))
                count += len(page)
                keys.update(*page)
            array.write(b"]")
        yield path, count, keys


def _at_most(pages: Iterator[Page], rows: int) -> Iterator[Page]:
    """Pages until there are so many rows; the rest stays where it is."""
    while rows > 0 and (page := next(pages, None)):
        rows -= len(page)
        yield page


def _written(page: Page, rich: bool) -> bytes:
    return orjson.dumps(_prepared(page) if rich else page)[1:-1]


def _prepared(page: Page) -> list[Mapping[str, Any]]:
    """The variables in their one form beside those that came; that is the dear part, so only where there are any."""
    return [{**row, "variables": canonical(found)} if (found := row.get("additional_vars")) else row for row in page]


def wire(shape: RowShape) -> list[str]:
    """The keys of a row that have columns of their own."""
    own = [shape.parent.key, shape.identity, *shape.texts]
    return [*own, "status", "variables", "additional_vars"] if shape.rich else own


def _distinct(keys: Iterable[str], known: Collection[str]) -> list[str]:
    """What is not known; one of those that duckdb takes for the same name."""
    folded = {name.casefold(): name for name in sorted(keys, reverse=True)}
    return sorted(folded[name] for name in folded.keys() - {name.casefold() for name in known})


def _decoded(shape: RowShape, path: Path, others: Sequence[str]) -> str:
    """A SELECT of the columns of a live table, and the parent, from a JSON file; `others` stay JSON, all in one."""
    keys = dict.fromkeys(("id", "url", *wire(shape)), "VARCHAR")
    keys |= dict.fromkeys(others if shape.rich else (), "JSON")
    types = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in keys.items())
    fields = [f"{cleaned(f'coalesce({name}, {_NOTHING})')} AS {name}" for name in shape.texts]
    if shape.rich:
        fields += ["coalesce(lower(status) NOT IN ('0', 'false', 'inactive'), true) AS active"]
        pairs = ", ".join(f"{literal(name)}, {quoted(name)}" for name in others)
        fields += [f"json_object({pairs})::VARCHAR AS rest" if others else "NULL AS rest"]
        fields += [f"coalesce(variables, {literal(NONE)}) AS variables"]
        fields += ["CASE WHEN additional_vars <> variables THEN additional_vars END AS raw"]
    shown = f"trim(coalesce({shape.identity}, ''))"
    return f"""
        SELECT coalesce({remote_sql("id")}, {remote_sql("url")}) AS id, {remote_sql(shape.parent.key)} AS parent,
               {shown} AS shown, {visible(shown)} AS text{"".join(", " + field for field in fields)}
        FROM read_json({literal(path)}, format = 'array', columns = {{{types}}})"""


def remote_sql(column: str) -> str:
    """The id in any form: 343, "343", http://host/rest-api/phonebook/343/, {"id": 343}."""
    nested = f"CASE WHEN starts_with({column}, '{{') THEN coalesce({column}->>'$.id', {column}->>'$.url') END"
    tail = f"regexp_extract(coalesce({nested}, {column}), '(?:^|/)(\\d+)/?$', 1)"
    return f"coalesce(try_cast({column} AS BIGINT), try_cast({tail} AS BIGINT))"


def _insert(connection: DuckDBPyConnection, parents: Mapping[int, Owned], decoded: str) -> None:
    """One owner takes its rows in a stream; for several the batch is decoded once."""
    relation, present = f"({decoded})", set(parents)
    if len(parents) > 1:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE batch AS {decoded}")
        relation = "batch"
        found = {parent for (parent,) in connection.execute("SELECT DISTINCT parent FROM batch").fetchall()}
        present = present if None in found else present & found
    for remote_id in sorted(present):
        owned = parents[remote_id]
        names = [name for name in live_columns(owned.shape) if name != "sent"]
        is_ours = f"coalesce(parent, {remote_id:d}) = {remote_id:d}"
        ours = f"(SELECT *, parent IS NULL AS unsure FROM {relation} WHERE {is_ours})"
        connection.execute(f"""
            INSERT INTO {owned.live} ({listed(names)}, sent)
            SELECT {listed(names)}, shown FROM ({numbered(ours, owned.region, E164)})""")


def _finished(connection: DuckDBPyConnection, scratch: Scratch, owned: Owned, total: int) -> LiveReport:
    """Numbers that SQL left open, and each id once: pages of an unordered list may repeat rows."""
    region = owned.region
    rows, known, distinct, unread = one_row(connection, _probe(owned))
    if not rows:
        owned.live_report = LiveReport(0, total)
        return owned.live_report

    def reading(text: str) -> ParsedNumber:
        return read_live(seen(text), region)

    if unread:
        resolve(connection, scratch, owned.live, "sent", reading, lambda found, text: text, reasoned=False)
    if known < rows:
        raise Inconsistent("rows without an id cannot be compared", method="GET", path=owned.shape.path)
    if distinct < rows:
        connection.execute(
            f"DELETE FROM {owned.live} WHERE rowid NOT IN (SELECT max(rowid) FROM {owned.live} GROUP BY id)"
        )
    owned.live_report = LiveReport(distinct, max(total - rows, 0))
    return owned.live_report


def _probe(owned: Owned) -> str:
    """How many rows there are; how many of them have an id, how many ids; and how many numbers are not read yet."""
    return f"""
        SELECT count(*), count(id), count(DISTINCT id), count(*) FILTER (WHERE number IS NULL AND sent <> '')
        FROM {owned.live}"""


def canonical(value: Any) -> str:
    """From a mapping, its JSON text, or null; what is no JSON object is kept as its text under the key ""."""
    parsed = _parsed(value)
    if not parsed:
        return NONE
    if isinstance(parsed, dict) and (text := _plain(parsed)):
        return text
    mapping = parsed if isinstance(parsed, Mapping) else {"": parsed}
    return _dumped({name: text for name, inner in mapping.items() if (text := _text(inner))})


def names(canonical: str) -> frozenset[str]:
    """The variables in a text of `canonical`."""
    return frozenset(orjson.loads(canonical))


def composed(columns: Mapping[str, str]) -> str:
    """SQL for the same text from expressions of trimmed text, by the variable's name."""
    pairs = [
        f"CASE WHEN {columns[name]} <> '' THEN {literal(_dumped(name) + ':')} || to_json({columns[name]})::VARCHAR END"
        for name in sorted(columns)
    ]
    return f"'{{' || concat_ws(',', {', '.join(pairs)}) || '}}'" if pairs else literal(NONE)


def _parsed(value: Any) -> Any:
    """Alice's page shows a JSON string; servers also give the object itself."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value) if value.strip() else None
    except orjson.JSONDecodeError:
        return value


def _plain(mapping: dict[str, Any]) -> str | None:
    """The usual case in a third of the time: nothing but trimmed, normalised text that needs no escape."""
    text = orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS).decode()
    plain = not _ODD.search(text) and (text.isascii() or unicodedata.is_normalized("NFC", text))
    return text if plain else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _dumped(value)
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def _dumped(value: Any) -> str:
    """Control characters as duckdb writes them: \\u001F, where orjson has \\u001f."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return _ESCAPE.sub(_upper, text) if "\\u00" in text else text


def _upper(escape: re.Match[str]) -> str:
    return escape.group()[:2] + escape.group()[2:].upper()
