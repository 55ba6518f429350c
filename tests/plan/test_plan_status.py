"""Plans as tables: what is started, what stays stopped, what rings, what a start fixes, and what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from provisioner.model import Unknown
from provisioner.stop_marks import ADDRESS, EVERYTHING, ID, NAME, Mark
from tests.factories import NOW, RIVAL, calendar, flow, phonebook
from tests.plan.table import (
    allows,
    case,
    changed,
    doubtful,
    forgotten,
    gone,
    hidden,
    left_subscribers,
    noted,
    rows,
    table,
    tet,
    there,
    unlisted,
)

RUNS, PAUSED = tet(status="started"), tet(status="paused")
LEADS = flow("phonebooks", "leads", name="Leads")
MORE = {"phonebook.vip": rows(add=2, unchanged=1)}
LATER = NOW + timedelta(days=60)
STARTS = """
    ~ campaign.tet (rings) status: "paused" -> "started"
    ... campaign.tet would place calls; pass --allow-calls to permit it
    Rings: 1 campaign started, 1 contact newly dialled, 0 alarms.
"""
STAYS = "... (campaign.tet) [stopped-outside] No changes, but not everything is as declared: see the findings."


def stop(form: str, value: str, *, asked: bool = True) -> tuple[Mark, ...]:
    """What `stop` leaves behind."""
    return (Mark("campaign", form, value, datetime(2027, 1, 15, 1, tzinfo=UTC), asked),)


test_starts = table(
    case("a campaign that was never started is started", STARTS, applied=PAUSED, desired=RUNS),
    case("also when its status was not managed until today", STARTS, applied=tet(), desired=RUNS),
    case(
        "with --allow-calls nothing is in its way",
        """
        ~ campaign.tet (rings) status: "paused" -> "started"
        Rings: 1 campaign started, 1 contact newly dialled, 0 alarms.
        """,
        applied=PAUSED,
        desired=RUNS,
        options="--allow-calls",
    ),
    case("what runs already is not started again", "No changes. Alice matches the manifests.", applied=RUNS),
    case(
        "a status that is declared no longer is left as it is",
        "No changes. Alice matches the manifests.",
        applied=RUNS,
        desired=tet(),
    ),
    case("a pause rings nobody", '~ campaign.tet status: "started" -> "paused"', applied=RUNS, desired=PAUSED),
    case(
        "nor does an abort, nor an end",
        '~ campaign.tet status: "started" -> "aborted"',
        applied=RUNS,
        desired=tet(status="aborted"),
    ),
    case(
        "what is aborted on Alice and declared paused is paused: both are at rest, and a pause is what was asked for",
        '~ campaign.tet status: "aborted" -> "paused" drift ...',
        applied=PAUSED,
        live=[changed("campaign.tet", status="aborted")],
    ),
)

test_a_stop_made_outside_wins = table(
    case(
        "what was started and reads paused was stopped by somebody: it stays so, and it is told how to resume it",
        """
        drift campaign.tet: status: "started" -> "paused"
        warning: was started before and is now paused, not by apply: it stays as it is. Declare `status: paused`, or
        resume it with --restart campaign.tet (campaign.tet) [stopped-outside]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=RUNS,
        live=[changed("campaign.tet", status="paused")],
    ),
    case(
        "so it does with an empty state, for the copy of its survey proves that it ran",
        "> survey.promo ... (campaign.tet) [stopped-outside] ...",
        applied=RUNS,
        live=[changed("campaign.tet", status="paused")],
        recorded=[forgotten()],
    ),
    case(
        "or its subscribers",
        "> campaign.tet ... (campaign.tet) [stopped-outside] ...",
        applied=PAUSED,
        desired=RUNS,
        live=[left_subscribers("campaign.tet")],
        recorded=[forgotten("campaign.tet")],
    ),
    case(
        "or the status that it has: nothing but a start makes a campaign aborted",
        "> campaign.tet ... is now aborted, not by apply ... [stopped-outside] ...",
        applied=PAUSED,
        desired=RUNS,
        live=[changed("campaign.tet", status="aborted")],
        recorded=[forgotten("campaign.tet")],
    ),
    case(
        "where what a start leaves behind cannot be read, nobody knows that it never ran",
        """
        > campaign.tet
        warning: is paused, and whether it was started before is not known (403): it stays as it is. Start it with
        --restart campaign.tet if nobody stopped it (campaign.tet) [stopped-outside]
        ...
        No changes, but not everything is as declared: ...
        """,
        applied=PAUSED,
        desired=RUNS,
        live=[doubtful("campaign.tet")],
        recorded=[forgotten("campaign.tet")],
    ),
    case(
        "but for what we made ourselves and never started: our own record says so",
        STARTS,
        applied=PAUSED,
        desired=RUNS,
        live=[doubtful("campaign.tet")],
    ),
    case(
        "the manifest said something else since: it is newer than the stop, and resumes it",
        STARTS.replace("1 contact newly", "0 contacts newly"),
        applied=RUNS,
        desired=RUNS,
        live=[changed("campaign.tet", status="paused")],
        recorded=[noted("campaign.tet", fields={"status": "paused"})],
    ),
    case(
        "--restart resumes it, which is a call",
        """
        ~ campaign.tet (rings) status: "paused" -> "started"
        drift ...
        apply would refuse: campaign.tet would place calls; ...
        Rings: 1 campaign started, 0 contacts newly dialled, 0 alarms.
        """,
        applied=RUNS,
        live=[changed("campaign.tet", status="paused")],
        options="--restart campaign.tet",
    ),
    case(
        "--restart of what runs changes nothing",
        "No changes. Alice matches the manifests.",
        applied=RUNS,
        options="--restart campaign.tet",
    ),
    case(
        "rows that come to something that is resumed ring, and are sent after the start",
        """
        ~ campaign.tet (rings) status: "paused" -> "started"
        rows of phonebook.vip: 2 rows to add, ... 1 unchanged (rings)
        drift ...
        apply would refuse: campaign.tet, rows of phonebook.vip (2) would place calls; ...
        Rings: 1 campaign started, 2 contacts newly dialled, 0 alarms.
        """,
        applied=RUNS,
        live=[changed("campaign.tet", status="paused")],
        options="--restart campaign.tet",
        rows=MORE,
    ),
    case(
        "a status that nobody knows is not started: it counts as running",
        """
        drift campaign.tet: status: "started" -> (unknown code 99)
        warning: has a status that this version does not know (99): it counts as running and is not started. Look in
        Alice's web page; --restart campaign.tet starts it anyway (campaign.tet) [unknown-status]
        ...
        """,
        applied=RUNS,
        live=[changed("campaign.tet", status=Unknown("99"))],
    ),
    case(
        "and is stopped all the same",
        '~ campaign.tet status: (unknown code 99) -> "paused" drift ...',
        applied=RUNS,
        desired=PAUSED,
        live=[changed("campaign.tet", status=Unknown("99"))],
    ),
    case(
        "a status that is not shown is as it was recorded, and may be any all the same",
        "warning: ... (campaign.tet) [unknown-status] No changes. Alice matches the manifests.",
        applied=RUNS,
        live=[hidden("campaign", "status")],
    ),
    case(
        "what was started and is gone would call everybody again: that is told",
        """
        + campaign.tet (rings) # is recorded, but no longer exists on the server ...
        drift campaign.tet: gone from the server
        warning: was started before and no longer exists on the server: a new one would call everybody again
        (campaign.tet) [calls-again]
        apply would refuse: ...
        """,
        applied=RUNS,
        live=[gone("campaign.tet")],
    ),
    case(
        "made again and left paused it calls nobody",
        """
        + campaign.tet # is recorded, but no longer exists on the server ... status: "paused"
        drift campaign.tet: gone from the server
        """,
        applied=RUNS,
        desired=PAUSED,
        live=[gone("campaign.tet")],
    ),
)

