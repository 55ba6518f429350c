"""Sends parcels in parallel, a few in flight, and hands each back with what became of it, in the caller's thread.

Only the sending happens in other threads; whoever iterates sees one delivery after another and needs no lock. Must
not know what is in a parcel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from provisioner.contacts.rowapi import Payload
from provisioner.errors import ApiError

Parcel = TypeVar("Parcel")


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Parcel]):
    """A parcel with its answer, or with the error it met."""

    parcel: Parcel
    answer: Payload
    error: ApiError | None = None


def deliver(
    take: Callable[[], Parcel | None], send: Callable[[Parcel], Payload], parallelism: int
) -> Iterator[Delivery[Parcel]]:
    """Until `take` has nothing and nothing is in flight. `take` may have something again after a delivery."""
    flying: dict[Future[Payload], Parcel] = {}
    with ThreadPoolExecutor(parallelism, thread_name_prefix="alice-rows") as pool:
        while True:
            while len(flying) < parallelism and (parcel := take()) is not None:
                flying[pool.submit(send, parcel)] = parcel
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                yield _landed(flying.pop(future), future)


def _landed(parcel: Parcel, future: Future[Payload]) -> Delivery[Parcel]:
    try:
        return Delivery(parcel, future.result())
    except ApiError as error:
        return Delivery(parcel, {}, error)
