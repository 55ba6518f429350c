"""What is to be sent so that a calendar holds its appointments, in sets: events first, then the alarms about them.

    event_changes_N   add, change or remove, of a row and the id of its event
    alarm_changes_N   the same of alarms, by the moment they ring at
    ringing_N         alarms that are there and stay, with the row that declares them, if one does
    held_N            rows of which nobody knows whether they were sent, or their alarms

What is past is never touched. An alarm is known by event, number and moment, one that the server shows in a form of its
own by the id and the mark under which it was sent. What is left over on both sides of one event is an alarm that was
moved. See docs/alice-api.md#alarms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.reminders import ALARM
from provisioner.rows.appointments.layout import DESCRIPTION, TRANSFER
from provisioner.rows.appointments.pairs import HELD, HERE, KNOWN_EVENT, PAIRS, pair, untold_of
from provisioner.rows.appointments.tables import ALARMS, RINGS, THERE, AgendaScope
from provisioner.rows.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ADD, CHANGE, REMOVE = "add", "change", "remove"
EVENT_CHANGES, ALARM_CHANGES, RINGING = "event_changes", "alarm_changes", "ringing"
FORM = ("title", "start", "finish", "description")
ALARM_FORM = ("sent", "moment", "transfer")


def compare(connection: DuckDBPyConnection, scope: AgendaScope) -> None:
    """Make all of it anew from what is declared, live and known."""
    pair(connection, scope)
    for statement in (
        _event_changes(scope),
        _removed_events(scope),
        _dues(scope),
        _there(scope),
        f"CREATE OR REPLACE TABLE {scope.table('met')} (row BIGINT, moment BIGINT, id BIGINT)",
        *_met(scope),
        *_word_for_it(scope),
        _more_held(scope),
        _alarm_changes(scope),
        _changed_alarms(scope),
        _removed_alarms(scope),
        _ringing(scope),
    ):
        connection.execute(statement)


def event_form(scope: AgendaScope, row: str, live: str) -> str:
    """SQL of the hash of what an event was sent as, and of what is shown of it."""
    return scope.mark("'form'", *(f"{row}{name}" for name in FORM), *(f"{live}{name}" for name in FORM))


def alarm_form(scope: AgendaScope, due: str, live: str) -> str:
    """The same of an alarm."""
    return scope.mark("'form'", *(f"{due}{name}" for name in ALARM_FORM), *(f"{live}{name}" for name in ALARM_FORM))


def _event_changes(scope: AgendaScope) -> str:
    """Rows without an event, and those whose event says something else. An event that is over stays as it is."""
    compared = ("title", "start", "finish", *([DESCRIPTION] if DESCRIPTION in scope.owned.managed else []))
    differs = " OR ".join(f"coalesce(row.{name} <> event.{name}, false)" for name in compared)
    if not scope.events:
        differs = f"known.form <> '' AND known.form <> {event_form(scope, 'row.', 'event.')}"
    same = f"coalesce(known.form = {event_form(scope, 'row.', 'event.')}, false)"
    last = "try_cast(string_split(row.dues, ',')[-1] AS BIGINT)"
    held = f"row.row IN (FROM {scope.table(HELD)})"
    return f"""
        CREATE OR REPLACE TABLE {scope.table(EVENT_CHANGES)} AS
        SELECT '{ADD}' AS op, row.row, NULL::BIGINT AS id FROM {scope.source} AS row
        WHERE row.reason IS NULL AND NOT {held} AND least(row.finish, {last}) > {scope.now}
          AND row.row NOT IN (SELECT row FROM {scope.table(PAIRS)})
        UNION ALL
        SELECT '{CHANGE}', row.row, event.id FROM {scope.source} AS row
        JOIN {scope.table(PAIRS)} AS pair ON pair.row = row.row
        JOIN {scope.table(HERE)} AS event ON event.id = pair.id
        LEFT JOIN {scope.table("known")} AS known ON known.{KNOWN_EVENT} AND known.remote_id = event.id
        WHERE row.reason IS NULL AND coalesce(event.finish > {scope.now}, true) AND NOT event.unsure
          AND ({differs}) AND NOT {same}"""


def _removed_events(scope: AgendaScope) -> str:
    """Those that are still to come and that nobody declares; without --prune they stay, and ring."""
    return f"""
        INSERT INTO {scope.table(EVENT_CHANGES)}
        SELECT '{REMOVE}', NULL, id FROM {scope.table(HERE)}
        WHERE {scope.prunes and scope.events} AND NOT unsure AND coalesce(finish > {scope.now}, true)
          AND id NOT IN (SELECT id FROM {scope.table(PAIRS)})"""


def _dues(scope: AgendaScope) -> str:
    """Every alarm that should be there and rings from now on; those of rows that are held are not asked for."""
    return f"""
        CREATE OR REPLACE TABLE {scope.table("dues")} AS
        SELECT row.row, row.mark, row.number, row.sent, row.transfer, pair.id AS event, rings.moment, rings.due
        FROM {scope.table(RINGS)} AS rings JOIN {scope.source} AS row ON row.row = rings.row
        LEFT JOIN {scope.table(PAIRS)} AS pair ON pair.row = row.row
        LEFT JOIN {scope.table(HERE)} AS event ON event.id = pair.id
        WHERE row.reason IS NULL AND row.row NOT IN (FROM {scope.table(HELD)})
          AND coalesce(event.finish > {scope.now}, true) AND rings.moment > {scope.now}
          AND (pair.id IS NOT NULL OR row.row IN (
                SELECT row FROM {scope.table(EVENT_CHANGES)} WHERE op = '{ADD}'))"""


def _there(scope: AgendaScope) -> str:
    """Alarms of the calendar's events that have not rung; where the server shows none, those that were sent."""
    known = f"{scope.table('known')}"
    if not scope.alarms:
        return f"""
            CREATE OR REPLACE TABLE {scope.table("there")} AS
            SELECT coalesce(remote_id, -row_number() OVER ()) AS id, parent_id AS event, NULL::BIGINT AS number,
                   NULL::VARCHAR AS sent, moment, NULL::VARCHAR AS transfer, mark AS due, flying, form
            FROM {known} WHERE sort = {literal(ALARM)} AND moment > {scope.now}"""
    return f"""
        CREATE OR REPLACE TABLE {scope.table("there")} AS
        SELECT alarm.id, coalesce(alarm.parent, known.parent_id) AS event, alarm.number, alarm.sent, alarm.moment,
               alarm.transfer, known.mark AS due, false AS flying, known.form
        FROM {ALARMS} AS alarm
        LEFT JOIN {known} AS known ON known.sort = {literal(ALARM)} AND known.remote_id = alarm.id
        WHERE coalesce(alarm.moment, known.moment, {scope.now} + 1) > {scope.now}
          AND coalesce(alarm.parent, known.parent_id) IN (SELECT id FROM {scope.table(HERE)})"""


