"""What somebody means who types an address, its key, a name or an id: which live objects, or which address instead.

A misspelt key, a bare key and a plural for the kind are suggested, never taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.messages import closest, did_you_mean, listed, named
from provisioner.model import Address, Listing, LiveObject, Resource
from provisioner.plan.live import Live
from provisioner.plan.options import LabelSelector, PlanOptions
from provisioner.resources import KINDS, UNKNOWN, Kind

Resources = Mapping[Address, Resource]

MOST_RUNNING = 5  # that a message names
MOST = 3  # that are suggested


@dataclass(frozen=True, slots=True)
class ProjectIds:
    """What the project knows of its objects: what is declared, and remote ids as they are recorded.

    `recorded` is asked only about what means nothing otherwise: a state may be slow, or broken.
    """

    declared: Resources = field(default_factory=dict)
    recorded: Callable[[], Mapping[Address, int]] = dict


def as_id(text: str) -> int | None:
    """The id that somebody wrote, if it is one."""
    return int(text) if text.isascii() and text.isdecimal() else None


def startable_kind() -> Kind:
    """The kind that can be started and stopped."""
    return next(kind for kind in KINDS.values() if kind.startable)


def meant(kind: Kind, text: str, objects: Sequence[LiveObject], declared: Resources) -> list[LiveObject]:
    """The object of that id, else every one of that name or of the name declared under that key or address."""
    by_id = [found for found in objects if str(found.id) == text]
    if by_id:
        return by_id
    resources = [declared[address] for address in _declared(kind, text, declared)]
    pins = {resource.pin for resource in resources if resource.pin is not None}
    names = {name_of(kind, resource) for resource in resources if resource.pin is None} - {None}
    names |= set() if pins else {text_of(kind, text)}
    return [found for found in objects if found.id in pins or found.fields.get(_name_field(kind)) in names]


def _declared(kind: Kind, text: str, declared: Resources) -> list[Address]:
    """The addresses that a key or an address means: one, or all that a for_each makes."""
    typed = _typed(kind, text)
    return [typed] if typed in declared else instances(kind, text, declared)


def instances(kind: Kind, text: str, known: Iterable[Address]) -> list[Address]:
    """What a for_each made, if a key or an address means all of it."""
    typed = _typed(kind, text)
    return [each for each in known if typed in each.names[1:]]


def _typed(kind: Kind, text: str) -> Address:
    return Address(kind.name, text.removeprefix(f"{kind.name}."))


def ids_meant(
    kind: Kind, text: str, objects: Sequence[LiveObject], known: ProjectIds, identity: frozenset[str]
) -> list[int]:
    """The ids of what somebody means; UsageError when it is nothing.

    All of a for_each is also what is recorded of keys that left it: whatever is left of those may still ring.
    """
    found = meant(kind, text, objects, known.declared)
    if not found or instances(kind, text, known.declared):
        found = [*found, *meant_of_old(kind, text, objects, known)]
    if not found:
        raise UsageError(
            f"{named(text)}: {nothing_meant(kind, text, objects, known.declared, identity)}", id=ErrorId.UNKNOWN_NAME
        )
    return list(dict.fromkeys(each.id for each in found))


def meant_of_old(kind: Kind, text: str, objects: Sequence[LiveObject], known: ProjectIds) -> list[LiveObject]:
    """The object recorded under that key or address: its key or its name changed since the last apply."""
    recorded = known.recorded()
    meant = [*addresses_meant(kind, text, known.declared), *instances(kind, text, recorded)]
    ids = {recorded.get(address) for address in meant}
    return [found for found in objects if found.id in ids]


def addresses_meant(kind: Kind, text: str, declared: Resources) -> list[Address]:
    """The addresses that a key, an address or a declared name stands for, and what these were renamed from."""
    named = [address for address, each in declared.items() if name_of(kind, each) == text_of(kind, text)]
    heads = [_typed(kind, text), *_declared(kind, text, declared)]
    heads += [address for address in named if address.kind == kind.name]
    former = [each.renamed_from for address in heads if (each := declared.get(address))]
    return list(dict.fromkeys([*heads, *(Address(kind.name, key) for key in former if key)]))


def address_of(kind: Kind, live: LiveObject, declared: Resources) -> Address | None:
    """Where a live object is declared, by its pin or its name; None when nobody can tell."""
    pinned = [address for address, each in declared.items() if address.kind == kind.name and each.pin == live.id]
    named = [each.address for each in declared.values() if each.address.kind == kind.name and each.pin is None]
    found = pinned or [address for address in named if name_of(kind, declared[address]) == name_of(kind, live)]
    return found[0] if len(found) == 1 else None


def mine(kind: Kind, objects: Sequence[LiveObject], identity: frozenset[str]) -> tuple[LiveObject, ...]:
    """Those that may be ours; all of them where nobody knows who we are."""
    return Live({kind.name: Listing(kind.name, tuple(objects))}, identity).owned(kind.name)


def ours(kind: Kind, objects: Sequence[LiveObject], identity: frozenset[str]) -> tuple[LiveObject, ...]:
    """The objects of our own user; UsageError when several users are shown and it is unknown who we are."""
    live = Live({kind.name: Listing(kind.name, tuple(objects))}, identity)
    if live.mixed(kind.name):
        raise UsageError(
            "the server shows what runs for several users, and not which is ours: name what to stop",
            id=ErrorId.MATCH_OWNER,
        )
    return live.owned(kind.name)


def nothing_meant(
    kind: Kind, text: str, objects: Sequence[LiveObject], declared: Resources, identity: frozenset[str]
) -> str:
    """That nothing has the id, name or key, which one may have been meant, and what runs; no name of others."""
    owned = mine(kind, objects, identity)
    keys = {address.key for address in declared if address.kind == kind.name}
    names = {name for found in owned if (name := name_of(kind, found))}
    typed = text.removeprefix(f"{kind.name}.").removeprefix(f"{kind.plural}.")
    guess = did_you_mean(typed, keys | names) or "."
    return f"no {kind.title} has this id, name or key{guess} {_running(kind, objects, owned)}".rstrip()


def _running(kind: Kind, objects: Sequence[LiveObject], owned: Sequence[LiveObject]) -> str:
    """What runs or may run, ours by name, others' by number: a list that names none must not read as silence."""
    startable = kind.startable
    if startable is None:
        return ""
    awake = [each for each in objects if not startable.at_rest(each.fields.get(startable.field))]
    ours = {each.id for each in owned}
    running = [each for each in awake if each.id in ours and each.fields.get(startable.field) == startable.running]
    unknown = [each for each in awake if each.id in ours and each not in running]
    others = len(awake) - len(running) - len(unknown)
    parts = [
        f"{said}: {listed((label_of(kind, each) for each in found), MOST_RUNNING)}"
        for said, found in (("Started now", running), ("Not known to be at rest", unknown))
        if found
    ]
    parts += [f"Other users' that are not known to be at rest: {others}"] if others else []
    return ". ".join(parts) or "None is started now"


