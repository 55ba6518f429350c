"""Plans as tables: what is created, what is updated, what has drifted, and what nobody can read."""

from __future__ import annotations

from datetime import time

from provisioner.model import Unknown
from tests.factories import calendar, campaign, dnc_list, flow, manifest, phonebook, survey
from tests.plan.table import (
    allows,
    case,
    changed,
    forgotten,
    gone,
    hidden,
    noted,
    rows,
    sealed,
    table,
    tet,
    there,
    unlisted,
)

BOOK = phonebook(description="Best")
TWO = "{key: a, type: rating, question: A}", "{key: b, type: rating, question: B}"


test_creations = table(
    case(
        "nothing is declared and nothing is there: there is nothing to do", "No changes. Alice matches the manifests."
    ),
    case(
        "what is new is created with every declared field, what it needs before it",
        """
        +   survey.promo
              name: "Promo"
        +   phonebook.vip
              name: "VIP"
        +   section.promo.hi
              type:     "play_message"
              question: "Hello"
              script:   "Hello there"
        +   campaign.tet
              name:             "Tet"
              survey:           promo
              phonebooks:       vip
              gateway:          AliceDevGateway
              frequency:        10
              startingdate:     2027-01-10T08:00:00+07:00
              expirationdate:   2027-01-30T17:00:00+07:00
              daily_start_time: 08:00
              daily_stop_time:  17:00
        rows of phonebook.vip: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged
        """,
        desired=tet(),
    ),
    case(
        "otherwise the order is the declared one; only a start waits for the sections of its survey",
        "+ phonebook.vip ... + survey.promo ... + campaign.tet ... + section.promo.hi ...",
        desired=manifest(campaign(), phonebook(), survey()),
    ),
    case(
        "which is the last of all then",
        "+ phonebook.vip ... + survey.promo ... + section.promo.hi ... + campaign.tet (rings) ...",
        desired=manifest(campaign(status="started"), phonebook(), survey()),
    ),
    case(
        "sections are created one after another as declared: a call starts at the first one created",
        """
        +   survey.promo
              name: "Promo"
        +   section.promo.a
              type:     "rating"
              question: "A"
        +   section.promo.b
              type:     "rating"
              question: "B"
        """,
        desired=survey("promo", *TWO),
    ),
    case(
        "a campaign that is new and to be started is one creation, and it rings",
        """
        + survey.promo ... + phonebook.vip ... + section.promo.hi ...
        + campaign.tet (rings) ... status: "started"
        rows of phonebook.vip: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged
        apply would refuse: campaign.tet would place calls; pass --allow-calls to permit it
        Rings: 1 campaign started, 1 contact newly dialled, 0 alarms.
        """,
        desired=tet(status="started"),
    ),
    case(
        "the paused status is the one that a new campaign has: nothing rings",
        '... + campaign.tet ... status: "paused" rows of phonebook.vip: 1 row to add, ...',
        desired=tet(status="paused"),
    ),
    case(
        "a new alarm rings, what it is about does not",
        """
        + calendar_setting.clinic ...
        + calendar_user.bot
              username: "clinic-bot"
              password: (sensitive)
              calendar_setting: clinic
        + calendar.rounds ...
        + event.visit
              title: (text of 5 characters)
              start: 2027-02-15T09:30:00+07:00
              end: 2027-02-15T10:00:00+07:00
              calendar: rounds
        + alarm.visit (rings)
              event: visit
              alarm_phonenumber: (sensitive)
              date_start_notice: 2027-02-14T09:00:00+07:00
        apply would refuse: alarm.visit would place calls; pass --allow-calls to permit it
        Rings: 0 campaigns started, 0 contacts newly dialled, 1 alarm.
        """,
        desired=calendar(),
    ),
    case(
        "what was deleted on Alice is created again, and told as gone",
        """
        + phonebook.vip  # is recorded, but no longer exists on the server
              name: "VIP"
              description: "Best"
        drift phonebook.vip: gone from the server
        """,
        applied=BOOK,
        live=[gone("phonebook.vip")],
    ),
    case(
        "a DNC list and its numbers come before contacts",
        """
        + dnc_list.opt-outs ... + phonebook.vip ...
        rows of dnc_list.opt-outs: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged
        rows of phonebook.vip: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged
        """,
        desired=manifest(dnc_list("opt-outs", "0934890899"), phonebook("vip", "0934890821")),
    ),
    case(
        "an object of the account that nobody declares is none of ours",
        "No changes. Alice matches the manifests.",
        live=[there("phonebook", 77, name="Theirs")],
    ),
)

