"""From what was written to what it means: the values of one draft, read, converted and checked against its schema.

Whether a plain 19001234 is a text or a number only the schema knows: a place that takes text gets every scalar as it
was written (`version: 1.10`), any other the value that YAML gives it. Then comes conversion, because "needs a time of
day" says more than a pattern can, and the schema judges the values as they would be sent. What several resources have
to do with each other comes later (`references`, `semantics`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.manifests.appointments import AppointmentReader
from provisioner.manifests.core_schema import core, nfc
from provisioner.manifests.drafts import CHILDREN, Diagnostics, Draft, member
from provisioner.manifests.for_each import FOR_EACH, former_key, names_nothing
from provisioner.manifests.interpolation import ScopedValue, TextScope, Unresolved
from provisioner.manifests.nodes import MappingNode, Node, Problem, Scalar, Sequence, size
from provisioner.manifests.rows import RowReader
from provisioner.manifests.schema_validator import Gate
from provisioner.manifests.shapes import ANY, Shape, gate_of, members_of
from provisioner.manifests.values import Values, WrongValue, reference
from provisioner.manifests.variables import Variables
from provisioner.messages import named
from provisioner.model import LifecycleRules, Reference
from provisioner.project import Settings
from provisioner.resources import COLLECTIONS, Kind, Password, Telephone, Text
from provisioner.sensitive import content

FORMER = "renamed_from"
NODE = 10  # characters that a value of a list or a mapping counts as
_CELLS = frozenset(("rows", "defaults", "filter", "sql"))
_VARIABLE = re.compile(r"\$\{env\.[A-Za-z_][A-Za-z0-9_-]*\}")
_ONLY = "must be ${env.NAME} and nothing beside it: it holds a password, and a branch must not choose who gets it"
# Whether `+8493${env.X}` is a number tells a digit of X.
_PARTS = "mixes a value of the environment with other text; put the whole number into the variable"


@dataclass(slots=True)
class ValueReader:
    """Reads the values of one file or resource; without `variables` a `${...}` stays as it is.

    What it notes beside values with `${...}` holds since `begin`: `failed` when something could not be replaced
    (`problems` says what, unless that is told elsewhere), `secret`, `clear`, `mixed` and `given` where texts came from
    (see `Expanded`).
    """

    variables: Variables | None
    scope: TextScope
    problems: list[Problem] = field(default_factory=list)
    failed: bool = False
    secret: bool = False
    clear: bool = False
    mixed: bool = False
    given: frozenset[str] = frozenset()

    @property
    def noted(self) -> bool:
        """Whether there is anything to know beside the values."""
        return self.failed or self.secret or self.clear

    def begin(self) -> None:
        """Forget what was noted about earlier values."""
        self.failed = self.secret = self.clear = self.mixed = False
        self.given = frozenset()
        self.problems.clear()

    def read(self, node: Node, shape: Shape) -> Any:
        """The JSON value of a node; None where something cannot be replaced."""
        if shape.only and self.variables is not None:
            return self._from_environment(node, self.variables)
        if isinstance(node, Scalar):
            if "${" in node.text and self.variables is not None:
                return self._expanded(node, self.variables, shape)
            return node.text if shape.text and node.value is not None else node.value
        if isinstance(node, Sequence):
            return [self.read(item, shape.items or ANY) for item in node.items]
        rest, members = shape.rest or ANY, shape.members
        return {name: self.read(value, members.get(name, rest)) for name, (_, value) in node.entries.items()}

    def _from_environment(self, node: Node, variables: Variables) -> Any:
        """The value of one variable, which no message has any need of; "" where that need not be set."""
        if not isinstance(node, Scalar) or not _VARIABLE.fullmatch(node.text):
            self.failed = True
            self.problems.append(Problem(node.line, node.column, _ONLY, ErrorId.FIELD_PASSWORD))
            return None
        if variables.offline and variables.unset_in(node.text):
            return ""
        try:
            return variables.expand(node.text, self.scope).text
        except Unresolved as error:
            return self._unresolved(node, error)

    def _unresolved(self, node: Node, error: Unresolved) -> None:
        self.failed = True
        self.problems.extend(Problem(node.line, node.column, message, id) for id, message in error.messages)

    def _expanded(self, node: Scalar, variables: Variables, shape: Shape) -> Any:
        try:
            found = variables.expand(node.text, self.scope, env=shape.env)
        except Unresolved as error:
            return self._unresolved(node, error)
        self.secret = self.secret or found.secret
        self.clear = self.clear or found.clear
        self.mixed = self.mixed or found.mixed
        self.given |= found.given
        if found.held is not None:
            return self._structured(node, found.held, variables, shape)
        return core(found.text) if found.alone and not shape.text else found.text

    def _structured(self, node: Scalar, held: ScopedValue, variables: Variables, shape: Shape) -> Any:
        """The list or mapping that one `${...}` stands for; what is wrong in it is told where it is used."""
        inner = ValueReader(variables, held.scope)
        try:
            variables.require_room(NODE * size(held.node))
        except Unresolved as error:
            return self._unresolved(node, error)
        value = inner.read(held.node, shape)
        self.failed = self.failed or inner.failed
        self.secret, self.clear = self.secret or inner.secret, self.clear or inner.clear
        self.mixed = self.mixed or inner.mixed
        self.given |= inner.given
        self.problems.extend(Problem(node.line, node.column, problem.message) for problem in inner.problems)
        return value


@dataclass(frozen=True)
class KindSchema:
    """What a declaration of one kind looks like, and how its fields are converted."""

    kind: Kind
    values: Values

    @cached_property
    def gate(self) -> Gate:
        return gate_of(self.kind.name, tuple(sorted(self.elsewhere)))

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        return members_of(self.kind.name, tuple(sorted(self.elsewhere)))

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """Keys of the body that are resources of their own, or say how many this is."""
        return frozenset({FOR_EACH, *([member(CHILDREN[self.kind.name])] if self.kind.name in CHILDREN else ())})

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Fields whose values no message may show."""
        rows = {declared} if (declared := rows_of(self.kind)) else set()
        return frozenset(rows | {field.name for field in self.kind.fields if field.sensitive})

    @cached_property
    def passwords(self) -> frozenset[str]:
        return frozenset(field.name for field in self.kind.fields if isinstance(field, Password))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(field.name for field in self.kind.fields if isinstance(field, Telephone))

    @cached_property
    def converters(self) -> tuple[tuple[str, bool, Callable[[Any], Any]], ...]:
        """Of each field its name, whether it is text, and its conversion."""
        fields = self.kind.fields
        return tuple((field.name, isinstance(field, Text), self.values.converter(field)) for field in fields)


