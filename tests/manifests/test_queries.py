"""`sql` and `database` in a manifest: every mistake at its place, without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.errors import ManifestError
from provisioner.manifests.load import load
from provisioner.model import Query, Source
from tests.factories import alice

SECRET = "postgresql+psycopg://reader:geheim@crm.example/crm"
HEAD = "phonebooks:\n  vip:\n    name: VIP\n    contacts:\n"


def query(folder: Path, options: str, *, head: str = HEAD, **more: object) -> Query | None:
    """What options of contacts, each a line from line 5 on, declare."""
    (folder / "alice.yaml").write_text(alice("test", "http://127.0.0.1:1/rest-api"), encoding="utf-8")
    (folder / "book.yaml").write_text(head + options, encoding="utf-8")
    given = {"environment": None, "variables": {}, "environ": {"CRM_URL": SECRET}, **more}
    resources = load(folder, **given).resources  # type: ignore[arg-type]
    resource = next(iter(resources.values()))
    rows = resource.rows or resource.appointments
    return rows.query if rows else None


def test_a_query_is_its_text_its_database_and_their_places(tmp_path: Path) -> None:
    found = query(tmp_path, '      sql: select phone from leads\n      database: "${env.CRM_URL}"\n')
    assert found is not None and found.text == "select phone from leads" and found.database == SECRET
    assert (found.source, found.database_source) == (Source("book.yaml", 5, 12), Source("book.yaml", 6, 17))
    assert "geheim" not in f"{found} {found!r} {found.database}"


def test_a_query_in_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "leads.sql").write_text("-- all of them\nselect phone from leads where note = '${var.x}';\n")
    found = query(tmp_path, '      sql: {file: leads.sql}\n      database: "${env.CRM_URL}"\n')
    assert found is not None and "'${var.x}'" in found.text


@pytest.mark.parametrize(
    "declared",
    [
        'dnc_lists:\n  out:\n    name: Out\n    numbers: {sql: select number from x, database: "${env.CRM_URL}"}\n',
        "calendars:\n  clinic:\n    name: C\n    user: {name: bot}\n    appointments: "
        '{sql: "select * from x", database: "${env.CRM_URL}", duration: 30m, remind: [-2h]}\n',
    ],
    ids=["numbers", "appointments"],
)
def test_numbers_and_appointments_likewise(tmp_path: Path, declared: str) -> None:
    assert query(tmp_path, "", head=declared) is not None


URL = '      database: "${env.CRM_URL}"\n'
SQL = "      sql: select phone from leads\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (SQL, "book.yaml:5:12: error: contacts.sql: needs `database: ${env.NAME}` beside it"),
        (URL, "book.yaml:5:17: error: contacts.database: is of a query"),
        (SQL + f"      database: {SECRET}\n", "book.yaml:6:17: error: contacts: must be ${env.NAME}"),
        (SQL + '      database: "${env.CRM_URL}?x=1"\n', "book.yaml:6:17: error: contacts: must be ${env.NAME}"),
        (SQL + '      database: "${var.crm}"\n', "book.yaml:6:17: error: contacts: must be ${env.NAME}"),
        (SQL + "      database: [x]\n", "book.yaml:6:17: error: contacts: must be ${env.NAME}"),
        (
            SQL + '      database: "${env.ALICE_STATE}"\n',
            "book.yaml:6:17: error: contacts: ${env.ALICE_STATE}",
        ),
        ("      sql: delete from leads\n" + URL, "book.yaml:5:12: error: contacts.sql: must be one SELECT"),
        ("      sql: select 1; select 2\n" + URL, "book.yaml:5:12: error: contacts.sql: must be one SELECT"),
        ("      sql: {file: nothing.sql}\n" + URL, "book.yaml:5:12: error: contacts.sql: 'nothing.sql' cannot be read"),
        ("      sql: {file: ../x.sql}\n" + URL, "book.yaml:5:12: error: contacts.sql: '../x.sql' leads out"),
        ("      sql: {path: x.sql}\n" + URL, "book.yaml:5:12: error: contacts.sql.file: is required"),
        ("      sql: ''\n" + URL, "book.yaml:5:12: error: contacts.sql"),
        (
            "      sql: select '${env.CRM_URL}'\n" + URL,
            "book.yaml:5:12: error: contacts: ${env.CRM_URL} is not",
        ),
        (SQL + URL + "      on_duplicate: last\n", "book.yaml:7:21: error: contacts.on_duplicate: first and last need"),
    ],
    ids=range(15),
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, options: str, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        query(tmp_path, options)
    first = str(caught.value)
    assert first.startswith(said), first
    assert "geheim" not in first and "from leads" not in first


def test_offline_the_variable_need_not_be_set_and_the_query_is_looked_at(tmp_path: Path) -> None:
    found = query(tmp_path, SQL + URL, environ={}, offline=True)
    assert found is not None and found.database == ""
    with pytest.raises(ManifestError, match="must be one SELECT"):
        query(tmp_path, "      sql: drop table leads\n" + URL, environ={}, offline=True)
    with pytest.raises(ManifestError, match="the environment variable CRM_URL is not set"):
        query(tmp_path, SQL + URL, environ={})


def test_an_order_makes_first_and_last_the_same_in_every_run(tmp_path: Path) -> None:
    ordered = "      sql: select phone from leads order by phone\n"
    assert query(tmp_path, ordered + URL + "      on_duplicate: last\n") is not None