def _unmet(scope: AgendaScope) -> tuple[str, str]:
    """Alarms that should be there, and that are there, which have not met yet."""
    met = scope.table("met")
    dues = f"(SELECT due.* FROM {scope.table('dues')} AS due ANTI JOIN {met} USING (row, moment))"
    return dues, f"(FROM {scope.table('there')} WHERE id NOT IN (SELECT id FROM {met}))"


def _met(scope: AgendaScope) -> list[str]:
    """By the mark, unless what is shown says something else; then by number and moment, the lowest ids first."""
    dues, there = _unmet(scope)
    keys = "event, number, moment"
    order = f"row_number() OVER (PARTITION BY {keys}"
    return [
        f"""INSERT INTO {scope.table("met")}
            SELECT due.row, due.moment, min(there.id) FROM {dues} AS due JOIN {there} AS there USING (due)
            WHERE NOT there.flying AND there.event = due.event AND (coalesce(there.number = due.number, true)
              AND coalesce(there.moment = due.moment, true) OR there.form = {alarm_form(scope, "due.", "there.")})
            GROUP BY due.row, due.moment""",
        f"""INSERT INTO {scope.table("met")}
            SELECT row, moment, id FROM (SELECT {keys}, row, {order} ORDER BY row) AS turn FROM {dues}) AS one
            JOIN (SELECT {keys}, id, {order} ORDER BY id) AS turn FROM {there}) AS other USING ({keys}, turn)""",
    ]


def _word_for_it(scope: AgendaScope) -> list[str]:
    """Where no alarm is shown, and somebody has said that all are there: those of events that nothing is known of."""
    if scope.alarms or scope.word != THERE:
        return []
    dues, _ = _unmet(scope)
    return [
        f"""INSERT INTO {scope.table("met")} SELECT due.row, due.moment, -1 FROM {dues} AS due WHERE {_is_new(scope)}"""
    ]


def _is_new(scope: AgendaScope) -> str:
    """The condition that nothing is known of the event of a due alarm; one whose answer was lost is known by its mark,
    and its alarms were not sent before it had an id."""
    known = f"FROM {scope.table('known')} WHERE {KNOWN_EVENT}"
    unnamed = f"coalesce(due.mark NOT IN (SELECT mark {known}), true)"
    ids = f"SELECT remote_id {known} AND remote_id IS NOT NULL"
    return f"due.event IS NOT NULL AND due.event NOT IN ({ids}) AND {unnamed}"


