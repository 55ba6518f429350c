"""What was sent of appointments: noting a few costs the same whatever was sent before."""

from __future__ import annotations

from sqlalchemy import create_engine, event

from provisioner.model import Address
from provisioner.reminders import ALARM, EVENT, SentAppointment
from provisioner.state import appointments, schema

CALENDAR = Address("calendar", "clinic")


def test_no_statement_about_a_few_marks_looks_at_all_of_them() -> None:
    engine = create_engine("sqlite://")
    schema.METADATA.create_all(engine)
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(
        engine, "before_cursor_execute", lambda c, k, statement, values, *rest: asked.append((statement, values))
    )
    with engine.begin() as connection:
        marks = [SentAppointment(sort, f"{sort}{n}", n) for sort in (EVENT, ALARM) for n in range(3)]
        appointments.note(connection, 1, CALENDAR, 7, marks)
        assert len(appointments.sent(connection, 1, 7)) == 6
        appointments.note(connection, 1, CALENDAR, 7, [SentAppointment(ALARM, "moved", 2)])
        assert {each.mark for each in appointments.sent(connection, 1, 7) if each.remote_id == 2} == {
            f"{EVENT}2",
            "moved",
        }
        found = [(each, values) for each, values in asked if each.startswith(("DELETE", "SELECT"))]
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values).fetchall() for each, values in found]
    assert len(plans) >= 5
    for (statement, _), plan in zip(found, plans, strict=True):
        by = " ".join(row[-1] for row in plan)
        assert "mark=?" in by or "remote_id=?" in by or ("owner_id=?" in by and statement.startswith("SELECT")), by
