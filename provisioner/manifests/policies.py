"""Packs of calling hours: the shipped ones, and those of a project from `policies:` of alice.yaml.

The schema says what may stand in a pack; here is what it cannot know: whether a day, a zone and a time of day exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from itertools import pairwise
from typing import Any

from provisioner import runtime
from provisioner.manifests.nodes import Path, plain
from provisioner.manifests.yaml_reader import read
from provisioner.manifests.zones import UnknownZone, zone
from provisioner.project import ClockSpan, Policy

CLOSED, EVERY_DAY, MIDNIGHT = "closed", "every_day", "24:00"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST = time(23, 59, 59)  # what people declare as the end of a day

Blame = Callable[[Path, str], None]


def policies(packs: Mapping[str, Any], blame: Blame) -> tuple[Policy, ...]:
    """The shipped packs and the ones given, which take the place of a shipped one of the same name, by name."""
    found = {pack.name: pack for pack in shipped()}
    for name, data in packs.items():
        found[name] = _Pack(data, _below(name, blame)).read(name)
    return tuple(found[name] for name in sorted(found))


@cache
def shipped() -> tuple[Policy, ...]:
    """The packs that come with the tool, by name."""
    return tuple(_shipped(path.stem, path.read_bytes()) for path in runtime.policies())


def _shipped(name: str, content: bytes) -> Policy:
    def blame(path: Path, message: str) -> None:
        raise ValueError(f"{name}.yaml: {path}: {message}")

    root = read(content).root
    assert root is not None
    return _Pack(plain(root), blame).read(name)


def _below(name: str, blame: Blame) -> Blame:
    return lambda path, message: blame((name, *path), message)


@dataclass(frozen=True, slots=True)
class _Pack:
    """One pack, as JSON values that its schema allows; `blame` is told what is wrong with them."""

    data: Mapping[str, Any]
    blame: Blame

    def read(self, name: str) -> Policy:
        data, most = self.data, self.data.get("most_calls", {})
        return Policy(
            name=name,
            title=data["title"],
            source=data["source"],
            version=str(data["version"]),
            since=self.day(data["since"], "since"),
            purposes=tuple(data["purposes"]),
            region=data["region"],
            timezone=self.zone(),
            hours=self.week(),
            holidays=self.holidays(),
            most_calls=most.get("calls"),
            per_hours=most.get("hours", 24),
            unless=data.get("unless", ""),
        )

    def zone(self) -> str:
        try:
            return zone(self.data["timezone"]).key
        except UnknownZone as error:
            self.blame(("timezone",), str(error))
            return "UTC"

    def week(self) -> tuple[tuple[ClockSpan, ...], ...]:
        hours = self.data["hours"]
        named = {name: self.stretches(value, "hours", name) for name, value in hours.items()}
        return tuple(named.get(weekday, named.get(EVERY_DAY, ())) for weekday in WEEKDAYS)

    def holidays(self) -> dict[date, tuple[ClockSpan, ...]]:
        given = self.data.get("holidays", {})
        return {self.day(day, "holidays", day): self.stretches(value, "holidays", day) for day, value in given.items()}

    def day(self, text: str, *path: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.blame(path, "is not a valid day; write it like 2027-02-06")
            return date.max

    def stretches(self, value: str | list[str], *path: str) -> tuple[ClockSpan, ...]:
        """`closed`, one stretch or several, in order."""
        texts = [] if value == CLOSED else [value] if isinstance(value, str) else value
        found = sorted(self.stretch(text, *path) for text in texts)
        if any(first[1] > second[0] for first, second in pairwise(found)):
            self.blame(path, "holds stretches that overlap; join them")
        return tuple(found)

    def stretch(self, text: str, *path: str) -> ClockSpan:
        first, _, last = (part.strip().rjust(5, "0") for part in text.partition("-"))
        try:
            found = time.fromisoformat(first), LAST if last == MIDNIGHT else time.fromisoformat(last)
        except ValueError:
            self.blame(path, "holds no valid time of day; write it like 08:00-17:00")
            return time.min, LAST
        if found[0] >= found[1]:
            self.blame(path, f"must open before it closes, is {text}; hours over midnight are two stretches")
        return found
