"""Sends batches in parallel, a few in flight, and hands each back with what became of it, in the caller's thread.

Only the sending happens in other threads; whoever iterates sees one delivery after another and needs no lock. Must
not know what is in a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from provisioner.contacts.rowapi import Payload
from provisioner.errors import ApiError

BatchT = TypeVar("BatchT")


@dataclass(frozen=True, slots=True)
class Delivery(Generic[BatchT]):
    """A batch with its answer, or with the error it met."""

    batch: BatchT
    answer: Payload
    error: ApiError | None = None


def deliver(
    take: Callable[[], BatchT | None], send: Callable[[BatchT], Payload], parallelism: int
) -> Iterator[Delivery[BatchT]]:
    """Until `take` has nothing and nothing is in flight. `take` may have something again after a delivery."""
    flying: dict[Future[Payload], BatchT] = {}
    with ThreadPoolExecutor(parallelism, thread_name_prefix="alice-rows") as pool:
        while True:
            while len(flying) < parallelism and (batch := take()) is not None:
                flying[pool.submit(send, batch)] = batch
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                yield _landed(flying.pop(future), future)


def _landed(batch: BatchT, future: Future[Payload]) -> Delivery[BatchT]:
    try:
        return Delivery(batch, future.result())
    except ApiError as error:
        return Delivery(batch, {}, error)
