"""Other users' objects: told of by their numbers, and never touched."""

from __future__ import annotations

import pytest

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey

ADMIN = {"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
ACME = 104


def as_admin(desk: Desk) -> None:
    """The administrator's own objects say how the server names the administrator."""
    desk.environ = ADMIN
    desk.declare(surveys={"promo": survey()}, phonebooks={"vip": phonebook("0934890841")}, campaigns={"tet": CAMPAIGN})
    desk.apply()


def test_objects_of_others_are_counted_by_kind_but_for_samples_and_gateways(desk: Desk) -> None:
    as_admin(desk)
    desk.simulator.create("survey-template", name="Theirs", user=ACME)
    desk.simulator.create("phonebook", name="VIP", user=ACME)
    (found,) = desk.findings("tenant")
    assert (found["severity"], found["address"]) == ("warning", "survey.promo")
    assert found["message"].startswith("the token shows objects of other users: 2 phonebooks, 1 survey. They are left")
    desk.demand_nothing_to_do()


@pytest.mark.parametrize("form", ["username", "url", "nested"])
def test_whatever_form_the_owner_has(desk: Desk, form: str) -> None:
    desk.simulator.variants(user_field=form)
    as_admin(desk)
    assert [each["address"] for each in desk.findings("tenant")] == ["phonebook.vip"]


def test_a_user_who_sees_nothing_of_others_is_told_nothing(desk: Desk) -> None:
    desk.declare(surveys={"promo": survey()}, phonebooks={"vip": phonebook("0934890841")})
    desk.apply()
    assert desk.findings("tenant") == []  # the list of surveys shows a sample of somebody else's


def test_where_it_is_not_known_whose_anything_is_nothing_is_said(desk: Desk) -> None:
    desk.simulator.variants(user_field="absent")
    as_admin(desk)
    assert desk.findings("tenant") == []