class Filler:
    """Reads the values of drafts with one project's settings and variables."""

    def __init__(self, values: Values, variables: Variables, settings: Settings, report: Diagnostics) -> None:
        self.values, self.variables, self.safety, self.report = values, variables, settings.safety, report
        reading = variables.folder, variables.exclusions, values, report, settings.sources
        self.rows, self.appointments = RowReader(*reading), AppointmentReader(*reading)
        self._forms: dict[str, KindSchema] = {}

    def fill(self, draft: Draft) -> None:
        """Set everything of a draft that follows from its own body."""
        form = self._form(draft.kind)
        data = self._read(draft, form)
        self._convert(draft, form, data)
        self._check(draft, form, data)
        for name in draft.bad:
            draft.fields.pop(name, None)
        self._settle(draft, {name: value for name, value in data.items() if name not in draft.bad})
        declared, owner = rows_of(draft.kind), draft.kind.appointments
        if declared in data and declared not in draft.unread:
            if owner is not None:
                draft.appointments = self.appointments.read_list(draft, owner, data[declared])
            else:
                draft.rows = self.rows.read(draft, data[declared])

    def _form(self, kind: Kind) -> KindSchema:
        if kind.name not in self._forms:
            self._forms[kind.name] = KindSchema(kind, self.values)
        return self._forms[kind.name]

    def _read(self, draft: Draft, form: KindSchema) -> dict[str, Any]:
        """The JSON values of the body; what cannot be read is reported, and bad."""
        reader = ValueReader(self.variables, draft.scope)
        rows, data = rows_of(draft.kind), {}
        for name, (_, node) in draft.body.entries.items():
            if name not in form.elsewhere:
                self.variables.public = name not in form.hidden or (name == rows and not _cells(node))
                self.variables.columns = bool(draft.kind.appointments) and name == rows
                data[name] = reader.read(node, form.members.get(name, ANY))
                if reader.noted or name in form.passwords:
                    self._note(draft, form, name, data[name], reader)
                    reader.begin()
        for name in [name for name in (FORMER, "id") if name in data and _computed(draft, name)]:
            if names_nothing(data[name]) and name not in draft.bad:
                del data[name]
        return data

    def _note(self, draft: Draft, form: KindSchema, name: str, value: Any, reader: ValueReader) -> None:
        """What reading one value brought to light beside the value."""
        if reader.failed:
            draft.unread |= {name}
            draft.bad |= {name}
        for problem in reader.problems:
            self.report.add(problem.id, problem.message, draft.manifest.place(problem), draft.address, name)
        if reader.secret:
            draft.sensitive |= {name}
        if reader.given:
            draft.given = {**draft.given, name: reader.given}
        if reader.mixed and name in form.numbers:
            draft.blame(self.report, ErrorId.FIELD_PHONE, _PARTS, (name,))
        from_environment = reader.secret and not reader.clear
        if name in form.passwords and value not in (None, "") and name not in draft.bad and not from_environment:
            message = "is written in plain text; write ${env.NAME} and set NAME where the tool runs"
            draft.blame(self.report, ErrorId.FIELD_PASSWORD, message, (name,))

    def _convert(self, draft: Draft, form: KindSchema, data: dict[str, Any]) -> None:
        """Manifest shape of every field. A text is judged in the form that is sent: trimmed, empty is nothing."""
        for name, text, convert in form.converters:
            if name not in data or name in draft.bad or (text and not isinstance(data[name], str | None)):
                continue
            try:
                value = draft.fields[name] = convert(data[name])
            except WrongValue as error:
                shown = error.value and not (name in form.hidden or name in draft.unshown)
                message = f"{error}, is {named(error.value)}" if shown else str(error)
                draft.blame(self.report, error.id, message, (name,))
                continue
            if text:
                data[name] = None if value is None else content(value)

    def _check(self, draft: Draft, form: KindSchema, data: dict[str, Any]) -> None:
        """Ask the schema. A field that is bad already says nothing more."""
        earlier = draft.bad
        hidden = form.hidden | draft.unshown
        for complaint in form.gate.complaints(data, lambda path: bool(path) and path[0] in hidden):
            if complaint.path[0] not in earlier:
                draft.blame(self.report, complaint.id, complaint.message, complaint.path, key=complaint.key)

    def _settle(self, draft: Draft, data: Mapping[str, Any]) -> None:
        """Everything that is not a field: pin, lifecycle, settings, and what standing in a parent implies."""
        kind = draft.kind
        draft.pin = data.get("id")
        draft.renamed_from = self._former_key(draft, data.get(FORMER))
        draft.labels = {name: nfc(value).strip() for name, value in (data.get("labels") or {}).items()}
        if "lifecycle" in data:
            own = data["lifecycle"]
            draft.lifecycle = LifecycleRules(own.get("prevent_delete", False), tuple(own.get("ignore_changes", ())))
        if kind.parent:
            to = kind.field(kind.parent).to  # type: ignore[attr-defined]
            parent = Reference(to, "key", draft.address.key.partition(".")[0])
            draft.fields = {kind.parent: parent, **draft.fields}
        own_settings = (name for name in kind.manifest.settings if name in data and name != rows_of(kind))
        draft.settings = {name: self._setting(name, data[name]) for name in own_settings}

    def _former_key(self, draft: Draft, key: str | None) -> str | None:
        """An old key as part of an address: that of a child stands behind its parent's."""
        parent, dot, own = draft.address.key.rpartition(".")
        return None if key is None else f"{parent}{dot}{former_key(key, own, computed=_computed(draft, FORMER))}"

    def _setting(self, name: str, value: Any) -> Any:
        """A setting in the form the other layers use; one named like a collection lists members of it."""
        if name in COLLECTIONS:
            return tuple(reference(COLLECTIONS[name].name, part) for part in value)
        if name == "safety":
            own = {"floor" if limit == "from" else limit: number for limit, number in value.items()}
            return replace(self.safety, **own)
        return value


def rows_of(kind: Kind) -> str:
    """The key under which rows of a kind are declared; "" for one that has none."""
    owner = kind.rows or kind.appointments
    return owner.declared if owner else ""


def _cells(node: Node) -> bool:
    """Whether a declaration of rows holds cells, or what is compared with them, besides names of files and columns."""
    return not isinstance(node, Scalar) and not (isinstance(node, MappingNode) and _CELLS.isdisjoint(node.entries))


def _computed(draft: Draft, name: str) -> bool:
    """Whether a key of its body is said by a `${...}`, so that there may be none for one key of a for_each."""
    node = draft.body.get(name)
    return isinstance(node, Scalar) and "${" in node.text
