"""`results`: a row for each contact of a campaign, whatever the server is like; or an error, never half of them."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.inspect.accounts import campaign

from .conftest import Alice

OUTCOMES = {
    "ANSWER": "answered",
    "NOANSWER": "noanswer",
    "BUSY": "busy",
    "FAILED": "failed",
    "CANCEL": "cancel",
    "CONGESTION": "congestion",
}


def called(simulator: Simulator, name: str = "tet", contacts: int = 24, minutes: float = 0.15) -> int:
    """A campaign that has called some of its contacts, each with a name and a variable; its id."""
    number = campaign(simulator, name, contacts, start=False)
    [book] = [each["id"] for each in simulator.objects("phonebook") if each["name"] == name]
    for place, row in enumerate(simulator.objects("contact", phonebook=book)):
        said = {"first_name": f"Linh {place}", "additional_vars": '{"amount": "1"}'}
        simulator.change("contact", row["id"], contact=f"09348{number % 10}{place:04}", **said)
    simulator.change("campaigns", number, status=1)
    simulator.tick(60 * minutes)
    simulator.clear_requests()
    return number


def expected(simulator: Simulator, number: int) -> Counter[tuple[str, str]]:
    """(number, outcome) of all contacts, as the tables of the server say it."""
    ends = {row["phone_number"]: OUTCOMES[row["disposition"]] for row in simulator.objects("cdr", campaign=number)}
    rows = simulator.objects("subscriber-list", campaign=number)
    return Counter((row["duplicate_contact"], ends.get(row["duplicate_contact"], "pending")) for row in rows)


def documents(alice: Alice, *arguments: str) -> list[dict[str, Any]]:
    ran = alice("results", *arguments, "--output", "json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def outcomes(alice: Alice, *arguments: str) -> list[str]:
    return [row["outcome"] for row in documents(alice, *arguments)]


SERVERS: tuple[dict[str, str], ...] = (
    {},
    {"filters": "ignored"},
    {"lists": "bare"},
    {"relations": "url"},
    {"relations": "nested"},
    {"order": "shuffled"},
    {"subscriber_contact": "id"},
    {"subscriber_contact": "id", "relations": "str"},
    {"additional_vars": "object"},
)


def named(variants: Mapping[str, str]) -> str:
    return "-".join(f"{name}={value}" for name, value in variants.items()) or "usual"


@pytest.mark.parametrize("variants", SERVERS, ids=named)
def test_every_contact_is_there_once_whatever_the_server_is_like(
    alice: Alice, project: Path, simulator: Simulator, variants: Mapping[str, str]
) -> None:
    called(simulator, "other", 12)
    number = called(simulator)
    simulator.variants(**variants)
    found = documents(alice, "tet")
    assert Counter((row["number"], row["outcome"]) for row in found) == expected(simulator, number)
    assert len({row["outcome"] for row in found}) > 3
    assert {(row["first_name"], row["variables"]["amount"]) for row in found} == {(f"Linh {n}", "1") for n in range(24)}
    by_number = {row["phone_number"]: row for row in simulator.objects("cdr", campaign=number)}
    for row in found:
        if row["outcome"] == "pending":
            assert (row["status"], row["attempts"], row["last_call"]) == ("pending", 0, None)
        else:
            record = by_number[row["number"]]
            assert (row["disposition"], row["hangup_cause"]) == (record["disposition"], record["hangup_cause"])
            assert (row["attempts"], row["seconds_talked"]) == (1, record["billsec"])
            assert row["first_call"] == row["last_call"] and row["last_call"].endswith("+07:00")


UNREADABLE: tuple[dict[str, str], ...] = (
    {"forbidden_list": "cdr"},
    {"absent": "cdr"},
    {"forbidden_list": "subscriber-list"},
    {"forbidden_list": "contact"},
    {"failing_pages": "cdr"},
    {"failing_pages": "cdr", "failing_page_answer": "403"},
    {"unread_fields": "cdr.campaign", "unread_form": "word"},
    {"unread_fields": "cdr.campaign", "unread_form": "hidden"},
    {"unread_fields": "subscriber-list.campaign", "unread_form": "word"},
    {"unread_fields": "campaigns.phonebook", "unread_form": "word"},
)


@pytest.mark.parametrize("variants", UNREADABLE, ids=named)
def test_nothing_is_told_where_something_cannot_be_read(
    alice: Alice, project: Path, simulator: Simulator, variants: Mapping[str, str]
) -> None:
    called(simulator)
    simulator.variants(**variants)
    ran = alice("results", "tet", "--output", "csv=out.csv")
    assert (ran.code, ran.out) == (1, "") and "Traceback" not in ran.err
    assert not Path("out.csv").exists()


def test_a_code_that_nobody_knows_is_no_outcome(alice: Alice, project: Path, simulator: Simulator) -> None:
    number = called(simulator)
    pending = [row for row in simulator.objects("subscriber-list", campaign=number) if row["status"] == 1]
    for row, status in zip(pending, (9, 4, 6, 8, 7, 2, 3), strict=False):
        simulator.change("subscriber-list", row["id"], status=status)
    first, *_ = simulator.objects("cdr", campaign=number)
    simulator.change("cdr", first["id"], disposition="VOICEMAIL", billsec=0)
    found = {row["number"]: row["outcome"] for row in documents(alice, "tet")}
    said = ["unknown (9)", "unknown (fail)", "unknown (in_process)", "unknown (completed)", "unauthorised"]
    assert [found[row["duplicate_contact"]] for row in pending[:7]] == [*said, "pending", "pending"]
    assert found[first["phone_number"]] == "unknown (VOICEMAIL)"
    assert sorted(set(outcomes(alice, "tet", "--outcome", "unknown"))) == sorted([*said[:4], "unknown (VOICEMAIL)"])


def test_who_answered_once_has_answered(alice: Alice, project: Path, simulator: Simulator) -> None:
    number = called(simulator)
    [record] = [row for row in simulator.objects("cdr", campaign=number) if row["disposition"] == "ANSWER"][:1]
    later = {**record, "callid": "x", "disposition": "BUSY", "starting_date": "2099-01-01T00:00:00Z", "billsec": 0}
    simulator.create("cdr", **{name: value for name, value in later.items() if name != "id"})
    [row] = [each for each in documents(alice, "tet") if each["number"] == record["phone_number"]]
    assert (row["outcome"], row["disposition"], row["attempts"]) == ("answered", "BUSY", 2)
    assert row["seconds_talked"] == record["billsec"] and row["last_call"] == "2099-01-01T07:00:00+07:00"
    assert [each["number"] for each in documents(alice, "tet", "--since", "2098-12-31")] == [row["number"]]


def test_whom_it_dials_and_has_not_taken_in_waits(alice: Alice, project: Path, simulator: Simulator) -> None:
    number = called(simulator)
    [book] = [each["id"] for each in simulator.objects("phonebook") if each["name"] == "tet"]
    simulator.change("campaigns", number, status=2)
    simulator.create("contact", phonebook=book, contact="0912345678", status=1)
    simulator.create("contact", phonebook=book, contact="0912345679", status=0)
    found = {row["number"]: row for row in documents(alice, "tet")}
    assert (found["0912345678"]["outcome"], found["0912345678"]["status"]) == ("pending", "")
    assert "0912345679" not in found, "who is not active is not called"


def test_outcomes_can_be_chosen_and_counts_are_told(alice: Alice, project: Path, simulator: Simulator) -> None:
    counts = Counter(outcome for _, outcome in expected(simulator, called(simulator)))
    chosen = outcomes(alice, "tet", "--outcome", "busy", "--outcome", "noanswer")
    assert Counter(chosen) == Counter({name: counts[name] for name in ("busy", "noanswer") if counts[name]})
    ran = alice("results", "tet", "--outcome", "cancel")
    assert "tet: 24 contacts: " in ran.err and f"{counts['answered']} answered" in ran.err
    assert alice("results", "tet", "--outcome", "asleep").code == 1
    assert alice("results", "tet", "--since", "yesterday").code == 1
    assert alice("results", "nobody").code == 1


def test_a_file_is_for_us_alone_and_overwrites_nothing(alice: Alice, project: Path, simulator: Simulator) -> None:
    number = called(simulator)
    ran = alice(
        "results",
        str(number),
        "--output",
        "csv=out.csv",
        "--output",
        "json=out.json",
        "--output",
        "parquet=out.parquet",
    )
    assert (ran.code, ran.out) == (0, ""), ran.err
    rows = list(csv.DictReader(io.StringIO(Path("out.csv").read_text(encoding="utf-8"))))
    assert Counter((row["number"], row["outcome"]) for row in rows) == expected(simulator, number)
    assert {row["amount"] for row in rows} == {"1"} and {row["campaign"] for row in rows} == {"tet"}
    assert len(json.loads(Path("out.json").read_text(encoding="utf-8"))) == len(rows)
    import duckdb

    read = duckdb.sql("SELECT number, outcome, amount, epoch(last_call) FROM 'out.parquet' ORDER BY number").fetchall()
    assert [row[:3] for row in read] == sorted((row["number"], row["outcome"], "1") for row in rows)
    for name in ("out.csv", "out.json", "out.parquet"):
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    simulator.clear_requests()
    refused = alice("results", "tet", "--output", "csv=out.csv")
    assert refused.code == 1 and "--force" in refused.err and simulator.requests() == []
    assert alice("results", "tet", "--output", "csv=out.csv", "--force").code == 0
    assert alice("results", "tet", "--output", "parquet").code == 1
    assert sorted(path.name for path in Path().iterdir() if path.name.startswith(".alice-")) == []


def test_a_cell_that_a_spreadsheet_would_run_is_text(alice: Alice, project: Path, simulator: Simulator) -> None:
    called(simulator)
    [one] = simulator.objects("contact", first_name="Linh 0")
    simulator.change(
        "contact", one["id"], first_name="=1+1", last_name="@x", additional_vars='{"amount": "-2+3", "=b": "1"}'
    )
    ran = alice("results", "tet", "--output", "csv")
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    row = rows[one["contact"]]
    assert (row["first_name"], row["last_name"], row["amount"], row["'=b"]) == ("'=1+1", "'@x", "'-2+3", "1")
    plain = alice("results", "tet", "--output", "csv", "--no-escape-formulas").out
    assert "'" not in plain and "=1+1" in plain


def test_a_number_with_a_plus_stays_one(alice: Alice, project: Path, simulator: Simulator) -> None:
    called(simulator)
    for row in simulator.objects("contact", first_name="Linh 0"):
        simulator.change("contact", row["id"], contact="+84" + row["contact"][1:])
    rows = [*csv.DictReader(io.StringIO(alice("results", "tet", "--output", "csv").out))]
    assert len(rows) == 24 and sum(row["number"].startswith("+84") for row in rows) == 1


def test_several_campaigns_are_one_list(alice: Alice, project: Path, simulator: Simulator) -> None:
    called(simulator, "other", 5)
    called(simulator)
    for variants in ({}, {"filters": "ignored"}):
        simulator.variants(**variants)
        found = documents(alice, "other", "tet")
        assert Counter(row["campaign"] for row in found) == {"other": 5, "tet": 24}


def test_a_full_disk_is_told(alice: Alice, project: Path, simulator: Simulator) -> None:
    called(simulator, contacts=3)
    ran = alice("results", "tet", "--output", "csv=/dev/full")
    assert ran.code == 1 and "cannot write /dev/full: No space left on device" in ran.err
