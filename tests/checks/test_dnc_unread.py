"""Lists that nobody could read may hold anybody: a plan that gets people called is refused until that is waived."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.conftest import Desk
from tests.checks.test_dnc_scrub import FOUR, ONE, THREE, TWO, declare, live_list, live_phonebook

COMPANY = {"dnc_lists": [{"name": "Company"}]}
OLD_LIST = {"phonebooks": [{"name": "Old list"}]}


def findings(desk: Desk, *options: str) -> list[tuple[str, str, str]]:
    return [(e["severity"], e["address"], e["message"]) for e in desk.findings("dnc-unread", *options)]


@pytest.mark.parametrize(
    ("forbidden", "collections", "expected"),
    [
        ("contact", {"campaign": OLD_LIST, "phonebooks": {}},
         ("error", "campaign.tet", "phonebook 'Old list' is not compared with DNC lists: the server does not list its "
          "contacts")),
        ("dnc-contact", {"campaign": COMPANY},
         ("error", "campaign.tet", "DNC list 'Company' is not compared: the server does not list its numbers, so "
          "the people on it would be called")),
    ],
    ids=["contacts", "list"],
)  # fmt: skip
def test_a_start_is_refused_by_what_cannot_be_compared(
    desk: Desk, forbidden: str, collections: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    live_phonebook(desk, ONE)
    live_list(desk, THREE)
    desk.simulator.variants(forbidden_get=forbidden)
    declare(desk, THREE, **collections)
    assert expected in findings(desk)
    assert "dnc-unread" in desk.refusal()
    waiver = {"check": "dnc-unread", "address": "campaign.tet", "reason": "exported by hand", "until": "2027-12-31"}
    desk.configure(waivers=[waiver])
    desk.apply()
    desk.demand_nothing_to_do()


def test_a_new_list_is_known_to_be_empty_and_an_old_one_is_not_known(desk: Desk) -> None:
    """Callees add numbers at run time: once the list is there, what is declared is not all that may be on it."""
    desk.simulator.variants(forbidden_get="dnc-contact")
    declare(desk, THREE)
    assert findings(desk) == []
    desk.apply()
    desk.demand_nothing_to_do()
    assert [each[:2] for each in findings(desk)] == [("info", "dnc_list.opt-outs")]
    declare(desk, THREE, phonebooks={"vip": {"name": "VIP", "contacts": {"rows": [
        {"contact": number} for number in (ONE, TWO, "0934890899")]}}})  # fmt: skip
    assert [each[:2] for each in findings(desk)] == [("error", "dnc_list.opt-outs")]
    assert "dnc-unread" in desk.refusal()


@pytest.mark.parametrize("answer", ["html-404", "html-403", "403", "405"])
@pytest.mark.parametrize("kind", ["dnc-contact", "contact"])
def test_a_page_that_fails_fails_the_plan(desk: Desk, kind: str, answer: str) -> None:
    """A list whose first page was read is a list: the person on page 3 must not be taken for one who is not there."""
    numbers = [f"093489{number}" for number in range(1000, 1025)]
    live_list(desk, *numbers)
    live_phonebook(desk, *numbers)
    declare(desk, THREE, campaign=COMPANY | OLD_LIST)
    desk.simulator.variants(failing_pages=kind, failing_page=3, failing_page_answer=answer)
    said = desk.run("plan")
    assert said.code == 1, said.out
    assert "page 3 could not be read" in said.err
    assert "run again" in said.err
    desk.simulator.variants(failing_pages="")
    assert "dnc-scrub" in desk.refusal()


BY_NAME = {"campaign": COMPANY}
OF_THE_PROJECT: dict[str, Any] = {"dnc_lists": {"company": {"name": "Company"}}}
ADDED_TO: dict[str, Any] = {"dnc_lists": {"company": {"name": "Company", "numbers": [FOUR]}}}


@pytest.mark.parametrize("number", ["", "0934***883", "null", "hidden"])
@pytest.mark.parametrize("how", [BY_NAME, OF_THE_PROJECT, ADDED_TO], ids=["by name", "without numbers", "with numbers"])
def test_a_number_that_nobody_can_read_may_be_anybodys(desk: Desk, how: dict[str, Any], number: str) -> None:
    if number in ("null", "hidden"):
        live_list(desk, THREE)
        desk.simulator.variants(unread_fields="dnc-contact.phone_number", unread_form=number)
    else:
        live_list(desk, number)
    declare(desk, THREE, **how)
    [(severity, address, message)] = findings(desk)
    assert (severity, address) == ("error", "campaign.tet" if how is BY_NAME else "dnc_list.company")
    assert (
        "contains numbers that cannot be read or compared: 1, so the people they belong to would be called" in message
    )
    assert "dnc-unread" in desk.refusal()
    waiver = {"check": "dnc-unread", "address": address, "reason": "looked at by hand", "until": "2027-12-31"}
    desk.configure(waivers=[waiver])
    assert [each["waived"] for each in desk.findings("dnc-unread")] == [True]
