"""`for_each`: for which keys a resource is made, and what `${each.key}` and `${each.value}` are for each of them.

    for_each: [hanoi, hue]                          keys; each value is its key
    for_each: {hanoi: {pace: 5}, hue: {pace: 3}}    keys with values
    for_each: {file: branches.csv, key: code}       a row of a file for each; its cells are the values, by column
    for_each: ${var.regions}                        one of these, as a variable or a value of a for_each around it

Keys become part of addresses, which everybody sees, so nothing of the environment may be in one. What the values mean
is looked up where they are used; what is wrong with them is told here, once, and then nothing is made of any key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from provisioner.error_ids import ErrorId
from provisioner.errors import MOST_INSTANCES, Severity
from provisioner.language import gettext
from provisioner.manifests.core_schema import nfc
from provisioner.manifests.folder import PathNotAllowed
from provisioner.manifests.interpolation import Each, ScopedValue, TextScope, Unresolved
from provisioner.manifests.nodes import MappingNode, Node, Scalar, Sequence, describe, size
from provisioner.manifests.variables import Variables
from provisioner.messages import listed, looks_personal, named
from provisioner.model import Address, Finding, Source
from provisioner.rows.contents import known_encoding
from provisioner.rows.files import BadFile, RowFile
from provisioner.rows.small_tables import SmallTable, read_table

FOR_EACH = "for_each"
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
INSTANCE = re.compile(rf"{KEY.pattern}(?:\[{KEY.pattern}\])?")  # of what may have been made by a for_each
MOST_VALUES = 4_000_000  # in all resources that for_each makes: what is written once is read for every key
OPTIONS = ("file", "key", "encoding", "sheet")
_FORMS = "a list of keys, or a mapping of keys to values"
_KEY = "cannot be a key; use letters, digits, - and _, beginning with a letter or digit"


@dataclass(frozen=True, slots=True)
class SetProblem:
    """What is wrong with a for_each; `source` None: it as a whole."""

    message: str
    source: Source | None = None
    id: ErrorId = ErrorId.FOR_EACH


class WrongSet(Exception):
    """A for_each that makes nothing, with all that is wrong with it."""

    def __init__(self, *problems: SetProblem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class Sets:
    """Reads every for_each of a project; `values` counts what they make together.

    `empty` are those without keys, with what has none and where that stands.
    """

    variables: Variables
    values: int = 0
    tables: dict[tuple[RowFile, str], SmallTable] = field(default_factory=dict)
    findings: dict[tuple[Address, Source], Finding] = field(default_factory=dict)
    empty: dict[Address, str] = field(default_factory=dict)

    def read(self, address: Address, body: MappingNode, scope: TextScope) -> list[Each]:
        """The keys and values of a resource's for_each; raises WrongSet."""
        self.variables.public = True
        node = body.entries[FOR_EACH][1]
        held = self._held(node, scope)
        found = self._keys(held)
        if not found:
            self._note_empty(address, Source(scope.file, node.line, node.column), held)
        self.values += len(found) * (size(body) - size(node))
        if self.values > MOST_VALUES:
            message = f"makes more than {MOST_VALUES:,} values of this project, counting each for every key"
            raise WrongSet(SetProblem(f"{message}: use fewer keys, or declare less below them"))
        return found

    def _held(self, node: Node, scope: TextScope) -> ScopedValue:
        """The list or mapping itself, wherever it is written."""
        if not (isinstance(node, Scalar) and "${" in node.text):
            return ScopedValue(node, scope)
        try:
            found = self.variables.expand(node.text, scope, env=False)
        except Unresolved as error:
            raise WrongSet(*(SetProblem(message, id=id) for id, message in error.messages)) from None
        if found.held is None:
            raise WrongSet(SetProblem(f"must be {_FORMS}; {node.text} is a single value"))
        return found.held

    def _keys(self, held: ScopedValue) -> list[Each]:
        node, problems = held.node, list[SetProblem]()
        if isinstance(node, Scalar):
            advice = "; write [] for none" if node.value is None else ""
            raise WrongSet(SetProblem(f"must be {_FORMS}, is {describe(node)}{advice}"))
        if isinstance(node, Sequence):
            entries = self._listed(held, problems)
        elif isinstance(node.get("file"), Scalar):
            entries = self._rows(held, node)
        else:
            entries = self._mapped(held, problems)
        found: dict[str, Each] = {}
        for place, each in entries:
            if not KEY.fullmatch(each.key):
                problems.append(SetProblem(f"{named(each.key)} {_KEY}", place))
            elif each.key in found:
                problems.append(SetProblem(f"the key {named(each.key)} stands here a second time; keep one", place))
            else:
                found[each.key] = each
                self.variables.keyed |= each.given
        if problems:
            raise WrongSet(*problems)
        return list(found.values())

    def _listed(self, held: ScopedValue, problems: list[SetProblem]) -> Iterator[tuple[Source, Each]]:
        assert isinstance(held.node, Sequence)
        for item in held.node.items:
            place = _place(held, item)
            if not isinstance(item, Scalar) or item.value is None:
                problems.append(SetProblem(f"a key must be a single value, is {describe(item)}", place))
                continue
            try:
                key = self.variables.expand(item.text, held.scope, env=False)
            except Unresolved as error:
                problems.extend(SetProblem(message, place, id) for id, message in error.messages)
                continue
            if key.held is not None:
                problems.append(SetProblem(f"a key must be a single value, {item.text} is none", place))
                continue
            yield place, Each(key.text, ScopedValue(item, held.scope), key.given)

    def _mapped(self, held: ScopedValue, problems: list[SetProblem]) -> Iterator[tuple[Source, Each]]:
        assert isinstance(held.node, MappingNode)
        for name, (key, value) in held.node.entries.items():
            if isinstance(value, Scalar) and value.value is None:
                message = f"the key {named(name)} has no value; write {{}} for none, or a list of keys"
                problems.append(SetProblem(message, _place(held, key)))
                continue
            inner = replace(held, node=value)
            wrong = self.variables.problems_in(inner)
            problems.extend(SetProblem(message, _place(held, leaf), id) for leaf, (id, message) in wrong)
            yield _place(held, key), Each(name, inner)

    def _rows(self, held: ScopedValue, node: MappingNode) -> Iterator[tuple[Source, Each]]:
        """The rows of a file."""
        options = {name: self._option(held, name, value) for name, (_, value) in node.entries.items()}
        if "key" not in options:
            raise WrongSet(SetProblem("needs key: beside file:, the column with the keys"))
        if unknown := [name for name in options if name not in OPTIONS]:
            raise WrongSet(
                SetProblem(f"unknown option {named(unknown[0])} beside file:; there are {', '.join(OPTIONS)}")
            )
        place, name = _place(held, node.entries["file"][1]), options["file"]
        try:
            path = self.variables.folder.inside(held.scope.folder, name)
            if not self.variables.folder.holds(path):
                raise PathNotAllowed("leads out of the project; keep the file inside it")
            self.variables.exclusions.refuse_rows(path)
            table = self._table(RowFile(path, options.get("encoding"), options.get("sheet")), options["key"])
        except (PathNotAllowed, BadFile) as error:
            line = f", line {error.line}," if isinstance(error, BadFile) and error.line > 1 else ""
            raise WrongSet(SetProblem(f"{named(name)}{line} {error}", place, error.id)) from None
        self._require_keys(table, name, place)
        scope = replace(held.scope, each=None, literal=True)
        for _, cells in table.rows:
            yield place, Each(cells[table.key], ScopedValue(_row(table, cells, place), scope))

    def _table(self, file: RowFile, key: str) -> SmallTable:
        """Read once, however many resources of a for_each around it have this one inside."""
        if (file, key) not in self.tables:
            if file.encoding is not None and known_encoding(file.encoding) is None:
                raise BadFile("has an unknown encoding; windows-1258 is one")
            self.tables[file, key] = read_table(file, key)
        return self.tables[file, key]

    def _option(self, held: ScopedValue, name: str, node: Node) -> str:
        if not isinstance(node, Scalar) or node.value is None:
            raise WrongSet(SetProblem(f"{named(name)} must be text, is {describe(node)}", _place(held, node)))
        try:
            return self.variables.expand(node.text, held.scope, env=False).text
        except Unresolved as error:
            raise WrongSet(*(SetProblem(message, _place(held, node), id) for id, message in error.messages)) from None

    def _require_keys(self, table: SmallTable, name: str, place: Source) -> None:
        """Every row has a key of its own that may be shown; a number that somebody may have is none."""
        seen, wrong = set[str](), dict[str, list[int]]()
        for line, cells in table.rows:
            key = cells[table.key]
            if not KEY.fullmatch(key):
                wrong.setdefault(f"a key that {_KEY}" if key else "no key", []).append(line)
            elif looks_personal(key):
                wrong.setdefault("a key that looks like a telephone number; keys are shown everywhere", []).append(line)
            elif key in seen:
                wrong.setdefault("a key that stands above already", []).append(line)
            seen.add(key)
        told = {what: listed(map(str, lines), MOST_INSTANCES) for what, lines in wrong.items()}
        if told:
            raise WrongSet(*(SetProblem(f"{named(name)} has {what}, in line {at}", place) for what, at in told.items()))

    def _note_empty(self, address: Address, place: Source, held: ScopedValue) -> None:
        """No key at all may be meant, or a mistake elsewhere; told once, also inside of another for_each."""
        message, group = gettext("its for_each has no keys, so nothing is made of it"), address.group
        self.empty[address] = _origin(held)
        if _file(held) or _place(held, held.node) != place:
            message = gettext("{message}: {place}", message=message, place=_origin(held))
        self.findings[group, place] = Finding("empty-for-each", Severity.INFO, message, group, place)


