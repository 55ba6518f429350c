"""The set difference against plain Python, and each rule by itself. See docs/guides/contacts.md."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.model import Rows
from provisioner.rows import Workspace, payloads, pending
from provisioner.rows.live_rows import canonical
from provisioner.rows.tables import shape_of
from tests.rows import reference
from tests.rows.conftest import OPT_OUTS, PLACE, VIP, Project
from tests.rows.reference import Declared, Live

FORMS = ("0{}", "+84{}", "84{}", "{}", "0{} ", "+84 (0) {}")


@st.composite
def declared(draw: st.DrawFn) -> Declared:
    number = draw(st.integers(934890880, 934890889))
    fields = {name: draw(st.sampled_from(["", "A", "B"])) for name in reference.TEXTS if draw(st.booleans())}
    bad = draw(st.integers(0, 9)) == 0
    if bad or "email" in fields:
        fields["email"] = "bad" if bad else draw(st.sampled_from(["", "a@x.vn", "b@x.vn"]))
    return Declared(
        number=84_000_000_000 + number,
        text=draw(st.sampled_from(FORMS)).format(number),
        active=draw(st.booleans()),
        fields=fields,
        variables=draw(st.none() | st.dictionaries(st.sampled_from("ab"), st.sampled_from(["", "1", "2"]))),
        bad=bad,
    )


@st.composite
def live_rows(draw: st.DrawFn) -> list[Live]:
    ids = draw(st.lists(st.integers(1, 99), unique=True, max_size=12))
    return [draw(live_row(id)) for id in ids]


@st.composite
def live_row(draw: st.DrawFn, id: int) -> Live:
    number = draw(st.integers(934890880, 934890889) | st.none())
    text = draw(st.sampled_from(FORMS)).format(number) if number else draw(st.sampled_from(["", "1001", "abc"]))
    variables = draw(st.dictionaries(st.sampled_from("ab"), st.sampled_from(["", "1", 1, 2, None])) | st.none())
    return Live(
        id=id,
        number=84_000_000_000 + number if number else None,
        text=text,
        active=draw(st.booleans()),
        fields={
            "first_name": draw(st.sampled_from([None, "", "A", "B"])),
            "email": draw(st.sampled_from([None, "", "a@x.vn"])),
        },
        variables=variables,
    )


def inline(row: Declared) -> dict[str, Any]:
    variables = {} if row.variables is None else {"variables": row.variables}
    return {"contact": row.text, "status": "active" if row.active else "inactive", **row.fields, **variables}


def payload(row: Live) -> dict[str, Any]:
    """Variables as a JSON string, an object or null, as they come."""
    variables = orjson.dumps(row.variables).decode() if row.variables and row.id % 2 else row.variables
    return {
        "id": row.id,
        "phonebook": 7,
        "contact": row.text,
        "status": int(row.active),
        **row.fields,
        "additional_vars": variables,
    }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace(tmp_path_factory.mktemp("project")) as opened:
        yield opened


def query(workspace: Workspace, sql: str) -> list[Any]:
    with workspace.cursor() as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(
    source=st.lists(declared(), min_size=1, max_size=14),
    live=live_rows(),
    on_missing=st.sampled_from(["deactivate", "keep"]),
    on_duplicate=st.sampled_from(["first", "last"]),
)
def test_the_difference_equals_the_rules_in_plain_python(
    workspace: Workspace, source: list[Declared], live: list[Live], on_missing: str, on_duplicate: str
) -> None:
    rows = Rows(
        PLACE, inline=tuple(map(inline, source)), on_missing=on_missing, on_duplicate=on_duplicate, invalid="skip"
    )
    workspace.load_source(VIP, rows, region="VN")
    workspace.load_live({VIP: 7}, [[payload(row) for row in live]])
    change, counts = workspace.difference(VIP, rings=True), workspace.counts(VIP)
    expected = reference.compare(source, live, on_missing, on_duplicate)
    table = workspace.owned(VIP).difference
    assert {
        number for (number,) in query(workspace, f"SELECT number FROM {table} WHERE action = 'add'")
    } == expected.add
    assert {id for (id,) in query(workspace, f"SELECT id FROM {table} WHERE action = 'change'")} == set(expected.change)
    assert {id for (id,) in query(workspace, f"SELECT id FROM {table} WHERE action = 'remove'")} == expected.remove
    assert (change.unchanged, change.invalid, change.duplicate) == (
        expected.unchanged,
        expected.invalid,
        expected.duplicate,
    )
    assert (change.add, change.change, change.remove) == tuple(
        map(len, (expected.add, expected.change, expected.remove))
    )
    assert (change.calls, counts.active, counts.kept, counts.surplus) == (
        expected.rings,
        expected.active,
        expected.kept,
        expected.surplus,
    )


def test_a_random_file_against_random_rows_of_the_server(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = random.Random(7)
    numbers = rng.sample(range(934_000_000, 934_999_999), 3000)
    source = [
        Declared(84_000_000_000 + n, rng.choice(FORMS).format(n), True, {"first_name": rng.choice(["", "A", "B"])})
        for n in numbers[:2000]
    ]
    live = [
        Live(
            i,
            84_000_000_000 + n,
            rng.choice(FORMS).format(n),
            rng.random() < 0.8,
            {"first_name": rng.choice(["A", None])},
        )
        for i, n in enumerate([*numbers[1000:], *numbers[1500:1600]], start=1)
    ]
    path: Path = workspace.root / "random.csv"
    path.write_text("contact,first_name\n" + "".join(f"{row.text},{row.fields['first_name']}\n" for row in source))
    workspace.load_source(VIP, Rows(PLACE, (path,)), region="VN")
    workspace.load_live({VIP: 7}, [[payload(row)] for row in live])
    change = workspace.difference(VIP)
    expected = reference.compare(source, live, "deactivate", "error")
    assert (change.add, change.change, change.remove, change.unchanged) == (
        len(expected.add),
        len(expected.change),
        len(expected.remove),
        expected.unchanged,
    )


def test_a_phonebook_that_does_not_exist_yet_gets_every_row(project: Project) -> None:
    project.load(project.write("a.csv", "contact,status\n0934890883,\n0934890884,0\n"))
    change = project.workspace.difference(VIP, rings=True)
    assert (change.add, change.calls, change.unchanged) == (2, 1, 0)
    assert project.workspace.active_after(VIP) == 1


def test_a_difference_in_format_alone_is_no_change(project: Project) -> None:
    project.load(project.write("a.csv", "contact\n0934890883\n"), number_format="e164")
    project.live({"contact": "0934 890 883", "status": 1})
    assert not project.workspace.difference(VIP).writes


def test_a_settled_row_is_counted_nowhere_and_back_in_the_source_it_is_a_change(project: Project) -> None:
    project.load(project.write("a.csv", "contact\n0934890883\n"))
    project.live({"contact": "0934890883", "status": 1}, {"contact": "0934890884", "status": 0})
    change = project.workspace.difference(VIP)
    assert (change.add, change.change, change.remove, change.unchanged) == (0, 0, 0, 1)
    project.load(project.write("a.csv", "contact\n0934890883\n0934890884\n"))
    assert project.workspace.difference(VIP, rings=True).calls == 1


def test_an_invalid_row_that_is_skipped_leaves_its_live_row_alone(project: Project) -> None:
    path = project.write("a.csv", "contact,email\n0934890883,bad\n0934890884,\n")
    project.load(path, invalid="skip")
    project.live({"contact": "0934890883", "status": 1}, {"contact": "0934890884", "status": 1})
    change = project.workspace.difference(VIP)
    assert (change.remove, change.unchanged, change.invalid) == (0, 1, 1)


def test_numbers_of_a_dnc_list_are_only_added_and_known_by_their_text(project: Project) -> None:
    project.load(
        project.write("d.csv", "0934890883\n0934890884\n"), address=OPT_OUTS, columns={"phone_number": "phone_number"}
    )
    project.live(
        {"phone_number": "+84934890883"},
        {"phone_number": "0934890884"},
        {"phone_number": "0934890885"},
        address=OPT_OUTS,
    )
    change = project.workspace.difference(OPT_OUTS, rings=True)
    assert (change.add, change.change, change.remove, change.unchanged, change.calls) == (1, 0, 0, 1, 0)
    assert project.workspace.counts(OPT_OUTS).kept == 2


def test_a_number_twice_on_the_server_is_all_there_is_to_do(project: Project) -> None:
    project.load(inline=({"contact": "0934890883"},))
    project.live({"contact": "0934890883"}, {"contact": "+84934890883"})
    change, counts = project.workspace.difference(VIP), project.workspace.counts(VIP)
    assert (change.add, change.change, change.remove, counts.surplus, counts.active) == (0, 0, 1, 1, 1)


def test_what_is_to_be_sent_is_copied_no_second_time(project: Project) -> None:
    """A pass keeps places and marks of the rows it sends, and reads in bulk no more than what is sent."""
    project.load(project.write("vip.csv", "contact,first_name\n0934890880,Lan\n0934890881,Minh\n0934890882,\n"))
    project.workspace.difference(VIP)
    owned = project.workspace.owned(VIP)
    with project.workspace.cursor() as connection:
        assert pending.make(connection, owned, [], [3], "SELECT 0", started=False) == 3
        columns = {name for name, *_ in connection.execute(f"DESCRIBE {pending.table_of(owned)}").fetchall()}
        assert columns == {"place", "action", "row", "rings", "alone", "more", "again"}
        body = payloads.RowPayloads(owned.shape, 7).in_bulk(whole=False)
        (first, one), second = pending.in_bulk(connection, owned, "NOT alone", body).take(5)
        unnamed = {"email": "", "last_name": "", "status": 1}
        assert (first, second[0]) == (2, 4)
        assert orjson.loads(one) == {"contact": "0934890880", "first_name": "Lan", **unnamed}
        assert orjson.loads(second[1]) == {"contact": "0934890882", "first_name": "", **unnamed}
        (alone,) = pending.whole(connection, owned, [second])
        assert (alone["row"], alone["sent"], alone["id"], alone["active"]) == (4, "0934890882", None, True)


def test_numbers_of_a_dnc_list_have_a_form_in_bulk_too(project: Project) -> None:
    """They have no status and no names."""
    project.load(project.write("stop.csv", "phone_number\n0934890880\n"), address=OPT_OUTS)
    project.workspace.difference(OPT_OUTS)
    owned = project.workspace.owned(OPT_OUTS)
    with project.workspace.cursor() as connection:
        assert pending.make(connection, owned, [], [], "SELECT 0", started=False) == 1
        for whole in (False, True):
            body = payloads.RowPayloads(owned.shape, 5).in_bulk(whole=whole)
            ((_, text),) = pending.in_bulk(connection, owned, "true", body).take(5)
            assert orjson.loads(text) == {"phone_number": "0934890880"}


TEXTS = st.text(st.sampled_from('aé"\\/\u001f\u2028😀{}, '), max_size=6).map(str.strip)


@given(TEXTS, TEXTS, TEXTS, st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_the_database_writes_for_bulk_is_what_is_in_the_row(
    first: str, description: str, amount: str, active: bool, whole: bool
) -> None:
    variables = canonical({"amount": amount}) if amount else "{}"
    cells = {"sent": "0934890880", "active": active, "email": None, "last_name": "", "first_name": first}
    cells |= {"description": description, "country": None, "variables": variables}
    shape = shape_of(VIP)
    with duckdb.connect() as connection:
        rows = ", ".join(f"${name} AS {name}" for name in cells)
        query = f"SELECT {payloads.RowPayloads(shape, 7).in_bulk(whole=whole)} FROM (SELECT {rows})"
        ((text,),) = connection.execute(query, cells).fetchall()
    others = {"description": description, "additional_vars": variables if amount else ""}
    sent = {"contact": "0934890880", "status": int(active), "email": "", "last_name": "", "first_name": first}
    assert orjson.loads(text) == sent | ({name: told for name, told in others.items() if told} if whole else {})
