"""Loads declared appointments into their source table, in sets: of each sheet what its different cells say is read once
(`cells`), and rows are made of that and judged like others.

    cells      a row of a sheet in texts, with the numbers that SQL reads
    moments    what a text of a date says, or why it is none; and when it rings about what begins then
    numbers    what other texts of numbers say; `sent` as it is written where it is none
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from provisioner.error_ids import ErrorId
from provisioner.errors import ManifestError
from provisioner.model import Rows
from provisioner.plan.model import EMPTY, FILTERED
from provisioner.reminders import COLUMN, Agenda
from provisioner.rows import reasons
from provisioner.rows.appointments.cells import HALF, LONGEST_NUMBER, LONGEST_TITLE, CellReader
from provisioner.rows.appointments.layout import (
    DESCRIPTION,
    END,
    FIELDS,
    KEY,
    MOMENTS,
    PHONE,
    REMIND_AT,
    START,
    TITLE,
    TRANSFER,
    column_options,
)
from provisioner.rows.appointments.tables import RINGS, SOURCE, mark, table_of
from provisioner.rows.columns import columns_of
from provisioner.rows.files import BadFile
from provisioner.rows.layout import Layout, cell, declared_cell
from provisioner.rows.number_sql import numbered
from provisioner.rows.scratch import spooled
from provisioner.rows.sheets import FORM, Sheet
from provisioner.rows.sources import Loading, filtered, filtering_of, insert_all, is_row
from provisioner.rows.sql import BLANKS, listed, literal, micros, one_number
from provisioner.rows.tables import FILE_SHIFT, Owned, SourceReport, created
from provisioner.rows.validation import judged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Texts = Sequence[tuple[str, str]]

BATCH = 10_000
_PLAIN = r"\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"  # ISO 8601 without an offset
_DAY = "left(text, 10)"
ANSWER = ("place", "value", "more", "wrong")
TEXTS = {field: f"text_{field}" for field in FIELDS if field != PHONE} | {PHONE: "text"}  # columns of `cells`


@dataclass(frozen=True, slots=True)
class SheetCells:
    """SQL of the texts of a sheet, by field; fields that there is nothing of are "NULL"."""

    fields: Mapping[str, str]

    def has(self, name: str) -> bool:
        return self.fields[name] != "NULL"


def load(loading: Loading, zone: ZoneInfo, secret: str) -> SourceReport:
    """Every declared appointment into the source table, without those that do not count; raises ManifestError."""
    owned = loading.owned
    owned.parts, owned.heads, owned.managed, owned.passed_over = [], set(), (), Counter()
    loading.connection.execute(created(owned.source, SOURCE))

    def insert(loading: Loading, index: int, sheet: Sheet) -> None:
        _insert(loading, index, sheet, zone, secret)

    problems = list(insert_all(replace(loading, insert=insert)))
    if problems:
        raise ManifestError(problems)
    owned.source_report = judged(loading.connection, owned)
    loading.connection.execute(_rings(owned, secret))
    return owned.source_report


def _rings(owned: Owned, secret: str) -> str:
    """Every alarm of a valid row, passed or not; its mark is made of its appointment's, the number and the moment."""
    moment = "try_cast(unnest(string_split(dues, ',')) AS BIGINT)"
    return f"""
        CREATE OR REPLACE TABLE {table_of(owned, RINGS)} AS
        SELECT row, moment, {mark(secret, "mark", "number", "moment")} AS due
        FROM (SELECT row, mark, number, {moment} AS moment FROM {owned.source} WHERE reason IS NULL)"""


