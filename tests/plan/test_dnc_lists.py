"""Which do-not-call lists a campaign goes by, and whom they are held against, as a table."""

from __future__ import annotations

import pytest

from tests.factories import (
    Account,
    Scrubbing,
    address,
    campaign,
    dnc_list,
    manifest,
    phonebook,
    plan_of,
    project_of,
    scrubbing_of,
    survey,
)

BOOKS = survey(), phonebook("vip", "0934890821"), phonebook("leads", "0934890822", name="Leads")
LISTS = dnc_list("opt-outs", "0934890899"), dnc_list("law", "0934890898", name="Law")
OURS = ["dnc_list.opt-outs", "dnc_list.law"]


def scrubbing(*campaigns: str) -> Scrubbing:
    """The question, with these campaigns and one list that is not declared here."""
    account = Account()
    account.add("dnc_list", 77, name="Theirs")
    return scrubbing_of(plan_of(project_of(manifest(*BOOKS, *LISTS, *campaigns)), account))


def gone_by(key: str, *campaigns: str) -> list[str]:
    """The lists that one of the campaigns goes by."""
    found = scrubbing(*campaigns)
    return [*map(str, found.lists_of(found.decisions[address(f"campaign.{key}")]))]


@pytest.mark.parametrize(
    ("named", "lists"),
    [
        pytest.param(None, OURS, id="a campaign that names none goes by every list of the project"),
        pytest.param("[]", OURS, id="so does one that names nothing expressly"),
        pytest.param("[law]", ["dnc_list.law"], id="one that names some goes by these"),
        pytest.param("[{name: Theirs}]", ["dnc_list.#77"], id="also by one that is not declared here"),
        pytest.param("[law, {id: 77}]", ["dnc_list.law", "dnc_list.#77"], id="or by both"),
    ],
)
def test_the_lists_of_a_campaign(named: str | None, lists: list[str]) -> None:
    assert gone_by("tet", campaign(dnc_lists=named)) == lists


@pytest.mark.parametrize(
    ("others", "lists"),
    [
        pytest.param("[law]", OURS, id="what others name is among the lists of the project anyway"),
        pytest.param("[{id: 77}]", [*OURS, "dnc_list.#77"], id="what others name and nobody declares comes to them"),
    ],
)
def test_a_list_that_some_campaign_names_is_one_of_the_project(others: str, lists: list[str]) -> None:
    assert gone_by("tet", campaign(), campaign("other", name="Other", dnc_lists=others)) == lists


@pytest.mark.parametrize(
    ("campaigns", "lists"),
    [
        pytest.param([], OURS, id="who is dialled by nobody is held against every list"),
        pytest.param([campaign(dnc_lists="[law]")], ["dnc_list.law"], id="else against those of whoever dials them"),
        pytest.param(
            [campaign(dnc_lists="[law]"), campaign("other", name="Other", dnc_lists="[opt-outs]")],
            OURS,
            id="of all who dial them",
        ),
        pytest.param([campaign(phonebooks="[leads]", dnc_lists="[law]")], OURS, id="and of nobody else"),
    ],
)
def test_what_dnc_drop_goes_by(campaigns: list[str], lists: list[str]) -> None:
    assert [*map(str, scrubbing(*campaigns).lists_against(address("phonebook.vip")))] == lists