test_what_stop_has_stopped = table(
    case(
        "a campaign that `stop` stopped before it was ever started stays so",
        """
        warning: was stopped with `stop` at 2027-01-15 01:00:00 UTC: it is not started. Declare `status: paused`, or
        start it with --restart campaign.tet (campaign.tet) [stopped-outside]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=PAUSED,
        desired=RUNS,
        stopped=stop(ADDRESS, "campaign.tet"),
    ),
    *(
        case(f"by its {form}", STAYS, applied=PAUSED, desired=RUNS, stopped=stop(form, value))
        for form, value in ((ID, "501"), (NAME, "Tet"), (EVERYTHING, ""))
    ),
    case(
        "under the key that it had when it was stopped",
        "> campaign.tet-2027 # was campaign.tet ... (campaign.tet-2027) [stopped-outside] ...",
        applied=PAUSED,
        desired=RUNS.replace("  tet:", "  tet-2027:\n    renamed_from: tet"),
        stopped=stop(ADDRESS, "campaign.tet"),
    ),
    case("a stop of another one is none of this one", STARTS, applied=PAUSED, desired=RUNS, stopped=stop(ID, "77")),
    case(
        "a manifest that certainly said something else when it was stopped is newer",
        STARTS,
        applied=PAUSED,
        desired=RUNS,
        stopped=stop(ADDRESS, "campaign.tet", asked=False),
    ),
    case(
        "--restart is newer than any stop",
        STARTS,
        applied=PAUSED,
        desired=RUNS,
        stopped=stop(ADDRESS, "campaign.tet"),
        options="--restart campaign.tet",
    ),
    case(
        "what was stopped before it was there is made, and not started",
        """
        + survey.promo ... + campaign.tet name: "Tet" ... daily_stop_time: 17:00
        rows of phonebook.vip: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged
        warning: was stopped with `stop` ... (campaign.tet) [stopped-outside]
        """,
        desired=RUNS,
        stopped=stop(NAME, "Tet"),
    ),
    case("a pause needs no leave", "~ campaign.tet ...", applied=RUNS, desired=PAUSED, stopped=stop(EVERYTHING, "")),
)

test_what_rings = table(
    case(
        "a wider window of something that runs calls at more times",
        """
        ~ campaign.tet (rings) daily_stop_time: 17:00 -> 19:00
        apply would refuse: campaign.tet would place calls; pass --allow-calls to permit it
        Rings: ...
        """,
        applied=RUNS,
        desired=tet(status="started", daily_stop_time="19:00"),
    ),
    *(
        case(
            f"{field}: {value} of something that runs rings",
            "~ campaign.tet (rings) ...",
            applied=RUNS,
            desired=tet(status="started", **{field: value}),
        )
        for field, value in (
            ("startingdate", "2027-01-09T08:00:00+07:00"),
            ("expirationdate", "2027-02-09T17:00:00+07:00"),
            ("daily_start_time", "07:00"),
            ("frequency", 11),
        )
    ),
    *(
        case(
            f"{field}: {value} of something that runs only narrows",
            f"~ campaign.tet {field}: {shown}",
            applied=RUNS,
            desired=tet(status="started", **{field: value}),
        )
        for field, value, shown in (
            ("daily_stop_time", "16:00", "17:00 -> 16:00"),
            ("daily_start_time", "09:00", "08:00 -> 09:00"),
            ("frequency", 9, "10 -> 9"),
            ("callerid", '"19001234"', '(none) -> "19001234"'),
        )
    ),
    case(
        "a wider window of something at rest rings nobody",
        "~ campaign.tet daily_stop_time: 17:00 -> 19:00",
        applied=PAUSED,
        desired=tet(status="paused", daily_stop_time="19:00"),
    ),
    case(
        "a phonebook that is attached to something that runs is called",
        """
        + phonebook.leads ...
        ~ campaign.tet (rings) phonebooks: + leads (1 unchanged)
        ...
        """,
        applied=RUNS,
        desired=tet(LEADS, status="started", phonebooks="[vip, leads]"),
    ),
    case(
        "one that is detached is not",
        "~ campaign.tet phonebooks: - leads (1 unchanged)",
        applied=tet(LEADS, status="started", phonebooks="[vip, leads]"),
        desired=tet(LEADS, status="started"),
    ),
    case(
        "rows of something that runs ring",
        """
        rows of phonebook.vip: 2 rows to add, 0 to change, 0 to deactivate, 1 unchanged (rings)
        apply would refuse: rows of phonebook.vip (2) would place calls; ...
        Rings: 0 campaigns started, 2 contacts newly dialled, 0 alarms.
        """,
        applied=RUNS,
        rows=MORE,
    ),
    case(
        "rows of something at rest do not: added while paused they are never dialled",
        "rows of phonebook.vip: 2 rows to add, 0 to change, 0 to deactivate, 1 unchanged",
        applied=PAUSED,
        rows=MORE,
    ),
    case(
        "rows of something that this plan stops do not either",
        """
        ~ campaign.tet status: "started" -> "paused"
        rows of phonebook.vip: 2 rows to add, 0 to change, 0 to deactivate, 1 unchanged
        """,
        applied=RUNS,
        desired=PAUSED,
        rows=MORE,
    ),
    case(
        "they ring where the status is one that nobody knows",
        "rows of phonebook.vip: ... (rings) ... (campaign.tet) [unknown-status] ...",
        applied=tet(),
        live=[changed("campaign.tet", status=Unknown("99"))],
        rows=MORE,
    ),
    case(
        "also where nobody declares the campaign",
        "rows of phonebook.vip: ... (rings) warning: the campaign 'Theirs' (id 77) has a status ...",
        applied=phonebook("vip", "0934890821"),
        live=[there("campaign", 77, name="Theirs", phonebooks=(301,), status=Unknown("99"))],
        rows=MORE,
    ),
    case(
        "and whoever runs the campaign: another project of the account, or another user",
        "rows of phonebook.vip: ... (rings) ...",
        applied=phonebook("vip", "0934890821"),
        live=[there("campaign", 77, RIVAL, name="Theirs", phonebooks=(301,), status="started")],
        rows=MORE,
    ),
    case(
        "and where it is not known whom a campaign dials",
        """
        rows of phonebook.vip: ... (rings)
        warning: not known: which phonebooks the campaign 'Theirs' (id 77) dials (null). Rows added to any of them
        count as ringing [not-known]
        ...
        """,
        applied=phonebook("vip", "0934890821"),
        live=[there("campaign", 77, RIVAL, name="Theirs", phonebooks=Unknown("null"), status="started")],
        rows=MORE,
    ),
    case(
        "and where the server lists no campaigns",
        """
        rows of phonebook.vip: ... (rings)
        warning: the server does not list campaigns, so which of them run is not known, ... [not-known]
        ...
        """,
        applied=phonebook("vip", "0934890821"),
        live=[unlisted("campaign")],
        rows=MORE,
    ),
    case(
        "another field of something that runs changes: what it dials is no news, although nobody can read it",
        "~ campaign.tet frequency: 10 -> 9 ...",
        applied=RUNS,
        desired=tet(status="started", frequency=9),
        live=[changed("campaign.tet", phonebooks=Unknown("null"))],
    ),
    case(
        "a start dials what is declared, although nobody can read what is live",
        "~ campaign.tet (rings) ... Rings: 1 campaign started, 1 contact newly dialled, 0 alarms.",
        applied=PAUSED,
        desired=RUNS,
        live=[changed("campaign.tet", phonebooks=Unknown("null"))],
    ),
    case(
        "something new has no rows that anybody dials",
        "+ phonebook.vip ... rows of phonebook.vip: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged",
        desired=phonebook("vip", "0934890821"),
        live=[there("campaign", 77, RIVAL, name="Theirs", phonebooks=(5,), status="started")],
    ),
    case(
        "near its time any update of an alarm may make it ring again",
        "~ alarm.visit (rings) phonenumber_transfer: (none) -> (sensitive) ...",
        applied=calendar(moment="2027-01-15T09:30:00+07:00"),
        desired=calendar(moment="2027-01-15T09:30:00+07:00").replace(
            '"0934890883"', '"0934890883", phonenumber_transfer: "0934890884"'
        ),
        live=[allows("alarm", "GET", "PUT")],
    ),
)

test_what_a_start_fixes = table(
    case(
        "another survey after the start is refused at its place",
        """
        error: survey: was fixed by the first start and cannot change: declare a new campaign with the contacts that are
        still to be called (campaign.tet) [field-fixed]
        """,
        applied=RUNS,
        desired=tet(flow("surveys", "other", name="Other"), status="started", survey="other"),
    ),
    case(
        "before it, it is changed",
        "~ campaign.tet survey: promo -> other",
        applied=tet(flow("surveys", "other", name="Other")),
        desired=tet(flow("surveys", "other", name="Other"), survey="other"),
    ),
    case(
        "without a record it is taken as declared, which is told",
        """
        > campaign.tet
        info: its survey was copied when it started and is taken as declared (campaign.tet) [frozen]
        ...
        """,
        applied=RUNS,
        recorded=[forgotten("campaign.tet")],
    ),
    *(
        case(
            f"whether a start has copied it may be unknown: {what}",
            plan,
            applied=PAUSED,
            live=[doubtful("campaign.tet")],
            **facts,
        )
        for what, plan, facts in (
            (
                "it may have been copied",
                """
                > campaign.tet
                info: its survey may have been copied by a start (whether there was one is not known: 403) and is taken
                as declared (campaign.tet) [frozen]
                ...
                """,
                {"recorded": [forgotten("campaign.tet")]},
            ),
            (
                "it may have been fixed",
                """
                error: survey: may have been fixed by a start (whether there was one is not known: 403) and cannot
                change: declare a new campaign ... (campaign.tet) [field-fixed]
                """,
                {
                    "desired": tet(flow("surveys", "other", name="Other"), status="paused", survey="other"),
                    "recorded": [noted("campaign.tet", created=False)],
                },
            ),
            (
                "another gateway is not sent",
                """
                error: gateway: is not sent after a start (whether there was one is not known: 403): declare a new
                campaign ... (campaign.tet) [field-fixed]
                """,
                {
                    "desired": tet(status="paused", gateway="AliceBackupGateway"),
                    "recorded": [noted("campaign.tet", created=False)],
                },
            ),
        )
    ),
    case(
        "another gateway is not sent after the first start",
        "error: gateway: is not sent after the first start: declare a new campaign ... (campaign.tet) [field-fixed]",
        applied=RUNS,
        desired=tet(status="started", gateway="AliceBackupGateway"),
    ),
    case(
        "before it, it is",
        "~ campaign.tet gateway: AliceDevGateway -> AliceBackupGateway",
        applied=PAUSED,
        desired=tet(status="paused", gateway="AliceBackupGateway"),
    ),
)

OVER = "info: its expirationdate has passed: no changes (campaign.tet) [over] No changes. Alice matches the manifests."

test_what_is_over = table(
    case("what has expired is left as it is", OVER, applied=PAUSED, desired=tet(frequency=20), now=LATER),
    case("and is not started", OVER, applied=PAUSED, desired=RUNS, now=LATER),
    *(
        case(
            f"so is what has {status}",
            f"info: its status is {status}: no changes (campaign.tet) [over] ...",
            applied=RUNS,
            desired=tet(status="started", frequency=20),
            live=[changed("campaign.tet", status=status)],
        )
        for status in ("ended", "completed")
    ),
    case(
        "it is adopted",
        "> campaign.tet info: ... [over] No changes. ...",
        applied=PAUSED,
        recorded=[forgotten("campaign.tet")],
        now=LATER,
    ),
    case(
        "and cannot be restarted with other dates",
        """
        error: expirationdate: it has ended and cannot be restarted: declare a new key and name (campaign.tet)
        [campaign-ended]
        """,
        applied=RUNS,
        desired=tet(status="started", expirationdate="2027-03-30T17:00:00+07:00"),
        live=[changed("campaign.tet", status="ended")],
    ),
    case(
        "what is over and not there is not made; what it needs is",
        """
        + survey.promo ... + phonebook.vip ... + section.promo.hi ...
        info: its expirationdate has passed: it is not created (campaign.tet) [over]
        """,
        desired=tet(),
        now=LATER,
    ),
    case(
        "nor is what hangs on it",
        """
        + calendar_setting.clinic ... + calendar.rounds name: "Rounds" user: bot
        info: its end has passed: it is not created (event.visit) [over]
        info: its date_start_notice has passed: it is not created (alarm.visit) [over]
        """,
        desired=calendar(),
        now=LATER,
    ),
    case(
        "an alarm about something that is over and not there is not made",
        "... info: event.visit is over and does not exist: it is not created (alarm.visit) [over]",
        desired=calendar().replace("2027-02-15", "2027-01-10"),
    ),
    case(
        "what is gone and over is forgotten",
        """
        x campaign.tet # deleted from the server, and over
        drift campaign.tet: gone from the server
        info: ... [over]
        No changes. Alice matches the manifests. (1 to forget: recorded only, nothing is sent)
        """,
        applied=PAUSED,
        live=[gone("campaign.tet")],
        now=LATER,
    ),
    case(
        "rows of something over ring nobody, whatever its status says",
        "rows of phonebook.vip: 2 rows to add, 0 to change, 0 to deactivate, 1 unchanged info: ... [over]",
        applied=RUNS,
        rows=MORE,
        now=LATER,
    ),
)
