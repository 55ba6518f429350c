"""What is said of a lost creation, and what planning goes by when there were several of one address."""

from __future__ import annotations

import pytest

from provisioner.model import Address
from provisioner.plan.unsettled import Creation, in_flight, unseen

SECTION = Address("section", "promo.hi")
FIRST, SECOND = Creation("first", frozenset({1})), Creation("second", frozenset({2}))
UNKNOWN, MADE = Creation("left", None), Creation("made", frozenset({3}), made=True)


@pytest.mark.parametrize(
    ("later", "earlier", "both"),
    [
        (FIRST, None, FIRST),
        (SECOND, FIRST, Creation("second", frozenset({1, 2}))),
        (SECOND, UNKNOWN, Creation("second", None)),
        (UNKNOWN, SECOND, Creation("left", None)),
        (FIRST, MADE, Creation("first", frozenset({1, 3}), made=True)),
    ],
)
def test_several_creations_are_told_as_the_last_and_know_what_all_knew(
    later: Creation, earlier: Creation | None, both: Creation
) -> None:
    assert later.after(earlier) == both


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (None, "nothing is recorded of it and the server does not list sections, so it may exist already: write `id:`"),
        (FIRST, "first; the server does not list sections, so it may exist: look in Alice's web page"),
        (MADE, "made; the server does not list sections, so it exists, under an unknown id: look"),
    ],
)
def test_what_is_known_comes_first_and_then_what_to_do(lost: Creation | None, words: str) -> None:
    said = str(unseen(SECTION, "section", lost))
    assert said.startswith(words)
    assert "`alice-apply state adopt section.promo.hi ID`" in said


def test_an_answer_without_an_id_is_an_answer() -> None:
    assert in_flight("POST", "T") == "POST, no answer since T"
    assert in_flight("POST", "T", made=True) == "POST, answered without an id at T"
