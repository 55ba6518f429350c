"""Rows of a database through the whole tool: planned, applied once, told by number, and the URL nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator
from tests.sources.crm import Crm, in_sqlite

from .echoing import Echo
from .test_artifacts import Artifacts, echo
from .test_artifacts import operator as private
from .test_canaries import seen_in

__all__ = ["echo", "private"]  # fixtures

CONTACTS = """phonebooks:
  leads:
    name: Leads
    contacts:
      sql: {file: leads.sql}
      database: "${env.CRM_URL}"
      columns: {contact: phone, first_name: first_name}
      variables: [amount]
      filter: city <> 'Hue'
dnc_lists:
  out: {name: Out, numbers: {sql: select phone from leads where called, database: "${env.CRM_URL}", column: phone}}
"""
QUERY = "-- people of the north\nselect phone, first_name, city, amount from leads where not called order by phone;\n"
LEADS = [
    ("0934890881", "Linh", "Hanoi", "1200000.50", "0"),
    ("0934890882", "Minh", "Hanoi", None, "0"),
    ("0934890883", "Nga", "Hue", None, "0"),
    ("0934890884", "Quân", "Hanoi", None, "1"),
]
APPLY = ("apply", "--auto-approve", "--allow-calls")


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    (tmp_path / "project").mkdir()
    operator = Operator(tmp_path / "project", simulator, now=NOW, environ={})
    operator.write("alice.yaml", alice("test", simulator.endpoint))
    return operator


@pytest.fixture(params=["sqlite", "postgres"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Crm:
    if request.param == "sqlite":
        return in_sqlite(tmp_path)
    return Crm(request.getfixturevalue("postgres_url"), request.getfixturevalue("server"))


def declared(operator: Operator, crm: Crm, text: str = CONTACTS, query: str = QUERY) -> None:
    operator.environ = {**operator.environ, "CRM_URL": crm.url}
    operator.write("leads.yaml", text)
    operator.write("leads.sql", query)


def test_contacts_and_numbers_of_a_query_are_there_once(operator: Operator, crm: Crm) -> None:
    crm.fill(LEADS)
    declared(operator, crm)
    operator.apply()
    contacts = {each["contact"]: each for each in operator.simulator.objects("contact")}
    ours = {number: each["first_name"] for number, each in contacts.items() if number.startswith("09348908")}
    assert {"0934890881", "0934890882"} <= ours.keys() and "0934890884" not in ours
    assert "1200000.5" in str(contacts["0934890881"]["additional_vars"])
    assert "0934890884" in {each["phone_number"] for each in operator.simulator.objects("dnc-contact")}
    operator.demand_nothing_to_do()


def test_another_result_makes_a_reviewed_plan_stale(operator: Operator, crm: Crm, tmp_path: Path) -> None:
    crm.fill(LEADS)
    declared(operator, crm)
    saved = str(tmp_path / "p.plan")
    operator.succeed("plan", "--out", saved)
    crm.fill([("0934890881", "Ling", "Hanoi", "1200000.50", "0"), *LEADS[1:]])  # as many rows, and another name
    said = operator.run("apply", saved, "--allow-calls")
    assert said.code == 5 and "rows of phonebook.leads" in said.err
    crm.fill(LEADS)
    operator.succeed("apply", saved, "--allow-calls")


def test_appointments_of_a_query(operator: Operator, crm: Crm) -> None:
    moment = "timestamptz" if crm.server else "text"
    crm.execute(
        f"CREATE TABLE visits (code text, patient text, starts_at {moment}, phone text)",
        "INSERT INTO visits VALUES ('H1', 'BN1', '2027-02-15 09:30:00+07:00', '0934890831')",
    )
    declared(
        operator,
        crm,
        """calendar_settings: {clinic: {label: C, survey: {name: Reminder}, gateway: AliceDevGateway, call_timeout: 60}}
calendar_users: {bot: {username: bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}}
calendars:
  clinic:
    name: Rounds
    user: bot
    appointments:
      sql: select code as key, patient as title, starts_at as start, phone from visits
      database: "${env.CRM_URL}"
      duration: 30m
      remind: [-2h]
""",
    )
    operator.environ = {**operator.environ, "CLINIC_PASSWORD": "geheim"}
    operator.simulator.create("survey-list", name="Reminder")
    said = operator.run(*APPLY)
    assert said.code == 0, said
    [event] = operator.simulator.objects("event")
    assert event["start"].startswith("2027-02-15T02:30")
    operator.demand_nothing_to_do()


def test_a_row_that_is_wrong_is_told_by_its_number(operator: Operator, tmp_path: Path) -> None:
    crm = in_sqlite(tmp_path)
    crm.fill([*LEADS, ("0934890889999", "Zwiebel", "Hanoi", None, "0")])
    declared(operator, crm)
    said = operator.run("plan")
    assert said.code == 1
    assert "leads.yaml:5:12: error: contacts: 1 row: not a valid telephone number (row 4 of the query)" in said.err
    assert "0934890889999" not in said.err and "Zwiebel" not in said.err


def test_validate_asks_no_database(operator: Operator, tmp_path: Path) -> None:
    declared(operator, Crm("postgresql+psycopg://reader:geheim@127.0.0.1:1/crm"))
    assert "leads: the rows of its query or URL are read by plan" in operator.succeed("validate", "--rows").out
    said = operator.run("plan")
    assert said.code == 1 and "leads.yaml:6:17: error: contacts: the database cannot be reached" in said.err
    operator.environ = {}
    assert "CRM_URL is not set" in operator.succeed("validate").err


def test_nothing_of_the_url_the_query_or_the_rows_comes_out(private: Operator, echo: Echo, tmp_path: Path) -> None:
    (private.directory / "main.yaml").unlink()
    folder = tmp_path / "Zaunkoenig-db"  # what is in the URL
    folder.mkdir()
    crm = in_sqlite(folder)
    people = [("0934890841", "Quỳnhmai", "Hanoi", None, "0"), ("0934890842", "Thắngloi", "Hanoi", None, "1")]
    crm.fill(people)
    secret = "and first_name <> 'Rotkehlchen'"
    declared(private, crm, query=f"select * from leads where not called {secret}")
    artifacts = Artifacts(private, tmp_path)
    saved = str(tmp_path / "reports" / "p.plan")
    artifacts.run("validate")
    artifacts.run("plan", "--out", saved)
    artifacts.run("show", saved)
    artifacts.run("apply", saved, "--allow-calls")
    crm.fill([*people, ("12", "Bảongoc", "Hanoi", None, "0")])
    artifacts.run("plan", code=1)
    private.write("leads.sql", f"select fone from leads where 1 = 1 {secret}")
    artifacts.run("plan", code=1)
    private.write("leads.sql", f"select cast(x'ff00' as blob) as phone from leads where 1 = 1 {secret}")
    artifacts.run("plan", code=1)
    private.write("leads.sql", f"delete from leads where 1 = 1 {secret}")
    artifacts.run("plan", code=1)
    private.write("leads.sql", "select phone from leads")
    for url in ("postgresql+psycopg://Zaunkoenig:Zaunkoenig@127.0.0.1:1/Zaunkoenig", "Zaunkoenig://x", "Zaunkoenig"):
        artifacts.run("plan", code=1, environ={"CRM_URL": url})
    (private.directory / "leads.sql").unlink()
    (folder / "crm.db").unlink()
    private.write("leads.yaml", "")
    words = ["Zaunkoenig", "Rotkehlchen", "Quỳnhmai", "Thắngloi", "Bảongoc", "0934890841", "0934890842"]
    assert seen_in(artifacts, words) == []
