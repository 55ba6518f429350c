"""What cannot be read or understood may be there, may run, may ring: it closes gates and opens none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_stops import PAUSED, STARTED, findings

TWO = 'phonebooks:\n  vip: {name: VIP, contacts: {rows: [{contact: "0934890821"}, {contact: "0934890822"}]}}\n'
REFUSED = [{"failing_pages": "campaigns", "failing_page": "1", "failing_page_answer": answer} for answer in
           ("403", "405", "html-403", "html-404")]  # fmt: skip
UNREAD = [
    *({"unread_fields": "campaigns.status", "unread_form": form} for form in ("99", "word", "null", "hidden")),
    *({"unread_fields": "campaigns.phonebook", "unread_form": form} for form in ("word", "hidden", "null")),
]
UNKNOWN = [*REFUSED, *UNREAD, {"forbidden_get": "campaigns"}, {"missing_get": "campaigns"}]
NAMES = ["-".join(str(value) for value in variants.values()) for variants in UNKNOWN]
# A status, whom it dials, a list that a gateway or the server refuses: whatever their form, the same is decided.
SORTS = {"status": UNREAD[0], "phonebooks": UNREAD[4], "gateway": REFUSED[-1], "list": {"forbidden_get": "campaigns"}}


@pytest.fixture
def running(owner: Owner) -> Owner:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    return owner


def refused_for_calls(owner: Owner) -> str:
    """Why apply without --allow-calls is refused; nothing is written."""
    owner.simulator.clear_requests()
    said = owner.run("apply", "--auto-approve")
    assert said.code == 3, said.out + said.err
    assert "--allow-calls" in said.err
    assert owner.simulator.writes() == []
    return said.err


@pytest.mark.parametrize("variants", UNKNOWN, ids=NAMES)
def test_a_row_more_may_ring(running: Owner, variants: dict[str, str]) -> None:
    running.declare(SURVEY, TWO, CAMPAIGN, STARTED)
    running.simulator.variants(**variants)
    plan = running.plan()
    assert [row["calls"] for row in plan["rows"]] == [1]
    assert {each["id"] for each in plan["findings"] if each["severity"] == "warning"} & {"not-known", "unknown-status"}
    assert "rows of phonebook.vip" in refused_for_calls(running)
    running.apply()
    running.demand_nothing_to_do()


@pytest.mark.parametrize("variants", SORTS.values(), ids=SORTS)
def test_a_row_more_may_ring_although_the_campaign_is_of_another_project(
    owner: Owner, variants: dict[str, str]
) -> None:
    """Nothing is recorded of it here, and nothing is declared."""
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.run("state", "rm", "campaign.tet")
    owner.declare(SURVEY, TWO)
    owner.simulator.variants(**variants)
    refused_for_calls(owner)


@pytest.mark.parametrize("declared", [True, False])
def test_whose_a_running_campaign_is_does_not_matter(running: Owner, declared: bool) -> None:
    if not declared:
        running.run("state", "rm", "campaign.tet")
    running.declare(SURVEY, TWO, *((CAMPAIGN, STARTED) if declared else ()))
    running.simulator.variants(other_owner="campaigns")
    refused_for_calls(running)


@pytest.mark.parametrize("variants", UNREAD[:4], ids=NAMES[4:8])
def test_a_status_that_nobody_knows_is_not_started_again(running: Owner, variants: dict[str, str]) -> None:
    """It may have been stopped, so it stays as it is until somebody says --restart."""
    running.simulator.variants(**variants)
    if variants["unread_form"] == "hidden":  # then what was recorded is all there is
        running.demand_nothing_to_do()
        return
    plan = running.plan("--allow-calls")
    assert not plan["calls"]["campaigns"]
    [message] = [each["message"] for each in plan["findings"] if each["id"] == "unknown-status" and each["source"]]
    assert "this version does not know" in message
    assert "None" not in message
    running.demand_nothing_to_do()


def test_an_unknown_code_is_shown_as_what_it_is(running: Owner) -> None:
    running.simulator.variants(unread_fields="campaigns.status,section-template.type")
    plan = running.plan("--allow-calls")
    assert plan["changes"] == []
    assert ("not-compared", "warning", "section.promo.hi") in findings(plan)
    assert "None" not in str([each["message"] for each in plan["findings"]])
    drifted = running.run("drift")
    assert '"started" -> (unknown code 99)' in drifted.out, drifted.out


@pytest.mark.parametrize("variants", SORTS.values(), ids=SORTS)
def test_what_may_run_is_not_pruned(running: Owner, variants: dict[str, str]) -> None:
    running.declare(SURVEY, PHONEBOOK)
    running.simulator.variants(**variants)
    running.simulator.clear_requests()
    said = running.run("apply", "--auto-approve", "--allow-calls", "--prune")
    if "campaigns.phonebook" in variants.values():
        assert said.code == 3
        assert "still runs" in said.err
    else:
        assert said.code == 3, said.out + said.err
        assert "may still run" in said.err
    assert running.simulator.writes() == []
    assert running.simulator.objects("campaigns")


def test_what_something_unreadable_may_use_is_not_deleted(owner: Owner) -> None:
    owner.simulator.variants(delete="all")
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.run("state", "rm", "campaign.tet")
    owner.declare(SURVEY)
    owner.simulator.variants(delete="all", forbidden_get="campaigns")
    plan = owner.plan("--prune")
    assert not plan["changes"]
    assert ("still-used", "warning", "phonebook.vip") in findings(plan)


@pytest.mark.parametrize("form", ["word", "hidden"])
def test_what_something_uses_whose_relation_nobody_shows_is_not_deleted(owner: Owner, form: str) -> None:
    """A key that the list leaves out does not say that nothing is used."""
    owner.simulator.variants(delete="all")
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.run("state", "rm", "campaign.tet")
    owner.declare("surveys: {}\n")
    owner.simulator.variants(delete="all", unread_fields="campaigns.phonebook,campaigns.object_id", unread_form=form)
    plan = owner.plan("--prune")
    assert not plan["changes"]
    assert {("still-used", "warning", "phonebook.vip"), ("still-used", "warning", "survey.promo")} <= {*findings(plan)}


@pytest.mark.parametrize("evidence", ["subscriber-list", "survey-list"])
@pytest.mark.parametrize("filters", ["honoured", "ignored"])
def test_a_stop_wins_also_where_what_a_start_leaves_behind_cannot_be_read(
    running: Owner, evidence: str, filters: str
) -> None:
    """With an empty state nobody knows that it ran: a paused campaign is not started on a guess."""
    running.simulator.change("campaigns", running.id_of("campaigns"), status=2)
    (running.directory / ".alice" / "state.db").unlink()
    running.simulator.variants(filters=filters, forbidden_get=evidence)
    plan = running.plan("--allow-calls")
    assert ("stopped-outside", "warning", "campaign.tet") in findings(plan)
    assert not plan["calls"]["campaigns"]


def test_a_campaign_that_we_made_and_never_started_is_started_without_any_proof(owner: Owner) -> None:
    """Or a run that was killed between the two could never be finished by the next."""
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.simulator.variants(forbidden_get="subscriber-list,survey-list")
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.apply()
    assert [each["status"] for each in owner.simulator.objects("campaigns")] == [1]
    owner.demand_nothing_to_do()


def test_subscribers_of_others_on_the_first_page_are_no_proof_against_a_start(running: Owner) -> None:
    """A server that ignores filters shows somebody else's first: the rest of the list has to be read."""
    identity = running.id_of("campaigns")
    gateway = running.simulator.objects("gateway")[0]["id"]
    others = [
        running.simulator.create("campaigns", name=f"Other {n}", aleg_gateway=gateway, user=203) for n in range(2)
    ]
    contacts = running.simulator.objects("contact")
    running.simulator.change("campaigns", identity, status=2)
    (running.directory / ".alice" / "state.db").unlink()
    assert others
    assert contacts
    running.simulator.variants(filters="ignored", forbidden_get="survey-list")
    assert not running.plan("--allow-calls")["calls"]["campaigns"]


