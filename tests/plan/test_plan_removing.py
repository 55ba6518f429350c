"""Plans as tables: what is declared no longer, what may not be deleted, what is replaced, and what is ignored."""

from __future__ import annotations

from datetime import UTC, datetime

from provisioner.model import Unknown
from provisioner.stop_marks import ADDRESS, Mark
from tests.factories import calendar, dnc_list, manifest, phonebook, survey
from tests.plan.table import (
    allows,
    case,
    changed,
    doubtful,
    forgotten,
    gone,
    hidden,
    noted,
    refused,
    table,
    tet,
    there,
    unlisted,
    unset,
)

PAUSED, RUNS = tet(status="paused"), tet(status="started")
NOTHING = ""
LISTS = manifest(survey(), phonebook("vip", "0934890821"))
PROTECTED = tet(lifecycle="{prevent_delete: true}")
ALL = [
    allows(kind, "GET", "PUT", "DELETE")
    for kind in (
        *("survey", "section", "phonebook", "dnc_list"),
        *("calendar_setting", "calendar_user", "calendar", "event", "alarm"),
    )
]

test_what_is_declared_no_longer = table(
    case(
        "without --prune it stays as it is, and it is told what --prune would do",
        """
        info: is no longer declared and stays as it is: --prune forgets it, because it cannot be deleted (phonebook.vip)
        [undeclared]
        info: ... forgets it, because it cannot be deleted (survey.promo) [undeclared]
        info: is no longer declared and stays as it is: --prune deletes it (campaign.tet) [undeclared]
        info: ... forgets it, because it cannot be deleted (section.promo.hi) [undeclared]
        No changes. Alice matches the manifests.
        """,
        applied=PAUSED,
        desired=NOTHING,
    ),
    case(
        "with --prune what the server can delete is deleted",
        "- campaign.tet # no longer declared",
        applied=PAUSED,
        desired=LISTS,
        options="--prune",
    ),
    case(
        "what it cannot is forgotten, which the plan says; deletes come last",
        """
        x section.promo.hi # left in place: the server offers no DELETE of sections
        x survey.promo # left in place: the server offers no DELETE of surveys
        x phonebook.vip # left in place: the server offers no DELETE of phonebooks
        - campaign.tet # no longer declared
        """,
        applied=PAUSED,
        desired=NOTHING,
        options="--prune",
    ),
    case(
        "where the server deletes everything, what depends on something goes before it",
        """
        - section.promo.hi # no longer declared
        - campaign.tet # no longer declared
        - survey.promo # no longer declared
        - phonebook.vip # no longer declared
        """,
        applied=PAUSED,
        desired=NOTHING,
        live=ALL,
        options="--prune",
    ),
    case(
        "so does a chain of reminders",
        """
        - alarm.visit ... - event.visit ... - calendar.rounds ... - calendar_user.bot ... - calendar_setting.clinic
        # no longer declared
        """,
        applied=calendar(),
        desired=NOTHING,
        live=ALL,
        options="--prune",
    ),
    case(
        "what is not recorded is never deleted",
        "No changes. Alice matches the manifests.",
        applied=LISTS,
        live=[*ALL, there("campaign", 77, name="Theirs"), there("phonebook", 78, name="Theirs")],
        options="--prune",
    ),
    case(
        "a DNC list never is: that would delete every campaign that uses it",
        "x dnc_list.opt-outs # left in place: a DNC list is never deleted ...",
        applied=dnc_list("opt-outs", "0934890899"),
        desired=NOTHING,
        live=ALL,
        options="--prune",
    ),
    case(
        "what is gone is forgotten, with or without --prune",
        """
        x campaign.tet # gone from the server
        drift campaign.tet: gone from the server
        No changes. Alice matches the manifests. (1 to forget: recorded only, nothing is sent)
        """,
        applied=PAUSED,
        desired=LISTS,
        live=[gone("campaign.tet")],
    ),
    case(
        "a campaign that runs is named in every plan",
        """
        warning: is no longer declared and still runs: declare it again, with `status: aborted` to stop it
        (campaign.tet) [running-undeclared]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=RUNS,
        desired=LISTS,
    ),
    case(
        "and refuses a prune",
        """
        warning: ... (campaign.tet) [running-undeclared]
        apply would refuse: campaign.tet still runs: declare `status: aborted` and apply before pruning it
        No changes. Apply would refuse this plan.
        """,
        applied=RUNS,
        desired=LISTS,
        options="--prune",
    ),
    case(
        "one whose status nobody knows may run",
        "... apply would refuse: campaign.tet may still run: its status is (unknown code 99): declare ...",
        applied=PAUSED,
        desired=LISTS,
        live=[changed("campaign.tet", status=Unknown("99"))],
        options="--prune",
    ),
    case(
        "so may one that could not be read",
        "... apply would refuse: campaign.tet may still run, because it could not be read: declare ...",
        applied=PAUSED,
        desired=LISTS,
        live=[refused("campaign.tet")],
        options="--prune",
    ),
    case(
        "so may any where the server lists no campaigns",
        "... apply would refuse: campaign.tet may still run, because it could not be read: declare ...",
        applied=PAUSED,
        desired=LISTS,
        live=[unlisted("campaign")],
        options="--prune",
    ),
    case(
        "one whose status is not shown may run",
        "... apply would refuse: campaign.tet may still run: its status is ...: declare ...",
        applied=PAUSED,
        desired=LISTS,
        live=[hidden("campaign", "status")],
        options="--prune",
    ),
    case(
        "whom it dials does not matter",
        "... apply would refuse: campaign.tet still runs: declare ...",
        applied=RUNS,
        desired=LISTS,
        live=[changed("campaign.tet", phonebooks=Unknown("null"))],
        options="--prune",
    ),
    case(
        "one that is aborted is deleted",
        "- campaign.tet # no longer declared drift ...",
        applied=RUNS,
        desired=LISTS,
        live=[changed("campaign.tet", status="aborted")],
        options="--prune",
    ),
    case(
        "what something that stays uses is not deleted",
        """
        warning: is not deleted, because campaign 501 still uses it: delete that first (phonebook.vip) [still-used]
        No changes. ...
        """,
        applied=PAUSED,
        desired=survey(),
        live=ALL,
        recorded=[forgotten("campaign.tet")],
        options="--prune",
    ),
    case(
        "nor what something may use that the server does not list",
        """
        warning: ... [not-known]
        warning: is not deleted, because it is not known what uses it: the server does not list campaigns
        (phonebook.vip) [still-used]
        ...
        """,
        applied=LISTS,
        desired=survey(),
        live=[*ALL, unlisted("campaign")],
        options="--prune",
    ),
    case(
        "nor what something uses of which nobody can tell",
        """
        warning: is not deleted, because it is not known what uses it: which phonebooks campaign 77 has is not known
        (phonebook.vip) [still-used]
        ...
        """,
        applied=LISTS,
        desired=survey(),
        live=[*ALL, there("campaign", 77, name="Theirs", survey=5, phonebooks=Unknown("null"))],
        options="--prune",
    ),
    case(
        "what is kept keeps what it hangs on",
        """
        warning: is not deleted, because calendar user 701 still uses it: ... (calendar_setting.clinic) [still-used]
        warning: is not deleted, because calendar 801 and event 901 still use it: delete those first (calendar_user.bot)
        [still-used]
        ...
        """,
        applied=calendar(),
        desired=NOTHING,
        live=ALL,
        recorded=[forgotten("calendar.rounds", "event.visit", "alarm.visit")],
        options="--prune",
    ),
    case(
        "a section stays with a survey that stays",
        "warning: ... (survey.promo) [still-used] ...",
        applied=PAUSED,
        desired=phonebook("vip", "0934890821"),
        live=ALL,
        recorded=[forgotten("campaign.tet")],
        options="--prune",
    ),
    case(
        "an alarm that nobody declares any more still rings, and only a deletion keeps it from that",
        """
        warning: is no longer declared and still rings 14 Feb 09:00: --prune deletes it (alarm.visit) [undeclared]
        ...
        """,
        applied=calendar(),
        desired=calendar().partition("alarms:")[0],
        live=ALL,
    ),
    case(
        "where the server has none, somebody has to do it by hand",
        "warning: ... still rings 14 Feb 09:00: delete it in Alice's web page, or declare it again (alarm.visit) ...",
        applied=calendar(),
        desired=calendar().partition("alarms:")[0],
    ),
    case(
        "nothing is pruned that may be what is not settled",
        """
        deferred section.promo.hello: ...
        error: ... (section.promo.hello) [unsettled]
        info: is no longer declared and stays, because it may be what is not settled (section.promo.hi) [undeclared]
        No changes, ...
        """,
        applied=survey(),
        desired=survey("promo", "{key: hello, type: play_message, question: Good day}"),
        live=[*ALL, unlisted("section")],
        recorded=[noted("survey.promo", created=False)],
        options="--prune",
    ),
)

test_protection = table(
    case(
        "what was protected is not pruned, although its protection went with its declaration",
        """
        apply would refuse: campaign.tet was declared with `lifecycle.prevent_delete` and is no longer declared: declare
        it again, or run `alice-apply state rm campaign.tet` to leave it in place
        No changes. ...
        """,
        applied=PROTECTED,
        desired=LISTS,
        options="--prune",
    ),
    case(
        "protection is lifted by declaring it without, and an apply",
        "- campaign.tet # no longer declared",
        applied=tet(),
        desired=LISTS,
        options="--prune",
    ),
    case(
        "what is gone is protected no more",
        "x campaign.tet # gone from the server drift ... No changes. ...",
        applied=PROTECTED,
        desired=LISTS,
        live=[gone("campaign.tet")],
        options="--prune",
    ),
    case(
        "a protected campaign is not replaced",
        """
        error: cannot be replaced: `lifecycle.prevent_delete` forbids to delete the old one (campaign.tet)
        [replace-refused]
        """,
        applied=tet(gateway="AliceBackupGateway", lifecycle="{prevent_delete: true}"),
        live=[changed("campaign.tet", gateway=21)],
        recorded=[noted("campaign.tet", ignored={"gateway": {"sent": "AliceBackupGateway", "received": 21}})],
        options="--allow-replace",
    ),
)

BACKUP = tet(gateway="AliceBackupGateway")
STUBBORN = {
    "live": [changed("campaign.tet", gateway=21)],
    "recorded": [noted("campaign.tet", ignored={"gateway": {"sent": "AliceBackupGateway", "received": 21}})],
}

test_replacements = table(
    case(
        "what the server ignores is told, and nothing is replaced without leave",
        """
        ... warning: the server keeps another value of gateway ... created anew with --allow-replace (campaign.tet)
        [not-settable]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=BACKUP,
        **STUBBORN,
    ),
    case(
        "with --allow-replace a new campaign takes the place of one that was never started",
        "-/+ campaign.tet gateway: AliceDevGateway -> AliceBackupGateway ...",
        applied=BACKUP,
        options="--allow-replace",
        **STUBBORN,
    ),
    case(
        "a start follows the replacement",
        """
        -/+ campaign.tet (rings)
              gateway: AliceDevGateway -> AliceBackupGateway
              status: "paused" -> "started"
        ...
        """,
        applied=BACKUP,
        desired=tet(gateway="AliceBackupGateway", status="started"),
        options="--allow-replace",
        **STUBBORN,
    ),
    case(
        "--allow-replace replaces nothing that can be changed",
        "~ campaign.tet frequency: 10 -> 20",
        applied=tet(),
        desired=tet(frequency=20),
        options="--allow-replace",
    ),
    case(
        "what may have been started may know whom it called",
        """
        error: cannot be replaced, because its replacement may call again (whether there was one is not known: 403):
        declare a new campaign with the contacts that are still to be called (campaign.tet) [replace-refused]
        """,
        applied=tet(callerid='"19001234"'),
        live=[changed("campaign.tet", callerid=None), doubtful("campaign.tet")],
        recorded=[
            noted("campaign.tet", ignored={"callerid": {"sent": "19001234", "received": None}}, created=False),
        ],
        options="--allow-replace",
    ),
    case(
        "what was started knows whom it called: its replacement would call everybody again",
        """
        error: cannot be replaced, because its replacement would call again: declare a new campaign with the contacts
        that are still to be called (campaign.tet) [replace-refused]
        """,
        applied=tet(status="started", callerid='"19001234"'),
        live=[changed("campaign.tet", callerid=None)],
        recorded=[noted("campaign.tet", ignored={"callerid": {"sent": "19001234", "received": None}})],
        options="--allow-replace",
    ),
    case(
        "only campaigns are replaced: another kind is told as before",
        "warning: ... ignores ours: change it in Alice's web page (phonebook.vip) [not-settable] ...",
        applied=phonebook(description="Best"),
        live=[changed("phonebook.vip", description="Worst")],
        recorded=[noted("phonebook.vip", ignored={"description": {"sent": "Best", "received": "Worst"}})],
        options="--allow-replace",
    ),
    case(
        "a replacement that was interrupted left a second one, which is told",
        """
        warning: an earlier run began to replace it and made id 77: finish with --allow-replace, or delete that one in
        Alice's web page (campaign.tet) [unfinished-replace]
        ...
        """,
        applied=tet(),
        live=[there("campaign", 77, name="Tet (replaces 501)", survey=101, phonebooks=(301,))],
    ),
)

