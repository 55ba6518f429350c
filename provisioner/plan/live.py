"""The account as planning knows it: listings, whose objects they are, which verbs exist. A value, read by others.

The API tells an owner in many forms (a number, a name, an e-mail); two are compared only when they are of one form.
Objects of other users and shared samples are never matched (docs/alice-api.md#owners), and a token of another user than
the state's is refused before everything is made a second time for him. What is declared from the environment comes
covered: in listings, in sealed copies and in objects that are no longer declared (`covered`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError
from provisioner.language import gettext, term
from provisioner.model import Address, Listing, LiveObject, Recorded, Reference, Resource, Unknown
from provisioner.plan.secrets import copies
from provisioner.resources import KINDS
from provisioner.sensitive import Hidden, Origin, content, origins_of

Answer = TypeVar("Answer")

ADVICE = "give the token of the user that this state belongs to, or user name and password"

Origins = Mapping[str, frozenset[Origin]]  # of texts that are not shown


@dataclass(frozen=True, slots=True)
class Live:
    """The account as it was read. `verbs` per kind: what OPTIONS allows on one object, None when it does not say.

    `users` are the forms of our own user that are known; `dialled` are (kind, id) with proof of a past start,
    `doubtful` those of which nobody could tell, with the reason. `refused` are those that no list shows and whose id
    was refused: they may be there, and may run.
    """

    listings: Mapping[str, Listing]
    users: frozenset[str] = frozenset()
    verbs: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    dialled: frozenset[tuple[str, int]] = frozenset()
    doubtful: Mapping[tuple[str, int], Unknown] = field(default_factory=dict)
    refused: Mapping[tuple[str, int], Unknown] = field(default_factory=dict)
    _known: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def readable(self, kind: str) -> bool:
        """False when the server refuses to list the kind; True when nobody had to ask."""
        listing = self.listings.get(kind)
        return listing is None or listing.unreadable is None

    def objects(self, kind: str) -> tuple[LiveObject, ...]:
        """All that the account shows of a kind, whoever owns it: what rings and what bars is not a matter of owners."""
        listing = self.listings.get(kind)
        return listing.objects if listing else ()

    def unread(self, kind: str) -> Unknown | None:
        """Why there may be more of a kind than `objects`; None when these are all."""
        listing = self.listings.get(kind)
        if listing is None:
            return Unknown(gettext("{things} were not read", things=term(f"{KINDS[kind].title}s")))
        if listing.unreadable is not None:
            return Unknown(listing.unreadable)
        return self.once("refused", "", self._refused).get(kind)

    def gone(self, kind: str, remote_id: int) -> bool:
        """Whether an object that was there certainly is no more: not listed, and not refused by its id either."""
        return self.readable(kind) and self.find(kind, remote_id) is None and (kind, remote_id) not in self.refused

    def showing(self, found: Iterable[LiveObject]) -> Live:
        """The same account with objects that no list showed."""
        listings = dict(self.listings)
        for each in found:
            listing = listings.get(each.kind, Listing(each.kind))
            listings[each.kind] = replace(listing, objects=(*listing.objects, each))
        return replace(self, listings=listings)

    def find(self, kind: str, remote_id: int) -> LiveObject | None:
        """The object of that id, whoever owns it."""
        return self.once("find", kind, lambda: _by_id(self.objects(kind))).get(remote_id)

    def owned(self, kind: str) -> tuple[LiveObject, ...]:
        """The objects that may be matched: ours, or of unknown owner; no samples."""
        return self.once("owned", kind, lambda: tuple(filter(self._may_be_ours, self.objects(kind))))

    def called(self, kind: str, name: Any) -> tuple[LiveObject, ...]:
        """The objects that may be matched whose name (`Kind.label`) is this."""
        return self.having(kind, KINDS[kind].label, name)

    def having(self, kind: str, field: str, value: Any) -> tuple[LiveObject, ...]:
        """The objects that may be matched of which a field, such as a relation, is this."""
        return tuple(self.once(f"having {field}", kind, lambda: _by_field(self.owned(kind), field)).get(value, ()))

    def strangers(self, kind: str) -> tuple[LiveObject, ...]:
        """The objects that belong to other users; a sample is shared, and no stranger."""
        return tuple(found for found in self.objects(kind) if not _sample(found) and self._foreign(found.user))

    def pointing_at(self, kind: str, remote_id: int) -> list[tuple[str, int]]:
        """The live objects, by kind and id, that point at this one."""
        return list(self.once("pointing at", "", self._users).get((kind, remote_id), ()))

    def _users(self) -> dict[tuple[str, int], list[tuple[str, int]]]:
        found: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for kind in KINDS.values():
            for each in self.objects(kind.name):
                for relation in kind.relations():
                    targets = each.fields.get(relation.name)
                    for target in targets if isinstance(targets, tuple) else (targets,):
                        if isinstance(target, int):
                            found.setdefault((relation.to, target), []).append((kind.name, each.id))
        return found

    def mixed(self, kind: str) -> bool:
        """True when it is unknown who we are and the list shows several users."""
        strangers = self.once("users", kind, lambda: {found.user for found in self.owned(kind)} - {None} - self.users)
        return len(strangers) > 1

    def once(self, question: str, kind: str, answer: Callable[[], Answer]) -> Answer:
        """What every resource asks again is worked out when the first one asks: a plan costs linear time."""
        if (question, kind) not in self._known:
            self._known[question, kind] = answer()
        known: Answer = self._known[question, kind]
        return known

    def _refused(self) -> dict[str, Unknown]:
        found: dict[str, Unknown] = {}
        for (kind, _), doubt in self.refused.items():
            found.setdefault(kind, doubt)
        return found

    def _may_be_ours(self, found: LiveObject) -> bool:
        return not _sample(found) and not self._foreign(found.user)

    def _foreign(self, user: str | None) -> bool:
        return foreign(user, self.users)


def foreign(user: str | None, users: Iterable[str]) -> bool:
    """Whether this is certainly none of the users: they are known in the same form, and otherwise."""
    users = frozenset(users)
    return user is not None and user not in users and any(_form(user) == _form(known) for known in users)


def _by_id(objects: tuple[LiveObject, ...]) -> dict[int, LiveObject]:
    return {found.id: found for found in reversed(objects)}


def _by_field(objects: Iterable[LiveObject], name: str) -> dict[Any, list[LiveObject]]:
    values: dict[Any, list[LiveObject]] = {}
    for found in objects:
        values.setdefault(found.fields.get(name), []).append(found)
    return values


def _form(user: str) -> str:
    return "number" if user.isdigit() else "email" if "@" in user else "name"


def _sample(found: LiveObject) -> bool:
    flag = KINDS[found.kind].api.sample
    return bool(flag) and str(found.payload.get(flag)).lower() in ("true", "1")


def owners(
    user: str | None, recorded: Mapping[Address, Recorded], resources: Mapping[Address, Resource]
) -> frozenset[str]:
    """The names of the user that a scope belongs to; what is pinned by `id:` may be anybody's, and says nothing."""
    pinned = {address for address, resource in resources.items() if resource.pin is not None}
    known = {record.user for address, record in recorded.items() if record.user and address not in pinned}
    return frozenset(known | ({user} if user else set()))


