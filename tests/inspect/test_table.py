"""Tables for terminals and spreadsheets."""

from __future__ import annotations

from provisioner.inspect.table import Table

TABLE = Table(("id", "name"), (("1", "Tết"), ("22", "a longer name than that")))


def test_columns_are_aligned() -> None:
    assert TABLE.text() == "id  name\n1   Tết\n22  a longer name than that\n"


def test_the_widest_column_gives_way_to_a_narrow_terminal() -> None:
    assert TABLE.text(16) == "id  name\n1   Tết\n22  a longer n..\n"


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