def _row(table: SmallTable, cells: list[str], place: Source) -> MappingNode:
    """A row as the mapping that somebody would have written in its place."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    for column, cell in zip(table.names, cells, strict=True):
        if column:
            text, name = nfc(cell), Scalar(place.line, place.column, column, column)
            entries[column] = name, Scalar(place.line, place.column, text, text)
    return MappingNode(place.line, place.column, entries)


def _origin(held: ScopedValue) -> str:
    """What is empty, and where it stands."""
    file = _file(held)
    place = _place(held, file or held.node)
    if file:
        return gettext("{file} has no rows ({place})", file=named(file.text), place=place)
    return gettext("the set is empty ({place})", place=place)


def _file(held: ScopedValue) -> Scalar | None:
    """The name of the file that a set is in, if it is in one."""
    found = held.node.get("file") if isinstance(held.node, MappingNode) else None
    return found if isinstance(found, Scalar) else None


def _place(held: ScopedValue, node: Node) -> Source:
    return Source(held.scope.file, node.line, node.column)


def former_key(written: str, own: str, *, computed: bool) -> str:
    """The key that `renamed_from` means for the key `own`: one that names no key of a for_each means the same one.

    What was `computed` for each key is a whole key: `${each.value.was}` may say that a single resource had it.
    """
    same = "[" in own and "[" not in written and not computed
    return written + own[own.index("[") :] if same else written


def names_nothing(written: object) -> bool:
    """Whether a computed former key says that there was none for this key: ``, or `tet[]`."""
    return not written or (isinstance(written, str) and written.endswith("[]"))
