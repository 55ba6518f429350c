"""One round for all who wait: what is asked while a round is under way shares the next one.

A round makes one commit of many changes, and one reading of a list for many who look for something in it. Whoever
finds no round under way leads the next: there is no thread of its own, and nobody waits for company.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Q, A]):
    question: Q
    answer: A | None = None
    error: BaseException | None = None
    done: bool = False


class Coalescer(Generic[Q, A]):
    """Safe to share between threads. `carry_out` gets the questions of a round, and gives an answer to each.

    A round begins after all of its questions were asked. One that fails is repeated with each question alone, so that
    nobody fails for another's sake.
    """

    def __init__(self, carry_out: Callable[[Sequence[Q]], Sequence[A]]) -> None:
        self._carry_out = carry_out
        self._waiting: deque[_Waiting[Q, A]] = deque()  # which takes and gives without a lock
        self._under_way = Lock()

    def ask(self, question: Q) -> A:
        """The answer of the next round, or what was raised in it."""
        mine = _Waiting[Q, A](question)
        self._waiting.append(mine)
        with self._under_way:
            if not mine.done:
                self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]  # None only where that is an answer

    def _lead(self) -> None:
        together = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if self._tried(together) or len(together) == 1:
            return
        for each in together:
            self._tried([each])

    def _tried(self, together: list[_Waiting[Q, A]]) -> bool:
        """Whether it went well. What ends the leader, such as an interrupt, ends all of them."""
        error: BaseException | None = None
        try:
            for each, answer in zip(together, self._carry_out([each.question for each in together]), strict=True):
                each.answer = answer
        except Exception as failure:
            error = failure
        except BaseException as end:
            error = end
            raise
        finally:
            for each in together:
                each.error, each.done = error, True
        return error is None