def require_owner(
    names: frozenset[str], claims: Iterable[str], recorded: Mapping[Address, Recorded], live: Live
) -> None:
    """StateError when a token is of another user than `names`, by its claims or by what it lists.

    Where nothing is recorded there is nothing to compare with, and nothing that could be made twice.
    """
    claims = frozenset(claims)
    if claims & names:
        return
    if any(foreign(claim, names) for claim in claims):
        raise StateError(
            f"the token is of another user than the state of this project belongs to: {ADVICE}", id=ErrorId.STATE_OWNER
        )
    readable = [r for r in recorded.values() if r.address.kind in live.listings and live.readable(r.address.kind)]
    if readable and not any(live.find(r.address.kind, r.remote_id) for r in readable):
        kinds = ", ".join(sorted({KINDS[record.address.kind].plural for record in readable}))
        raise StateError(
            f"nothing that is recorded is shown to the token ({len(readable)} of {kinds}), so it may be of another "
            f"user: {ADVICE}; if all of it was deleted, `alice-apply state rm ADDR` forgets it",
            id=ErrorId.STATE_OWNER,
        )


def covered(live: Live, resources: Iterable[Resource], recorded: Mapping[Address, Recorded]) -> Live:
    """The same account; every text of it that is a secret of ours is `Hidden`.

    By value for what is declared now, by record for what was when it was last applied; a copy keeps the name that its
    survey had when it was made, by the record of what made it (`secrets.copied`).
    """
    values = (value for each in resources for value in each.fields.values())
    hidden = {content(text): text.origins for value in values for text in texts(value) if isinstance(text, Hidden)}
    secret = {text: origins for text, origins in hidden.items() if origins - {Origin.PERSON}}
    former = {(r.address.kind, r.remote_id): frozenset(r.digests) for r in recorded.values() if r.digests}
    former |= _copies(live, recorded)
    if not secret and not former:
        return live
    listings = {kind: _listing(listing, secret, former) for kind, listing in live.listings.items()}
    return replace(live, listings=listings)


def _copies(live: Live, recorded: Mapping[Address, Recorded]) -> dict[tuple[str, int], frozenset[str]]:
    """The copies of what was a secret when they were made, and the fields that are one; of nobody's copy it may be."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    for kind in (kind for kind in KINDS.values() if kind.startable):
        makers = {r.remote_id: names for r in recorded.values() if r.address.kind == kind.name and (names := copies(r))}
        listing = live.listings.get(kind.startable.sealed) if kind.startable and makers else None
        of_any = frozenset().union(*makers.values())
        for each in listing.objects if listing else ():
            maker = each.fields.get(kind.startable.made_by) if kind.startable else None
            other = isinstance(maker, int) and maker not in makers and live.find(kind.name, maker) is not None
            names = frozenset() if other else makers.get(maker, of_any) if isinstance(maker, int) else of_any
            found |= {(each.kind, each.id): names} if names else {}
    return found


def texts(value: Any) -> Iterator[Any]:
    """A value of a field, the names in its references."""
    if isinstance(value, tuple):
        yield from (text for part in value for text in texts(part))
    else:
        yield value.value if isinstance(value, Reference) else value


def _listing(listing: Listing, secret: Origins, former: Mapping[tuple[str, int], frozenset[str]]) -> Listing:
    objects = tuple(_object(each, secret, former.get((each.kind, each.id), frozenset())) for each in listing.objects)
    return replace(listing, objects=objects)


def _object(found: LiveObject, secret: Origins, former: frozenset[str]) -> LiveObject:
    fields = {name: _text(value, secret, name in former) for name, value in found.fields.items()}
    hides = any(isinstance(value, Hidden) for value in fields.values())
    return replace(found, fields=fields) if hides else found


def _text(value: Any, secret: Origins, former: bool) -> Any:
    """A text that is a secret, or stands where one stood."""
    if not isinstance(value, str):
        return value
    applied = former and not isinstance(value, Hidden)  # what is hidden for what it is was hashed for that
    origins = secret.get(value, frozenset()) | (frozenset({Origin.ENVIRONMENT}) if applied else frozenset())
    return Hidden(value, *origins, *origins_of(value)) if origins else value
