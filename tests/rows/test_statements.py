"""What counts as one SELECT, whatever stands in its texts and comments, and what is never sent."""

from __future__ import annotations

import pytest

from provisioner.rows.statements import NoSelect, select_of

READ = [
    "select phone from leads",
    "SELECT phone FROM leads;",
    "(select phone from a) union (select phone from b) ;\n",
    "with x as (select 1 as phone) select phone from x",
    "-- delete from leads;\nselect phone /* drop; 'it''s' */ from leads",
    "select 'a; delete from leads -- /* ' as note, phone from leads",
    'select "update", t.delete, `insert` from t',
    "select truncate(amount, 2), replace(phone, ' ', '') from leads",
    "select updated_at, created, deleted, call_back from leads",
    "select data #>> '{phone}' from leads where city = $1",
    "select array['a', 'b'] from leads",
    "select /*+ broadcast(x) */ phone from x",
]
REFUSED = {
    "": "begins with",
    "delete from leads": "begins with DELETE",
    "explain select 1": "begins with something else",
    "pragma table_info(x)": "begins with something else",
    "select 1; delete from leads": "several statements",
    "select 1; select 2": "several statements",
    "select * into copy_of from leads": "INTO",
    "select phone from leads into outfile '/tmp/x'": "INTO",
    "with x as (delete from leads returning *) select * from x": "DELETE",
    "with x as (select 1) insert into leads select * from x": "INSERT",
    "select phone from leads for update": "UPDATE",
    "select 'a": "does not end",
    "select 1 /* a": "does not end",
    "select 1 /* a /* b */ */": "does not end",
    "select 'it\\'s' ; delete from leads -- '": "backslash",
    "select $$a;b$$": "dollar",
    "select $x$a$x$": "dollar",
    'select "a;b" from leads': "quoted name",
    "select ` ' ` from leads": "quoted name",
    "select 1\0": "does not end",
}
OF_DIALECTS = [
    ("mssql", "select 1 exec sp_who", "EXEC"),
    ("mssql", "select 1 use master", "USE"),
    ("mssql", "select [a'b] from x where y = [c'd]", "brackets"),
    ("mysql", "select 1 # ' \n , 'x'", "#"),
    ("sqlite", "select [a'b], [c'd] from x", "brackets"),
]


@pytest.mark.parametrize("text", READ, ids=range(len(READ)))
def test_it_reads(text: str) -> None:
    assert select_of(text).text


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_it_is_refused(text: str) -> None:
    with pytest.raises(NoSelect, match=REFUSED[text]):
        select_of(text)


@pytest.mark.parametrize(("dialect", "text", "word"), OF_DIALECTS, ids=range(len(OF_DIALECTS)))
def test_what_a_dialect_reads_otherwise(dialect: str, text: str, word: str) -> None:
    with pytest.raises(NoSelect, match=word):
        select_of(text, dialect)


def test_what_is_sent_has_no_comments() -> None:
    text = "select a -- ; drop\n, /* x */ '-- b' from t; -- end"
    assert select_of(text).text == "select a   ,   '-- b' from t"


def test_hints_stay() -> None:
    assert "/*+ broadcast(x) */" in select_of("select /*+ broadcast(x) */ a from x").text


def test_whether_the_rows_have_an_order() -> None:
    assert select_of("select a from t order by a").ordered
    assert not select_of("select row_number() over (order by a) from t").ordered
    assert not select_of("select 'order by' from t").ordered
