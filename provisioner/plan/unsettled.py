"""What nobody can tell of a declared resource: whether it exists, or which live object it is; and what to do about it.

A creation whose answer was lost, of a kind that the server does not list, leaves such a question open
(docs/alice-api.md#lost-answers). Nothing is sent to that address, nor to what depends on it, until somebody has said.
The sentences are here once: an outcome of apply, the finding of the next plan and `state` say the same of the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.language import Message, gettext, joined, template, term
from provisioner.messages import argument
from provisioner.model import Address, Unknown

UNSETTLED = "unsettled"  # the id of the finding
FORGOTTEN = template("it was forgotten and left in place")
MARKED_ABSENT = template("it was noted as absent")


@dataclass(frozen=True, slots=True)
class Unsettled:
    """`what` is known of it, and what to `do`."""

    what: str
    do: str

    def __str__(self) -> str:
        return self.told

    @property
    def told(self) -> Message:
        """Both in a sentence."""
        return gettext("{what}: {do}", what=self.what, do=self.do)


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
    if made:
        return gettext("{verb}, answered without an id at {moment}", verb=verb, moment=sent_at)
    return gettext("{verb}, no answer since {moment}", verb=verb, moment=sent_at)


def unseen(address: Address, title: str, lost: Creation | None = None) -> Unsettled:
    """Something of a kind that the server does not list, and of which nothing certain is recorded."""
    things = term(f"{title}s")
    if lost is None:
        known = gettext(
            "nothing is recorded of it and the server does not list {things}, so it may exist already", things=things
        )
        return Unsettled(known, gettext("write `id:`, or {command}", command=_by_hand(address)))
    if lost.made:
        known = gettext(
            "{write}; the server does not list {things}, so it exists, under an unknown id",
            write=lost.said,
            things=things,
        )
    else:
        known = gettext("{write}; the server does not list {things}, so it may exist", write=lost.said, things=things)
    return Unsettled(known, _look_up(address))


def not_shown(address: Address, title: str, lost: Creation) -> Unsettled:
    """The server said that it made one, and its list does not show it."""
    known = gettext("{write}; the list of {things} does not show it", write=lost.said, things=term(f"{title}s"))
    return Unsettled(known, _look_up(address))


def refused(address: Address, title: str, remote_id: int, doubt: Unknown) -> Unsettled:
    """Something that was there, that no list shows any more, and whose id the server does not tell of."""
    known = gettext(
        "the list of {things} does not show id {id}, and whether it is gone is not known ({reason})",
        things=term(f"{title}s"),
        id=str(remote_id),
        reason=doubt.reason,
    )
    return Unsettled(known, _look_up(address))


def perhaps_renamed(address: Address, title: str, old: list[Address]) -> Unsettled:
    """Something that the server does not list, and records that may be about it under another key."""
    known = gettext(
        "{addresses} may be the same {kind}, which the server does not list",
        addresses=joined(map(str, old)),
        kind=term(title),
    )
    do = gettext(
        "run `alice-apply state mv {former} {address}` if it is, or `alice-apply state adopt {address} --absent` if "
        "this is a new one",
        former=argument(old[0]),
        address=argument(address),
    )
    return Unsettled(known, do)


def made_before(address: Address, lost: str) -> str:
    """A new object is refused because there is one: what an earlier request, or somebody's word, has to do with it."""
    if lost == MARKED_ABSENT:
        return gettext("{write}; there is one after all: {advice}", write=term(lost), advice=_adopt(address))
    return gettext("{write}; that request has probably made it: {advice}", write=lost, advice=_adopt(address))


def _look_up(address: Address) -> str:
    return gettext("look in Alice's web page, then {command}", command=_by_hand(address))


def _by_hand(address: Address) -> str:
    return gettext(
        "run `alice-apply state adopt {address} ID`, or `alice-apply state adopt {address} --absent` if there is none",
        address=argument(address),
    )


def _adopt(address: Address) -> str:
    return gettext(
        "look up its id in Alice's web page, then run `alice-apply state adopt {address} ID`",
        address=argument(address),
    )