test_updates = table(
    case(
        "after an apply of every kind the plan is empty",
        "No changes. Alice matches the manifests.",
        applied=manifest(tet(status="started"), dnc_list("opt-outs", "0934890899"), calendar()),
    ),
    case(
        "a field that differs is updated, and only that is shown",
        """
        ~   campaign.tet
              frequency: 10 -> 20
        """,
        applied=tet(),
        desired=tet(frequency=20),
    ),
    case(
        "what others changed is drift, and is changed back where it is declared",
        """
        ~   campaign.tet
              frequency: 25 -> 10
        drift campaign.tet: frequency: 10 -> 25
        """,
        applied=tet(),
        live=[changed("campaign.tet", frequency=25)],
    ),
    case(
        "what others changed to what is declared today is drift and no change",
        """
        drift campaign.tet: frequency: 10 -> 20
        No changes. Alice matches the manifests.
        """,
        applied=tet(),
        desired=tet(frequency=20),
        live=[changed("campaign.tet", frequency=20)],
    ),
    case(
        "a field that is not declared is not managed: others may change it as they like",
        "No changes. Alice matches the manifests.",
        applied=tet(),
        live=[changed("campaign.tet", callerid="19001234", description="By hand")],
    ),
    case(
        "a field that is declared no longer stays as it is on Alice",
        "No changes. Alice matches the manifests.",
        applied=BOOK,
        desired=phonebook(),
    ),
    case(
        "a field that is declared as empty is emptied",
        '~ phonebook.vip description: "Best" -> (none)',
        applied=BOOK,
        desired=phonebook(description='""'),
    ),
    case(
        "empty text and no value are the same",
        "No changes. Alice matches the manifests.",
        applied=phonebook(description='""'),
        live=[changed("phonebook.vip", description=None)],
    ),
    case(
        "a moment is the same in every zone",
        "No changes. Alice matches the manifests.",
        applied=tet(),
        desired=tet(startingdate="2027-01-10T01:00:00Z"),
    ),
    case(
        "the order of phonebooks means nothing",
        "No changes. Alice matches the manifests.",
        applied=tet(flow("phonebooks", "leads", name="Leads"), phonebooks="[vip, leads]"),
        desired=tet(flow("phonebooks", "leads", name="Leads"), phonebooks="[leads, vip]"),
    ),
    case(
        "of a list what comes and what goes is shown",
        "~ campaign.tet phonebooks: + leads, - vip",
        applied=tet(flow("phonebooks", "leads", name="Leads")),
        desired=tet(flow("phonebooks", "leads", name="Leads"), phonebooks="[leads]"),
    ),
    case(
        "something new is made before what refers to it is changed",
        """
        + phonebook.leads
              name: "Leads"
        ~ campaign.tet
              phonebooks: + leads (1 unchanged)
        """,
        applied=tet(),
        desired=tet(flow("phonebooks", "leads", name="Leads"), phonebooks="[vip, leads]"),
    ),
    case(
        "a reference of something live is shown by its key, its name, or its id",
        """
        ~ campaign.tet
              phonebooks: + vip, - {name: Theirs}, - {id: 78}, - {id: 79}
        drift campaign.tet: phonebooks: ...
        """,
        applied=tet(),
        live=[
            there("phonebook", 77, name="Theirs"),
            there("phonebook", 78, name="Twice"),
            there("phonebook", 79, name="Twice"),
            changed("campaign.tet", phonebooks=(77, 78, 79)),
        ],
    ),
    case(
        "a pause stands among the fields, and rings nobody",
        """
        ~ campaign.tet
              frequency: 10 -> 20
              status: "started" -> "paused"
        """,
        applied=tet(status="started"),
        desired=tet(status="paused", frequency=20),
    ),
    case(
        "a kind without an update on this server is refused, with what to do",
        """
        error: description: this server offers no update of surveys: change it in Alice's web page, or undo it here
        (survey.promo) [field-no-update]
        """,
        applied=survey(),
        desired=survey(description="New"),
    ),
    case(
        "an update that nobody documents is sent where OPTIONS allows it",
        '~ survey.promo description: (none) -> "New"',
        applied=survey(),
        desired=survey(description="New"),
        live=[allows("survey", "GET", "PUT")],
    ),
    case(
        "a calendar user is never updated",
        """
        error: username: calendar users are never updated: change it in Alice's web page, or declare a new user
        (calendar_user.bot) [field-no-update]
        """,
        applied=calendar(),
        desired=calendar().replace("clinic-bot", "ward-bot"),
    ),
    case(
        "another password than was sent is told: it is never sent again",
        """
        warning: another password is declared than was sent, and it is never sent again: change it in Alice's web page,
        then run `alice-apply state adopt calendar_user.bot 701` (calendar_user.bot) [secret-changed]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=calendar(),
        desired=calendar().replace("BOT_PASSWORD", "NEW_PASSWORD"),
    ),
    case(
        "an alarm of which only the transfer number changes rings nobody anew",
        "~ alarm.visit phonenumber_transfer: (none) -> (sensitive)",
        applied=calendar(),
        desired=calendar().replace('"0934890883"', '"0934890883", phonenumber_transfer: "0934890884"'),
        live=[allows("alarm", "GET", "PUT")],
    ),
    case(
        "an alarm with another number rings again",
        """
        ~ alarm.visit (rings) alarm_phonenumber: (sensitive) -> (sensitive)
        apply would refuse: alarm.visit would place calls; ...
        Rings: 0 campaigns started, 0 contacts newly dialled, 1 alarm.
        """,
        applied=calendar(),
        desired=calendar().replace("0934890883", "0934890884"),
        live=[allows("alarm", "GET", "PUT")],
    ),
    case(
        "rows alone are no change of their phonebook",
        "rows of phonebook.vip: 2 rows to add, 1 to change, 1 to deactivate, 7 unchanged",
        applied=phonebook("vip", "0934890821"),
        rows={"phonebook.vip": rows(add=2, change=1, remove=1, unchanged=7)},
    ),
)

test_what_the_server_does_not_show_or_nobody_understands = table(
    case(
        "a field that the server never shows and that was sent is told, once, and stays",
        """
        info: the server does not show description of phonebooks, so whether it is as declared cannot be verified: it
        was sent. Look in Alice's web page (phonebook.vip) [not-verified]
        No changes. Alice matches the manifests.
        """,
        applied=BOOK,
        live=[hidden("phonebook", "description")],
    ),
    case(
        "without a record nobody knows that it was sent",
        """
        >   phonebook.vip
        warning: the server does not show description of phonebooks, so whether it is as declared cannot be verified.
        Look in Alice's web page (phonebook.vip) [not-verified]
        ...
        """,
        applied=BOOK,
        live=[hidden("phonebook", "description")],
        recorded=[forgotten()],
    ),
    case(
        "of a field that is not shown what was recorded says whether it is to be changed",
        """
        ~ phonebook.vip description: "Best" -> "Better"
        warning: ... [not-verified]
        """,
        applied=BOOK,
        desired=phonebook(description="Better"),
        live=[hidden("phonebook", "description")],
    ),
    case(
        "a field that is not shown and declared for the first time is sent",
        """
        ~ phonebook.vip description: (none) -> "Best"
        warning: ... [not-verified]
        """,
        applied=phonebook(),
        desired=BOOK,
        live=[hidden("phonebook", "description")],
    ),
    case(
        "of a kind that is not listed what is recorded stands for what is live",
        """
        info: the server does not list sections: 1 not read, taken to be as recorded [not-read]
        No changes. Alice matches the manifests.
        """,
        applied=survey(),
        live=[unlisted("section")],
    ),
    case(
        "and is changed where the manifest differs from that",
        """
        ~ section.promo.hi  # not read: the server does not list it
              script: "Hello there" -> "Good day"
        info: the server does not list sections: 1 not read, taken to be as recorded [not-read]
        """,
        applied=survey(),
        desired=survey("promo", "{key: hi, type: play_message, question: Hello, script: Good day}"),
        live=[unlisted("section")],
    ),
    case(
        "a value in a form that nobody knows is no reason to write, and is told",
        """
        drift section.promo.hi: type: "play_message" -> (unknown code 99)
        warning: its type reads in a form that this version does not know (99): it is taken to be as last applied. Look
        in Alice's web page (section.promo.hi) [not-compared]
        ...
        """,
        applied=survey(),
        live=[changed("section.promo.hi", type=Unknown("99"))],
    ),
    case(
        "a manifest that changed since the last apply is what counts then",
        "~ campaign.tet frequency: 10 -> 20 ...",
        applied=tet(),
        desired=tet(frequency=20),
        live=[hidden("campaign", "frequency")],
    ),
    case(
        "text that the server rewrites, and is known to, is equal",
        "No changes. Alice matches the manifests.",
        applied=BOOK,
        live=[changed("phonebook.vip", description="best!")],
        recorded=[noted("phonebook.vip", forms={"description": {"sent": "Best", "received": "best!"}})],
    ),
    case(
        "another text than it is known to make of it is a change",
        '~ phonebook.vip description: "worst" -> "Best" drift phonebook.vip: description: "Best" -> "worst"',
        applied=BOOK,
        live=[changed("phonebook.vip", description="worst")],
        recorded=[noted("phonebook.vip", forms={"description": {"sent": "Best", "received": "best!"}})],
    ),
    case(
        "a value that the server ignores, and is known to, is told and not sent again",
        """
        warning: the server keeps another value of frequency and ignores ours: change it in Alice's web page, or let the
        campaign be deleted and created anew with --allow-replace (campaign.tet) [not-settable]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=tet(frequency=20),
        live=[changed("campaign.tet", frequency=10)],
        recorded=[noted("campaign.tet", ignored={"frequency": {"sent": 20, "received": 10}})],
    ),
    case(
        "it is sent again once the manifest says something else",
        "~ campaign.tet frequency: 10 -> 30",
        applied=tet(frequency=20),
        desired=tet(frequency=30),
        live=[changed("campaign.tet", frequency=10)],
        recorded=[noted("campaign.tet", ignored={"frequency": {"sent": 20, "received": 10}})],
    ),
    case(
        "or once the server shows something else",
        "~ campaign.tet frequency: 15 -> 20 drift campaign.tet: frequency: 20 -> 15",
        applied=tet(frequency=20),
        live=[changed("campaign.tet", frequency=15)],
        recorded=[noted("campaign.tet", ignored={"frequency": {"sent": 20, "received": 10}})],
    ),
)