@pytest.mark.parametrize("kind", ["survey-template", "phonebook", "campaigns", "gateway", "survey-list"])
@pytest.mark.parametrize("answer", ["html-404", "html-403", "403", "405", "500"])
def test_one_page_of_any_list_that_fails_is_a_failed_read(owner: Owner, kind: str, answer: str) -> None:
    if answer not in ("html-404", "403") and kind != "campaigns":
        pytest.skip("one kind with every answer, every kind with two")
    made: dict[str, dict[str, Any]] = {"gateway": {"status": 1}, "survey-list": {"tts_language": "vi"}}
    for number in range(12):
        owner.simulator.create(kind, name=f"One of many {number}", user=203, **made.get(kind, {}))
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.simulator.variants(failing_pages=kind, failing_page_answer=answer)
    said = owner.run("plan")
    assert (said.code, said.out) == (1, ""), said.out
    assert answer == "500" or "page 2 could not be read" in said.err


@pytest.mark.parametrize("answer", ["html-404", "html-403", "403", "405", "500"])
@pytest.mark.parametrize("kind", ["contact", "dnc-contact", "alarm", "event", "calendar", "section-template"])
def test_a_later_page_of_rows_and_of_what_hangs_on_others_that_fails_is_a_failed_read(
    owner: Owner, kind: str, answer: str
) -> None:
    if answer not in ("html-404", "html-403") and kind not in ("contact", "alarm"):
        pytest.skip("two kinds with every answer, every kind with two")
    owner.simulator.reset(now=owner.now, page_size=2)
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)["id"]
    owner.declare(*FULL, CALENDAR.replace("SEALED", str(sealed)))
    owner.apply()
    for number in range(4):
        owner.simulator.create(kind, **more_of(owner, kind, number))
    written = len(owner.simulator.writes())
    owner.simulator.variants(failing_pages=kind, failing_page_answer=answer)
    for command in (("plan",), ("apply", "--auto-approve", "--allow-calls"), ("check",)):
        said = owner.run(*command)
        assert (said.code, said.out) == (1, ""), said.out
        assert answer == "500" or "page 2 could not be read" in said.err
    assert len(owner.simulator.writes()) == written


