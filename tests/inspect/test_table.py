"""Tables for terminals and spreadsheets."""

from __future__ import annotations

from provisioner.inspect.table import Table

TABLE = Table(("id", "name"), (("1", "Tết"), ("22", "a longer name than that")))


def test_columns_are_aligned() -> None:
    assert TABLE.text() == "id  name\n1   Tết\n22  a longer name than that\n"


def test_the_widest_column_gives_way_to_a_narrow_terminal() -> None:
    assert TABLE.text(22) == "id  name\n1   Tết\n22  a longer name th..\n"


def test_what_does_not_fit_a_terminal_is_a_block_for_each_row() -> None:
    """`status` at 80 columns had dates of six characters, and no number whole."""
    names = ("id", "name", "status", "startingdate", "expirationdate", "finishes", "note")
    rows = tuple((str(n), "Tết 2027", "started", *["2027-01-20 08:00"] * 3, "") for n in (7, 8))
    table = Table(names, rows)
    assert max(map(len, table.text(96).splitlines())) <= 96 and table.text(96) == table.text()
    blocks = table.text(80).split("\n\n")
    assert len(blocks) == 2
    assert blocks[0] == (
        "id              7\nname            Tết 2027\nstatus          started\nstartingdate    2027-01-20 08:00\n"
        "expirationdate  2027-01-20 08:00\nfinishes        2027-01-20 08:00"
    )


def test_a_line_has_fewer_columns_rather_than_none_that_can_be_read() -> None:
    names = ("id", "name", "status", "begins", "ends", "finishes", "note")
    cells = ("7", "A campaign whose name is longer than that of others", "started", *["2027-01-20 08:00"] * 3, "x")
    table = Table(names, (cells,))
    fewer = table.fewer(80)
    assert fewer.columns == names[:5] and fewer.rows == (cells[:5],)
    assert max(map(len, fewer.text(80).splitlines())) <= 80
    assert "2027-01-20 08:00" in fewer.text(80) and "A campaign whose name is long..  started" in fewer.text(80)
    assert table.fewer(200) is table and table.fewer(5).columns == names[:2]
    assert table.only(["note", "id"]) == Table(("note", "id"), (("x", "7"),))


def test_a_long_text_in_a_block_is_whole() -> None:
    cells = ("1,000: 550 pending, 450 completed", "2027-01-20 08:00", "2027-01-30 17:00")
    assert Table(("subscribers", "begins", "ends"), (cells,)).text(40).splitlines() == [
        f"subscribers  {cells[0]}",
        f"begins       {cells[1]}",
        f"ends         {cells[2]}",
    ]


def test_wide_characters_and_lone_accents_do_not_break_the_columns() -> None:
    table = Table(("a", "b"), (("漢字", "x"), ("e\u0301", "y")))
    assert table.text() == "a     b\n漢字  x\ne\u0301     y\n"


def test_a_value_from_the_server_stays_on_its_line() -> None:
    assert Table(("a",), (("x\ny\x1b[2J",),)).text() == "a\nx y?[2J\n"


def test_csv_quotes_what_needs_it() -> None:
    assert Table(("a", "b"), (('say "hi"', "1,2"),)).csv() == 'a,b\n"say ""hi""","1,2"\n'


def test_columns_without_content_can_be_left_out() -> None:
    assert Table(("a", "b"), (("1", ""), ("2", ""))).without_empty_columns() == Table(("a",), (("1",), ("2",)))
    empty = Table(("a", "b"), ())
    assert empty.without_empty_columns() == empty
    assert empty.text() == "a  b\n"