SPOKEN = calendar().replace("title: Visit", "title: Visit, description: Flu")

test_drift = table(
    case(
        "what is live otherwise than it was applied, and not by us, is told beside what is done about it",
        """
        ~ campaign.tet
              frequency: 25 -> 10
              daily_stop_time: 11:00 -> 17:00
        drift campaign.tet: frequency: 10 -> 25; daily_stop_time: 17:00 -> 11:00
        """,
        applied=tet(),
        live=[changed("campaign.tet", frequency=25, daily_stop_time=time(11))],
    ),
    case(
        "what a start and an end do by themselves is none",
        "info: its status is completed: no changes (campaign.tet) [over] No changes. ...",
        applied=tet(status="started"),
        live=[changed("campaign.tet", status="completed")],
    ),
    case(
        "a stop from outside is",
        'drift campaign.tet: status: "started" -> "aborted" warning: ... [stopped-outside] ...',
        applied=tet(status="started"),
        live=[changed("campaign.tet", status="aborted")],
    ),
    case(
        "a telephone number is told without being shown",
        "~ alarm.visit (rings) ... drift alarm.visit: alarm_phonenumber: (sensitive) -> (sensitive) ...",
        applied=calendar(),
        live=[changed("alarm.visit", alarm_phonenumber="0934890884"), allows("alarm", "GET", "PUT")],
    ),
    case(
        "and what people write about people by its length",
        """
        ~ event.visit description: (text of 9 characters) -> (text of 3 characters)
        drift event.visit: description: (sensitive) -> (text of 9 characters)
        """,
        applied=SPOKEN,
        live=[changed("event.visit", description="Pneumonia"), allows("event", "GET", "PUT")],
    ),
    case(
        "what nobody declares is called there as a plan calls it: by its name",
        """
        ~ campaign.tet phonebooks: + vip, - {name: Theirs}
        drift campaign.tet: phonebooks: + {name: Theirs}, - vip
        """,
        applied=tet(),
        live=[there("phonebook", 77, name="Theirs"), changed("campaign.tet", phonebooks=(77,))],
    ),
    case(
        "and a gateway too, which has but a name",
        """
        ~ campaign.tet gateway: AliceBackupGateway -> AliceDevGateway
        drift campaign.tet: gateway: AliceDevGateway -> AliceBackupGateway
        """,
        applied=tet(),
        live=[changed("campaign.tet", gateway=22)],
    ),
    case(
        "a list that cannot be read is none that anybody has changed back",
        "drift campaign.tet: phonebooks: ... (not known: null) warning: ... [not-compared] No changes. ...",
        applied=tet(),
        live=[changed("campaign.tet", phonebooks=Unknown("null"))],
    ),
    case(
        "of a kind that the server does not list nothing is told",
        "info: ... [not-read] No changes. ...",
        applied=survey(),
        live=[changed("section.promo.hi", script="By hand"), unlisted("section")],
    ),
    case(
        "nor of relations to one",
        "info: ... [not-read] No changes. ...",
        applied=tet(),
        live=[unlisted("phonebook")],
    ),
)

