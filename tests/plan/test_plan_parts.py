"""Plans as tables: a part of a project (--target, --exclude), several owners of one account, copies of surveys."""

from __future__ import annotations

import pytest

from provisioner.model import Unknown
from provisioner.plan.model import Ownership
from provisioner.plan.observed import active_campaigns
from tests.factories import (
    RIVAL,
    Account,
    calendar,
    campaign,
    dnc_list,
    flow,
    manifest,
    phonebook,
    project_of,
    situation_of,
    survey,
)
from tests.plan.table import (
    allows,
    case,
    changed,
    forgotten,
    gone,
    rows,
    table,
    tet,
    there,
    unlisted,
)

LEADS = phonebook("leads", name="Leads")
EVERYTHING = tet(LEADS, dnc_list("opt-outs", "0934890899"), dnc_lists="[opt-outs]", status="started")
PAUSED = tet(status="paused")


BAD = phonebook("bad", name="Bad", id=4711)
TWICE, TWO = phonebook("bad", name="Twice"), [there("phonebook", each, name="Twice") for each in (77, 78)]
BOT = calendar().partition("calendars:")[0]
NEEDED = "survey.promo phonebook.vip dnc_list.opt-outs section.promo.hi campaign.tet"


@pytest.mark.parametrize(
    ("options", "addresses"),
    {
        "": "survey.promo phonebook.leads phonebook.vip dnc_list.opt-outs section.promo.hi campaign.tet",
        # a target brings its children, and what it needs
        "--target survey.promo": "survey.promo section.promo.hi",
        "--target section.promo.hi": "survey.promo section.promo.hi",
        "--target phonebook.vip --target phonebook.leads": "phonebook.vip phonebook.leads",
        # a start needs all that has to be complete before it: every section, and the numbers that must not be called
        "--target campaign.tet": NEEDED,
        # an exclusion takes along what needs it
        "--exclude phonebook.vip": "survey.promo phonebook.leads dnc_list.opt-outs section.promo.hi",
        "--exclude section.promo.hi": "survey.promo phonebook.vip phonebook.leads dnc_list.opt-outs",
        "--exclude dnc_list.opt-outs": "survey.promo phonebook.vip phonebook.leads section.promo.hi",
        "--target campaign.tet --exclude survey.promo": "phonebook.vip dnc_list.opt-outs",
    }.items(),
)
def test_a_target_brings_what_it_needs_and_an_exclusion_takes_what_needs_it(options: str, addresses: str) -> None:
    text = case(options, "", desired=EVERYTHING, options=options).text()
    made = [line.split()[1] for line in text.splitlines() if line.startswith("+ ")]
    assert sorted(made) == sorted(addresses.split())


@pytest.mark.parametrize("books", [(77,), Unknown("null")], ids=["it", "perhaps it"])
def test_what_others_let_call_what_we_declare_rings_whosever_that_is(books: object) -> None:
    account = Account()
    account.add("phonebook", 77, RIVAL, name="VIP")
    account.add("campaign", 78, RIVAL, name="Theirs", status="started", phonebooks=books)
    account.add("campaign", 79, RIVAL, name="Apart", status="started", phonebooks=(5,))
    situation = situation_of(project_of(phonebook(id=77)), account)
    found = active_campaigns(situation.decisions, situation.live)
    assert [(each.label, each.ownership) for each in found] == [("Theirs", Ownership.FOREIGN)]


