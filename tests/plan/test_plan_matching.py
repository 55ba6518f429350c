"""Plans as tables: which live object is which resource, whose it is, and of what nobody can tell."""

from __future__ import annotations

from provisioner.language import gettext
from provisioner.model import Unknown
from provisioner.plan.unsettled import Creation, in_flight
from tests.factories import RIVAL, calendar, campaign, flow, manifest, phonebook, survey
from tests.plan.table import (
    case,
    changed,
    forgotten,
    gone,
    hidden,
    noted,
    refused,
    sealed,
    table,
    tet,
    there,
    unlisted,
    unset,
    users,
)

BOOK = phonebook(description="Best")
A, B, N = (f"{{key: {key}, type: rating, question: {key.upper()}}}" for key in "abn")

test_what_is_recorded_nowhere = table(
    case(
        "an object with its natural key is adopted, and nothing is sent when it is as declared",
        """
        >   phonebook.vip
        No changes. Alice matches the manifests. (1 to adopt: recorded only, nothing is sent)
        """,
        desired=phonebook(),
        live=[there("phonebook", 77, name="VIP", description="By hand")],
    ),
    case(
        "fields that differ are sent with it",
        '> phonebook.vip description: "Worst" -> "Best"',
        desired=BOOK,
        live=[there("phonebook", 77, name="VIP", description="Worst")],
    ),
    case(
        "an emptied state adopts everything again and sends nothing",
        """
        > survey.promo > phonebook.vip > section.promo.hi > campaign.tet
        No changes. Alice matches the manifests. (4 to adopt: recorded only, nothing is sent)
        """,
        applied=tet(),
        recorded=[forgotten()],
    ),
    case(
        "so it does with a chain of reminders, and nothing rings",
        """
        > calendar_setting.clinic > calendar_user.bot > calendar.rounds > event.visit > alarm.visit
        No changes. Alice matches the manifests. (5 to adopt: recorded only, nothing is sent)
        """,
        applied=calendar(),
        recorded=[forgotten()],
    ),
    case(
        "a number in another form is the same alarm",
        "> alarm.visit ... (1 to adopt: recorded only, nothing is sent)",
        applied=calendar(),
        live=[changed("alarm.visit", alarm_phonenumber="+84 934 890 883")],
        recorded=[forgotten("alarm.visit")],
    ),
    case(
        "several of one name are an error that lists them, with what uses each",
        """
        error: several live phonebooks match (ids ...): pin one with `id:` (campaign 501 uses id 301)
        (phonebook.vip) [match-ambiguous]
        """,
        applied=tet(),
        live=[there("phonebook", 77, name="VIP")],
        recorded=[forgotten()],
    ),
    case(
        "of two sections with one question the one in our survey is meant",
        "> section.promo.hi ...",
        applied=survey(),
        live=[there("section", 77, survey=9, question="Hello", type="play_message")],
        recorded=[forgotten("section.promo.hi")],
    ),
    case(
        "where the key of one cannot be read it may be the very one: nothing is made a second time",
        """
        error: it may be one of the live phonebooks with ids 77, whose name this version cannot read: write `id:` if it
        is, or delete or rename that one in Alice's web page (phonebook.vip) [match-unclear]
        """,
        desired=phonebook(),
        live=[there("phonebook", 77, name=Unknown("a value in another form"))],
    ),
    case(
        "nor where it is not shown at all",
        """
        error: it may be one of the live phonebooks with ids 77, whose name this version cannot read: write `id:` if it
        is, or delete or rename that one in Alice's web page (phonebook.vip) [match-unclear]
        """,
        desired=phonebook(),
        live=[there("phonebook", 77, name="VIP"), hidden("phonebook", "name")],
    ),
    *(
        case(
            f"a name that looks alike and differs in {how} is told",
            "+ phonebook.vip ... beside the one with id 77, whose name looks alike ... (phonebook.vip) [similar-name]",
            desired=phonebook(name=f'"{declared}"'),
            live=[there("phonebook", 77, name=name)],
        )
        for how, declared, name in (
            ("capitals", "Khách VIP", "khách vip"),
            ("a no-break space", "Khách VIP", "Khách\u00a0VIP"),
            ("a zero-width space", "Khách VIP", "Khách\u200b VIP"),
            ("a byte order mark", "Khách VIP", "\ufeffKhách VIP"),
            ("two blanks", "Khách VIP", "Khách  VIP"),
            ("wide letters", "Khách VIP", "Khách ＶＩＰ"),
            ("a no-break space that is declared", "Khách\u00a0VIP", "Khách VIP"),
        )
    ),
    *(
        case(
            f"{other} is another name",
            '+ phonebook.vip name: "VIP"',
            desired=phonebook(),
            live=[there("phonebook", 77, name=other)],
        )
        for other in ("VIP 2", "V-IP")
    ),
    case(
        "a stranger's name that looks alike is nobody's business",
        '+ phonebook.vip name: "VIP"',
        desired=phonebook(),
        live=[there("phonebook", 77, RIVAL, name="vip")],
    ),
    case(
        "another Unicode form is the same name",
        "> phonebook.vip ...",
        desired=phonebook(name="Vịp"),
        live=[there("phonebook", 77, name="Vi\u0323p")],
    ),
    case(
        "a pin settles it",
        '> phonebook.vip name: "vip" -> "VIP"',
        desired=phonebook(id=77),
        live=[there("phonebook", 77, name="vip")],
    ),
    case(
        "an object that is called almost alike is told, with the id to pin",
        """
        + phonebook.vip name: "VIP"
        warning: a new phonebook is made beside the one with id 77, whose name looks alike and differs in capitals,
        blanks or form: write `id: 77` if that one is meant (phonebook.vip) [similar-name]
        """,
        desired=phonebook(),
        live=[there("phonebook", 77, name="vip")],
    ),
)

