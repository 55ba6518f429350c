"""A list that leaves out what is there: GET by id is asked before anything is taken to be gone, or not to exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from provisioner.manifests.load import load
from provisioner.model import Address
from provisioner.plan.secrets import Key, named_digest
from provisioner.rows import Workspace
from provisioner.state import open_store
from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, PROJECT, SURVEY, Owner
from tests.ownership.test_prune import actions
from tests.ownership.test_stops import STARTED, findings
from tests.proxy import in_front_of

LOST = {"faults": "drop-before", "fault_rate": 1, "fault_scope": "writes"}


def bot(owner: Owner) -> str:
    """A calendar user in the manifest, of whom the state knows nothing; his id."""
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)["id"]
    owner.declare_and_apply(CALENDAR[: CALENDAR.index("calendars:")].replace("SEALED", str(sealed)))
    (owner.directory / ".alice" / "state.db").unlink()
    owner.apply("--target", "calendar_setting.clinic")
    return str(owner.id_of("calendar-user", username="clinic-bot"))


@pytest.mark.parametrize("variant", ["list_hides", "forbidden_list"])
def test_what_only_a_get_by_id_shows_is_adopted_and_stays(owner: Owner, variant: str) -> None:
    number = bot(owner)
    owner.simulator.variants(**{variant: "calendar-user"})
    said = owner.succeed("state", "adopt", "calendar_user.bot", number).out
    assert said == f"adopted calendar_user.bot: id {number}\n"
    assert actions(owner.plan()) == []
    owner.apply()
    owner.demand_nothing_to_do()


@pytest.mark.parametrize("variant", ["list_hides", "forbidden_list"])
def test_what_neither_shows_is_not_adopted(owner: Owner, variant: str) -> None:
    bot(owner)
    owner.simulator.variants(**{variant: "calendar-user"})
    said = owner.run("state", "adopt", "calendar_user.bot", "4711")
    assert said.code == 1
    assert "no calendar user has the id 4711 on the server" in said.err


def test_what_is_recorded_and_no_longer_listed_is_not_made_again(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK)
    owner.simulator.variants(list_hides="phonebook,survey-template")
    plan = owner.plan()
    assert (plan["changes"], plan["drift"]) == ([], [])
    owner.demand_nothing_to_do()
    owner.declare(SURVEY, PHONEBOOK.replace("name: VIP", "name: VIP, description: Best"))
    assert actions(owner.plan()) == [("phonebook.vip", "update")]
    owner.simulator.delete("phonebook", owner.id_of("phonebook", name="VIP"))
    assert actions(owner.plan()) == [("phonebook.vip", "create")]


HIDDEN = {"list_hides": "campaigns", "forbidden_detail": "campaigns"}


@pytest.fixture
def hidden(owner: Owner) -> Owner:
    """With a campaign that runs, that no list shows and whose id is refused."""
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.simulator.variants(**HIDDEN)
    return owner


def test_what_is_not_listed_and_refused_by_its_id_is_not_made_again(hidden: Owner) -> None:
    plan = hidden.plan("--allow-calls")
    assert (plan["changes"], plan["drift"]) == ([], [])
    assert ("unsettled", "error", "campaign.tet") in findings(plan)
    assert "not-known" in {name for name, _, _ in findings(plan)}
    assert len(hidden.simulator.objects("campaigns")) == 1
    hidden.simulator.variants(forbidden_detail="", get_detail="none")  # then the list is all there is
    assert ("campaign.tet", "create") in actions(hidden.plan("--allow-calls"))


def test_it_is_not_forgotten_and_may_run(hidden: Owner) -> None:
    hidden.declare(SURVEY, PHONEBOOK.replace("}]}", '}, {contact: "0934890822"}]}'))
    plan = hidden.plan()
    assert plan["changes"] == []
    assert [row["calls"] for row in plan["rows"]] == [1]
    assert ("running-undeclared", "warning", "campaign.tet") in findings(plan)
    assert any("--allow-calls" in each for each in plan["refusals"])


def test_a_lost_delete_of_what_the_server_does_not_show_is_not_believed(owner: Owner) -> None:
    owner.simulator.variants(delete="all", forbidden_get="section-template")
    owner.declare_and_apply(SURVEY)
    owner.declare("surveys: {promo: {name: Promo}}\n")
    prune = ("--prune", "--max-remove-percent", "100", "--auto-approve", "--timeout", "0.2")
    owner.simulator.variants(**LOST)
    assert owner.run("apply", *prune).code == 4
    owner.simulator.variants(faults="")
    assert "section.promo.hi" in owner.succeed("state", "list").out
    owner.succeed("apply", *prune)
    assert owner.simulator.objects("section-template", survey=351) == []
    owner.demand_nothing_to_do()


ROWS = """phonebooks:
  vip: {name: VIP, contacts: {rows: [{contact: "0934890821"}, {contact: "0934890822"}]}}
