"""A clinic's day: the list is applied, somebody is moved, somebody cancels, the state is lost. Nobody rings twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.appointments.clinic import APPLY, HEADER, LIST, NOW, OPTIONS, Clinic, Row, clinic, expected

MOVED: Row = ("H2", "BN2", "17/02/2027 11:00", "+84934890832", "02838222222")
EVERYTHING_DELETES = {"delete": "all"}


@pytest.fixture
def office(simulator: Simulator, tmp_path: Path) -> Clinic:
    return clinic(simulator, tmp_path)


def test_a_list_becomes_events_and_an_alarm_for_every_reminder(office: Clinic) -> None:
    office.declare(*LIST)
    plan = office.plan()
    assert plan["rows"] == [
        {
            "address": "calendar.clinic",
            "add": 3,
            "change": 0,
            "remove": 0,
            "unchanged": 0,
            "invalid": 0,
            "duplicate": 0,
            "calls": 6,
            "left_out": {},
        }
    ]
    assert plan["calls"] == {"campaigns": 0, "contacts": 0, "alarms": 6}
    refused = office.run("apply", "--auto-approve")
    assert refused.code == 3 and "rows of calendar.clinic (6)" in refused.err
    office.apply()
    assert office.alarms() == expected(*LIST)
    assert len(office.simulator.objects("event")) == 3
    transfers = {
        each["phonenumber_transfer"] for each in office.simulator.objects("alarm", alarm_phonenumber="0934890832")
    }
    assert transfers == {"02838222222"}
    office.demand_nothing_to_do()


def test_a_moved_appointment_moves_its_event_and_alarms(office: Clinic) -> None:
    office.declare(*LIST)
    office.apply()
    before = {each["id"] for each in office.simulator.objects("alarm")}
    office.declare(LIST[0], MOVED, LIST[2])
    rows = office.rows()
    assert (rows["add"], rows["change"], rows["unchanged"], rows["calls"]) == (0, 1, 2, 2)
    office.apply()
    assert office.alarms() == expected(LIST[0], MOVED, LIST[2])
    assert {each["id"] for each in office.simulator.objects("alarm")} == before
    assert office.events()["BN2", "2027-02-17T04:00"] == 1
    office.demand_nothing_to_do()


def test_what_cannot_be_moved_is_refused_before_anything_is_written(simulator: Simulator, tmp_path: Path) -> None:
    office = clinic(simulator, tmp_path, {"put_kinds": "documented"})
    office.declare(*LIST)
    office.apply()
    office.declare(LIST[0], MOVED, LIST[2])
    simulator.clear_requests()
    said = office.run(*APPLY)
    assert said.code == 1 and simulator.writes() == []
    assert "list.csv:3" in said.err and "the old one would ring" in said.err and "web page" in said.err
    assert "BN2" not in said.err and "34890832" not in said.err


def test_a_cancelled_appointment_is_told_with_when_it_rings_and_deleted_where_that_is_possible(
    simulator: Simulator, tmp_path: Path
) -> None:
    office = clinic(simulator, tmp_path, EVERYTHING_DELETES)
    office.declare(*LIST, more="      on_missing: delete\n")
    office.apply()
    office.declare(*LIST[:2], more="      on_missing: delete\n")
    text = office.plan_text()
    assert "2 calls of appointments that are not in the list will still ring" in text
    assert "from 2027-02-15 09:00 to 2027-02-16 06:00; --prune deletes them" in text
    assert "not declared here: at most 2 calls to 1 person" in text
    office.demand_nothing_to_do()
    assert office.rows("--prune")["remove"] == 1
    office.apply("--prune")
    assert office.alarms() == expected(*LIST[:2])
    assert len(office.simulator.objects("event")) == 2
    office.demand_nothing_to_do()


def test_a_server_that_deletes_nothing_is_told_and_nothing_is_tried(office: Clinic) -> None:
    office.declare(*LIST, more="      on_missing: delete\n")
    office.apply()
    office.declare(*LIST[:2], more="      on_missing: delete\n")
    office.simulator.clear_requests()
    said = office.apply("--prune")
    assert "this server gives no way to delete them: delete them in Alice's web page" in said.out + said.err
    assert office.simulator.writes() == []
    assert office.alarms() == expected(*LIST)


@pytest.mark.parametrize("keyed", [True, False])
def test_with_a_lost_state_everything_is_found_again(office: Clinic, keyed: bool) -> None:
    options = OPTIONS if keyed else OPTIONS.replace("key: code, ", "")
    office.declare(*LIST, options=options)
    office.apply()
    office.forget()
    office.simulator.clear_requests()
    office.apply()
    assert office.simulator.writes() == []
    office.demand_nothing_to_do()
    if keyed:  # what was found by its title is known by its key from then on
        office.declare(LIST[0], MOVED, LIST[2])
        office.apply()
        assert office.alarms() == expected(LIST[0], MOVED, LIST[2])


def test_what_is_past_is_settled_and_never_touched(office: Clinic) -> None:
    office.declare(*LIST)
    office.apply()
    office.now = NOW + timedelta(days=40)
    office.simulator.clock(office.now)
    office.demand_nothing_to_do()
    office.declare(("H1", "BN1", "15/02/2027 09:40", "0934890831", ""), *LIST[1:])
    office.demand_nothing_to_do()


def test_an_appointment_that_is_put_off_after_it_was_missed_is_a_new_one(office: Clinic) -> None:
    office.declare(*LIST)
    office.apply()
    office.now = NOW + timedelta(days=40)
    office.simulator.clock(office.now)
    late: Row = ("H2", "BN2", "17/03/2027 11:00", "+84934890832", "")
    office.declare(LIST[0], late, LIST[2])
    assert office.rows()["add"] == 1
    office.apply()
    assert office.alarms() == expected(*LIST) + expected(late)
    office.demand_nothing_to_do()


def test_whose_every_reminder_has_passed_is_invalid_unless_it_was_sent(office: Clinic) -> None:
    past: Row = ("H9", "BN9", "15/01/2027 10:00", "0934890839", "")
    office.declare(*LIST, past)
    said = office.run("plan")
    assert said.code == 1 and "list.csv:5" in said.err and "every reminder lies in the past" in said.err
    office.declare(*LIST, past, more="      invalid: skip\n")
    rows = office.rows()
    assert (rows["add"], rows["invalid"], rows["left_out"]) == (3, 1, {"passed": 1})


def test_what_is_wrong_with_rows_is_told_by_reason_with_their_numbers(office: Clinic) -> None:
    office.declare(
        ("H1", "BN1", "", "0934890831", ""),
        ("H2", "BN2", "31/02/2027 10:00", "0934890832", ""),
        ("H3", "BN3", "15/02/2027 10:00", "12", ""),
        ("H4", "", "15/02/2027 10:00", "0934890834", ""),
        ("", "BN5", "15/02/2027 10:00", "0934890835", ""),
    )
    said = office.run("plan").err
    for line, reason in (
        (2, "the start is missing"),
        (3, "the start is not a date"),
        (4, "not a valid telephone number"),
        (5, "the title is missing"),
        (6, "the key is missing"),
    ):
        assert f"list.csv:{line}" in said and reason in said, said
    assert "0934890" not in said


def test_a_long_list_is_read_while_the_server_is_asked(office: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioner.appointments.LARGE", 0)
    office.declare(*LIST, ("H4", "", "15/02/2027 10:00", "0934890834", ""))
    office.simulator.clear_requests()
    said = office.run("plan")
    assert said.code == 1 and "list.csv:5" in said.err and "the title is missing" in said.err
    assert office.simulator.requests()
    office.declare(*LIST)
    office.apply()
    assert office.alarms() == expected(*LIST)
    office.demand_nothing_to_do()


def test_answers_about_a_long_list_are_not_all_kept_in_memory(office: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioner.rows.appointments.upload.KEPT", 1)
    monkeypatch.setattr("provisioner.appointments.NOTED", 1)
    office.declare(*LIST)
    office.apply()
    assert office.alarms() == expected(*LIST)
    office.demand_nothing_to_do()
    office.succeed("state", "rm", "calendar.clinic")
    office.apply()  # found by their titles, and remembered one by one
    office.demand_nothing_to_do()


def test_the_same_appointment_twice_is_an_error_or_one_of_them(office: Clinic) -> None:
    office.declare(*LIST, LIST[0])
    said = office.run("plan")
    assert said.code == 1 and "1 appointment is declared more than once (list.csv:2 and list.csv:5)" in said.err
    office.declare(*LIST, LIST[0], more="      on_duplicate: first\n")
    assert office.rows()["add"] == 3 and office.rows()["duplicate"] == 1


def test_titles_are_made_of_columns_and_reminders_may_have_one(office: Clinic) -> None:
    options = (
        "      columns: {key: code, start: when, phone: tel, remind_at: desk}\n"
        '      title: "Visit ${row.code}"\n'
        '      datetime_format: "%d/%m/%Y %H:%M"\n'
        "      duration: 1h30m\n"
        "      remind: [-2h]\n"
    )
    office.declare(("H1", "BN1", "15/02/2027 09:30", "0934890831", "14/02/2027 17:00"), LIST[2], options=options)
    office.apply()
    assert office.alarms() == {("0934890831", "2027-02-14T10:00"): 1, ("0934890833", "2027-02-15T23:00"): 1}
    assert {each["title"] for each in office.simulator.objects("event")} == {"Visit H1", "Visit H3"}
    assert {each["end"][:16] for each in office.simulator.objects("event", title="Visit H1")} == {"2027-02-15T04:00"}
    office.demand_nothing_to_do()


def test_rows_may_stand_in_the_manifest(office: Clinic) -> None:
    office.declare(header=HEADER)
    rows = '{phone: "0934890831", start: "2027-02-15 09:30", title: BN1}'
    text = (office.directory / "clinic.yaml").read_text().partition("      file:")[0]
    office.write("clinic.yaml", f"{text}      duration: 30m\n      remind: [-1d 09:00, -2h]\n      rows: [{rows}]\n")
    office.apply()
    assert office.alarms() == expected(LIST[0])
    office.demand_nothing_to_do()


def test_nothing_of_a_row_is_told_or_kept(office: Clinic) -> None:
    secret: Row = ("KEY-4711", "Nguyen Thi Bi Mat", "15/02/2027 09:30", "0934890831", "")
    office.declare(secret)
    told = [office.run("plan", "--output", form).out for form in ("text", "json", "markdown", "html")]
    said = office.apply()
    told += [said.out, said.err, office.run("-v", "plan").err, office.run("state", "show", "calendar.clinic").out]
    kept = (office.directory / ".alice" / "state.db").read_bytes()
    for text in ("KEY-4711", "Bi Mat", "34890831"):
        assert not any(text in each for each in told)
        assert text.encode() not in kept


def test_mistakes_of_the_manifest_are_told_at_their_place(office: Clinic) -> None:
    office.declare(
        *LIST, options=OPTIONS.replace("30m", "half an hour").replace("-2h", "soon").replace("tel,", "mobile,")
    )
    said = office.run("validate")
    assert said.code == 1
    assert "must be a length of time like 30m" in said.err and "must be like -1d 09:00" in said.err
    assert "'mobile' of 'list.csv' is not there" in said.err
    office.declare(*LIST, options="      columns: {phone: tel}\n")
    said = office.run("validate").err
    assert all(f"'{name}'" in said for name in ("start", "title", "end", "remind_at")), said


def test_what_passed_long_ago_is_forgotten_unless_it_is_declared(office: Clinic) -> None:
    office.declare(*LIST)
    office.apply()
    office.declare(LIST[0])
    for days, known in ((5, "3 events and 6 alarms"), (32, "1 event and 0 alarms")):
        office.now = datetime(2027, 2, 16, tzinfo=UTC) + timedelta(days=days)
        office.simulator.clock(office.now)
        office.apply()
        assert known in office.succeed("state", "show", "calendar.clinic").out
        office.demand_nothing_to_do()


def test_state_rm_forgets_what_was_sent_and_the_next_apply_finds_it_again(office: Clinic) -> None:
    office.declare(*LIST)
    office.apply()
    office.succeed("state", "rm", "calendar.clinic")
    office.simulator.clear_requests()
    office.apply()
    assert office.simulator.writes() == []
    shown = json.loads(office.succeed("state", "show", "calendar.clinic", "--output", "json").out)["appointments"]
    assert (shown["events"], shown["alarms"], shown["unanswered"]) == (3, 6, {"events": 0, "alarms": 0})
    office.demand_nothing_to_do()


@pytest.mark.long
@pytest.mark.parametrize("detail", ["on", "none"])
def test_many_are_moved_with_a_few_readings_of_the_lists(detail: str, simulator: Simulator, tmp_path: Path) -> None:
    """Where none can be read by its id, the lists would else be read for each of them."""
    office = clinic(simulator, tmp_path, {"get_detail": detail})
    rows = [(f"H{n}", f"BN{n}", f"{15 + n % 5}/02/2027 1{n % 7}:30", f"0934890{800 + n}", "") for n in range(40)]
    office.declare(*rows)
    office.apply()
    moved = [(key, title, when.replace(":30", ":45"), *rest) for key, title, when, *rest in rows]
    office.declare(*moved)
    simulator.clear_requests()
    office.apply("--parallelism", "2", "--max-update-percent", "100")
    lists = [each for each in simulator.requests() if each["method"] == "GET" and each["path"].endswith("/alarm/")]
    assert len(lists) <= 8 * 8  # pages of ten, of eighty alarms; each of forty PUTs would read them twice
    assert office.alarms() == expected(*moved)
    office.demand_nothing_to_do()


def test_validate_reads_the_rows_without_a_server(office: Clinic) -> None:
    office.declare(*LIST, ("H4", "BN4", "15/02/2027", "0934890834", ""))
    office.simulator.clear_requests()
    said = office.run("validate", "--rows")
    assert said.code == 1 and "list.csv:5:1: error: appointments: 1 row: the start is not a date" in said.err
    office.declare(*LIST, ("H4", "BN4", "15/02/2027", "0934890834", ""), more="      invalid: skip\n")
    assert "calendar.clinic: 3 rows; left out: 1 the start is not a date" in office.succeed("validate", "--rows").out
    assert office.simulator.requests() == []