@pytest.mark.parametrize("variants", [{"count": "page"}, {"next": "null"}, {"next": "always"}], ids=str)
def test_what_runs_on_a_later_page_runs_although_the_count_or_the_next_hides_that_page(
    owner: Owner, variants: dict[str, str]
) -> None:
    owner.simulator.reset(now=owner.now, page_size=1)
    owner.simulator.create("campaigns", name="Earlier", user=203, status=2)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.declare(SURVEY, TWO, CAMPAIGN, STARTED)
    owner.simulator.variants(**variants)
    assert [each["address"] for each in owner.plan()["rows"]] == ["phonebook.vip"]
    refused_for_calls(owner)
    owner.apply()
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("campaigns")) == 2


def test_a_list_that_ends_before_its_count_is_a_failed_read(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.simulator.variants(count="inflated", next="null")
    owner.simulator.clear_requests()
    for command in (("plan",), ("apply", "--auto-approve", "--allow-calls"), ("check",), ("drift",)):
        said = owner.run(*command)
        assert (said.code, said.out) == (1, ""), said.out
        assert "objects could be read" in said.err
    assert owner.simulator.writes() == []


FULL = (SURVEY, PHONEBOOK, 'dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890849"]}}\n')


def more_of(owner: Owner, kind: str, number: int) -> dict[str, Any]:
    """One more object beside the declared one, like it."""
    declared = max(owner.simulator.objects(kind), key=lambda each: int(each["id"]))
    same = {
        name: value for name, value in declared.items() if name not in ("id", "created_date", "updated_date", "url")
    }
    text = {"contact": "contact", "dnc-contact": "phone_number", "alarm": "alarm_phonenumber"}.get(kind)
    names = {"event": "title", "calendar": "name", "section-template": "question"}
    return same | ({text: f"093489085{number}"} if text else {names[kind]: f"More {number}"})


@pytest.mark.parametrize("status", [PAUSED, ""])
def test_an_unreadable_list_opens_nothing_for_campaigns_that_were_never_started(owner: Owner, status: str) -> None:
    """Somebody may have started it since: a row for it may ring."""
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, status)
    owner.declare(SURVEY, TWO, CAMPAIGN, status)
    owner.simulator.variants(forbidden_get="campaigns")
    refused_for_calls(owner)


BARRED = 'dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890821"]}}\n'
AS_NAMES = {"unread_fields": "campaigns.phonebook", "unread_form": "names"}
ERRORS = {("dnc-scrub", "error", "phonebook.vip"), ("dnc-unread", "error", "phonebook.vip")}


def test_a_start_dials_what_is_declared_although_the_server_shows_it_in_a_form_that_nobody_knows(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, PAUSED)
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED, BARRED)
    known = owner.plan("--allow-calls")
    owner.simulator.variants(**AS_NAMES)
    plan = owner.plan("--allow-calls")
    assert plan["calls"] == known["calls"] == {"campaigns": 1, "contacts": 1, "alarms": 0}
    assert ERRORS & {*findings(known)}
    assert ERRORS & {*findings(plan)}
    assert {("not-compared", "warning", "campaign.tet"), ("not-known", "warning", "campaign.tet")} <= {*findings(plan)}
    assert plan["outlook"]["impact"]["not_known"]
    assert owner.run("apply", "--auto-approve", "--allow-calls").code == 3