def _insert(loading: Loading, index: int, sheet: Sheet, zone: ZoneInfo, secret: str) -> None:
    owned, connection = loading.owned, loading.connection
    agenda = owned.rows.agenda or Agenda()
    cells, used = _cells(sheet, owned.rows, agenda)
    filtering, condition = (
        filtering_of(loading, sheet),
        is_row(loading.owned, sheet, Layout(dict(cells.fields), "NULL", used, ())),
    )
    texts = [f"{_unless_bad(sheet, cells.fields[name])} AS {column}" for name, column in TEXTS.items()]
    lines = f"""(
        SELECT {index << FILE_SHIFT} + __line AS row, {sheet.bad} AS bad, {listed(texts)}
        FROM {filtered(sheet.relation, filtering)} WHERE {condition})"""
    names = listed(["row", "bad", "number", "sent", *TEXTS.values()])
    query = f"SELECT {names} FROM ({numbered(lines, owned.region, owned.number_format)})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cells AS {query}")
    reader = CellReader(agenda, zone, owned.region, owned.number_format)
    _read_moments(loading, reader)
    _read_numbers(loading, reader)
    rows = inserted = one_number(connection, _insertion(owned.source, agenda, secret, keyed=cells.has(KEY)))
    connection.execute("DROP TABLE cells")
    if filtering is not None:
        rows = one_number(connection, f"SELECT count(*) FROM {sheet.relation} WHERE {condition}")
    owned.passed_over.update({FILTERED: rows - inserted, EMPTY: sheet.lines - rows})
    owned.passed_over.update(sheet.left)
    owned.managed = tuple(dict.fromkeys((*owned.managed, *filter(cells.has, (DESCRIPTION, TRANSFER)))))


def _unless_bad(sheet: Sheet, text: str) -> str:
    return f"CASE WHEN {sheet.bad} IS NULL THEN coalesce({text}, '') ELSE '' END"


def _cells(sheet: Sheet, rows: Rows, agenda: Agenda) -> tuple[SheetCells, tuple[int, ...]]:
    """The texts, and which columns are read; raises BadFile for a column that is missing or that may be another."""
    if sheet.form == FORM:
        index = {name: place for place, name in enumerate(sheet.columns)}
        fields = {name: declared_cell(index.get(name), rows.defaults.get(name)) for name in FIELDS}
        columns = {name: fields.get(name, "''") for name in agenda.columns}
        return _with_made(fields, columns, agenda.texts, ()), tuple(index.values())
    found = columns_of(sheet.columns, column_options(rows.columns, agenda, rows.filter))
    if found.problems:
        raise BadFile("; ".join(map(str, found.problems)), id=ErrorId.ROWS_COLUMN)
    fields = {name: cell(sheet, found.fields.get(name), rows.defaults.get(name)) for name in FIELDS}
    columns = {name: cell(sheet, found.variables[name], None) for name in agenda.columns}
    used = (*found.fields.values(), *found.variables.values())
    return _with_made(fields, columns, agenda.texts, agenda.joined), used


def _with_made(fields: Mapping[str, str], columns: Mapping[str, str], texts: Texts, joined: Texts) -> SheetCells:
    """With texts that are made of columns."""
    start = COLUMN.findall(dict(joined).get(START, ""))
    made = {name: _made(text, columns) for name, text in texts}
    moments = {name: _moment(text, columns, () if name == START else start) for name, text in joined}
    return SheetCells({**fields, **made, **moments})


def _made(text: str, columns: Mapping[str, str]) -> str:
    """Every other part of such a text is the name of a column."""
    parts = enumerate(COLUMN.split(text))
    texts = [f"coalesce({columns[part]}, '')" if place % 2 else literal(part) for place, part in parts]
    return f"trim({' || '.join(texts)}, {literal(BLANKS)})"


def _moment(text: str, columns: Mapping[str, str], others: Sequence[str]) -> str:
    """The same of a moment: none where all its own cells are empty, which are not those of `others`; else all count."""
    names = COLUMN.findall(text)
    cells = [f"coalesce({columns[name]}, '') = ''" for name in names]
    own = [cell for cell, name in zip(cells, names, strict=True) if name not in others] or cells
    none, half = " AND ".join(own), " OR ".join(cells)
    return f"CASE WHEN {none} THEN '' WHEN {half} THEN {literal(HALF)} ELSE {_made(text, columns)} END"


