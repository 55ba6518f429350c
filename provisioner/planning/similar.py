"""A live object that is called almost like one that is to be made: people take the two for one, Alice does not.

Capitals, blanks, marks that nobody sees and Unicode forms tell names apart on the server. Whoever typed a name there by
hand, or pasted it, may have meant the very object that a manifest declares. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from provisioner.kinds import KINDS, Kind, Text
from provisioner.model import Finding, LiveObject
from provisioner.planning.live import Live
from provisioner.planning.matching import Match, Matches
from provisioner.rowfiles.names import differing, seen

Key = tuple[Any, ...]


def with_similar(matches: Matches, live: Live) -> Matches:
    """The matches, with a finding for each that would be made beside an object of almost its name."""
    return replace(matches, findings=(*matches.findings, *_similar(matches, live)))


def _similar(matches: Matches, live: Live) -> Iterator[Finding]:
    taken = {(match.live.kind, match.live.id) for match in matches.by_address.values() if match.live}
    new = [each for each in matches.by_address.values() if each.live is None and each.unsettled is None]
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
    return _key(kind, [matches.targets.resolve(fields.get(name), lambda message: None) for name in kind.natural_key])


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
    how = differing(str(resource.fields.get(name)), str(found.fields.get(name))) or " in capitals, blanks or form"
    message = (
        f"a new {kind.title} is made beside the one with id {found.id}, whose {name} looks alike and differs{how}: "
        f"write `id: {found.id}` if that one is meant"
    )
    return Finding("similar-name", "warning", message, resource.address, resource.position(name))
