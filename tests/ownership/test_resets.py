"""Servers whose PUT resets what it is not sent (docs/alice-api.md#put): nothing is lost, and in doubt nothing rings."""

from __future__ import annotations

import pytest

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_stops import STARTED, findings, status

PLANNED = SURVEY, PHONEBOOK, CAMPAIGN
OTHER = "    description: Another\n"


@pytest.fixture
def running(owner: Owner) -> Owner:
    owner.declare_and_apply(*PLANNED, STARTED)
    owner.simulator.variants(put="resetting")
    return owner


def test_a_run_that_the_update_certainly_ended_goes_on(running: Owner) -> None:
    running.declare_and_apply(*PLANNED, STARTED, OTHER)
    assert status(running) == 1
    running.demand_nothing_to_do()


def test_a_run_that_an_update_may_have_ended_stays_paused_until_it_is_restarted(running: Owner) -> None:
    """Without OPTIONS nobody knows whether a PUT writes the status."""
    running.simulator.variants(options="405")
    running.declare(*PLANNED, STARTED, OTHER)
    said = running.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 4 and status(running) == 2
    assert "it ran before this update and reads paused since" in said.out + said.err
    assert "`alice-apply apply --restart campaign.tet`" in said.out + said.err
    assert ("stopped-outside", "warning", "campaign.tet") in findings(running.plan())
    running.demand_nothing_to_do()
    assert running.run("apply", "--auto-approve", "--restart", "campaign.tet").code == 3, "which rings"
    running.apply("--restart", "campaign.tet")
    assert status(running) == 1
    running.demand_nothing_to_do()


def test_what_runs_and_does_not_say_so_is_started_in_the_web_page(running: Owner) -> None:
    running.simulator.variants(options="405")
    running.declare(*PLANNED, OTHER)
    said = running.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 4 and status(running) == 2
    assert "start it again in Alice's web page: its manifest does not say `status: started`" in said.out + said.err
    running.demand_nothing_to_do()


@pytest.mark.parametrize("code", [2, 3])
def test_an_update_of_what_dials_nobody_leaves_its_status(running: Owner, code: int) -> None:
    running.simulator.change("campaigns", running.id_of("campaigns"), status=code)
    running.declare_and_apply(*PLANNED, OTHER)
    assert status(running) == code


def test_a_status_that_nobody_knows_and_that_an_update_ended_is_told(running: Owner) -> None:
    running.simulator.change("campaigns", running.id_of("campaigns"), status=6)
    running.declare(*PLANNED, OTHER)
    said = running.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 4 and status(running) == 2
    assert "it may have run before this update and reads paused since" in said.out + said.err


# What nobody declared stands after any change, on every kind

CHANGES: dict[str, tuple[str, str, dict[str, object]]] = {
    # path: what is declared, what instead, and what somebody set on the server of what is not declared
    "survey-template": ("name: Promo\n", "name: Promo 2\n", {"tts_language": "vi", "description": "By hand"}),
    "section-template": ("script: Hello there", "script: Hello you", {"retries": 3, "timeout": 9, "completed": True}),
    "phonebook": ("name: VIP,", "name: VVIP,", {"description": "By hand"}),
    "contact": (
        'contact: "0934890821"',
        'contact: "0934890821", first_name: Lan',
        {
            "address": "1 Le Loi",
            "city": "Hue",
            "state": "TT",
            "unit_number": "7",
            "country": "VN",
            "email": "a@b.vn",
            "company": "By hand",
            "priority": 3,
        },
    ),
    "campaigns": (
        "frequency: 10",
        "frequency: 9",
        {"status": 3, "campaign_code": "BYHANDXY", "callmaxduration": 60, "maxretry": 2, "extra_data": "x"},
    ),
    "dnc-list": ("name: Out}", "name: Opt-outs}", {"description": "By hand"}),
    "calendar-setting": (
        "call_timeout: 60",
        "call_timeout: 50",
        {"voicemail": True, "amd_behavior": 3, "callerid": "19001234", "caller_name": "By hand"},
    ),
    "calendar": ("name: Rounds", "name: Rounds 2", {"max_concurrent": 4}),
    "event": ("title: Visit", "title: Visits", {"status": 3, "notify_count": 2, "occ_count": 1, "description": "By"}),
    "alarm": (
        'alarm_phonenumber: "0934890883"',
        'alarm_phonenumber: "0934890884"',
        {"status": 4, "num_attempt": 2, "result": 1, "maxretry": 3, "method": 2, "phonenumber_transfer": "0934890885"},
    ),
}


@pytest.fixture
def everything(owner: Owner) -> list[str]:
    """All kinds, declared and applied."""
    sealed = owner.simulator.create("survey-list", name="Reminder")["id"]
    text = "".join((*PLANNED, "dnc_lists: {out: {name: Out}}\n", CALENDAR.replace("SEALED", str(sealed))))
    owner.declare_and_apply(text)
    return [text]


DOCUMENTED = ("section-template", "phonebook", "contact", "campaigns")  # kinds whose PUT is used unasked
SERVERS: dict[tuple[str, str], tuple[str, ...]] = {
    # what PUT does, and OPTIONS: the kinds that are changed there
    **{(put, "on"): tuple(CHANGES) for put in ("resetting", "emptying", "strict")},
    **{(put, "405"): DOCUMENTED for put in ("emptying", "partial")},
}


@pytest.mark.parametrize(("put", "options"), SERVERS)
def test_what_nobody_declared_stands_after_changes_of_every_kind(
    owner: Owner, everything: list[str], put: str, options: str
) -> None:
    change(owner, everything[0], SERVERS[put, options], put, options)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("kind", "put", "options"), [(kind, *server) for server, kinds in SERVERS.items() for kind in kinds]
)
def test_what_nobody_declared_stands_after_a_change(
    owner: Owner, everything: list[str], kind: str, put: str, options: str
) -> None:
    change(owner, everything[0], (kind,), put, options)


def change(owner: Owner, text: str, kinds: tuple[str, ...], put: str, options: str) -> None:
    """Change what is declared of an object of each kind, after somebody has set what is not declared of it."""
    identities = {kind: owner.simulator.objects(kind)[-1]["id"] for kind in kinds}
    for kind, identity in identities.items():
        before, after, undeclared = CHANGES[kind]
        owner.simulator.change(kind, identity, **undeclared)
        assert before in text
        text = text.replace(before, after)
    owner.simulator.variants(put=put, options=options, contact_fields="more")
    owner.declare_and_apply(text)
    for kind, identity in identities.items():
        undeclared, row = CHANGES[kind][2], owner.simulator.row(kind, identity)
        assert {name: row[name] for name in undeclared} == undeclared, kind


def test_several_updates_at_once_learn_what_a_strict_server_shows_and_does_not_take(owner: Owner) -> None:
    """It shows null where a text is empty, and takes no null; each of them finds out by its own refusal."""
    many = [CAMPAIGN.replace("tet:", f"tet-{n}:").replace("name: Tet", f"name: Tet {n}") for n in range(8)]
    campaigns = "campaigns:\n" + "".join(each.partition("campaigns:\n")[2] for each in many)
    owner.simulator.variants(text_empty="null")
    owner.declare_and_apply(SURVEY, PHONEBOOK, campaigns)
    owner.declare_and_apply(SURVEY, PHONEBOOK, campaigns.replace("frequency: 10", "frequency: 9"))
    owner.demand_nothing_to_do()