def _read_moments(loading: Loading, reader: CellReader) -> None:
    """The different texts of dates; those in the plain form all at once, where a day has one offset from UTC."""
    connection, form = loading.connection, "false" if reader.agenda.form else f"regexp_full_match(text, '{_PLAIN}')"
    dates = [f"SELECT {TEXTS[name]} AS text, {name == START} AS starts FROM cells" for name in MOMENTS]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE dates AS SELECT text, bool_or(starts) AS starts, {form} AS plain
        FROM ({" UNION ALL ".join(dates)}) WHERE text <> '' GROUP BY text""")

    def day(text: str, flag: bool) -> tuple[str, str, str]:
        found = reader.day(text)
        return ("", "", "") if found is None else (str(found[0]), ",".join(map(str, found[1])), "")

    def answer(text: str, starts: bool) -> tuple[str, str, str]:
        found = reader.moment(text)
        if isinstance(found, str):
            return "", "", found
        return str(micros(found)), ",".join(map(str, reader.dues(found))) if starts else "", ""

    _answered(loading, "days", f"SELECT DISTINCT {_DAY}, true FROM dates WHERE plain", day)
    connection.execute("DELETE FROM days WHERE value IS NULL")
    others = f"SELECT text, starts FROM dates WHERE NOT (plain AND {_DAY} IN (SELECT text FROM days))"
    _answered(loading, "moments", others, answer)
    connection.execute(_plain_moments(reader.lengths))


def _plain_moments(lengths: Sequence[int]) -> str:
    """The INSERT of what dates in the plain form say, on days that have one offset."""
    before = ", ".join(f"value - {each}" for each in lengths)
    fixed = "list_transform(string_split(more, ','), lambda text: text::BIGINT)"
    dues = f"list_concat(CASE WHEN more IS NULL THEN []::BIGINT[] ELSE {fixed} END, [{before}]::BIGINT[])"
    return f"""
        INSERT INTO moments
        SELECT text, value, CASE WHEN starts THEN array_to_string(list_sort(list_distinct({dues})), ',') END, NULL
        FROM (SELECT dates.text, starts, epoch_us(try_cast(dates.text AS TIMESTAMP)) - days.value AS value, more
              FROM dates JOIN days ON plain AND days.text = {_DAY.replace("text", "dates.text")})"""


def _read_numbers(loading: Loading, reader: CellReader) -> None:
    """The different texts of numbers that SQL did not read."""
    query = f"""SELECT text FROM cells WHERE number IS NULL
        UNION SELECT {TEXTS[TRANSFER]} FROM cells WHERE {TEXTS[TRANSFER]} <> ''"""

    def answer(text: str, flag: bool) -> tuple[str, str, str]:
        number, sent, problem = reader.number(text)
        return "" if number is None else str(number), sent, problem

    _answered(loading, "numbers", f"SELECT text, true FROM ({query})", answer)


def _answered(loading: Loading, table: str, query: str, answer: Callable[[str, bool], tuple[str, str, str]]) -> None:
    """A table of what is said about texts: a number, a text, and what is wrong."""
    connection = loading.connection
    asked = f"SELECT row_number() OVER () AS place, * FROM ({query}) AS texts (text, flag)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE asked AS {asked}")
    columns = "text VARCHAR, value BIGINT, more VARCHAR, wrong VARCHAR"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    answers = spooled(loading.scratch, _answers(connection, answer), len(ANSWER))
    if answers is not None:
        connection.execute(f"""
            INSERT INTO {table} SELECT text, value::BIGINT, more, wrong
            FROM {answers.relation(ANSWER)} AS answer JOIN asked ON asked.place = answer.place::BIGINT""")
        answers.path.unlink()
    connection.execute("DROP TABLE asked")


def _answers(
    connection: DuckDBPyConnection, answer: Callable[[str, bool], tuple[str, str, str]]
) -> Iterator[tuple[str, str, str, str]]:
    texts = connection.execute("SELECT place, text, flag FROM asked")
    while batch := texts.fetchmany(BATCH):
        for place, text, flag in batch:
            yield str(place), *answer(text, flag)


def _insertion(source: str, agenda: Agenda, secret: str, *, keyed: bool) -> str:
    """The INSERT of all cells, with what is said about them."""
    lasts = agenda.lasts // timedelta(microseconds=1) if agenda.lasts is not None else "NULL"
    values = {
        "row": "row",
        "title": TEXTS[TITLE],
        "description": TEXTS[DESCRIPTION],
        "start": "start.value",
        "finish": f"CASE WHEN {TEXTS[END]} = '' THEN start.value + {lasts} ELSE finish.value END",
        "number": "coalesce(cells.number, called.value)",
        "sent": "coalesce(cells.sent, called.more)",
        "transfer": f"coalesce(desk.more, {TEXTS[TRANSFER]})",
        "dues": f"coalesce(CASE WHEN {TEXTS[REMIND_AT]} = '' THEN start.more ELSE notice.value::VARCHAR END, '')",
    }
    named = listed([f"{sql} AS {name}" for name, sql in values.items()])
    joined = f"""cells LEFT JOIN moments AS start ON start.text = {TEXTS[START]}
        LEFT JOIN moments AS finish ON finish.text = {TEXTS[END]}
        LEFT JOIN moments AS notice ON notice.text = {TEXTS[REMIND_AT]}
        LEFT JOIN numbers AS called ON cells.number IS NULL AND called.text = cells.text
        LEFT JOIN numbers AS desk ON desk.text = {TEXTS[TRANSFER]}"""
    marked, wrong = _mark(secret, keyed), _wrong(keyed)
    return f"""
        INSERT INTO {source} ({listed([*values, "mark", "reason"])})
        SELECT {listed([*values])}, {marked}, {wrong} FROM (
            SELECT {named}, bad, {TEXTS[KEY]} AS key, {_moments_wrong(agenda)} AS untimely, called.wrong AS odd
            FROM {joined})"""


def _mark(secret: str, keyed: bool) -> str:
    """What tells it from others; nothing when that is missing."""
    parts, there = (["key"], "key <> ''") if keyed else (["title", "start"], "title <> '' AND start IS NOT NULL")
    identity = " || chr(31) || ".join([literal(KEY if keyed else START), *parts])
    return f"CASE WHEN {there} THEN {mark(secret, identity)} END"


def _moments_wrong(agenda: Agenda) -> str:
    """The first thing that is wrong with its times."""
    finish = _said_of(END, "finish") if agenda.lasts is None else f"finish.wrong || ':{END}'"
    remind = "NULL" if agenda.remind else literal(reasons.NO_REMINDER)
    notice = f"CASE WHEN {TEXTS[REMIND_AT]} = '' THEN {remind} ELSE notice.wrong || ':{REMIND_AT}' END"
    return f"coalesce({_said_of(START, 'start')}, {finish}, {notice})"


def _said_of(field: str, table: str) -> str:
    missing = literal(reasons.of(reasons.MISSING, field))
    return f"CASE WHEN {TEXTS[field]} = '' THEN {missing} ELSE {table}.wrong || ':{field}' END"


def _wrong(keyed: bool) -> str:
    """The first thing that is wrong with a row."""
    tests = [
        ("bad IS NOT NULL", "bad"),
        ("title = ''", literal(reasons.of(reasons.MISSING, TITLE))),
        (f"length(title) > {LONGEST_TITLE}", literal(reasons.too_long(TITLE))),
        (f"{keyed} AND key = ''", literal(reasons.of(reasons.MISSING, KEY))),
        ("untimely IS NOT NULL", "untimely"),
        ("odd IS NOT NULL", "odd"),
        (f"length(sent) > {LONGEST_NUMBER}", literal(reasons.too_long(PHONE))),
        (f"length(transfer) > {LONGEST_NUMBER}", literal(reasons.too_long(TRANSFER))),
        ("finish < start", literal(reasons.ENDS_FIRST)),
    ]
    return f"CASE {' '.join(f'WHEN {test} THEN {code}' for test, code in tests)} END"
