"""Two live objects where one is declared, and live objects that are called almost like one that is to be made.

Two runs at once with states of their own leave two behind. Where what depends on one was made by the other run nobody
can tell which is meant: it is unsettled, or the two runs would change it to and fro, and call people twice; anywhere
else the second one is only told. Capitals, blanks and Unicode forms tell names apart on the server and not for people,
so a likely namesake is told too. `id:` says which one is meant. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from provisioner.language import gettext, joined, term
from provisioner.messages import differing, seen
from provisioner.model import NOT_SHOWN, Address, Finding, LiveObject, Recorded, Unknown
from provisioner.plan.decision import Decision
from provisioner.plan.live import Live
from provisioner.plan.match import Match, Matches
from provisioner.plan.model import Action
from provisioner.plan.starts import started_before
from provisioner.plan.unsettled import Unsettled
from provisioner.resources import KINDS, Kind, Text

Index = Mapping[tuple[Any, ...], list[LiveObject]]
Key = tuple[Any, ...]
Uses = Mapping[Address, list[tuple[Match, str]]]


def with_doubles(matches: Matches, live: Live, recorded: Mapping[Address, Recorded]) -> Matches:
    """The matches with what is unsettled because there are two of it, and findings about all that there are two of."""
    taken = {(m.live.kind, m.live.id) for m in matches.by_address.values() if m.live}
    taken |= {(address.kind, record.remote_id) for address, record in recorded.items()}
    found, told, index, uses = dict(matches.by_address), [], _index(matches, live), _uses(matches)
    for address, match in matches.by_address.items():
        others = [each for each in _namesakes(match, index) if (each.kind, each.id) not in taken]
        if others and (users := _users(match, others, uses, live)):
            found[address] = replace(match, unsettled=_which(match, others, users))
        elif others:
            told.append(_second(match, others, live))
    return replace(matches, by_address=found, findings=tuple(told))


def _namesakes(match: Match, index: Index) -> list[LiveObject]:
    """Other objects that have what identifies the recorded one."""
    if match.live is None or match.by != "record" or match.unread:
        return []
    return [each for each in index.get(_identity(match.live), ()) if each.id != match.live.id]


def _index(matches: Matches, live: Live) -> Index:
    """The objects that are alike in what identifies them."""
    found: dict[tuple[Any, ...], list[LiveObject]] = {}
    for name in {address.kind for address in matches.by_address}:
        for each in live.owned(name):
            found.setdefault(_identity(each), []).append(each)
    return found


def _identity(found: LiveObject) -> tuple[Any, ...]:
    """By its id where the server does not show what identifies it, or nobody can read that."""
    names = KINDS[found.kind].natural_key
    values = tuple(found.fields.get(name, NOT_SHOWN) for name in names)
    unclear = any(isinstance(value, Unknown) for value in values)
    return (found.kind, found.id) if unclear else (found.kind, *values)


def _uses(matches: Matches) -> Uses:
    """What exists and refers to something, and by which field, by what it refers to."""
    found: dict[Address, list[tuple[Match, str]]] = {}
    for user in matches.by_address.values():
        for path, reference in user.resource.references() if user.live else ():
            if reference.by == "key":
                found.setdefault(Address(reference.kind, str(reference.value)), []).append((user, path))
    return found


def _users(match: Match, others: list[LiveObject], uses: Uses, live: Live) -> list[tuple[Address, int]]:
    """Declared dependants whose live objects use one of the others in its place, each with the id it uses."""
    ids, users = {each.id for each in others}, []
    for user, path in uses.get(match.resource.address, ()):
        if not _fixed(user, path, live):
            users += [(user.resource.address, one) for one in ids & _targets(user.live, path)]
    return users


def _fixed(user: Match, path: str, live: Live) -> bool:
    """Whether a start has put a copy there, whose ids are of another kind."""
    startable = KINDS[user.resource.address.kind].startable
    return startable is not None and path in startable.frozen and started_before(user, live)


def _targets(found: LiveObject | None, path: str) -> set[int]:
    value = found.fields.get(path) if found else None
    return {each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, int)}


def _which(match: Match, others: list[LiveObject], users: list[tuple[Address, int]]) -> Unsettled:
    assert match.live is not None
    uses = joined(gettext("{user} uses id {id}", user=user, id=str(one)) for user, one in sorted(users))
    what = gettext(
        "there are {objects}: id {id} is recorded here, but {uses}",
        objects=_count(match, others),
        id=str(match.live.id),
        uses=uses,
    )
    return Unsettled(what, gettext("two runs created them at the same time; {advice}", advice=_merge(match)))


def _second(match: Match, others: list[LiveObject], live: Live) -> Finding:
    assert match.live is not None
    message = gettext(
        "there are {objects}: {own}, is recorded here; {others}; {advice}",
        objects=_count(match, others),
        own=_described(match.live, live),
        others=joined((_described(each, live) for each in others), "; "),
        advice=_merge(match),
    )
    return Finding("duplicate", "warning", message, match.resource.address, match.resource.source)


def _count(match: Match, others: list[LiveObject]) -> str:
    things = term(f"{KINDS[match.resource.address.kind].title}s")
    return gettext("{count} live {things} of this name", count=len(others) + 1, things=things)


def _described(found: LiveObject, live: Live) -> str:
    """`id 293, used by campaign 1243`."""
    pointing = live.pointing_at(found.kind, found.id)
    users = [gettext("{kind} {name}", kind=term(KINDS[kind].title), name=str(number)) for kind, number in pointing]
    if not users:
        return gettext("id {id}, used by nothing", id=found.id)
    return gettext("id {id}, used by {users}", id=found.id, users=joined(users))


def _merge(match: Match) -> str:
    kind = KINDS[match.resource.address.kind]
    if kind.rows is None:
        return gettext("pin the one to keep with `id:`, and delete the other in Alice's web page")
    return gettext(
        "pin the one to keep with `id:`, with the {rows} that it should have, and delete the other in Alice's web page",
        rows=term(f"{KINDS[kind.rows.kind].title}s"),
    )


def similar(decisions: Mapping[Address, Decision], matches: Matches, live: Live) -> Iterator[Finding]:
    """A finding for each that this plan makes beside an object of almost its name."""
    taken = {(match.live.kind, match.live.id) for match in matches.by_address.values() if match.live}
    new = [each.match for each in decisions.values() if each.change and each.change.action is Action.CREATE]
    index: dict[tuple[str, Key], list[LiveObject]] = {}
    for name in {each.resource.address.kind for each in new}:
        for found in live.owned(name):
            if (name, found.id) not in taken:
                key = _key(KINDS[name], [found.fields.get(part) for part in KINDS[name].natural_key])
                index.setdefault((name, key), []).append(found)
    for match in new:
        namesakes = index.get((match.resource.address.kind, _wanted(match, matches)), ())
        yield from (_told(match, found) for found in namesakes)


def _wanted(match: Match, matches: Matches) -> Key:
    kind = KINDS[match.resource.address.kind]
    fields = match.resource.fields
    return _key(kind, [matches.targets.resolve(fields.get(name), lambda *_: None) for name in kind.natural_key])


def _key(kind: Kind, values: Iterable[Any]) -> Key:
    """Names as people see them, other values as they are."""
    named = zip(kind.natural_key, values, strict=True)
    return tuple(_as_seen(value) if isinstance(kind.field(name), Text) else value for name, value in named)


def _as_seen(value: Any) -> Any:
    return " ".join(seen(value).casefold().split()) if isinstance(value, str) else value


def _told(match: Match, found: LiveObject) -> Finding:
    """Without the live name: nobody knows what people write into a title there."""
    resource, kind = match.resource, KINDS[found.kind]
    texts = [name for name in kind.natural_key if isinstance(kind.field(name), Text)]
    name = next((each for each in texts if resource.fields.get(each) != found.fields.get(each)), texts[0])
    how = differing(str(resource.fields.get(name)), str(found.fields.get(name))) or gettext(
        " in capitals, blanks or form"
    )
    message = gettext(
        "a new {kind} is made beside the one with id {id}, whose {field} looks alike and differs{how}: write `id: "
        "{id}` if that one is meant",
        kind=term(kind.title),
        id=found.id,
        field=name,
        how=how,
    )
    return Finding("similar-name", "warning", message, resource.address, resource.position(name))
