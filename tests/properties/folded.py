"""A random project written with `for_each` wherever it can be, and nothing else changed: the keys become keys of a set.

Resources that follow each other and have the same fields become one declaration. `phonebooks.a` and `phonebooks.b` are
then `phonebooks.g1[a]` and `phonebooks.g1[b]`, in the same order, and whoever refers to one follows.
"""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from hypothesis import strategies as st

from tests.properties.projects import COLLECTIONS, IDENTITY, Draw, Manifest, maybe, point, some

FORMS = ("mapping", "variable", "file")
TITLES = {name: fields[-1] for name, fields in IDENTITY.items() if name not in ("events", "alarms")}

Body = dict[str, Any]


class Folded:
    """`manifest` and what it takes in: `variables` of alice.yaml, and `files` with rows of sets."""

    def __init__(self, draw: Draw, written: Manifest) -> None:
        self.draw, self.manifest = draw, copy.deepcopy(written)
        self.variables: dict[str, Any] = {}
        self.files: dict[str, str] = {}
        groups = {name: list(self._groups(name)) for name in COLLECTIONS if name in self.manifest}
        for name, those in groups.items():
            for number, keys in enumerate(those):
                for key in keys:
                    self._follow(name, key, f"g{number}[{key}]")
        for name, those in groups.items():
            bodies = self.manifest[name]
            self.manifest[name] = {
                f"g{number}": self._declared(name, {key: bodies[key] for key in keys})
                for number, keys in enumerate(those)
            }

    def _groups(self, name: str) -> Iterator[list[str]]:
        """Neighbours with the same fields."""
        for _, those in groupby(self.manifest[name].items(), lambda item: _shape(*item)):
            yield [key for key, _ in those]

    def _follow(self, name: str, key: str, other: str) -> None:
        for collection, bodies in self.manifest.items():
            for body in bodies.values():
                point(body, collection, name, key, other)

    def _declared(self, name: str, bodies: dict[str, Body]) -> Body:
        """One for all of them: a field in which they differ, or may, is looked up by key."""
        shared, values = _parted(bodies, lambda: maybe(self.draw))
        titles = {key: body.get(TITLES.get(name, "")) for key, body in bodies.items()}
        if all(title == f"N-{key}" for key, title in titles.items()):
            shared[TITLES[name]] = "N-${each.key}"
            values = {key: {f: v for f, v in those.items() if f != TITLES[name]} for key, those in values.items()}
        looked_up = {field: f"${{each.value.{field}}}" for field in next(iter(values.values()))}
        if "sections" in looked_up:
            looked_up["sections"] = [self._sections(values)]
        return {"for_each": self._set(values), **shared, **looked_up}

    def _sections(self, values: dict[str, Body]) -> Body:
        """A for_each inside of the other one, of sets that are values of its keys."""
        for those in values.values():
            those["sections"] = {each.pop("key"): each for each in those["sections"]}
        fields = next((each for those in values.values() for each in those["sections"].values()), {})
        return {"key": "s", "for_each": "${each.value.sections}", **{f: f"${{each.value.{f}}}" for f in fields}}

    def _set(self, values: dict[str, Body]) -> Any:
        """Keys alone where they say all, else a mapping, in its place or elsewhere."""
        if not any(values.values()):
            return list(values)
        form, name = some(self.draw, FORMS), f"set{len(self.variables) + len(self.files)}"
        if form == "variable":
            self.variables[name] = values
            return f"${{var.{name}}}"
        if form == "file" and all(_cell(value) for those in values.values() for value in those.values()):
            self.files[f"{name}.csv"] = _csv(values)
            return {"file": f"{name}.csv", "key": "which key"}
        return values


def _shape(key: str, body: Body) -> Any:
    """What bodies of one declaration have in common; a survey whose sections differ is one by itself."""
    return frozenset(body), _sections_of(body), key if _mixed(body) else None


def _sections_of(body: Body) -> frozenset[frozenset[str]]:
    """The sets of fields that its sections have."""
    return frozenset(frozenset(section) for section in body.get("sections", ()))


def _mixed(body: Body) -> bool:
    return len(_sections_of(body)) > 1


def _parted(bodies: dict[str, Body], stays: Any) -> tuple[Body, dict[str, Body]]:
    """The fields that all have alike and that are written once, and for each key the others."""
    first = next(iter(bodies.values()))
    once = [name for name in first if stays() or (name == "sections" and _mixed(first))]
    shared = {name: first[name] for name in once if all(body[name] == first[name] for body in bodies.values())}
    return shared, {key: {f: v for f, v in body.items() if f not in shared} for key, body in bodies.items()}


def _cell(value: object) -> bool:
    """Whether it is the same as a cell of a table, which is text."""
    return isinstance(value, str) and bool(value) and value == value.strip() and "${" not in value


def _csv(values: dict[str, Body]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["which key", *next(iter(values.values()))])
    writer.writeheader()
    writer.writerows({"which key": key, **those} for key, those in values.items())
    return out.getvalue()


@st.composite
def alike(draw: Draw, project: Manifest) -> Manifest:
    """The same with some collections in which resources differ by a name that is made of the key, and by no more."""
    found = copy.deepcopy(project)
    for name in [each for each in TITLES if found[each] and maybe(draw)]:
        first = next(iter(found[name].values()))
        found[name] = {key: {**copy.deepcopy(first), TITLES[name]: f"N-{key}"} for key in found[name]}
    return found
