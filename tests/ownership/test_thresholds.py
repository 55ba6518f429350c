"""Thresholds: how much of a kind or of a phonebook may change at once. A truncated file must not empty a phonebook."""

from __future__ import annotations

from collections.abc import Iterable

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner

NUMBERS = tuple(f"09348908{index}" for index in range(40, 60))
APPLY = ("apply", "--auto-approve", "--allow-calls")


def book(numbers: Iterable[str], *, name: str = "", safety: str = "", on_missing: str = "") -> str:
    rows = ", ".join(f'{{contact: "{number}", first_name: "{name}"}}' for number in numbers)
    own = f", safety: {{{safety}}}" if safety else ""
    missing = f", on_missing: {on_missing}" if on_missing else ""
    return f"phonebooks:\n  vip: {{name: VIP{own}, contacts: {{rows: [{rows}]{missing}}}}}\n"


def campaigns(count: int, *, frequency: int = 10, safety: str = "", status: str = "paused") -> str:
    one = CAMPAIGN.removeprefix("campaigns:\n").replace("frequency: 10", f"frequency: {frequency}")
    own = f"    safety: {{{safety}}}\n" if safety else ""
    named = (one.replace("tet:", f"c{n}:").replace("name: Tet", f"name: C{n}") for n in range(count))
    return "campaigns:\n" + "".join(f"{each}{own}    status: {status}\n" for each in named)


def refused(owner: Owner, *options: str) -> str:
    """Exit 3, nothing is sent, and a plan says the same and goes on."""
    owner.simulator.clear_requests()
    said = owner.run(*APPLY, *options)
    assert said.code == 3, said
    assert owner.simulator.writes() == []
    [line] = [line for line in said.err.splitlines() if line.startswith("refused: ")]
    told, _, why = line.partition(" [")
    assert why == "threshold-exceeded]" and told.removeprefix("refused: ") in owner.succeed("plan", *options).out
    return told


# Rows


def test_a_truncated_source_does_not_empty_a_phonebook(owner: Owner) -> None:
    owner.declare_and_apply(book(NUMBERS))
    owner.declare(book(NUMBERS[:13]))
    assert refused(owner) == (
        "refused: 7 of 20 rows of phonebook.vip would be deactivated, more than 30 %: "
        "check the source, or raise --max-remove-percent"
    )
    owner.declare_and_apply(book(NUMBERS[:14]))  # 30 %
    phonebook = owner.id_of("phonebook", name="VIP")
    assert sum(row["status"] for row in owner.simulator.objects("contact", phonebook=phonebook)) == 14


def test_rows_that_are_switched_off_already_do_not_make_it_larger(owner: Owner) -> None:
    owner.declare_and_apply(book(NUMBERS))
    owner.declare_and_apply(book(NUMBERS[:14]))
    owner.declare(book(NUMBERS[:9]))
    assert "5 of 14 rows" in refused(owner)


def test_kept_rows_and_added_rows_know_no_limit(owner: Owner) -> None:
    owner.declare_and_apply(book(NUMBERS[:10]))
    owner.declare_and_apply(book(NUMBERS[:1], on_missing="keep"))
    owner.declare_and_apply(book(NUMBERS))


# Resources


def test_stopping_passes_every_gate(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, campaigns(10, status="started"))
    owner.declare(SURVEY, PHONEBOOK, campaigns(10, status="aborted"))
    said = owner.run("apply", "--auto-approve")
    assert said.code == 0, said.err
    assert {each["status"] for each in owner.simulator.objects("campaigns")} == {3}
    owner.demand_nothing_to_do()


def test_adding_dnc_numbers_passes_every_gate(owner: Owner) -> None:
    def listed(numbers: Iterable[str]) -> str:
        return f"dnc_lists: {{opt-outs: {{name: Opt-outs, numbers: [{', '.join(map(repr, numbers))}]}}}}\n"

    owner.declare_and_apply(listed(NUMBERS[:10]))
    owner.declare(listed(NUMBERS))
    assert owner.run("apply", "--auto-approve").code == 0
    owner.declare_and_apply(listed(NUMBERS[:1]))  # and none is ever taken away
    assert len(owner.simulator.objects("dnc-contact")) == 20