test_pins = table(
    case(
        "`id:` means that object, whatever it and others are called",
        '> phonebook.vip name: "Other" -> "VIP"',
        desired=phonebook(id=78),
        live=[there("phonebook", 77, name="VIP"), there("phonebook", 78, name="Other")],
    ),
    case(
        "it counts more than the record; what was recorded is left alone",
        '> phonebook.vip name: "Other" -> "VIP"',
        applied=phonebook(),
        desired=phonebook(id=78),
        live=[there("phonebook", 78, name="Other")],
    ),
    case(
        "it counts although the object is somebody else's",
        "> phonebook.vip ... (1 to adopt: recorded only, nothing is sent)",
        desired=phonebook(id=78),
        live=[there("phonebook", 78, RIVAL, name="VIP")],
    ),
    case(
        "an id that nothing has is an error",
        """
        error: id: no phonebook has the id 4711 on the server: correct or remove `id:` (phonebook.vip)
        [match-no-such-id]
        """,
        desired=phonebook(id=4711),
    ),
    case(
        "two addresses on one object are an error",
        "error: is the same live phonebook (id 301) as phonebook.vip: declare it once (phonebook.best) [match-twice]",
        applied=phonebook(),
        desired=manifest(phonebook(), phonebook("best", name="Best", id=301)),
    ),
    case(
        "a reference by id is an error where nothing has that id",
        """
        error: phonebooks: no phonebook has the id 4711 on the server: correct it, or declare one (campaign.tet)
        [reference-not-live]
        """,
        desired=tet(phonebooks="[{id: 4711}]"),
    ),
    case(
        "so is one by name, and the names that there are are told",
        """
        error: gateway: no gateway is named 'Dev'; the account has: AliceBackupGateway, AliceDevGateway (campaign.tet)
        [reference-not-live]
        """,
        desired=tet(gateway="Dev"),
    ),
    case(
        "and one by a name that several have",
        """
        error: phonebooks: several phonebooks are named 'Old' (ids 77, 78): write {id: N} to choose one (campaign.tet)
        [reference-ambiguous]
        """,
        desired=tet(phonebooks="[{name: Old}]"),
        live=[there("phonebook", 77, name="Old"), there("phonebook", 78, name="Old")],
    ),
    case(
        "by name nothing is found in what the server does not list",
        """
        error: gateway: the server does not list gateways, so none is found by name: write {id: N} instead
        (campaign.tet) [reference-unlisted]
        """,
        desired=tet(),
        live=[unlisted("gateway")],
    ),
)

