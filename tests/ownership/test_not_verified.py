"""What the server never shows is told, once for each field, and never said to be done as declared."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner

PLANNED = SURVEY, PHONEBOOK.replace("name: VIP", "name: VIP, description: Best"), CAMPAIGN
SETTINGS = CALENDAR[: CALENDAR.index("calendars:")]

HIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "phonebook.description": ({"unread_fields": "phonebook.description"}, "phonebook.vip"),
    "campaign.frequency": ({"unread_fields": "campaigns.frequency"}, "campaign.tet"),
    "campaign.phonebooks": ({"unread_fields": "campaigns.phonebook"}, "campaign.tet"),
    "section.script": ({"unread_fields": "section-template.script"}, "section.promo.hi"),
    "calendar_user.calendar_setting": ({"calendar_user_setting": "hidden"}, "calendar_user.bot"),
}


def told(owner: Owner) -> list[tuple[str, str, str]]:
    found = [each for each in owner.plan()["findings"] if each["id"] == "not-verified"]
    return [(each["severity"], each["address"], each["message"]) for each in found]


def declared(owner: Owner) -> str:
    sealed = owner.simulator.create("survey-list", name="Reminder")["id"]
    return "".join((*PLANNED, SETTINGS.replace("SEALED", str(sealed))))


@pytest.mark.parametrize("field", HIDDEN)
def test_a_field_that_the_server_never_shows_is_told(owner: Owner, field: str) -> None:
    variants, address = HIDDEN[field]
    name = field.partition(".")[2]
    owner.simulator.variants(unread_form="hidden", **variants)
    owner.declare(declared(owner))
    said = owner.apply()
    assert f"{address}: the server does not show {name}: whether it took it cannot be verified" in said.out
    owner.demand_nothing_to_do()
    [(severity, where, message)] = told(owner)
    assert (severity, where) == ("info", address) and f"does not show {name}" in message
    assert "Look in Alice's web page" in message
    shutil.rmtree(owner.directory / ".alice")
    [(severity, where, message)] = told(owner)
    assert (severity, where) == ("warning", address) and "it was sent" not in message


def test_a_value_of_which_only_a_digest_is_recorded_was_sent(owner: Owner) -> None:
    owner.simulator.variants(unread_form="hidden", unread_fields="phonebook.description")
    owner.declare("phonebooks: {vip: {name: VIP, description: '${env.BOT_PASSWORD}'}}")
    owner.apply()
    [(severity, where, message)] = told(owner)
    assert (severity, where) == ("info", "phonebook.vip") and "it was sent" in message


def test_many_of_a_kind_are_one_finding(owner: Owner) -> None:
    owner.simulator.variants(unread_form="hidden", unread_fields="phonebook.description")
    books = "".join(f"  b{index}: {{name: B{index}, description: x}}\n" for index in range(4))
    owner.declare_and_apply("phonebooks:\n" + books)
    [(severity, address, message)] = told(owner)
    assert severity == "info" and address == "phonebook.b0" and "(and of 3 more)" in message


def test_nothing_is_told_where_everything_is_shown_or_the_field_is_left_to_others(owner: Owner) -> None:
    owner.declare_and_apply(declared(owner))
    assert told(owner) == []
    owner.simulator.variants(unread_form="hidden", unread_fields="phonebook.description")
    owner.declare(
        PLANNED[1].replace("description: Best", "description: Best, lifecycle: {ignore_changes: [description]}")
    )
    assert told(owner) == []


def test_a_setting_that_the_server_chose_itself_is_no_success(owner: Owner) -> None:
    owner.simulator.create("survey-list", name="Another")
    text = declared(owner)
    sealed = owner.simulator.objects("survey-list")[-1]["id"]
    owner.simulator.create("calendar-setting", label="First", survey=sealed, aleg_gateway=23)
    owner.simulator.variants(calendar_user_keeps="first")
    owner.declare(text)
    said = owner.run("apply", "--auto-approve")
    assert said.code == 4 and "calendar_setting: the server changed the value" in said.out + said.err
    said = owner.run("plan")
    assert said.code == 1 and "calendar_setting" in said.err
