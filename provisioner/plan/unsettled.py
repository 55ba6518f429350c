"""What nobody can tell of a declared resource: whether it exists, or which live object it is; and what to do about it.

A creation whose answer was lost, of a kind that the server does not list, leaves such a question open
(docs/alice-api.md#lost-answers). Nothing is sent to that address, nor to what depends on it, until somebody has said.
The sentences are here once: an outcome of apply, the finding of the next plan and `state` say the same of the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.messages import argument
from provisioner.model import Address, Unknown

UNSETTLED = "unsettled"  # the id of the finding
FORGOTTEN = "it was forgotten and left in place"
MARKED_ABSENT = "it was noted as absent"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """`what` is known of it, and what to `do`."""

    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what}: {self.do}"


@dataclass(frozen=True, slots=True)
class Creation:
    """A creation of an earlier run of which nobody saw what came of it; `said` tells when that was.

    `before` are the remote ids that were there then, None when nobody knows them. `made`: the server said that it was
    done, but not under which id.
    """

    said: str
    before: frozenset[int] | None = frozenset()
    made: bool = False

    def after(self, earlier: Creation | None) -> Creation:
        """Both of them, told as the later one."""
        if earlier is None:
            return self
        unknown = self.before is None or earlier.before is None
        before = None if unknown else (self.before or frozenset()) | (earlier.before or frozenset())
        return Creation(self.said, before, self.made or earlier.made)


def in_flight(verb: str, sent_at: str, *, made: bool = False) -> str:
    """A write whose outcome nobody saw; `made` when only the id was missing from the answer."""
    return f"{verb}, {'answered without an id at' if made else 'no answer since'} {sent_at}"


def unseen(address: Address, title: str, lost: Creation | None = None) -> Unsettled:
    """Something of a kind that the server does not list, and of which nothing certain is recorded."""
    if lost is None:
        known = f"nothing is recorded of it and the server does not list {title}s, so it may exist already"
        return Unsettled(known, f"write `id:`, or {_by_hand(address)}")
    end = "it exists, under an unknown id" if lost.made else "it may exist"
    return Unsettled(f"{lost.said}; the server does not list {title}s, so {end}", _look_up(address))


def not_shown(address: Address, title: str, lost: Creation) -> Unsettled:
    """The server said that it made one, and its list does not show it."""
    return Unsettled(f"{lost.said}; the list of {title}s does not show it", _look_up(address))


def refused(address: Address, title: str, remote_id: int, doubt: Unknown) -> Unsettled:
    """Something that was there, that no list shows any more, and whose id the server does not tell of."""
    known = f"the list of {title}s does not show id {remote_id}, and whether it is gone is not known ({doubt.reason})"
    return Unsettled(known, _look_up(address))


def perhaps_renamed(address: Address, title: str, old: list[Address]) -> Unsettled:
    """Something that the server does not list, and records that may be about it under another key."""
    word = argument(address)
    return Unsettled(
        f"{', '.join(map(str, old))} may be the same {title}, which the server does not list",
        f"run `alice-apply state mv {argument(old[0])} {word}` if it is, or `alice-apply state adopt {word} --absent` "
        "if this is a new one",
    )


def made_before(address: Address, lost: str) -> str:
    """A new object is refused because there is one: what an earlier request, or somebody's word, has to do with it."""
    cause = "there is one after all" if lost == MARKED_ABSENT else "that request has probably made it"
    return f"{lost}; {cause}: {_adopt(address)}"


def _look_up(address: Address) -> str:
    return f"look in Alice's web page, then {_by_hand(address)}"


def _by_hand(address: Address) -> str:
    adopt = f"alice-apply state adopt {argument(address)}"
    return f"run `{adopt} ID`, or `{adopt} --absent` if there is none"


def _adopt(address: Address) -> str:
    return f"look up its id in Alice's web page, then run `alice-apply state adopt {argument(address)} ID`"
