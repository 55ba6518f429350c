"""Which live objects are exported, and under which keys: ours, with what hangs on ours. The others are counted.

The rule is the one of matching (`plan/match.py`); beyond it, what belongs to an object that is not ours is not ours
either, although its own list does not say whose it is. `Khách hàng VIP` becomes `khach-hang-vip`, in the order of ids,
so that an export tomorrow gives the same keys. A key stands in logs, so none is made from a telephone number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.manifests.drafts import CHILDREN
from provisioner.messages import looks_personal
from provisioner.model import LiveObject
from provisioner.plan.graph import rounds
from provisioner.plan.live import Live
from provisioner.resources import COLLECTIONS, KINDS, Field, Kind, Relation, Text

Identity = tuple[str, int]

LONGEST = 60  # characters of a key


@dataclass(frozen=True, slots=True)
class Chosen:
    """Objects by kind in the order of their ids, and how many of each kind are not ours."""

    objects: Mapping[str, tuple[LiveObject, ...]]
    strangers: Mapping[str, int]

    def __iter__(self) -> Iterator[LiveObject]:
        """Every object, what others refer to first."""
        for found in self.objects.values():
            yield from found


def exported_kinds() -> list[Kind]:
    """The kinds that can be declared, what others refer to first."""
    names = {kind.name for kind in (*COLLECTIONS.values(), *CHILDREN.values())}
    graph = {name: {relation.to for relation in KINDS[name].relations()} & (names - {name}) for name in names}
    return [KINDS[name] for name in rounds(graph, key=str)]


def needed_kinds(kinds: Iterable[Kind]) -> list[str]:
    """What has to be listed: these kinds, what they refer to, and copies that starts have made."""
    kinds = [*kinds]
    names = {kind.name for kind in kinds}
    names |= {relation.to for kind in kinds for relation in kind.relations()}
    names |= {kind.startable.sealed for kind in kinds if kind.startable}
    return sorted(names)


def choose(live: Live, kinds: Iterable[Kind], user: str | None) -> Chosen:
    """Everything of these kinds that may be declared; UsageError when nobody knows what is ours.

    `user` is whom the caller takes for us, in the form in which the lists show it.
    """
    kinds = [*kinds]
    mine = replace(live, users=live.users | {user}) if user else live
    shown = {found.user for kind in kinds for found in mine.owned(kind.name)} - {None} - mine.users
    if len(shown) > 1:
        message = (
            f"the lists show objects of {len(shown)} users, and which are yours is not known: log in as the user whose "
            "account you want rather than as an administrator, or name that user with --user, as `get` shows it"
        )
        raise UsageError(message, id=ErrorId.MATCH_OWNER)
    chooser = _Chooser(mine)
    objects = {kind.name: chooser.ours(kind) for kind in kinds}
    listed = {name: live.listings[name].objects for name in objects if name in live.listings}
    return Chosen(objects, {name: len(found) - len(objects[name]) for name, found in listed.items()})


def ambiguous(live: Live, kinds: Iterable[Kind]) -> set[Identity]:
    """What only `id:` tells apart: an equal natural key, one that is not shown whole, or an unknown owner."""
    return {identity for kind in kinds for identity in _ambiguous(live, kind)}


def _ambiguous(live: Live, kind: Kind) -> set[Identity]:
    owned = live.owned(kind.name)
    partly = any(name not in found.fields for found in owned for name in kind.natural_key)
    if live.mixed(kind.name) or partly:
        return {(kind.name, found.id) for found in owned}
    by_key: dict[tuple[Any, ...], set[Identity]] = {}
    for found in owned:
        key = tuple(found.fields[name] for name in kind.natural_key)
        by_key.setdefault(key, set()).add((kind.name, found.id))
    return {identity for several in by_key.values() if len(several) > 1 for identity in several}


class _Chooser:
    """Remembers the answer for each kind: what hangs on a kind asks for it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.found: dict[str, tuple[LiveObject, ...]] = {}
        self.strangers: dict[str, set[int]] = {}

    def ours(self, kind: Kind) -> tuple[LiveObject, ...]:
        if kind.name not in self.found:
            self.found[kind.name] = ()  # should kinds ever hang on each other
            owned = sorted(self.live.owned(kind.name), key=lambda each: each.id)
            self.found[kind.name] = tuple(each for each in owned if self._hangs_on_ours(kind, each))
        return self.found[kind.name]

    def _hangs_on_ours(self, kind: Kind, found: LiveObject) -> bool:
        return all(found.fields.get(each.name) not in self._others(KINDS[each.to]) for each in _holders(kind))

    def _others(self, kind: Kind) -> set[int]:
        """Ids of the objects of a kind that are shown and not ours."""
        if kind.name not in self.strangers:
            ours, listing = {each.id for each in self.ours(kind)}, self.live.listings.get(kind.name)
            self.strangers[kind.name] = {each.id for each in (listing.objects if listing else ())} - ours
        return self.strangers[kind.name]


def _holders(kind: Kind) -> Iterator[Relation]:
    for relation in kind.relations():
        if not relation.many and relation.name in (*kind.natural_key, kind.identity.owner):
            yield relation


def slug(text: str) -> str:
    """Small ASCII letters and digits, with hyphens between; empty when nothing is left of the text."""
    folded = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")[:LONGEST].strip("-")


def keys_of(objects: Iterable[LiveObject]) -> dict[Identity, str]:
    """The key of every object; those of one scope (a kind, a parent's children) are all different."""
    taken: set[tuple[str, object, str]] = set()
    found: dict[Identity, str] = {}
    for each in objects:
        kind = KINDS[each.kind]
        scope = each.fields.get(kind.parent) if kind.parent else None
        wanted = _name(each) or _about(each, found) or f"{kind.name.replace('_', '-')}-{each.id}"
        key, number = wanted, 1
        while (kind.name, scope, key) in taken:
            number += 1
            key = f"{wanted}-{number}"
        taken.add((kind.name, scope, key))
        found[each.kind, each.id] = key
    return found


def _name(found: LiveObject) -> str:
    """What people call it."""
    texts = (
        each
        for each in _identifying(KINDS[found.kind])
        if isinstance(each, Text) and not (each.sensitive or each.personal)
    )
    names = (slug(str(found.fields.get(each.name) or "")) for each in texts)
    return next((name for name in names if name and not looks_personal(name)), "")


def _about(found: LiveObject, known: Mapping[Identity, str]) -> str:
    """The key of what it is about."""
    relations = (each for each in _identifying(KINDS[found.kind]) if isinstance(each, Relation))
    keys = (known.get((each.to, found.fields.get(each.name) or 0)) for each in relations)
    return next(filter(None, keys), "")


def _identifying(kind: Kind) -> list[Field]:
    return [kind.field(name) for name in kind.natural_key if name != kind.parent]