test_records_and_renames = table(
    case(
        "what is recorded is found under any name",
        '~ phonebook.vip name: "By hand" -> "VIP" drift phonebook.vip: name: "VIP" -> "By hand"',
        applied=phonebook(),
        live=[changed("phonebook.vip", name="By hand")],
    ),
    case(
        "another key with the same name takes the record over, and a survey's sections move along",
        """
        > survey.spring  # was survey.promo
        > section.spring.hi  # was section.promo.hi
        No changes. Alice matches the manifests. (2 to adopt: recorded only, nothing is sent)
        """,
        applied=survey(),
        desired=survey("spring"),
        options="--prune",
    ),
    case(
        "a campaign goes on to use what was renamed, and is not changed",
        """
        > survey.spring # was survey.promo
        > section.spring.hi # was section.promo.hi
        No changes. ...
        """,
        applied=tet(),
        desired=tet(survey="spring").replace("promo:", "spring:"),
    ),
    case(
        "another key and another name at once need `renamed_from`: it is ours already, so it is an update",
        """
        ~ phonebook.best  # was phonebook.vip
              name: "VIP" -> "Best"
        """,
        applied=phonebook(),
        desired=phonebook("best", name="Best", renamed_from="vip"),
    ),
    case(
        "`renamed_from` may stay once it is done",
        "No changes. Alice matches the manifests.",
        applied=phonebook("best", name="Best"),
        desired=phonebook("best", name="Best", renamed_from="vip"),
    ),
    case(
        "without it a new one is made, and the old one stays",
        """
        + phonebook.best name: "Best"
        info: is no longer declared and stays as it is: --prune forgets it, because it cannot be deleted (phonebook.vip)
        [undeclared]
        """,
        applied=phonebook(),
        desired=phonebook("best", name="Best"),
    ),
    case(
        "a `renamed_from` that is misspelt is told with what it may have meant",
        """
        + phonebook.best name: "Best"
        warning: nothing is recorded as phonebook.vipp, so a new phonebook is made; recorded and no longer declared:
        phonebook.vip (phonebook.best) [renamed-from]
        info: ... (phonebook.vip) [undeclared]
        """,
        applied=phonebook(),
        desired=phonebook("best", name="Best", renamed_from="vipp"),
    ),
    case(
        "an object that a record speaks for is not another address's, whatever it is called",
        """
        ~ phonebook.vip name: "Leads" -> "VIP"
        + phonebook.leads name: "Leads"
        drift ...
        """,
        applied=phonebook(),
        desired=manifest(phonebook(), phonebook("leads", name="Leads")),
        live=[changed("phonebook.vip", name="Leads")],
    ),
    case(
        "a survey that exists cannot begin with another section",
        """
        error: cannot come first: this survey exists, and its calls start at the section that was created first. Declare
        a new survey, or put this section further down (section.promo.b) [section-order]
        """,
        applied=survey("promo", A, B),
        desired=survey("promo", B, A),
    ),
    case(
        "nor with a new one",
        "error: cannot come first: ... (section.promo.n) [section-order]",
        applied=survey("promo", A, B),
        desired=survey("promo", N, A, B),
    ),
    case(
        "nor when its sections are not listed, and the record tells the order",
        "error: cannot come first: ... (section.promo.b) [section-order]",
        applied=survey("promo", A, B),
        desired=survey("promo", B, A),
        live=[unlisted("section")],
    ),
    case(
        "nor when nothing is recorded, and the list tells it",
        "error: cannot come first: ... (section.promo.n) [section-order]",
        applied=survey("promo", A, B),
        desired=survey("promo", N, A, B),
        recorded=[forgotten()],
    ),
    case(
        "any other order of sections is no change",
        "No changes. Alice matches the manifests.",
        applied=survey("promo", A, B, N),
        desired=survey("promo", A, N, B),
    ),
    *(
        case(f"a new one may come {where}", "+ section.promo.n ...", applied=survey("promo", A, B), desired=desired)
        for where, desired in (
            ("last", survey("promo", A, B, N)),
            ("between others", survey("promo", A, N, B)),
        )
    ),
    case(
        "a section that is declared no longer may have been the first",
        "info: ... (section.promo.a) [undeclared] No changes. Alice matches the manifests.",
        applied=survey("promo", A, B),
        desired=survey("promo", B),
    ),
)