test_targets = table(
    case(
        "a part that is as declared is said to be a part",
        "No changes in the targeted part of the project.",
        applied=tet(),
        desired=tet(frequency=20),
        options="--target phonebook.vip",
    ),
    case(
        "rows go with their phonebook",
        "rows of phonebook.leads: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged",
        applied=manifest(phonebook("vip", "0934890821"), phonebook("leads", "0934890822", name="Leads")),
        options="--target phonebook.leads",
        rows={"phonebook.leads": rows(add=1), "phonebook.vip": rows(add=1)},
    ),
    *(
        case(
            f"an error of what is left out ends nothing: {options}",
            "+ phonebook.vip ...",
            **facts,
            options=options,
        )
        for facts, options in (
            ({"desired": manifest(phonebook(), BAD)}, "--exclude phonebook.bad"),
            ({"desired": manifest(phonebook(), BAD)}, "--target phonebook.vip"),
            ({"desired": manifest(phonebook(), TWICE), "live": TWO}, "--exclude phonebook.bad"),
            ({"desired": tet(phonebooks="[{name: Nowhere}]")}, "--target phonebook.vip"),
            (
                {"applied": BOT, "desired": manifest(BOT.replace("clinic-", "ward-"), phonebook())},
                "--target phonebook.vip",
            ),
        )
    ),
    *(
        case(f"{option} of what nobody knows is an error", expected, applied=applied, desired=desired, options=option)
        for option, applied, desired, expected in (
            (
                "--target campaign.tett",
                "",
                tet(),
                "error: campaign.tett is not declared, did you mean 'campaign.tet'? [unknown-name]",
            ),
            (
                "--exclude campaign.vip",
                "",
                tet(),
                "error: campaign.vip ... did you mean 'phonebook.vip'? [unknown-name]",
            ),
            ("--target campaign.xyz", "", tet(), "error: campaign.xyz is not declared: see `alice-apply graph` ..."),
            (
                "--prune --target campaign.tett",
                tet(),
                phonebook(),
                "error: ... did you mean 'campaign.tet'? [unknown-name]",
            ),
            ("--restart campaign.tet", tet(), phonebook(), "error: campaign.tet is not declared: see `alice-apply ..."),
            (
                "--restart phonebook.vip",
                "",
                tet(),
                "error: --restart phonebook.vip: a phonebook is never started [usage]",
            ),
        )
    ),
    case(
        "an error of what takes part does",
        "error: id: no phonebook has the id 4711 ... (phonebook.bad) [match-no-such-id]",
        desired=manifest(phonebook(), phonebook("bad", name="Bad", id=4711)),
        options="--target phonebook.bad",
    ),
    case(
        "what is not settled is left out like anything else",
        "> survey.promo + phonebook.vip ...",
        desired=tet(),
        live=[unlisted("section"), there("survey", 77, name="Promo")],
        options="--exclude section.promo.hi",
    ),
    *(
        case(
            f"of what is left out and not made nothing is said of making it: {what}",
            '+ phonebook.leads name: "Leads"',
            options="--exclude phonebook.vip",
            **{**facts, "desired": manifest(str(facts["desired"]), LEADS)},
        )
        for what, facts in {
            "a name that looks alike": {"desired": phonebook(), "live": [there("phonebook", 77, name="vip")]},
            "a rename of nothing": {"desired": phonebook(renamed_from="old")},
        }.items()
    ),
    case(
        "nor of calling again",
        "drift campaign.tet: gone from the server No changes in the targeted part of the project.",
        applied=tet(status="started"),
        live=[gone("campaign.tet")],
        options="--exclude campaign.tet",
    ),
    case(
        "a stop is left out when it is excluded, and counts as what runs on",
        "rows of phonebook.vip: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged (rings) ...",
        applied=tet(status="started"),
        desired=PAUSED,
        options="--exclude campaign.tet",
        rows={"phonebook.vip": rows(add=1)},
    ),
    case(
        "a prune is for the targets only",
        "- campaign.tet # no longer declared",
        applied=PAUSED,
        desired="",
        live=[allows("phonebook", "GET", "DELETE"), allows("survey", "GET", "DELETE")],
        options="--prune --target campaign.tet",
    ),
    case(
        "what is excluded from a prune keeps what it uses",
        """
        x section.promo.hi ...
        warning: ... (phonebook.vip) [still-used] warning: ... (survey.promo) [still-used] ...
        """,
        applied=PAUSED,
        desired="",
        live=[allows("phonebook", "GET", "DELETE"), allows("survey", "GET", "DELETE")],
        options="--prune --exclude campaign.tet",
    ),
    case(
        "what uses something goes without it",
        "- campaign.tet ... - phonebook.vip # no longer declared",
        applied=PAUSED,
        desired="",
        live=[allows("phonebook", "GET", "DELETE"), allows("survey", "GET", "DELETE")],
        options="--prune --exclude survey.promo",
    ),
    case(
        "what runs and is excluded refuses no prune of others",
        "x phonebook.leads ... warning: ... (campaign.tet) [running-undeclared] No changes ...",
        applied=tet(LEADS, status="started"),
        desired=manifest(survey(), phonebook("vip", "0934890821")),
        options="--prune --exclude campaign.tet",
    ),
)

THEIRS = [
    there("survey", 71, RIVAL, name="Promo"),
    there("phonebook", 72, RIVAL, name="VIP"),
    there("campaign", 73, RIVAL, name="Tet", survey=71, phonebooks=(72,), status="started"),
]

test_several_owners_of_one_account = table(
    case(
        "what another user has under the same names is none of ours, and stays",
        "+ survey.promo ... + phonebook.vip ... + section.promo.hi ... + campaign.tet ...",
        desired=tet(),
        live=THEIRS,
    ),
    case(
        "a second checkout with an empty state adopts what the first has made",
        "> survey.promo > phonebook.vip > section.promo.hi > campaign.tet ... (4 to adopt: ...)",
        applied=PAUSED,
        recorded=[forgotten()],
        live=THEIRS,
    ),
    case(
        "another project of the account that dials our phonebook makes our new rows ring",
        "rows of phonebook.vip: ... (rings) ... Rings: 0 campaigns started, 1 contact newly dialled, 0 alarms.",
        applied=phonebook("vip", "0934890821"),
        live=[there("campaign", 73, name="Other", survey=5, phonebooks=(301,), status="started")],
        rows={"phonebook.vip": rows(add=1, unchanged=1)},
    ),
    case(
        "what another project uses is not pruned",
        "warning: is not deleted, because campaign 73 still uses it: ... (phonebook.vip) [still-used] ...",
        applied=phonebook("vip", "0934890821"),
        desired="",
        live=[
            allows("phonebook", "GET", "DELETE"),
            there("campaign", 73, RIVAL, name="Other", survey=5, phonebooks=(301,)),
        ],
        options="--prune",
    ),
    case(
        "a campaign of others that is found by no name of ours is no change of ours",
        "No changes. Alice matches the manifests.",
        applied=PAUSED,
        live=THEIRS,
    ),
)