test_ignored_changes = table(
    case(
        "what somebody else looks after is neither compared nor drift",
        "No changes. Alice matches the manifests.",
        applied=tet(lifecycle="{ignore_changes: [frequency]}"),
        live=[changed("campaign.tet", frequency=25)],
    ),
    case(
        "other fields are changed as usual",
        '~ campaign.tet description: (none) -> "New"',
        applied=tet(lifecycle="{ignore_changes: [frequency]}"),
        desired=tet(lifecycle="{ignore_changes: [frequency]}", description="New", frequency=20),
        live=[changed("campaign.tet", frequency=25)],
    ),
    case(
        "an ignored status is neither stopped nor started",
        "No changes. Alice matches the manifests.",
        applied=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        live=[changed("campaign.tet", status="paused")],
    ),
    case(
        "it is set on creation, as every ignored field is: a new campaign is started",
        """
        ... + campaign.tet (rings) ... status: "started" ...
        Rings: 1 campaign started, 1 contact newly dialled, 0 alarms.
        """,
        desired=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        options="--allow-calls",
    ),
    case(
        "what we made and did not get started is still ours to start",
        '~ campaign.tet (rings) status: "paused" -> "started" Rings: ...',
        applied=tet(status="paused", lifecycle="{ignore_changes: [status]}"),
        desired=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        recorded=[unset("campaign.tet", "status")],
        options="--allow-calls",
    ),
    case(
        "but for a stop that left its mark",
        "warning: was stopped with `stop` at ... [stopped-outside] ...",
        applied=tet(status="paused", lifecycle="{ignore_changes: [status]}"),
        desired=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        recorded=[unset("campaign.tet", "status")],
        stopped=(Mark("campaign", ADDRESS, "campaign.tet", datetime(2027, 1, 15, 1, tzinfo=UTC)),),
    ),
    case(
        "and where somebody has set another status since, that is left as it is",
        "No changes. Alice matches the manifests.",
        applied=tet(status="paused", lifecycle="{ignore_changes: [status]}"),
        desired=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        live=[changed("campaign.tet", status="aborted")],
        recorded=[unset("campaign.tet", "status")],
    ),
    case(
        "what somebody else has made is left as it is",
        "> campaign.tet No changes. ...",
        applied=tet(status="paused", lifecycle="{ignore_changes: [status]}"),
        desired=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        recorded=[forgotten("campaign.tet")],
    ),
    case(
        "a status that was ignored while somebody stopped it is no new wish once it is ignored no longer",
        "drift ... was started before and is now paused ... [stopped-outside] ...",
        applied=tet(status="started", lifecycle="{ignore_changes: [status]}"),
        desired=tet(status="started"),
        live=[changed("campaign.tet", status="paused")],
    ),
    case(
        "what is ignored no longer is compared again",
        "~ campaign.tet frequency: 25 -> 20 drift ...",
        applied=tet(lifecycle="{ignore_changes: [frequency]}"),
        desired=tet(frequency=20),
        live=[changed("campaign.tet", frequency=25)],
    ),
    case(
        "what is ignored is sent when it is made",
        "... + campaign.tet ... frequency: 10 ...",
        desired=tet(lifecycle="{ignore_changes: [frequency]}"),
    ),
)