def _more_held(scope: AgendaScope) -> str:
    """Rows with an alarm that may be there in a form nobody can read, or whose answer nobody saw.

    Where no alarm is shown, and of an event that was found by its title nothing is known, all of them may be there.
    """
    dues, there = _unmet(scope)
    known = scope.table("known")
    if scope.alarms:
        unread = f"""SELECT 1 FROM {there} AS alarm WHERE alarm.event = due.event
            AND (alarm.number IS NULL OR alarm.moment IS NULL) AND coalesce(alarm.number = due.number, true)
            AND coalesce(alarm.moment = due.moment, true)"""
        lost = f"""SELECT 1 FROM {ALARMS} AS alarm WHERE alarm.parent IS NULL
            AND alarm.id NOT IN (SELECT id FROM {scope.table("there")})
            AND coalesce(alarm.number = due.number, true) AND coalesce(alarm.moment = due.moment, true)"""
        untold = f"SELECT mark FROM {known} WHERE sort = {literal(ALARM)} AND ({untold_of(scope, True)})"
        condition = f"due.event IS NOT NULL AND (EXISTS ({unread}) OR EXISTS ({lost})) OR due.due IN ({untold})"
    else:
        flying = f"due.due IN (SELECT due FROM {scope.table('there')} WHERE flying)"
        condition = flying if scope.word else f"{flying} OR ({_is_new(scope)})"
    return f"""
        INSERT INTO {scope.table(HELD)}
        SELECT DISTINCT row FROM {dues} AS due WHERE ({condition}) AND row NOT IN (FROM {scope.table(HELD)})"""


def _alarm_changes(scope: AgendaScope) -> str:
    """What is left over on both sides of one event was moved, our own alarms first; what is left then is new."""
    dues, there = _unmet(scope)
    turn = "row_number() OVER (PARTITION BY event ORDER BY"
    free = f"SELECT * FROM {there} WHERE NOT flying AND id > 0 AND coalesce(number, moment) IS NOT NULL"
    return f"""
        CREATE OR REPLACE TABLE {scope.table(ALARM_CHANGES)} AS
        SELECT CASE WHEN there.id IS NULL THEN '{ADD}' ELSE '{CHANGE}' END AS op, due.row, due.event, due.mark,
               due.number, due.sent, due.transfer, due.moment, due.due, there.id
        FROM (SELECT *, {turn} moment) AS turn FROM {dues} WHERE row NOT IN (FROM {scope.table(HELD)})) AS due
        LEFT JOIN (SELECT event, id, {turn} due IS NULL, moment, id) AS turn FROM ({free})) AS there
               ON there.event = due.event AND there.turn = due.turn"""


def _changed_alarms(scope: AgendaScope) -> str:
    """Those that pass calls on to another number than declared."""
    met = f"""{scope.table("met")} AS met JOIN {scope.table("dues")} AS due USING (row, moment)
        JOIN {scope.table("there")} AS there ON there.id = met.id"""
    other = "coalesce(there.transfer <> due.transfer, false)" if TRANSFER in scope.owned.managed else "false"
    same = "right(regexp_replace({0}, '\\D', '', 'g'), 8)"
    alike = f"{same.format('there.transfer')} = {same.format('due.transfer')} AND due.transfer <> ''"
    known = f"coalesce(there.form = {alarm_form(scope, 'due.', 'there.')}, false)"
    return f"""
        INSERT INTO {scope.table(ALARM_CHANGES)}
        SELECT '{CHANGE}', due.row, due.event, due.mark, due.number, due.sent, due.transfer, due.moment, due.due, met.id
        FROM {met} WHERE {other} AND NOT ({alike}) AND NOT {known}"""


def _removed_alarms(scope: AgendaScope) -> str:
    """Alarms of what is removed, and those of declared appointments that nobody declares; not of rows left alone."""
    _, there = _unmet(scope)
    changed = f"SELECT id FROM {scope.table(ALARM_CHANGES)} WHERE id IS NOT NULL"
    idle = f"SELECT row FROM {scope.source} WHERE reason IS NOT NULL"
    left = f"row IN (FROM {scope.table(HELD)}) OR row IN ({idle})"
    held = f"SELECT id FROM {scope.table(PAIRS)} WHERE {left}"
    return f"""
        INSERT INTO {scope.table(ALARM_CHANGES)} BY NAME
        SELECT '{REMOVE}' AS op, event, id, moment, due FROM {there}
        WHERE {scope.prunes} AND id > 0 AND id NOT IN ({changed}) AND event NOT IN ({held})"""


def _ringing(scope: AgendaScope) -> str:
    """What is there and stays as it is: `row` NULL where nobody declares it. What may have been sent for a row that is
    held is that row's: who is told to delete it would lose a reminder."""
    touched = f"SELECT id FROM {scope.table(ALARM_CHANGES)} WHERE id IS NOT NULL"
    held = f"""SELECT due, min(row) AS row, min(number) AS number FROM {scope.table("dues")}
        WHERE row IN (FROM {scope.table(HELD)}) GROUP BY due"""
    return f"""
        CREATE OR REPLACE TABLE {scope.table(RINGING)} AS
        SELECT there.id, there.event, coalesce(there.moment, met.moment) AS moment,
               coalesce(there.number, due.number, held.number) AS number, coalesce(met.row, held.row) AS row
        FROM {scope.table("there")} AS there LEFT JOIN {scope.table("met")} AS met ON met.id = there.id
        LEFT JOIN {scope.table("dues")} AS due ON due.row = met.row AND due.moment = met.moment
        LEFT JOIN ({held}) AS held ON held.due = there.due
        WHERE there.id NOT IN ({touched})"""