def clinic(sealed: str, **campaign_fields: object) -> str:
    """A campaign, and a calendar setting that plays the copy which starting it makes."""
    setting = flow(
        "calendar_settings", "clinic", label="Clinic", survey=sealed, gateway="AliceDevGateway", call_timeout=60
    )
    return tet(setting, **campaign_fields)


BY_CAMPAIGN, BY_SURVEY, NAMED = "{campaign: tet}", "promo", "{name: Reminder}"

test_copies_that_a_start_makes = table(
    *(
        row
        for sealed in (BY_CAMPAIGN, BY_SURVEY)
        for row in (
            case(
                f"{sealed}: with the start of the campaign the copy is yet to be made, and the setting comes after it",
                """
                + survey.promo ... + phonebook.vip ... + section.promo.hi ... + campaign.tet (rings) ...
                + calendar_setting.clinic ... survey: (known after apply) ...
                """,
                desired=clinic(sealed, status="started"),
            ),
            case(
                f"{sealed}: without a start there is none, and a new setting waits",
                """
                ... + campaign.tet ...
                deferred calendar_setting.clinic: its survey is made when campaign.tet starts, which this plan does not
                do
                """,
                desired=clinic(sealed),
            ),
            case(
                f"{sealed}: whether there is one is not known where copies are not listed, whatever was started",
                """
                deferred calendar_setting.clinic: whether its survey has been made is not known (403): write {id: N},
                as Alice's web page shows it
                ...
                """,
                applied=clinic(sealed, status="started"),
                live=[unlisted("sealed_survey")],
            ),
            case(
                f"{sealed}: a setting that is there goes on with its other fields",
                """
                ~ calendar_setting.clinic label: "Clinic" -> "Ward"
                deferred calendar_setting.clinic: its survey is made when campaign.tet starts, ...
                """,
                applied=clinic(NAMED),
                desired=clinic(sealed).replace("label: Clinic", "label: Ward"),
                live=[allows("calendar_setting", "GET", "PUT")],
            ),
            case(
                f"{sealed}: it gets the copy with the start",
                """
                ~ campaign.tet (rings) status: "paused" -> "started"
                ~ calendar_setting.clinic survey: {name: Reminder} -> (known after apply)
                ...
                """,
                applied=clinic(NAMED, status="paused"),
                desired=clinic(sealed, status="started"),
                live=[allows("calendar_setting", "GET", "PUT")],
            ),
            case(
                f"{sealed}: a copy that is there is used",
                "~ calendar_setting.clinic survey: {name: Reminder} -> {name: Promo} ...".replace(
                    "{name: Promo}", sealed
                ),
                applied=clinic(NAMED, status="started"),
                desired=clinic(sealed, status="started"),
                live=[allows("calendar_setting", "GET", "PUT")],
            ),
            case(
                f"{sealed}: after an apply there is nothing to do",
                "No changes. Alice matches the manifests.",
                applied=clinic(sealed, status="started"),
            ),
        )
    ),
    case(
        "any copy of the survey stays where the survey is named, older or newer",
        "No changes. Alice matches the manifests.",
        applied=clinic(BY_SURVEY, status="started"),
        live=[there("sealed_survey", 1009, name="Promo", campaign=77)],
    ),
    case(
        "a survey that nothing starts has no copy: the setting, and all that hangs on it, wait",
        """
        + survey.hello ...
        deferred calendar_setting.clinic: its survey is a copy that a start makes, and nothing declared here makes one
        of hello
        deferred calendar_user.bot: waits for calendar_setting.clinic
        deferred calendar.rounds: waits for calendar_user.bot
        deferred event.visit: waits for calendar.rounds
        deferred alarm.visit: waits for event.visit
        """,
        desired=manifest(survey("hello", name="Hello"), calendar("hello")),
    ),
    case(
        "of two campaigns with one survey the one that starts makes the copy",
        """
        ... + campaign.second (rings) ...
        + calendar_setting.clinic ... survey: (known after apply) ...
        """,
        desired=manifest(clinic(BY_SURVEY), campaign("second", name="Second", status="started")),
    ),
    case(
        "a campaign that was stopped makes no copy",
        "... (campaign.tet) [stopped-outside] ...",
        applied=clinic(BY_CAMPAIGN, status="started"),
        live=[changed("campaign.tet", status="paused")],
    ),
)
