"""From what was written to what it means: the values of one draft, read, converted and checked against its schema.

Conversion comes first, because "needs a time of day" says more than a pattern can; the schema then judges the values as
they would be sent. What several resources have to do with each other comes later (`references`, `semantics`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from provisioner.kinds import COLLECTIONS, KINDS, Kind, Password
from provisioner.manifests.collect import CHILDREN, member
from provisioner.manifests.drafts import Draft, Report
from provisioner.manifests.gate import Gate
from provisioner.manifests.nodes import Node, Path
from provisioner.manifests.rows import RowReader
from provisioner.manifests.schemas import schema
from provisioner.manifests.shapes import ANY, Reader, Shape, shape
from provisioner.manifests.values import Values, WrongValue, canonical_text, reference
from provisioner.manifests.variables import Variables
from provisioner.model import Lifecycle, Safety


@dataclass(frozen=True)
class Form:
    """What a declaration of one kind looks like."""

    kind: Kind

    @cached_property
    def gate(self) -> Gate:
        children = (member(CHILDREN[self.kind.name]),) if self.kind.name in CHILDREN else ()
        return Gate(schema(self.kind.name, children))

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        return shape(self.gate.schema).members

    @cached_property
    def implied(self) -> str:
        """The relation that standing inside a parent declares."""
        return self.kind.parent

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Fields whose values no message may show."""
        rows = {self.kind.rows.declared} if self.kind.rows else set()
        return frozenset(rows | {field.name for field in self.kind.fields if field.sensitive})


class Filler:
    """Reads the values of drafts with one project's settings and variables."""

    def __init__(self, values: Values, variables: Variables, safety: Safety, report: Report) -> None:
        self.values, self.variables, self.safety, self.report = values, variables, safety, report
        self.rows = RowReader(variables.folder, values, report)
        self._forms: dict[str, Form] = {}
        self._converters: dict[str, list[tuple[str, Callable[[Any], Any]]]] = {}

    def fill(self, draft: Draft) -> None:
        """Set everything of a draft that follows from its own body."""
        form = self.form(draft.kind)
        data = self.read(draft, form)
        self.convert(draft, data)
        self.check(draft, form, data)
        for name in draft.bad:
            draft.fields.pop(name, None)
            data.pop(name, None)
        self.settle(draft, data)

    def form(self, kind: Kind) -> Form:
        if kind.name not in self._forms:
            self._forms[kind.name] = Form(kind)
            self._converters[kind.name] = [(field.name, self.values.converter(field)) for field in kind.fields]
        return self._forms[kind.name]

    def read(self, draft: Draft, form: Form) -> dict[str, Any]:
        """The JSON values of the body; what cannot be read is reported, bad and left out."""
        reader = Reader(self.variables, draft.manifest.folder)
        children = {member(CHILDREN[draft.kind.name])} if draft.kind.name in CHILDREN else set()
        data: dict[str, Any] = {}
        for name, (_, node) in draft.body.entries.items():
            if name in children:
                continue
            value = self.read_one(draft, reader, name, node, form.members.get(name, ANY))
            if name not in draft.bad:
                data[name] = value
        return data
