"""A filter keeps rows by their own cells, and can reach nothing else."""

from __future__ import annotations

import pytest

from tests.rows.conftest import Project

ROWS = (
    "contact,first_name,city,amount,Full Name\n"
    "0934890883,Linh,Hue,100,A B\n"
    "0934890884,Nam,,20,\n"
    "0934890885,,Hanoi,x,C\n"
)


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("city = 'Hue'", [3]),
        ("city <> 'Hue'", [4, 5]),
        ("city = ''", [4]),
        ("city = 'Hue' -- for now", [3]),
        ("lower(city) LIKE 'h%' AND NOT first_name = ''", [3]),
        ("try_cast(amount AS INTEGER) > 50", [3]),
        ("amount::VARCHAR IN ('20', 'x') OR contact BETWEEN '1' AND '2'", [4, 5]),
        ('"Full Name" IS NOT NULL AND length("Full Name") = 1', [5]),
        ("CASE WHEN city = 'Hue' THEN true ELSE regexp_matches(city, '^Ha') END", [3, 5]),
        ("true", [3, 4, 5]),
        ("false", []),
        ("coalesce(nullif(city, ''), 'Hue') = 'Hue'", [3, 4]),
        ("city) = 'Hue' OR (city = 'x'", [3]),
    ],
)
def test_a_filter_keeps_the_rows_it_is_true_for(project: Project, condition: str, kept: list[int]) -> None:
    project.load(project.write("a.csv", ROWS), filter=condition)
    assert [int(number) % 10 for number in project.rows("number")] == kept


HOSTILE = [
    "contact IN (SELECT sent FROM source_1)",
    "EXISTS (FROM read_text('/etc/passwd'))",
    "contact = (SELECT content FROM read_text('/etc/passwd'))",
    "length(getenv('HOME')) > 0",
    "current_setting('memory_limit') = city",
    "current_user = 'duckdb'",
    "current_date > '2020-01-01'",
    "now() > city",
    "random() < 0.5",
    "true) UNION SELECT * FROM (VALUES (1)",
    "true) LIMIT (1",
    "true) ORDER BY (city",
    "true; DROP TABLE source_1",
    "true); DROP TABLE source_1; SELECT (1",
    "city = $1",
    "city = ?",
    "row_number() OVER () = 1",
    "count(*) > 0",
    "list_transform([1], x -> x) = [1]",
    "[x FOR x IN [1]] = [1]",
    "COLUMNS('.*') = 'x'",
    "unnest(['a']) = city",
    "rows.city = 'Hue'",
    "main.lower(city) = 'hue'",
    "query('SELECT 1') = city",
    "nextval('s') = 1",
    "repeat(city, 1000000000) = city",
    "lpad(city, 1000000000, 'x') = city",
    "read_csv('a.csv') = city",
    "json_serialize_sql('x') = city",
    "city::JSON = '1'",
    "struct_pack(a := city).a = 'Hue'",
    "city COLLATE NOCASE = 'hue'",
    "#1 = city",
    "",
    "city =",
    "city = 'Hue' WHERE true",
    "DEFAULT",
]


@pytest.mark.parametrize("condition", HOSTILE)
def test_a_filter_that_reaches_for_more_is_refused(project: Project, condition: str) -> None:
    said = project.refusal(project.write("a.csv", ROWS), filter=condition)
    assert said.startswith("phonebooks.yaml:3:5: error: contacts: the filter") or "a.csv:1:1: error" in said
    assert "Linh" not in said and "09348" not in said
    assert project.query("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'source_1'") == [(1,)]


def test_a_column_that_is_not_there_is_named(project: Project) -> None:
    said = project.refusal(project.write("a.csv", ROWS), filter="town = 'Hue'")
    assert "'town'; there are contact, first_name, city, amount, Full Name" in said


def test_a_filter_that_does_not_fit_text_says_how_to_cast(project: Project) -> None:
    for condition in ("amount > 50", "amount::INTEGER > 50", "city"):
        said = project.refusal(project.write("a.csv", ROWS), filter=condition)
        assert "try_cast(amount AS INTEGER)" in said and "Hue" not in said


def test_a_column_called_like_a_keyword_is_the_column(project: Project) -> None:
    path = project.write("a.csv", "contact,current_user,row\n0934890883,x,1\n0934890884,y,2\n")
    project.load(path, filter="current_user = 'x' AND row = '1'")
    assert len(project.rows("number")) == 1


def test_filtered_rows_keep_their_places(project: Project) -> None:
    path = project.write("a.csv", "contact,city\n0934890883,Hue\n0934890884,Hanoi\n9.3E+08,Hanoi\n")
    assert "a.csv:4:1" in project.refusal(path, filter="city = 'Hanoi'")


def test_what_a_filter_leaves_out_is_not_checked(project: Project) -> None:
    path = project.write("a.csv", "contact,city\n0934890883,Hue\n9.3E+08,Hanoi\n")
    assert project.load(path, filter="city = 'Hue'").rows == 1


def test_a_filter_works_on_every_kind_of_rows(project: Project) -> None:
    lines = project.write("a.jsonl", '{"contact":"0934890883","n":1}\n{"contact":"0934890884"}\n')
    project.load(lines, filter="n = '1'")
    assert project.rows("sent") == ["0934890883"]
    inline = ({"contact": "0934890883", "first_name": "Linh"}, {"contact": "0934890884"})
    project.load(inline=inline, filter="first_name = ''")
    assert project.rows("sent") == ["0934890884"]
