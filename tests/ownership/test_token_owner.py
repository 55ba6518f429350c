"""Whose a token is: another user's is refused before everything of a bound state is made a second time, for him."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioner.errors import StateError
from provisioner.model import Address, Listing, LiveObject, Recorded, Resource, Source
from provisioner.plan.live import Live, owners, require_owner
from tests.ownership.conftest import Owner

BOOKS = "phonebooks: {a: {name: A}, b: {name: B}}\n"
MORE = "phonebooks: {a: {name: A}, b: {name: B}, c: {name: C}, d: {name: D}, e: {name: E}}\n"


def with_token_of(owner: Owner, user: str) -> Owner:
    environ = {"ALICE_USERNAME": "", "ALICE_PASSWORD": "", "ALICE_TOKEN": owner.simulator.token(user)}
    return replace(owner, environ={**owner.environ, **environ})


@pytest.mark.parametrize("name", ["", "demo"])
def test_the_token_of_another_user_is_refused_by_what_it_lists(owner: Owner, name: str) -> None:
    """Everything was made a second time; a user name beside the token proves nothing."""
    owner.declare_and_apply(BOOKS)
    other = with_token_of(owner, "acme")
    other = replace(other, environ={**other.environ, "ALICE_USERNAME": name})
    owner.simulator.clear_requests()
    for command in (("plan",), ("apply", "--auto-approve")):
        said = other.run(*command)
        assert (said.code, said.out) == (1, ""), said
        assert "nothing that is recorded is shown to the token (2 of phonebooks)" in said.err
    assert owner.simulator.writes() == []
    with_token_of(owner, "demo").demand_nothing_to_do()


@pytest.mark.parametrize("how", ["stop", "continue"])
def test_the_token_of_somebody_who_sees_all_is_noticed_by_what_it_makes(owner: Owner, how: str) -> None:
    owner.declare_and_apply(BOOKS)
    owner.declare(MORE)
    said = with_token_of(owner, "admin").run("apply", "--auto-approve", "--parallelism", "1", "--on-error", how)
    assert said.code == 4
    assert "for another user than this state belongs to" in said.out + said.err
    assert "not tried after a failure" in said.out
    assert [each["name"] for each in owner.simulator.objects("phonebook", user=1)] == ["C"]
    with_token_of(owner, "demo").apply()
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("phonebook", user=203)) == 5


BOOK = Address("phonebook", "a")
RECORDED = {BOOK: Recorded(BOOK, 7, user="203")}
SHOWN = Live({"phonebook": Listing("phonebook", (LiveObject("phonebook", 7, {}),))})
HIDDEN = Live({"phonebook": Listing("phonebook")})
UNREAD = Live({"phonebook": Listing("phonebook", unreadable="403")})


@pytest.mark.parametrize(
    ("names", "claims", "live", "ours"),
    [
        ({"demo", "203"}, {"203"}, HIDDEN, True),  # everything was deleted, and the token says who we are
        ({"demo", "203"}, {"demo", "104"}, SHOWN, True),
        ({"demo", "203"}, {"104"}, SHOWN, False),
        ({"demo"}, {"acme"}, SHOWN, False),
        ({"demo"}, {"104"}, SHOWN, True),  # of another form, which says nothing
        ({"demo"}, {"104"}, HIDDEN, False),
        ({"demo", "203"}, set(), SHOWN, True),
        ({"demo", "203"}, set(), HIDDEN, False),
        ({"demo", "203"}, set(), UNREAD, True),  # nobody can look
        ({"demo", "203"}, set(), Live({}), True),
        (set(), {"104"}, SHOWN, True),
    ],
)
def test_who_a_token_may_be(names: set[str], claims: set[str], live: Live, ours: bool) -> None:
    if ours:
        require_owner(frozenset(names), claims, RECORDED, live)
    else:
        with pytest.raises(StateError, match="another user"):
            require_owner(frozenset(names), claims, RECORDED, live)


def test_where_nothing_is_recorded_there_is_nothing_to_compare() -> None:
    require_owner(frozenset({"demo"}), (), {}, HIDDEN)


def test_what_is_pinned_says_nothing_of_us() -> None:
    pinned = {BOOK: Resource(BOOK, {}, Source("m.yaml", 1, 1), pin=7)}
    assert owners("demo", RECORDED, pinned) == {"demo"}
    assert owners(None, RECORDED, {}) == {"203"}