def label_of(kind: Kind, live: LiveObject) -> str:
    """Its name and id, for messages."""
    return f"{name_of(kind, live) or kind.title} (id {live.id})"


def without_hidden(label: str, names: Mapping[str, Address]) -> str:
    """A label of a live object, with the address in the place of a name that is not shown."""
    return reduce(lambda text, name: text.replace(name, str(names[name])), sorted(names, key=len, reverse=True), label)


def renamed(kind: Kind, live: LiveObject, names: Mapping[str, Address]) -> LiveObject:
    """The object under its address, if its name is not shown."""
    address = names.get(name_of(kind, live) or "")
    return replace(live, fields={**live.fields, _name_field(kind): str(address)}) if address else live


def name_of(kind: Kind, thing: LiveObject | Resource | None) -> str | None:
    """What people call it."""
    return thing.fields.get(_name_field(kind)) if thing is not None else None


def status_of(kind: Kind, live: LiveObject) -> str:
    """The word for its status; UNKNOWN for a code that nobody understands."""
    return str(live.fields.get(kind.as_startable.field) or UNKNOWN)


def text_of(kind: Kind, text: str) -> str | None:
    """A typed name in the form in which live names are compared."""
    name: str | None = kind.field(_name_field(kind)).canonical(text)
    return name


def _name_field(kind: Kind) -> str:
    return kind.natural_key[0]


def require_known(options: PlanOptions, declared: Resources, recorded: Collection[Address]) -> None:
    """UsageError for an address or a label that nobody knows.

    What is `recorded` only may be up for removal, not for a start.
    """
    everything, restarts = {*declared, *recorded}, frozenset(options.restarts)
    names, startable = _names(everything), _names(declared) if restarts else frozenset()
    for address in (*options.targets, *options.excludes, *options.restarts):
        if isinstance(address, LabelSelector):
            _require_labelled(address, declared)
            continue
        if address not in (startable if address in restarts else names):
            known = declared if address in restarts else everything
            guess = likely(str(address), known) or ": see `alice-apply graph` for the addresses there are"
            raise UsageError(f"{address} is not declared{guess}", id=ErrorId.UNKNOWN_NAME)
    for address in options.restarts:
        if KINDS[address.kind].startable is None:
            raise UsageError(f"--restart {address}: a {KINDS[address.kind].title} is never started")


def _names(known: Iterable[Address]) -> frozenset[Address]:
    """All by which these may be named, those of a for_each also all at once."""
    return frozenset(name for each in known for name in each.names)


def _require_labelled(label: LabelSelector, declared: Resources) -> None:
    """UsageError for a label that nothing declared has: it may be misspelt."""
    if any(map(label.matches, declared.values())):
        return
    known = {str(LabelSelector(*pair)) for each in declared.values() for pair in each.labels.items()}
    guess = did_you_mean(str(label), known) or (f"; there are {listed(sorted(known))}" if known else "")
    raise UsageError(f"{named(str(label))}: nothing declared has this label{guess}", id=ErrorId.UNKNOWN_NAME)


def likely(text: str, known: Iterable[Address]) -> str:
    """`, did you mean 'campaign.tet-2027'?`, or nothing: a key that is near counts, a kind alone does not."""
    known, (kind, dot, key) = sorted(known), text.partition(".")
    name = _kind(kind)
    keys = (key, text) if dot else (text,)
    of_kind = [each for each in known if each.kind == name]
    found = _near(key, of_kind) if name and dot else []
    found = found or [each for each in known if each.key in keys] or _near(keys[0], known)
    told = " or ".join(f"'{each}'" for each in found[:MOST])
    return f", did you mean {told}?" if told else ""


def _kind(word: str) -> str | None:
    """The kind that a word means: its name, another form of it, or one that is near."""
    forms = {form: kind.name for kind in KINDS.values() for form in (kind.name, kind.plural, kind.collection) if form}
    return forms.get(closest(word, forms) or "")


def _near(key: str, known: Iterable[Address]) -> list[Address]:
    """The addresses whose key is the nearest."""
    known = [*known]
    near = closest(key, (each.key for each in known))
    return [each for each in known if each.key == near]
