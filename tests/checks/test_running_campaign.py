"""What a change to a campaign that was started really does, and what the dialler makes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

CHECK = "running-campaign"
MANIFEST: dict[str, Any] = {
    "surveys": {"promo": survey("Hello.", "Bye.")},
    "phonebooks": {
        "vip": phonebook("0934890841", "0934890842"),
        "leads": {**phonebook("0934890851"), "name": "Leads"},
        "opted": {**phonebook("0934890861", "0934890862"), "name": "Opted"},
    },
    "dnc_lists": {"opt-outs": {"name": "Opt-outs", "numbers": ["0934890862"]}},
    "campaigns": {"tet": {**CAMPAIGN, "purpose": "service", "callerid": "19001234"}},
}
Change = Callable[[dict[str, Any]], object]


def changed(*changes: Change) -> dict[str, Any]:
    manifest = copy.deepcopy(MANIFEST)
    for change in changes:
        change(manifest)
    return manifest


def campaign(**fields: Any) -> Change:
    return lambda manifest: manifest["campaigns"]["tet"].update(fields)


def rows(*numbers: str, key: str = "vip") -> Change:
    return lambda manifest: manifest["phonebooks"][key].update(contacts=phonebook(*numbers)["contacts"])


@pytest.fixture
def running(desk: Desk) -> Desk:
    """A campaign that was started a while ago."""
    desk.declare(**MANIFEST)
    assert desk.findings(CHECK) == []
    desk.apply()
    desk.demand_nothing_to_do()
    return desk


def told(desk: Desk, *changes: Change) -> list[tuple[str, str, str]]:
    """(severity, address, message) of a plan after these changes; each finding stands at a line of the manifest."""
    desk.declare(**changed(*changes))
    found = desk.findings(CHECK)
    assert all(each["source"].startswith("main.yaml:1:") for each in found)
    return [(each["severity"], each["address"], each["message"]) for each in found]


def one(desk: Desk, *changes: Change) -> tuple[str, str]:
    """Severity and message of the only finding, about the campaign."""
    ((severity, address, message),) = told(desk, *changes)
    assert address == "campaign.tet"
    return severity, message


def test_what_changes_nothing_is_not_mentioned(running: Desk) -> None:
    assert told(running) == []


def test_each_field_says_what_comes_of_it(running: Desk) -> None:
    assert one(running, campaign(frequency=20)) == ("warning", "rings now: 20 calls a minute instead of 10")
    assert one(running, campaign(frequency=5)) == ("info", "takes effect: 5 calls a minute instead of 10")
    assert one(running, campaign(callerid="19009999")) == ("info", "takes effect: from the next call on")
    wider, narrower = "rings now: it calls at more times, from now on", "takes effect: it calls at fewer times"
    assert one(running, campaign(daily_stop_time="19:00")) == ("warning", wider)
    assert one(running, campaign(daily_start_time="07:30")) == ("warning", wider)
    assert one(running, campaign(expirationdate="2027-02-10T17:00:00+07:00")) == ("warning", wider)
    for fields in ({"daily_stop_time": "12:00"}, {"expirationdate": "2027-01-20T17:00:00+07:00"}):
        severity, message = one(running, campaign(**fields))
        assert severity == "info" and message.startswith(narrower)
    severity, message = one(running, campaign(startingdate="2027-01-11T08:00:00+07:00"))
    assert (severity, message) == ("warning", "has no effect: it has begun")
    severity, message = one(running, campaign(startingdate="2027-01-20T08:00:00+07:00"))
    assert severity == "info" and message.startswith(narrower)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"daily_stop_time": "22:30"}, "it would call people at night, outside 07:00-22:00"),
        ({"phonebooks": ["vip", "opted"]}, "it calls 1 contact of phonebook.opted that a DNC list holds"),
        ({"phonebooks": ["leads"]}, "detaching phonebook.vip stops no call"),
        ({"frequency": 90}, "90 calls a minute are more than the 50 that AliceDevGateway takes at a time: declare 50"),
    ],
)
def test_what_is_dangerous_refuses_apply(running: Desk, fields: dict[str, Any], words: str) -> None:
    [gateway] = [each for each in running.simulator.objects("gateway") if each["name"] == "AliceDevGateway"]
    running.simulator.change("gateway", gateway["id"], maximum_call=50)
    found = [(severity, message) for severity, _, message in told(running, campaign(**fields)) if severity == "error"]
    ((_, message),) = found
    assert message.startswith("dangerous: ") and words in message
    assert CHECK in running.refusal()


def test_attaching_rings_within_a_minute(running: Desk) -> None:
    severity, message = one(running, campaign(phonebooks=["vip", "leads"]))
    assert severity == "warning"
    assert message.startswith("rings now: it calls 1 active contact of phonebook.leads within a minute")
    running.apply()
    running.demand_nothing_to_do()
    running.simulator.tick(60)
    assert {ring["number"] for ring in running.simulator.rings()} == {"0934890841", "0934890842", "0934890851"}


def test_who_comes_is_called_and_who_goes_is_called_too(running: Desk) -> None:
    found = told(running, rows("0934890842", "0934890843"))
    assert [(severity, address) for severity, address, _ in found] == [("warning", "phonebook.vip")] * 2
    assert found[0][2].startswith("rings now: it calls 1 contact within a minute")
    assert found[1][2].startswith("has no effect: it sets 1 contact inactive, which stops no call")
    running.apply("--max-remove-percent", "100")
    running.demand_nothing_to_do()
    running.simulator.tick(60)
    assert {ring["number"] for ring in running.simulator.rings()} == {"0934890841", "0934890842", "0934890843"}


def test_to_take_everybody_out_looks_like_a_stop_and_is_none(running: Desk) -> None:
    def empty(manifest: dict[str, Any]) -> None:
        manifest["phonebooks"]["vip"]["contacts"] = {"rows": []}

    ((severity, address, message),) = told(running, empty)
    assert (severity, address) == ("error", "phonebook.vip")
    assert message.startswith("dangerous: it sets 2 contacts inactive, which stops no call")
    running.apply("--max-remove-percent", "100")  # deactivations pass every gate
    running.demand_nothing_to_do()
    running.simulator.tick(60)
    assert len(running.simulator.rings()) == 2


def test_contacts_that_change_do_so_for_those_still_to_be_called(running: Desk) -> None:
    def rename(manifest: dict[str, Any]) -> None:
        manifest["phonebooks"]["vip"]["contacts"]["rows"][0]["first_name"] = "Linh"

    ((severity, address, message),) = told(running, rename)
    assert (severity, address) == ("info", "phonebook.vip")
    assert message.startswith("takes effect: it changes 1 contact")
    assert "Linh" not in message


def test_contacts_added_while_it_is_paused_are_never_called(running: Desk) -> None:
    paused = campaign(status="paused")
    assert told(running, paused) == []
    running.apply()
    ((severity, address, message),) = told(running, paused, rows("0934890841", "0934890842", "0934890843"))
    assert (severity, address) == ("warning", "phonebook.vip")
    assert message.startswith("has no effect: 1 new contact will never be called by campaign.tet")
    running.apply()
    found = told(running, rows("0934890841", "0934890842", "0934890843"))
    assert found == [
        ("warning", "campaign.tet", "rings now: it is resumed and calls up to 2 contacts still to be called")
    ]
    running.apply()
    running.demand_nothing_to_do()
    running.simulator.tick(60)
    assert {ring["number"] for ring in running.simulator.rings()} == {"0934890841", "0934890842"}


def test_contacts_that_come_with_a_resumption_are_called(running: Desk) -> None:
    running.declare(**changed(campaign(status="paused")))
    running.apply()
    found = told(running, rows("0934890841", "0934890842", "0934890843"))
    assert [message.split(":")[0] for _, _, message in found] == ["rings now", "rings now"]
    running.apply()
    running.simulator.tick(60)
    assert len(running.simulator.rings()) == 3


def test_what_begins_later_rings_later(desk: Desk) -> None:
    later = campaign(startingdate="2027-03-20T06:00:00+07:00", expirationdate="2027-03-30T17:00:00+07:00")
    for status in ("started", "paused"):
        desk.declare(**changed(later, campaign(status=status)))
        desk.apply()
    since = "rings from 2027-03-20 08:00: it"
    more = rows("0934890841", "0934890842", "0934890843")
    assert [message for *_, message in told(desk, later)] == [
        f"{since} is resumed and calls up to 2 contacts still to be called"
    ]
    desk.apply()
    assert [message for *_, message in told(desk, later, campaign(frequency=20), more)] == [
        "rings from 2027-03-20 08:00: 20 calls a minute instead of 10",
        f"{since} calls 1 contact: to call them later, put them in another phonebook",
    ]
    assert one(desk, later, campaign(daily_stop_time="19:00"))[1] == f"{since} calls at more times"
    assert one(desk, later, campaign(phonebooks=["vip", "leads"]))[1] == (
        f"{since} calls 1 active contact of phonebook.leads: to call them later, declare a campaign of their own"
    )


def test_rows_that_an_undeclared_campaign_dials_too_ring_now(running: Desk) -> None:
    def both(manifest: dict[str, Any]) -> None:
        manifest["campaigns"]["later"] = {**manifest["campaigns"]["tet"]}
        later_fields = {"startingdate": "2027-03-20T08:00:00+07:00", "expirationdate": "2027-03-30T17:00:00+07:00"}
        manifest["campaigns"]["later"].update(later_fields, name="Later")

    running.declare(**changed(both))
    running.apply()
    more = rows("0934890841", "0934890842", "0934890843")

    def forget(manifest: dict[str, Any]) -> None:
        del manifest["campaigns"]["tet"]

    found = [message for _, address, message in told(running, both, forget, more) if address == "phonebook.vip"]
    assert found[0].startswith("rings now: it calls 1 contact within a minute")


def test_a_survey_is_copied_by_the_start(running: Desk) -> None:
    def script(manifest: dict[str, Any]) -> None:
        manifest["surveys"]["promo"]["sections"][0]["script"] = "Good day."

    def language(manifest: dict[str, Any]) -> None:
        manifest["surveys"]["promo"]["tts_language"] = "vi"

    def another(manifest: dict[str, Any]) -> None:
        sections = manifest["surveys"]["promo"]["sections"]
        sections.append({**sections[0], "key": "x", "question": "X"})

    found = told(running, script, language, another)
    assert {(severity, address) for severity, address, _ in found} == {
        ("warning", "survey.promo"),
        ("warning", "section.promo.s0"),
        ("warning", "section.promo.x"),
    }
    assert {message for *_, message in found} == {
        "has no effect: campaign.tet goes on with the copy that its start made: declare a new survey and a new "
        "campaign for those who are still to be called"
    }
    places = {each["address"]: int(each["source"].split(":")[2]) for each in running.findings(CHECK)}
    text = (running.directory / "main.yaml").read_text()
    assert text[places["section.promo.s0"] - 1 :].startswith('"Good day."')
    assert text[places["survey.promo"] - 1 :].startswith('"vi"')
    running.apply()
    running.demand_nothing_to_do()
    assert told(running, script, language, another) == []


def test_a_copy_that_is_not_made_yet_may_still_be_reached(desk: Desk) -> None:
    desk.simulator.reset(now=NOW, variants={"freeze": "delayed"})
    later = campaign(startingdate="2027-01-20T08:00:00+07:00")
    desk.declare(**changed(later))
    desk.apply()

    def script(manifest: dict[str, Any]) -> None:
        manifest["surveys"]["promo"]["sections"][0]["script"] = "Good day."

    ((severity, _, message),) = told(desk, later, script)
    assert severity == "info"
    assert message.startswith("takes effect: it reaches campaign.tet only if Alice has not copied it yet")


def test_what_was_never_started_may_change_as_it_likes(desk: Desk) -> None:
    quiet = campaign(status="paused")
    desk.declare(**changed(quiet))
    desk.apply()
    assert told(desk, quiet, campaign(daily_stop_time="22:30", phonebooks=["leads"]), rows("0934890843")) == []


def test_a_stop_is_no_change_to_be_told_of(running: Desk) -> None:
    assert told(running, campaign(status="aborted", phonebooks=["leads"], frequency=90)) == []
    running.apply()
    running.demand_nothing_to_do()


def test_a_running_campaign_that_nobody_declares_counts_for_the_rows_it_dials(running: Desk) -> None:
    def undeclared(manifest: dict[str, Any]) -> None:
        del manifest["campaigns"]["tet"]

    found = told(running, undeclared, rows("0934890842"))
    assert [(severity, address, message.split(":")[0]) for severity, address, message in found] == [
        ("warning", "phonebook.vip", "has no effect")
    ]


def test_what_is_over_is_not_looked_at(running: Desk) -> None:
    running.now = NOW + timedelta(days=30)
    running.simulator.clock(running.now)
    assert told(running, campaign(frequency=90, phonebooks=["leads"])) == []


def test_a_pace_that_the_server_does_not_tell_is_not_called_none(running: Desk) -> None:
    running.simulator.variants(unread_fields="campaigns.frequency", unread_form="null")
    message = "rings now: 20 calls a minute; how many it made is not known"
    assert ("warning", "campaign.tet", message) in told(running, campaign(frequency=20))
