"""Whom nobody may call: every phonebook that a campaign dials against the lists that the campaign goes by."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.plan.model import DUPLICATE, FILTERED, LISTED
from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey

NUMBERS = [f"09348908{number}" for number in range(40, 60)]
ONE, TWO, THREE, FOUR, FIVE = NUMBERS[:5]
DEMO = 203  # the simulator's user


def international(number: str) -> str:
    return "+84" + number.removeprefix("0")


def declare(desk: Desk, *listed: str, campaign: dict[str, Any] | None = None, **collections: Any) -> None:
    """One campaign that dials one phonebook, and a list of those numbers."""
    desk.declare(
        **{
            "surveys": {"promo": survey()},
            "phonebooks": {"vip": phonebook(ONE, TWO)},
            "dnc_lists": {"opt-outs": {"name": "Opt-outs", "numbers": list(listed)}},
            "campaigns": {"tet": {**CAMPAIGN, **(campaign or {})}},
            **collections,
        }
    )


def told(desk: Desk, *options: str) -> list[tuple[str, str, str]]:
    """Severity, address and message of all that is said of DNC lists, none of which shows a number."""
    found = desk.findings("dnc-scrub", *options, also="dnc-unread")
    assert not [number for number in NUMBERS if number[1:] in str(found)]
    return [(each["severity"], each["address"], each["message"]) for each in found]


def live_phonebook(desk: Desk, *numbers: str, name: str = "Old list") -> int:
    identity = desk.simulator.create("phonebook", name=name, user=DEMO)["id"]
    for number in numbers:
        desk.simulator.create("contact", phonebook=identity, contact=number)
    return int(identity)


def live_list(desk: Desk, *numbers: str, name: str = "Company") -> int:
    identity = desk.simulator.create("dnc-list", name=name, user=DEMO)["id"]
    for number in numbers:
        desk.simulator.create("dnc-contact", dnc=identity, phone_number=number)
    return int(identity)


def test_hits_are_counted_and_those_that_alice_would_not_notice(desk: Desk) -> None:
    desk.configure(number_format="as_is")
    declare(desk, ONE, international(TWO), THREE)
    ((severity, address, message),) = told(desk)
    assert (severity, address) == ("error", "phonebook.vip")
    assert message == (
        "active numbers that are on a DNC list: 2, 1 of them in another form, which Alice would not notice "
        "(dialled by campaign.tet): remove them from the source, or set `dnc: drop` to skip them"
    )
    assert "dnc-scrub" in desk.refusal()


def test_the_text_that_counts_is_the_one_on_the_server(desk: Desk) -> None:
    declare(desk, TWO, campaign={"status": "paused"})
    desk.apply("--exclude", "phonebook.vip", "--exclude", "campaign.tet")
    live_phonebook(desk, international(TWO), name="VIP")
    vip = {"name": "VIP", "contacts": {"rows": [{"contact": TWO, "first_name": "Linh"}]}}
    declare(desk, TWO, phonebooks={"vip": vip})
    ((_, _, message),) = told(desk, "--max-update-percent", "100")
    assert "1, 1 of them in another form" in message  # its name changes, its number stays as it is


def test_each_campaign_goes_by_its_own_lists_and_without_any_by_all(desk: Desk) -> None:
    lists = {"a": {"name": "A", "numbers": [ONE]}, "b": {"name": "B", "numbers": [TWO]}}
    books = {"vip": phonebook(ONE), "leads": {**phonebook(TWO, THREE), "name": "Leads"}}
    named = {
        "tet": {**CAMPAIGN, "dnc_lists": ["b"]},
        "second": {**CAMPAIGN, "name": "Second", "dnc_lists": ["a"]},
        "third": {**CAMPAIGN, "name": "Third", "phonebooks": ["leads"], "dnc_lists": ["a"]},
    }
    declare(desk, dnc_lists=lists, phonebooks=books, campaigns=named)
    ((_, address, message),) = told(desk)
    assert address == "phonebook.vip" and "(dialled by campaign.second)" in message
    every = {"tet": CAMPAIGN, "third": {**named["third"], "dnc_lists": []}}
    declare(desk, dnc_lists=lists, phonebooks=books, campaigns=every)
    assert [address for _, address, _ in told(desk)] == ["phonebook.vip", "phonebook.leads"]


def test_dnc_drop_goes_by_the_lists_of_all_who_dial_a_phonebook(desk: Desk) -> None:
    lists = {name: {"name": name, "numbers": [number]} for name, number in (("a", ONE), ("b", TWO), ("c", THREE))}
    campaigns = {
        "tet": {**CAMPAIGN, "dnc_lists": ["a"]},
        "second": {**CAMPAIGN, "name": "Second", "dnc_lists": ["b"]},
    }
    declare(desk, dnc_lists=lists, phonebooks={"vip": phonebook(ONE, TWO, THREE, dnc="drop")}, campaigns=campaigns)
    assert desk.plan()["rows"][0]["add"] == 1
    assert told(desk) == []


def test_dnc_drop_deactivates_who_is_live_also_where_undeclared_rows_are_kept(desk: Desk) -> None:
    live_phonebook(desk, ONE, TWO, THREE, FOUR, name="VIP")
    vip = phonebook(ONE, TWO, FIVE, dnc="drop")
    vip["contacts"]["on_missing"] = "keep"
    declare(desk, TWO, THREE, FIVE, phonebooks={"vip": vip})
    assert told(desk) == []
    desk.apply("--max-remove-percent", "100")
    active = [row["contact"] for row in desk.simulator.objects("contact") if row["status"] == 1]
    assert sorted(active)[1:] == [ONE, FOUR]  # the first is another tenant's
    desk.demand_nothing_to_do()


def test_a_phonebook_that_nobody_dials_and_a_campaign_that_is_over_are_not_checked(desk: Desk) -> None:
    other = {**CAMPAIGN, "phonebooks": ["other"]}
    books = {"vip": phonebook(ONE), "other": {**phonebook(THREE), "name": "Other"}}
    declare(desk, ONE, phonebooks=books, campaigns={"tet": other})
    assert told(desk) == []
    declare(desk, ONE, campaign={"expirationdate": "2027-01-14T17:00:00+07:00"})
    assert told(desk) == []


def test_numbers_that_callees_added_count(desk: Desk) -> None:
    identity = live_list(desk, TWO, name="Opt-outs")
    declare(desk, THREE)
    assert "DNC list: 1 (dialled" in told(desk)[0][2]
    desk.simulator.create("dnc-contact", dnc=identity, phone_number=ONE)
    assert "DNC list: 2 (dialled" in told(desk)[0][2]
    declare(desk, dnc_lists={"opt-outs": {"name": "Opt-outs"}})  # its numbers are not declared at all
    assert "DNC list: 2 (dialled" in told(desk)[0][2]


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_list_that_is_not_managed_here_is_read(desk: Desk, by: str) -> None:
    identity = live_list(desk, ONE)
    reference = {"name": "Company"} if by == "name" else {"id": identity}
    declare(desk, THREE, campaign={"dnc_lists": [reference, "opt-outs"]})
    assert [severity for severity, _, _ in told(desk)] == ["error"]


def test_any_number_of_lists_is_read_in_one_go(desk: Desk) -> None:
    names = [f"List {index}" for index in range(4)]
    for name in names:
        live_list(desk, ONE, name=name)
    declare(desk, dnc_lists={f"l{index}": {"name": name} for index, name in enumerate(names)})
    desk.simulator.clear_requests()
    assert [severity for severity, _, _ in told(desk)] == ["error"]
    assert len([each for each in desk.simulator.requests() if "dnc-contact" in each["path"]]) == 1


def test_a_list_of_the_account_that_nobody_names_is_mentioned(desk: Desk) -> None:
    live_list(desk, ONE)
    declare(desk, THREE)
    assert told(desk) == [
        ("info", "campaign.tet", "DNC lists of the account that nothing here names, and that are not compared: 1"
         " (to compare one: `dnc_lists: [{name: ...}]`)"),
    ]  # fmt: skip
    declare(desk, THREE, campaign={"dnc_lists": ["opt-outs"]})
    assert told(desk) == []


def test_so_is_one_of_another_user_for_whose_it_is_does_not_matter(desk: Desk) -> None:
    live_list(desk, ONE)
    desk.environ = {"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
    desk.simulator.variants(user_field="username")
    declare(desk, THREE)
    [(_, _, message)] = told(desk)
    assert message.startswith("DNC lists of the account that nothing here names")


def test_a_list_that_does_not_exist_is_an_error(desk: Desk) -> None:
    declare(desk, THREE, campaign={"dnc_lists": [{"name": "Nothing"}]})
    said = desk.run("plan")
    assert said.code == 1
    assert "dnc_lists: no DNC list is named 'Nothing'" in said.err


@pytest.mark.parametrize("by", ["name", "id"])
def test_the_contacts_of_a_phonebook_that_is_not_managed_are_read_when_it_is_dialled(desk: Desk, by: str) -> None:
    identity = live_phonebook(desk, international(ONE), FOUR)
    reference = {"name": "Old list"} if by == "name" else {"id": identity}
    declare(desk, ONE, campaign={"phonebooks": ["vip", reference]}, phonebooks={"vip": phonebook(THREE)})
    plan = desk.plan()
    assert plan["calls"]["contacts"] == 3
    (found,) = [each for each in plan["findings"] if each["id"] == "dnc-scrub"]
    assert (found["severity"], found["address"], found["source"][:9]) == ("error", "campaign.tet", "main.yaml")
    assert found["message"] == (
        "phonebook 'Old list': active numbers that are on a DNC list: 1, 1 of them in another form, which Alice would "
        "not notice (dialled by campaign.tet): deactivate them there, or declare it with `dnc: drop`"
    )


def test_the_contacts_of_a_managed_phonebook_without_declared_ones_are_read_too(desk: Desk) -> None:
    live_phonebook(desk, ONE, name="VIP")
    declare(desk, ONE, phonebooks={"vip": {"name": "VIP"}})
    assert [found[:2] for found in told(desk)] == [("error", "phonebook.vip")]


def test_what_is_not_managed_is_not_read_while_nobody_starts(desk: Desk) -> None:
    live_phonebook(desk, ONE)
    dialling = {"phonebooks": [{"name": "Old list"}], "status": "paused"}
    declare(desk, ONE, campaign=dialling)
    assert told(desk) == []
    declare(desk, THREE, campaign={**dialling, "status": "started"})
    desk.apply()
    assert told(desk) == [
        ("info", "campaign.tet", "phonebook 'Old list' is not compared with DNC lists: it is called already and not "
         "managed here"),
    ]  # fmt: skip


def test_a_resumed_campaign_is_compared_as_one_that_starts(desk: Desk) -> None:
    live_phonebook(desk, ONE)
    declare(desk, THREE, campaign={"phonebooks": [{"name": "Old list"}]})
    desk.apply()
    declare(desk, THREE, campaign={"phonebooks": [{"name": "Old list"}], "status": "paused"})
    desk.apply()
    declare(desk, ONE, campaign={"phonebooks": [{"name": "Old list"}]})
    assert [found[:2] for found in told(desk)] == [("error", "campaign.tet")]
    desk.refusal()


def test_a_hit_in_a_campaign_that_already_runs_is_a_warning(desk: Desk) -> None:
    declare(desk, THREE)
    desk.apply()
    declare(desk, ONE, THREE)
    ((severity, _, message),) = told(desk)
    assert severity == "warning"
    assert message.endswith("; people already taken in are still called, unless the campaign is paused")
    desk.apply()
    desk.demand_nothing_to_do()


def test_a_listed_contact_is_not_added_to_a_campaign_that_runs(desk: Desk) -> None:
    declare(desk, ONE, THREE, phonebooks={"vip": phonebook(TWO)})
    desk.apply()
    desk.simulator.create("dnc-contact", dnc=343, phone_number=TWO)
    declare(desk, ONE, THREE)
    ((severity, _, message),) = told(desk)
    assert severity == "error" and "DNC list: 2, 1 of them called because of this plan" in message
    desk.refusal()


def test_a_campaign_that_nobody_declares_counts_as_well(desk: Desk) -> None:
    declare(desk, THREE)
    desk.apply()
    declare(desk, ONE, campaigns={})
    assert [found[:2] for found in told(desk)] == [("warning", "phonebook.vip")]


@pytest.mark.parametrize("options", [["--exclude", "dnc_list.opt-outs"], ["--target", "campaign.tet"]])
@pytest.mark.parametrize("live", [False, True])
def test_a_list_that_is_left_out_bars_all_the_same(desk: Desk, options: list[str], live: bool) -> None:
    declare(desk, ONE)
    if live:
        desk.apply("--target", "dnc_list.opt-outs")
    ((severity, address, message),) = told(desk, *options)
    assert (severity, address) == ("error", "phonebook.vip")
    assert message.startswith("active numbers that are on a DNC list: 1 (dialled by campaign.tet)")
    assert "dnc-scrub" in desk.refusal(*options)


@pytest.mark.parametrize("live", [False, True])
def test_dnc_drop_goes_by_a_list_that_is_left_out(desk: Desk, live: bool) -> None:
    declare(desk, ONE, phonebooks={"vip": {**phonebook(ONE, TWO), "dnc": "drop"}})
    if live:
        desk.apply("--target", "dnc_list.opt-outs")
    desk.apply("--target", "campaign.tet", "--target", "phonebook.vip")
    assert [each["contact"] for each in desk.simulator.objects("contact", status=1)][-1:] == [TWO]
    assert ONE not in {each["contact"] for each in desk.simulator.objects("contact")}
    desk.apply()
    desk.demand_nothing_to_do()


def test_a_phonebook_alone_is_compared_for_whoever_dials_it_already(desk: Desk) -> None:
    declare(desk)
    desk.apply()
    declare(desk, THREE, phonebooks={"vip": phonebook(ONE, TWO, THREE)})
    ((severity, _, message),) = told(desk, "--target", "phonebook.vip")
    assert severity == "error"
    assert "1, 1 of them called because of this plan (dialled by campaign.tet)" in message


def test_who_is_dropped_after_a_campaign_has_taken_them_in_is_called_all_the_same(desk: Desk) -> None:
    vip = {**phonebook(ONE, TWO), "dnc": "drop"}
    declare(desk, phonebooks={"vip": vip})
    desk.apply()
    declare(desk, ONE, phonebooks={"vip": vip})
    said = "contacts on a DNC list that campaign.tet has taken in already: 1: they are deactivated"
    ((severity, address, message),) = told(desk)
    assert (severity, address) == ("warning", "phonebook.vip")
    assert message.startswith(said)
    declare(desk, ONE, phonebooks={"vip": vip}, campaign={"status": "paused"})
    assert told(desk) == []
    desk.apply()
    desk.demand_nothing_to_do()


def test_every_declared_row_is_counted_by_what_becomes_of_it(desk: Desk) -> None:
    lines = [f"{ONE},", f"{TWO},", f"{THREE},", f"{THREE},", "12,", f"{FOUR},Hue", f"{FIVE},"]
    desk.write("vip.csv", "\n".join(["contact,city", *lines]))
    contacts = {"file": "vip.csv", "invalid": "skip", "on_duplicate": "first", "filter": "city <> 'Hue'"}
    declare(desk, ONE, TWO, phonebooks={"vip": {"name": "VIP", "contacts": contacts, "dnc": "drop"}})
    (row,) = [each for each in desk.plan()["rows"] if each["address"] == "phonebook.vip"]
    assert row["add"] == 2
    assert row["left_out"] == {"not-valid": 1, DUPLICATE: 1, LISTED: 2, FILTERED: 1}
    assert row["add"] + sum(row["left_out"].values()) == len(lines)
    assert "2 on a do-not-call list" in desk.run("plan").out
