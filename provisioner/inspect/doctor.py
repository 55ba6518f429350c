"""`doctor`: what this server can do, found out by asking: reads and OPTIONS only, nothing is written.

The documentation of the API is short and servers differ (docs/alice-api.md); planning adapts to what is found
here. Wrong credentials and a dead network are not findings: they are raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from provisioner.api import Client
from provisioner.api.wire import Answer
from provisioner.errors import ApiError, AuthError, RouteMissing, Unreachable
from provisioner.inspect.table import Table
from provisioner.resources import KINDS, Kind, remote_id

PARALLEL = 8
COLLECTION_VERBS = {"list": "GET", "create": "POST"}
OBJECT_VERBS = {"get": "GET", "update": "PUT", "delete": "DELETE"}
VERBS = ("list", "get", "create", "update", "delete")
NO_SUCH_ID = 0
MARKS = {(True, True): "yes", (False, True): "yes*", (True, False): "NO", (False, False): "-"}
LEGEND = "yes* not documented but there; NO documented but missing; ? could not be found out; - neither"


@dataclass(frozen=True, slots=True)
class Ability:
    """What one kind's endpoint offers: a verb is None when that could not be found out."""

    kind: Kind
    verbs: Mapping[str, bool | None]
    envelope: str = ""
    count: int | None = None
    page: int = 0
    problem: str = ""

    @property
    def answered(self) -> bool:
        """Whether anything at all works."""
        return any(self.verbs.values())


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A server, and what each kind can do there. `clock_difference` is server minus us, in seconds."""

    endpoint: str
    clock_difference: float | None
    page_size: int | None
    page_size_honoured: bool | None
    abilities: tuple[Ability, ...] = field(default=())

    @property
    def usable(self) -> bool:
        """Whether any kind answered."""
        return any(ability.answered for ability in self.abilities)


def examine(client: Client, now: datetime) -> Diagnosis:
    """Ask every endpoint; raises AuthError and Unreachable."""
    client.identity()
    kinds = list(KINDS.values())
    difference = _clock_difference(client.ask(kinds[0].path), now)
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="doctor") as pool:
        abilities = tuple(pool.map(lambda kind: _examined(client, kind), kinds))
    sizes = [each.page for each in abilities if each.count is not None and each.page < each.count]
    return Diagnosis(client.shown, difference, max(sizes, default=None), _honoured(client, abilities), abilities)


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The diagnosis as JSON."""
    return {
        "endpoint": diagnosis.endpoint,
        "clock_difference_seconds": diagnosis.clock_difference,
        "page_size": diagnosis.page_size,
        "page_size_honoured": diagnosis.page_size_honoured,
        "kinds": [_ability_document(each) for each in diagnosis.abilities],
    }


def as_table(diagnosis: Diagnosis) -> Table:
    """A row per kind."""
    columns = ("kind", "path", *VERBS, "list comes as", "objects", "problem")
    return Table(columns, tuple(_row(each) for each in diagnosis.abilities))


def facts(diagnosis: Diagnosis) -> list[str]:
    """What is true of the whole server, a sentence each."""
    size = "unknown, every list fits on one page" if diagnosis.page_size is None else str(diagnosis.page_size)
    honoured = {True: "honoured", False: "ignored", None: "not tried, no list has two objects"}
    difference = diagnosis.clock_difference
    clock = "unknown" if difference is None else f"{abs(difference):.0f} s {'ahead' if difference > 0 else 'behind'}"
    return [
        f"Server: {diagnosis.endpoint}",
        f"Page size: {size}; page_size is {honoured[diagnosis.page_size_honoured]}",
        f"Clock of the server: {clock}",
    ]


def _examined(client: Client, kind: Kind) -> Ability:
    try:
        return _ability(client, kind)
    except (AuthError, Unreachable):
        raise
    except ApiError as error:
        return Ability(kind, dict.fromkeys(VERBS), problem=str(error))


def _ability(client: Client, kind: Kind) -> Ability:
    answer = client.ask(kind.path)
    envelope, objects, count = _listed(answer)
    ids = (found for each in objects if (found := remote_id(each.get("id", each.get("url")))) is not None)
    verbs = {
        **_allowed(client, kind, COLLECTION_VERBS, None),
        **_allowed(client, kind, OBJECT_VERBS, next(ids, NO_SUCH_ID)),
        "list": bool(envelope),
    }
    problem = "" if envelope or not answer.ok else "the list is not JSON"
    return Ability(kind, verbs, envelope, count, len(objects), problem)


def _allowed(client: Client, kind: Kind, verbs: Mapping[str, str], id: int | None) -> dict[str, bool | None]:
    """The verbs that OPTIONS allows; all unknown when it allows none."""
    try:
        allow = client.options(kind.path, id).allow
    except RouteMissing:
        return dict.fromkeys(verbs, False)
    except (AuthError, Unreachable):
        raise
    except ApiError:
        return dict.fromkeys(verbs)
    return {name: method in allow if allow else None for name, method in verbs.items()}


def _listed(answer: Answer) -> tuple[str, Sequence[Mapping[str, Any]], int | None]:
    """The shape of a list, its objects and its count; the shape is empty when there is no list."""
    try:
        data = orjson.loads(answer.body) if answer.ok else None
    except orjson.JSONDecodeError:
        return "", [], None
    if isinstance(data, list):
        return "bare list", _objects(data), None
    if not isinstance(data, dict):
        return "", [], None
    if isinstance(data.get("results"), list):
        count = data.get("count")
        return (
            ("results and count", _objects(data["results"]), count)
            if isinstance(count, int)
            else (
                "results",
                _objects(data["results"]),
                None,
            )
        )
    return "one object or note", [data], None


def _objects(parts: list[Any]) -> list[Mapping[str, Any]]:
    return [part for part in parts if isinstance(part, dict)]


def _honoured(client: Client, abilities: Sequence[Ability]) -> bool | None:
    """Whether a list with more than one object can be had one by one."""
    longest = max(abilities, key=lambda each: each.page, default=None)
    if longest is None or longest.page < 2:
        return None
    return len(_listed(client.ask(longest.kind.path, {"page_size": 1}))[1]) == 1


def _clock_difference(answer: Answer, now: datetime) -> float | None:
    try:
        return (parsedate_to_datetime(answer.headers.get("Date", "")) - now).total_seconds()
    except (TypeError, ValueError):
        return None


def _row(ability: Ability) -> tuple[str, ...]:
    count = "" if ability.count is None else f"{ability.count:,}"
    marks = (_mark(ability, verb) for verb in VERBS)
    return (ability.kind.plural, f"{ability.kind.path}/", *marks, ability.envelope, count, ability.problem)


def _mark(ability: Ability, verb: str) -> str:
    offered = ability.verbs.get(verb)
    return "?" if offered is None else MARKS[getattr(ability.kind.api.verbs, verb), offered]


def _ability_document(ability: Ability) -> dict[str, Any]:
    return {
        "kind": ability.kind.plural,
        "path": ability.kind.path,
        **{
            verb: {"documented": getattr(ability.kind.api.verbs, verb), "server": ability.verbs.get(verb)}
            for verb in VERBS
        },
        "envelope": ability.envelope or None,
        "count": ability.count,
        "problem": ability.problem or None,
    }