def test_rows_of_any_phonebook_may_ring_when_it_is_not_known_what_a_start_dials(owner: Owner) -> None:
    other = '  more: {name: More, contacts: {rows: [{contact: "0934890831"}]}}\n'
    owner.declare_and_apply(SURVEY, PHONEBOOK, "  more: {name: More}\n", CAMPAIGN, PAUSED)
    owner.declare(SURVEY, PHONEBOOK, other, CAMPAIGN, STARTED)
    owner.simulator.variants(**AS_NAMES)
    rows = {row["address"]: row["calls"] for row in owner.plan("--allow-calls")["rows"]}
    assert rows["phonebook.more"] == 1


def test_what_was_attached_before_is_not_newly_dialled_when_it_cannot_be_read(running: Owner) -> None:
    """Another field of a campaign that runs changes, and its phonebooks stay as they were applied."""
    running.simulator.variants(**AS_NAMES)
    running.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("frequency: 10", "frequency: 12"), STARTED)
    assert running.plan("--allow-calls")["calls"]["contacts"] == 0


DATES = ("startingdate", "expirationdate", "daily_start_time", "daily_stop_time")


@pytest.mark.parametrize("form", ["date", "99"])
@pytest.mark.parametrize("field", DATES)
def test_dates_and_hours_that_cannot_be_read_are_told_and_hold_up_no_pause(
    running: Owner, field: str, form: str
) -> None:
    running.simulator.variants(unread_fields=f"campaigns.{field}", unread_form=form)
    assert ("not-compared", "warning", "campaign.tet") in findings(running.plan("--allow-calls"))
    running.declare(SURVEY, PHONEBOOK, CAMPAIGN, PAUSED)
    running.apply()
    assert [each["status"] for each in running.simulator.objects("campaigns")] == [2]


def test_declared_hours_are_held_against_the_law_where_the_live_ones_cannot_be_read(owner: Owner) -> None:
    late = CAMPAIGN.replace("daily_stop_time: 17:00", "daily_stop_time: 22:00")
    owner.declare_and_apply(SURVEY, PHONEBOOK, late, PAUSED)
    owner.declare(SURVEY, PHONEBOOK, late, "    purpose: advertising\n", STARTED)
    error = ("calling-window", "error", "campaign.tet")
    assert error in findings(owner.plan("--allow-calls"))
    owner.simulator.variants(unread_fields="campaigns.daily_stop_time", unread_form="clock")
    plan = owner.plan("--allow-calls", "--min-reach", "1")
    assert error in findings(plan)
    assert plan["outlook"]["impact"]["not_known"]
    assert any("--min-reach" in each for each in plan["refusals"])


@pytest.mark.parametrize(
    ("variants", "passes"),
    [
        ({}, True),
        ({"other_owner": "gateway"}, True),
        ({"forbidden_get": "gateway"}, False),
        ({"unread_fields": "gateway.maximum_call", "unread_form": "word"}, False),
        ({"unread_fields": "campaigns.frequency", "unread_form": "word"}, False),
    ],
)
def test_what_a_start_reaches_is_not_known_where_nobody_sees_how_many_calls_its_gateway_takes(
    owner: Owner, variants: dict[str, str], passes: bool
) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, PAUSED)
    gateway = owner.id_of("gateway", name="AliceDevGateway")
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("AliceDevGateway", f"{{id: {gateway}}}"), STARTED)
    owner.simulator.variants(**variants)
    refused = owner.plan("--allow-calls", "--min-reach", "1")["refusals"]
    assert any("an unknown share" in each for each in refused) != passes


def test_an_alarm_whose_moment_cannot_be_read_may_ring_when_it_is_changed(owner: Owner) -> None:
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)["id"]
    declared = CALENDAR.replace("SEALED", str(sealed))
    owner.declare_and_apply(declared)
    more = declared.replace(
        'alarm_phonenumber: "0934890883"', 'alarm_phonenumber: "0934890883", phonenumber_transfer: "0934890884"'
    )
    owner.declare(more)
    owner.simulator.variants(unread_fields="alarm.date_start_notice", unread_form="date")
    said = owner.run("plan", "--output", "json")
    assert "internal error" not in said.err
    assert said.code in (0, 1), said.err
    if said.code == 0:
        assert [change["calls"] for change in json.loads(said.out)["changes"]] == [True]
