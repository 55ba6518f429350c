"""A list that leaves out what is there: GET by id is asked before anything is taken to be gone, or not to exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions
from tests.ownership.test_stops import STARTED, findings

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


NOT_COMPARED = "not listed by the server, so taken to be as last sent: 2"

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