test_whose_it_is = table(
    case(
        "somebody else's object is never matched by its name",
        '+ phonebook.vip name: "VIP"',
        desired=phonebook(),
        live=[there("phonebook", 77, RIVAL, name="VIP")],
    ),
    case(
        "nor is a sample that everybody sees",
        '+ survey.promo name: "Promo"',
        desired=flow("surveys", "promo", name="Promo"),
        live=[there("survey", 77, name="Promo", is_onboarding=True)],
    ),
    case(
        "what cannot be compared may be ours: a number beside a name",
        "> phonebook.vip ...",
        desired=phonebook(),
        live=[there("phonebook", 77, "203", name="VIP")],
    ),
    case(
        "unless the list shows several such users: then a name is not enough",
        """
        error: the list shows several users' objects and ours is unknown: pin `id:` (ids 77) (phonebook.vip)
        [match-owner]
        """,
        desired=phonebook(),
        live=[there("phonebook", 77, "203", name="VIP"), there("phonebook", 78, "104", name="Other")],
    ),
    case(
        "a number that is known to be ours tells",
        "> phonebook.vip ...",
        desired=phonebook(),
        live=[
            there("phonebook", 77, "203", name="VIP"),
            there("phonebook", 78, "104", name="VIP"),
            users("demo", "203"),
        ],
    ),
    case(
        "what we recorded is ours although an edit by an administrator has made it his",
        "No changes. Alice matches the manifests.",
        applied=phonebook(),
        live=[gone("phonebook.vip"), there("phonebook", 301, "admin", name="VIP")],
    ),
)

