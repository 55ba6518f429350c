"""What is asked at once is one round; nobody fails for another's sake, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from provisioner.coalescer import Coalescer

ENOUGH = 10.0  # seconds


class Rounds:
    """Answers with the double; the first round waits until it may end. `kept` are the questions of each round."""

    def __init__(self, fails: Callable[[Sequence[int]], BaseException | None] = lambda asked: None) -> None:
        self.kept: list[list[int]] = []
        self.begun, self.may_end = Event(), Event()
        self.fails = fails
        self.coalescer = Coalescer(self._carry_out)

    def _carry_out(self, asked: Sequence[int]) -> list[int]:
        self.kept.append(sorted(asked))
        self.begun.set()
        assert self.may_end.wait(ENOUGH)
        if error := self.fails(asked):
            raise error
        return [2 * each for each in asked]

    def ask_meanwhile(self, first: int, *others: int) -> list[Future[int]]:
        """The others ask while the round of the first is under way."""
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(self.coalescer.ask, first)]
            assert self.begun.wait(ENOUGH)
            asked += [pool.submit(self.coalescer.ask, each) for each in others]
            while len(self.coalescer._waiting) < len(others):
                pass
            self.may_end.set()
        return asked


def test_one_that_asks_alone_has_a_round_of_its_own() -> None:
    rounds = Rounds()
    rounds.may_end.set()
    assert [rounds.coalescer.ask(1), rounds.coalescer.ask(2)] == [2, 4]
    assert rounds.kept == [[1], [2]]


def test_what_is_asked_during_a_round_shares_the_next() -> None:
    rounds = Rounds()
    assert [each.result() for each in rounds.ask_meanwhile(1, 2, 3, 4)] == [2, 4, 6, 8]
    assert rounds.kept == [[1], [2, 3, 4]]


def test_of_a_round_that_fails_each_is_tried_alone() -> None:
    rounds = Rounds(lambda asked: ValueError("no") if 3 in asked else None)
    first, second, third, fourth = rounds.ask_meanwhile(1, 2, 3, 4)
    assert [first.result(), second.result(), fourth.result()] == [2, 4, 8]
    with pytest.raises(ValueError, match="no"):
        third.result()
    assert sorted(rounds.kept[2:]) == [[2], [3], [4]]


def test_what_ends_the_leader_ends_all_of_its_round() -> None:
    rounds = Rounds(lambda asked: KeyboardInterrupt() if 3 in asked else None)
    first, *others = rounds.ask_meanwhile(1, 2, 3, 4)
    assert first.result() == 2
    for each in others:
        with pytest.raises(KeyboardInterrupt):
            each.result()
    assert rounds.coalescer.ask(5) == 10, "and no later one"