dnc_lists:
  opt-outs: {name: Opt-outs, numbers: ["0934890823", "0934890824"]}
"""
MANY = "phonebooks:\n  vip:\n    name: VIP\n    contacts:\n      rows:\n" + "".join(
    f"        - {{contact: '09348908{number}', variables: {{city: Huế}}}}\n" for number in range(20, 40)
)


@pytest.mark.parametrize("variant", ["forbidden_list", "forbidden_get", "missing_get"])
def test_contacts_that_cannot_be_read_back_are_not_sent_at_all(owner: Owner, variant: str) -> None:
    owner.declare(ROWS)
    owner.simulator.variants(**{variant: "contact"})
    said = owner.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 1
    assert "does not list contacts" in said.err
    assert owner.simulator.writes() == []


@pytest.mark.parametrize("manifest", [ROWS, MANY], ids=["singly", "in bulk"])
def test_contacts_that_are_taken_and_never_listed_are_sent_once(owner: Owner, manifest: str) -> None:
    """A list that shows nothing of what was just sent says nothing about what exists."""
    owner.declare(manifest)
    owner.simulator.variants(list_hides="contact")
    said = owner.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 4, said.out
    numbers = [each["contact"] for each in owner.simulator.objects("contact")]
    assert len(numbers) == len(set(numbers))
    for _ in range(2):
        owner.simulator.clear_requests()
        said = owner.run("apply", "--auto-approve", "--allow-calls")
        assert said.code == 1
        assert "took contacts and lists none of them" in said.err
        assert owner.simulator.writes() == []
    owner.simulator.variants(list_hides="")
    owner.apply()
    owner.demand_nothing_to_do()
    numbers = [each["contact"] for each in owner.simulator.objects("contact")]
    assert len(numbers) == len(set(numbers))


def test_contacts_that_somebody_removed_are_sent_again_where_the_list_has_shown_them(owner: Owner) -> None:
    owner.declare_and_apply(ROWS)
    for each in owner.simulator.objects("contact"):
        owner.simulator.delete("contact", each["id"])
    assert [row["add"] for row in owner.plan()["rows"] if row["address"] == "phonebook.vip"] == [2]


def test_numbers_that_are_taken_and_never_listed_are_sent_once(owner: Owner) -> None:
    owner.declare(ROWS)
    owner.simulator.variants(list_hides="dnc-contact")
    assert owner.run("apply", "--auto-approve", "--allow-calls").code == 4
    owner.apply()
    assert len(owner.simulator.objects("dnc-contact")) == 2
    owner.demand_nothing_to_do()


CONTACTS = ROWS[: ROWS.index("dnc_lists")]


@pytest.fixture
def sent_unseen(owner: Owner) -> Owner:
    """With two contacts that were sent while the list showed none."""
    owner.declare(CONTACTS)
    owner.simulator.variants(list_hides="contact")
    assert owner.run("apply", "--auto-approve").code == 4
    return owner


def empty(owner: Owner, kind: str) -> None:
    for each in owner.simulator.objects(kind):
        owner.simulator.delete(kind, each["id"])


def test_the_way_out_of_contacts_that_no_list_shows_is_told_and_leads_out(sent_unseen: Owner) -> None:
    empty(sent_unseen, "contact")
    sent_unseen.simulator.variants(list_hides="")
    said = sent_unseen.run("plan")
    assert said.code == 1
    assert "look at the phonebook in Alice's web page" in said.err
    sent_unseen.succeed(*said.err.partition("`alice-apply ")[2].partition("`")[0].split())
    sent_unseen.apply()
    assert len(sent_unseen.simulator.objects("contact")) == 2
    sent_unseen.demand_nothing_to_do()


def test_the_same_of_numbers(owner: Owner) -> None:
    owner.simulator.variants(list_hides="dnc-contact")
    owner.declare(ROWS[ROWS.index("dnc_lists") :])
    owner.run("apply", "--auto-approve")
    empty(owner, "dnc-contact")
    (finding,) = owner.plan()["findings"]
    owner.simulator.variants(list_hides="")
    owner.succeed(*finding["message"].partition("`alice-apply ")[2].partition("`")[0].split())
    owner.apply()
    assert len(owner.simulator.objects("dnc-contact")) == 2
    owner.demand_nothing_to_do()


def test_contacts_that_a_list_has_shown_since_are_believed_to_be_gone(sent_unseen: Owner) -> None:
    sent_unseen.simulator.variants(list_hides="")
    sent_unseen.apply()
    sent_unseen.demand_nothing_to_do()
    empty(sent_unseen, "contact")
    sent_unseen.apply()
    assert len(sent_unseen.simulator.objects("contact")) == 2
    sent_unseen.demand_nothing_to_do()


NOT_COMPARED = (
    "not listed by the server, so taken to be as last sent: 2; if the list is empty in Alice's web page, "
    "`alice-apply state rm dnc_list.opt-outs` has them sent once more"
)

# Nothing a second time, whatever a run is signed in with


def logins(owner: Owner, which: str) -> Iterator[Owner]:
    """The operator with something new in the environment at every run."""
    for run in count(1):
        fresh = {"ALICE_PASSWORD": "", "ALICE_USERNAME": "", "ALICE_TOKEN": owner.simulator.token()}
        yield replace(owner, environ=fresh if which == "token" else {"ALICE_PLAN_KEY": f"key-{run}-" + "x" * 40})


@pytest.mark.parametrize("login", ["token", "plan key"])
@pytest.mark.parametrize("variant", ["forbidden_get", "forbidden_list", "missing_get"])
def test_dnc_never_again(owner: Owner, variant: str, login: str) -> None:
    owner.simulator.variants(**{variant: "dnc-contact"})
    runs = logins(owner, login)
    next(runs).declare_and_apply(ROWS[ROWS.index("dnc_lists") :])
    for each in (next(runs), next(runs)):
        plan = each.plan()
        assert [row["add"] for row in plan["rows"]] in ([], [0])
        assert [found["message"] for found in plan["findings"]] == [NOT_COMPARED]
        each.demand_nothing_to_do()
    numbers = [each["phone_number"] for each in owner.simulator.objects("dnc-contact")]
    assert sorted(numbers) == ["0934890823", "0934890824"]


# One more number on a list that the server does not show

NUMBERS = [f"09348908{number}" for number in range(10, 30)]


def dnc(numbers: list[str], id: int | None = None) -> str:
    pinned = f"id: {id}, " if id else ""
    return f"dnc_lists: {{opt-outs: {{{pinned}name: Opt-outs, numbers: {json.dumps(numbers)}}}}}\n"


def barred(owner: Owner, **fields: object) -> list[str]:
    return sorted(each["phone_number"] for each in owner.simulator.objects("dnc-contact", **fields))


UNSHOWN = [{"forbidden_get": "dnc-contact"}, {"missing_get": "dnc-contact"}, {"list_hides": "dnc-contact"}]


@pytest.fixture(params=UNSHOWN, ids=lambda each: next(iter(each)))
def unshown(request: pytest.FixtureRequest, owner: Owner) -> Owner:
    """With a list of twenty numbers of which the server shows none."""
    owner.simulator.variants(**request.param)
    owner.declare(dnc(NUMBERS))
    owner.run("apply", "--auto-approve")
    assert barred(owner) == NUMBERS
    owner.demand_nothing_to_do()
    return owner


def test_of_a_list_that_is_not_shown_only_what_is_new_is_sent(unshown: Owner) -> None:
    unshown.declare(dnc([*NUMBERS, "0934890840"]))
    (row,) = unshown.plan()["rows"]
    assert (row["add"], row["unchanged"]) == (1, 20)
    unshown.simulator.clear_requests()
    unshown.apply()
    assert len(unshown.simulator.writes()) == 1
    unshown.declare_and_apply(dnc([*NUMBERS[5:], "0934890840"]))
    unshown.declare_and_apply(dnc([*NUMBERS, "0934890840", "0934890841"]))
    assert barred(unshown) == [*NUMBERS, "0934890840", "0934890841"]


def add_one_by_hand(owner: Owner) -> None:
    (there,) = owner.simulator.objects("dnc-list")
    owner.simulator.create("dnc-contact", dnc=there["id"], phone_number="0934890850")


@pytest.mark.parametrize("variant", UNSHOWN[:2], ids=lambda each: next(iter(each)))
def test_of_a_list_that_was_shown_only_what_is_new_is_sent(owner: Owner, variant: dict[str, str]) -> None:
    """What it held when something was applied last is known, by whomever it was put there."""
    owner.declare_and_apply(dnc(NUMBERS[:19]))
    add_one_by_hand(owner)
    owner.declare_and_apply(dnc(NUMBERS))
    owner.simulator.variants(**variant)
    owner.demand_nothing_to_do()
    owner.declare(dnc([*NUMBERS, "0934890850", "0934890840"]))
    assert [row["add"] for row in owner.plan()["rows"]] == [1]
    owner.apply()
    assert barred(owner) == [*NUMBERS, "0934890840", "0934890850"]


def test_what_was_on_a_list_is_known_after_an_apply_that_changed_nothing(owner: Owner) -> None:
    owner.declare_and_apply(dnc(NUMBERS))
    (owner.directory / ".alice" / "state.db").unlink()
    owner.apply()
    add_one_by_hand(owner)
    owner.apply()
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare(dnc([*NUMBERS, "0934890850"]))
    assert [row["add"] for row in owner.plan()["rows"]] == [0]


def test_a_list_that_is_shown_again_is_compared(owner: Owner) -> None:
    owner.declare_and_apply(dnc(NUMBERS))
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.demand_nothing_to_do()
    owner.simulator.variants(forbidden_get="")
    empty(owner, "dnc-contact")
    assert [row["add"] for row in owner.plan()["rows"]] == [20]
    owner.apply()
    assert barred(owner) == NUMBERS
    owner.demand_nothing_to_do()


def test_what_a_failed_apply_has_sent_is_not_sent_again(owner: Owner) -> None:
    owner.simulator.variants(forbidden_get="dnc-contact")
    with in_front_of(owner.simulator) as proxy:
        owner.write("alice.yaml", PROJECT.format(endpoint=proxy.endpoint))
        owner.declare_and_apply(dnc([]))
        owner.declare(dnc(NUMBERS))
        proxy.arm(12, lambda method, path: owner.simulator.variants(**LOST))
        assert owner.run("apply", "--auto-approve", "--timeout", "0.2", "--parallelism", "1").code == 4
        owner.simulator.variants(faults="")
        there = len(barred(owner))
        assert 0 < there < len(NUMBERS)
        owner.simulator.clear_requests()
        owner.apply()
        assert len(owner.simulator.writes()) == len(NUMBERS) - there
        assert barred(owner) == NUMBERS
        owner.demand_nothing_to_do()


def test_who_was_sent_to_a_list_that_is_not_shown_is_still_held_against_it(owner: Owner) -> None:
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply(dnc(NUMBERS))
    book = f'phonebooks: {{vip: {{name: VIP, dnc: drop, contacts: {{rows: [{{contact: "{NUMBERS[3]}"}}]}}}}}}\n'
    owner.declare(dnc([*NUMBERS, "0934890840"]), book)
    (row,) = [each for each in owner.plan()["rows"] if each["address"] == "phonebook.vip"]
    assert (row["add"], row["left_out"]) == (0, {"do-not-call": 1})


@pytest.mark.parametrize("pinned", [False, True])
def test_another_list_has_none_of_the_numbers_that_were_sent_to_the_first(owner: Owner, pinned: bool) -> None:
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply(dnc(NUMBERS[:3]))
    owner.simulator.delete("dnc-list", owner.id_of("dnc-list", name="Opt-outs"))
    number = owner.simulator.create("dnc-list", name="Opt-outs", user=203)["id"] if pinned else None
    owner.declare_and_apply(dnc(NUMBERS[:3], number))
    assert barred(owner, dnc=owner.id_of("dnc-list", name="Opt-outs")) == NUMBERS[:3]


def test_what_an_older_state_says_of_all_numbers_is_taken_over(owner: Owner) -> None:
    """It had one digest of them all."""
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply(dnc(NUMBERS))
    address = Address("dnc_list", "opt-outs")
    rows = load(owner.directory, environment=None, variables={}, environ={}).resources[address].rows
    assert rows is not None
    where: dict[str, Any] = {"project": "ownership", "environment": "default", "directory": owner.directory}
    with Workspace(owner.directory) as space, open_store("sqlite:///.alice/state.db", **where) as store, store.lock():
        space.load_source(address, rows, region="VN")
        space.difference(address)
        key = Key(store.scope.key)
        old = {"rows": named_digest(key, space.digest(address, key.value))}
        store.put(replace(store.recorded()[address], digests=old))
    owner.demand_nothing_to_do()
    owner.declare(dnc([*NUMBERS, "0934890840"]), "surveys: {promo: {name: Promo}}\n")
    owner.apply("--target", "survey.promo")  # keeps what it does not look at
    owner.declare(dnc(NUMBERS), "surveys: {promo: {name: Promo, description: New}}\n")
    owner.apply()
    owner.declare_and_apply(dnc([*NUMBERS, "0934890840"]))
    assert barred(owner) == [*NUMBERS, "0934890840"]
    assert '"rows"' not in owner.succeed("state", "show", "dnc_list.opt-outs", "--output", "json").out


@pytest.mark.parametrize("login", ["token", "plan key"])
@pytest.mark.parametrize("later", [{"forbidden_get": "contact"}, {"missing_get": "contact"}, {"list_hides": "contact"}])
def test_contacts_never_again(owner: Owner, later: dict[str, str], login: str) -> None:
    """Taken while the list showed none of them, or read once and no more."""
    owner.declare(ROWS[: ROWS.index("dnc_lists")])
    owner.simulator.variants(list_hides="contact")
    runs = logins(owner, login)
    assert next(runs).run("apply", "--auto-approve", "--allow-calls").code == 4
    owner.simulator.variants(list_hides="")
    owner.simulator.variants(**later)
    for each in (next(runs), next(runs)):
        owner.simulator.clear_requests()
        said = each.run("apply", "--auto-approve", "--allow-calls")
        assert said.code == 1
        assert "contacts" in said.err
        assert owner.simulator.writes() == []
    numbers = [each["contact"] for each in owner.simulator.objects("contact")]
    assert len(numbers) == len(set(numbers))