test_two_of_it = table(
    case(
        "a second one of that name, used by nothing, is told; whatever is recorded is meant",
        """
        warning: there are 2 live phonebooks of this name: id 301, used by campaign 501, is recorded here; id 77, used
        by nothing; pin the one to keep with `id:`, with the contacts that it should have, and delete
        the other ... (phonebook.vip) [duplicate]
        No changes. Alice matches the manifests.
        """,
        applied=tet(),
        live=[there("phonebook", 77, name="VIP")],
    ),
    case(
        "where a declared campaign uses the other one nobody can tell: both wait for somebody to say",
        """
        deferred phonebook.vip: there are 2 live phonebooks of this name: id 301 is recorded here, but campaign.tet uses
        id 77
        deferred campaign.tet: waits for phonebook.vip, which is not settled
        drift campaign.tet: ...
        error: there are 2 live phonebooks of this name: id 301 is recorded here, but campaign.tet uses id 77: two runs
        created them at the same time; pin the one to keep ... (phonebook.vip) [unsettled]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=tet(),
        live=[there("phonebook", 77, name="VIP"), changed("campaign.tet", phonebooks=(77,))],
    ),
    case(
        "a pin settles it",
        "~ campaign.tet ... phonebooks: + vip, - {id: 77} ...",
        applied=tet(),
        desired=tet().replace("name: VIP", "name: VIP, id: 301"),
        live=[there("phonebook", 77, name="VIP"), changed("campaign.tet", phonebooks=(77,))],
    ),
)

SENT = gettext("in flight: {write}", write=in_flight("POST", "09:00"))
LOST = Creation(SENT, frozenset({101}))
UNSEEN = "nothing is recorded of it and the server does not list sections, so it may exist already"

test_what_is_not_settled = table(
    case(
        "of a kind that is not listed something new is made under a parent that we make",
        "+ survey.promo ... + section.promo.hi ...",
        desired=survey(),
        live=[unlisted("section")],
    ),
    case(
        "or have made",
        "+ section.promo.b ...",
        applied=survey("promo", A),
        desired=survey("promo", A, B),
        live=[unlisted("section")],
    ),
    case(
        "under a parent that was only adopted it may be there already",
        f"""
        > survey.promo
        deferred section.promo.hi: {UNSEEN}
        error: {UNSEEN}: write `id:`, or run `alice-apply state adopt section.promo.hi ID`, or `alice-apply state adopt
        section.promo.hi --absent` if there is none (section.promo.hi) [unsettled]
        No changes, but not everything is as declared: see the findings. (1 to adopt: recorded only, nothing is sent)
        """,
        desired=survey(),
        live=[unlisted("section"), there("survey", 77, name="Promo")],
    ),
    case(
        "what needs it waits, what does not goes on",
        """
        > survey.promo ... + phonebook.vip ...
        deferred section.promo.hi: ...
        deferred campaign.tet: waits for section.promo.hi, which is not settled
        error: ... (section.promo.hi) [unsettled]
        """,
        desired=tet(),
        live=[unlisted("section"), there("survey", 77, name="Promo")],
    ),
    case(
        "once somebody has said that there is none it is made",
        "> survey.promo ... + section.promo.hi ...",
        desired=survey(),
        live=[unlisted("section"), there("survey", 77, name="Promo")],
        absent=["section.promo.hi"],
    ),
    case(
        "a pin settles it as well",
        "> survey.promo ... > section.promo.hi # not read: the server does not list it ...",
        desired=survey("promo", "{key: hi, type: rating, question: Hello, id: 78}"),
        live=[unlisted("section"), there("survey", 77, name="Promo")],
    ),
    case(
        "a creation whose answer was lost is found again where the kind is listed, and is ours",
        "> survey.promo + section.promo.hi ...",
        desired=survey(),
        live=[unlisted("section"), there("survey", 77, name="Promo")],
        lost={"survey.promo": Creation(SENT, frozenset())},
    ),
    case(
        "one of a kind that is not listed stays open",
        """
        deferred section.promo.hi: in flight: POST, no answer since 09:00; the server does not list sections, so it may
        exist
        error: in flight: ... so it may exist: look in Alice's web page, then run `alice-apply state adopt
        section.promo.hi ID`, ... (section.promo.hi) [unsettled]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=survey(),
        live=[unlisted("section")],
        recorded=[forgotten("section.promo.hi")],
        lost={"section.promo.hi": LOST},
    ),
    case(
        "it exists where the server said that it was made, and only its id is missing",
        """
        deferred section.promo.hi: in flight: ... so it exists, under an unknown id
        ...
        """,
        applied=survey(),
        live=[unlisted("section")],
        recorded=[forgotten("section.promo.hi")],
        lost={"section.promo.hi": Creation(LOST.said, made=True)},
    ),
    case(
        "and so it does where the list does not show it",
        "deferred phonebook.vip: in flight: ...; the list of phonebooks does not show it ...",
        desired=phonebook(),
        lost={"phonebook.vip": Creation(LOST.said, made=True)},
    ),
    case(
        "under another key a section is found by what is recorded of it",
        """
        > section.promo.hello # was section.promo.hi
        info: ... [not-read]
        No changes. ...
        """,
        applied=survey(),
        desired=survey("promo", "{key: hello, type: play_message, question: Hello, script: Hello there}"),
        live=[unlisted("section")],
    ),
    case(
        "with another question it is another section",
        "+ section.promo.hello ... info: ... (section.promo.hi) [undeclared]",
        applied=survey(),
        desired=survey("promo", "{key: hello, type: play_message, question: Welcome}"),
        live=[unlisted("section")],
    ),
    case(
        "what no list shows and whose id is refused may be there: it is not made again",
        """
        deferred campaign.tet: the list of campaigns does not show id 501, and whether it is gone is not known (403)
        error: ... (campaign.tet) [unsettled]
        warning: ... so which of them run is not known, and whatever they may dial counts as ringing: 403 [not-known]
        No changes, but not everything is as declared: see the findings.
        """,
        applied=tet(status="started"),
        live=[refused("campaign.tet")],
    ),
    case(
        "where only a hash of its question is recorded nobody can tell whether it got another key",
        """
        deferred section.promo.hello: section.promo.hi may be the same section, which the server does not list
        error: ... run `alice-apply state mv section.promo.hi section.promo.hello` if it is, or `alice-apply state adopt
        section.promo.hello --absent` if this is a new one (section.promo.hello) [unsettled]
        ...
        """,
        applied=survey(),
        desired=survey("promo", "{key: hello, type: play_message, question: Hello}"),
        live=[unlisted("section")],
        recorded=[sealed("section.promo.hi", question="0123456789abcdef:0123")],
    ),
    *(
        case(
            f"nor where nothing of it is recorded but its id, as after `state adopt`, {where}",
            """
            ... deferred section.promo.hello: section.promo.hi may be the same section, which the server does not list
            ...
            """,
            applied=survey(),
            desired=survey("promo", "{key: hello, type: play_message, question: Hello}", **renamed),
            live=[unlisted("section")],
            recorded=[unset("section.promo.hi"), *more],
        )
        for where, renamed, more in (
            ("and its survey is ours", {}, []),
            ("whosever its survey is", {}, [noted("survey.promo", created=False)]),
        )
    ),
    case(
        "and so it is of a survey that gets another key as well",
        """
        ... deferred section.spring.hello: section.promo.hi may be the same section, which the server does not list
        ...
        """,
        applied=survey(),
        desired=survey("spring", "{key: hello, type: play_message, question: Hello}", renamed_from="promo"),
        live=[unlisted("section")],
        recorded=[unset("section.promo.hi")],
    ),
    case(
        "a section of another survey is another one, whatever is recorded of it",
        "+ section.promo.b ...",
        applied=manifest(survey("promo", A), survey("spring", A, name="Spring")),
        desired=manifest(survey("promo", A, B), survey("spring", name="Spring")),
        live=[unlisted("section")],
        recorded=[unset("section.spring.a")],
    ),
    case(
        "of a kind that hangs on nothing it may be any",
        "... deferred alarm.checkup: alarm.visit may be the same alarm, which the server does not list ...",
        applied=calendar(),
        desired=calendar().replace("alarms:\n  visit:", "alarms:\n  checkup:"),
        live=[unlisted("alarm")],
        recorded=[unset("alarm.visit")],
    ),
    case(
        "a pin to what the server refuses to show is not made a second time either",
        "deferred campaign.tet: the list of campaigns does not show id 501, ... error: ... [unsettled] ...",
        applied=tet(),
        desired=tet(id=501),
        live=[refused("campaign.tet")],
    ),
    case(
        "a stop waits for nothing: its survey has a section of which nobody can tell",
        """
        ~ campaign.tet status: "started" -> "paused"
        deferred section.promo.b: ...
        deferred campaign.tet: waits for section.promo.b, which is not settled
        error: ... (section.promo.b) [unsettled]
        ...
        """,
        applied=manifest(survey("promo", A), phonebook(), campaign(status="started")),
        desired=manifest(survey("promo", A, B), phonebook(), campaign(status="paused", frequency=20)),
        live=[unlisted("section")],
        lost={"section.promo.b": LOST},
    ),
    case(
        "a start waits, and so does any other change",
        """
        deferred section.promo.b: ...
        deferred campaign.tet: waits for section.promo.b, which is not settled
        error: ... (section.promo.b) [unsettled]
        ...
        No changes, but not everything is as declared: see the findings.
        """,
        applied=manifest(survey("promo", A), phonebook(), campaign(status="paused")),
        desired=manifest(survey("promo", A, B), phonebook(), campaign(status="started", frequency=20)),
        live=[unlisted("section")],
        lost={"section.promo.b": LOST},
    ),
)