FORMER = "0123456789abcdef:0123"

test_secrets = table(
    case(
        "a password is never compared: what was sent once stays",
        "No changes. Alice matches the manifests.",
        applied=calendar(),
    ),
    case(
        "whether it is still the declared one is not known where nobody has the key of its hash",
        """
        info: whether password is still as it was sent is not known: the server does not show it, and its hash in the
        state is of an earlier version, ... (calendar_user.bot) [secret-unknown]
        No changes. ...
        """,
        applied=calendar(),
        recorded=[sealed("calendar_user.bot", password=FORMER)],
    ),
    case(
        "of a number that the server does not show either that is an error: it may be another one that rings",
        """
        error: whether alarm_phonenumber is still as it was sent is not known: ... (alarm.visit) [secret-unknown]
        ...
        """,
        applied=calendar(),
        live=[hidden("alarm", "alarm_phonenumber")],
        recorded=[sealed("alarm.visit", alarm_phonenumber=FORMER)],
    ),
    case(
        "a number that is not shown and was declared otherwise when it was sent is a change",
        "~ alarm.visit (rings) alarm_phonenumber: (sensitive) -> (sensitive) ...",
        applied=calendar(),
        desired=calendar().replace("0934890883", "0934890884"),
        live=[hidden("alarm", "alarm_phonenumber"), allows("alarm", "GET", "PUT")],
    ),
)
