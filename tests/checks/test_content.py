"""What is said, when alarms ring, and what the server is going to refuse."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from provisioner.checks import Context, limits
from provisioner.checks.scripts import is_surely_not_vietnamese, is_vietnamese
from provisioner.model import Address, Resource, Source
from provisioner.plan.decision import Decision
from provisioner.plan.match import Match
from provisioner.plan.model import RowChange
from provisioner.plan.situation import RowFacts
from tests.checks.conftest import CAMPAIGN, Desk, survey

VIP = {"vip": {"name": "VIP", "contacts": {"rows": [{"contact": "0934890841", "first_name": "Linh"}]}}}


def told(desk: Desk, *options: str) -> list[tuple[str, str, str]]:
    return [(each["severity"], each["address"], each["message"]) for each in desk.findings("content", *options)]


def declare(desk: Desk, *scripts: str, language: str = "en", **collections: Any) -> None:
    """A campaign that says these scripts to one phonebook."""
    surveys = {"promo": survey(*scripts, language=language)}
    desk.declare(**{"surveys": surveys, "phonebooks": VIP, "campaigns": {"tet": CAMPAIGN}, **collections})


# Placeholders


def test_a_placeholder_that_no_contact_has_something_for(desk: Desk) -> None:
    declare(desk, "Hello {first_name} {firstname}, you owe {amount} to {phone_number}. {contact}")
    found = told(desk)
    assert [each[:2] for each in found] == [("warning", "section.promo.s0")] * 3
    assert [message for _, _, message in found] == [
        "contacts of phonebook.vip have nothing for {firstname}, so it is left out of the speech, "
        "did you mean 'first_name'?",
        "contacts of phonebook.vip have nothing for {amount}, so it is left out of the speech: correct it, or add the "
        "column to `variables`",
        "contacts of phonebook.vip have nothing for {contact}, so it is left out of the speech: correct it, or add the "
        "column to `variables`",
    ]
    assert desk.findings("content")[0]["source"].startswith("main.yaml:1:")


def test_only_what_the_contacts_have_is_proposed(desk: Desk) -> None:
    leads = {"leads": {"name": "Leads", "contacts": {"rows": [{"contact": "0934890842"}]}}}
    both = {**CAMPAIGN, "phonebooks": ["vip", "leads"]}
    declare(desk, "Hello {firstname} {lastname}", phonebooks={**VIP, **leads}, campaigns={"tet": both})
    assert len(found := told(desk)) == 2
    assert not [message for _, _, message in found if "did you mean" in message]


def test_variables_count_from_files_and_in_the_manifest(desk: Desk) -> None:
    desk.write("vip.csv", "contact,policy_no,amount\n0934890841,1,\n")
    files = {"name": "VIP", "contacts": {"file": "vip.csv", "variables": ["policy_no"]}}
    rows = [{"contact": "0934890842", "variables": {"policy_no": "2", "amount": "3"}}]
    books = {"vip": files, "leads": {"name": "Leads", "contacts": {"rows": rows}}}
    both = {**CAMPAIGN, "phonebooks": ["vip", "leads"]}
    declare(desk, "{policy_no} {amount}", phonebooks=books, campaigns={"tet": both})
    ((_, _, message),) = told(desk)
    assert message.startswith("contacts of phonebook.vip have nothing for {amount}")


def test_what_is_live_counts_where_nothing_is_declared(desk: Desk) -> None:
    identity = desk.simulator.create("phonebook", name="Old list", user=203)["id"]
    desk.simulator.create(
        "contact", phonebook=identity, contact="0934890841", last_name="Linh", additional_vars='{"amount": 5}'
    )
    campaign = {**CAMPAIGN, "phonebooks": [{"name": "Old list"}]}
    declare(desk, "{last_name} {amount} {policy_no} {first_name}", campaigns={"tet": campaign})
    assert [message.partition(",")[0] for _, _, message in told(desk)] == [
        "contacts of phonebook 'Old list' have nothing for {policy_no}",
        "contacts of phonebook 'Old list' have nothing for {first_name}",
    ]


def test_without_a_campaign_nobody_knows_whom_a_script_is_for(desk: Desk) -> None:
    declare(desk, "Hello {nobody}", campaigns={})
    assert told(desk) == []


# Language


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Xin chào", "en", True),
        ("Xin chào {first_name}, đây là AntBuddy.", "en", True),
        ("Welcome to the café, {chào}", "en", False),
        ("São Paulo is great, you know", "en", False),
        ("Crème brûlée", "en", False),
        ("Hello", "en", False),
        ("", "en", False),
        ("Merci de votre appel, à bientôt", "fr", False),
        ("Mulțumim că ați sunat, la revedere, vă așteptăm", "ro", False),
        ("Cảm ơn quý khách", "fr", True),
    ],
)
def test_vietnamese_is_told_by_its_letters(text: str, language: str, expected: bool) -> None:
    assert is_vietnamese(text, language) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {first_name}, thank you for your call. Please press one.", True),
        ("Chao ban, day la AntBuddy. Xin cam on ban da su dung dich vu cua chung toi", False),
        ("AntBuddy Premium Hotline", False),
        ("Hello, please hold: xin chào", False),
        ("OK", False),
    ],
)
def test_english_is_told_by_what_no_vietnamese_word_is_spelt_like(text: str, expected: bool) -> None:
    assert is_surely_not_vietnamese(text) is expected


def test_a_survey_in_another_language_than_it_declares(desk: Desk) -> None:
    declare(desk, "Xin chào quý khách.")
    ((severity, address, message),) = told(desk)
    assert (severity, address) == ("warning", "survey.promo")
    assert message == (
        "en is declared, and Vietnamese is written in 1 of 1 texts: write `tts_language: vi`, or translate them"
    )
    undeclared = survey("Xin chào quý khách.")
    del undeclared["tts_language"]
    declare(desk, surveys={"promo": undeclared})
    assert told(desk)[0][2].startswith("en is what Alice takes, and Vietnamese")
    declare(desk, "Thank you for your call. Please hold.", language="vi")
    assert told(desk)[0][2].startswith("vi is declared, and no text has a Vietnamese letter")
    declare(desk, "Xin chào quý khách.", language="vi")
    assert told(desk) == []


# Sections


def test_sections_after_the_first_are_mentioned_until_a_start_has_frozen_them(desk: Desk) -> None:
    declare(desk, "Hello.", "How are you?", "Goodbye.")
    ((severity, address, message),) = told(desk)
    assert (severity, address) == ("info", "survey.promo")
    assert message.startswith("2 sections after the first: reached only if somebody links them in Alice's web page")
    desk.apply()
    assert told(desk) == []


def test_a_survey_without_sections(desk: Desk) -> None:
    nothing = {"promo": {"name": "Promo", "tts_language": "en"}}
    waiting = {"tet": {**CAMPAIGN, "status": "paused"}}
    declare(desk, surveys=nothing, campaigns=waiting)
    expected = [
        ("warning", "survey.promo", "it has no section, so a call would say nothing: declare some, or add them in "
         "Alice's web page")
    ]  # fmt: skip
    assert told(desk) == expected
    desk.apply()
    assert told(desk) == expected
    desk.simulator.variants(forbidden_get="section-template")
    assert told(desk) == []
    desk.simulator.variants(forbidden_get="")
    desk.simulator.create("section-template", survey=351, question="Hi")
    assert told(desk) == []


# Alarms


START, END = "2027-02-15T09:30:00+07:00", "2027-02-15T10:00:00+07:00"
ASLEEP = "when people sleep (22:00 to 07:00 in Asia/Ho_Chi_Minh): move it"


def appointment(notice: str) -> dict[str, Any]:
    """The chain of a reminder, with one alarm."""
    return {
        "surveys": {"promo": survey()},
        "phonebooks": VIP,
        "campaigns": {"tet": CAMPAIGN},
        "calendar_settings": {
            "clinic": {"label": "Clinic", "survey": "promo", "gateway": "AliceDevGateway", "call_timeout": 60}
        },
        "calendar_users": {"bot": {"username": "bot", "password": "${env.SECRET}", "calendar_setting": "clinic"}},
        "calendars": {"clinic": {"name": "Clinic", "user": "bot"}},
        "events": {"visit": {"title": "Visit", "start": START, "end": END, "calendar": "clinic"}},
        "alarms": {
            "visit": {"event": "visit", "alarm_phonenumber": "0934890841", "date_start_notice": notice},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("notice", "message"),
    [
        ("2027-02-14T09:00:00+07:00", None),
        ("2027-02-14T07:00:00+07:00", None),
        (
            "2027-02-14T06:59:00+07:00",
            f"rings at 06:59, {ASLEEP}",
        ),
        ("2027-02-14T15:00:00Z", f"rings at 22:00, {ASLEEP}"),
        ("2027-02-15T09:31:00+07:00", "is after the event has begun (2027-02-15 09:30): correct it"),
        ("2026-02-14T09:00:00+07:00", "is in the past, so it would remind nobody: correct it"),
    ],
)
def test_an_alarm_that_rings_when_nobody_wants_it(desk: Desk, notice: str, message: str | None) -> None:
    desk.environ = {"SECRET": "correct-horse"}
    desk.declare(**appointment(notice))
    expected = [] if message is None else [("warning", "alarm.visit", message)]
    assert told(desk) == expected


# Limits


def test_what_the_server_says_that_it_does_not_take_is_an_error(desk: Desk) -> None:
    desk.simulator.variants(max_name="10")
    declare(desk, campaigns={"tet": {**CAMPAIGN, "name": "A campaign in spring", "frequency": 50}})
    assert told(desk) == [
        ("error", "campaign.tet", "name has 20 characters, and this server takes 10: shorten it"),
    ]
    assert "this server takes 10" in desk.refusal()
    desk.simulator.variants(options="405")
    assert told(desk) == []


def campaigns_of_the_account(desk: Desk, count: int) -> None:
    rows = [{"name": f"Old {index}", "user": 203, "aleg_gateway": 23, "status": 3} for index in range(count)]
    desk.simulator.create_many("campaigns", rows)


def test_more_campaigns_than_a_user_gets(desk: Desk) -> None:
    campaigns_of_the_account(desk, 99)
    declare(desk)
    assert told(desk) == []
    campaigns_of_the_account(desk, 1)
    assert told(desk) == [
        ("error", "campaign.tet", "with it the account has 101 campaigns, and a user gets 100: delete some first")
    ]
    desk.refusal()
    campaigns_of_the_account(desk, 1)  # so this server allows more
    assert told(desk) == []


def test_at_the_limit_updates_are_refused_too(desk: Desk) -> None:
    declare(desk)
    desk.apply()
    campaigns_of_the_account(desk, 99)
    declare(desk, campaigns={"tet": {**CAMPAIGN, "frequency": 5}})
    ((severity, _, message),) = told(desk)
    assert severity == "error" and "then refuses updates too" in message


def test_more_contacts_than_a_campaign_takes_in(desk: Desk) -> None:
    desk.write("vip.csv", "contact\n" + "".join(f"09{34000000 + number}\n" for number in range(100_001)))
    declare(desk, phonebooks={"vip": {"name": "VIP", "contacts": "vip.csv"}})
    assert told(desk) == [
        ("warning", "campaign.tet", "dials 100,001 contacts, and a campaign is known to take in 100,000 at most, the "
         "others are never called: declare several of it"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "add", "refused"), [(999_990, 10, False), (999_990, 11, True), (1_000_001, 11, False)]
)
def test_more_contacts_than_a_user_gets(desk: Desk, before: int, add: int, refused: bool) -> None:
    vip, leads, opt_outs = Address("phonebook", "vip"), Address("phonebook", "leads"), Address("dnc_list", "opt-outs")
    changes = {address: RowChange(address, add=add) for address in (opt_outs, vip)}
    facts = RowFacts(changes, {leads: before, opt_outs: 5_000_000}, {})
    resource = Resource(vip, {}, Source("main.yaml", 3, 5))
    decisions = {vip: Decision(Match(resource)), opt_outs: Decision(Match(resource))}
    context = SimpleNamespace(situation=SimpleNamespace(rows=facts, decisions=decisions))
    found = [(each.severity, each.address) for each in limits.rows(cast("Context", context))]
    assert found == [("error", vip)] * refused
