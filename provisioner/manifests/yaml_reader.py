"""Strict YAML: text to nodes with places. Knows nothing of manifests; what it refuses, no manifest needs.

PyYAML's loaders speak YAML 1.1 (18:00 is 1080, no is false, +84... loses its plus) and keep the last of two equal keys
silently, so only the parser's events are taken from it and everything above is ours. Recoverable problems (a repeated
key, an unknown tag) are collected and reading goes on; any other ends the file.

Events, not `compose`: its nodes and a bare walk over them cost as much, before a repeated key or a merge is looked at.

Aliases share nodes instead of copying them. Whoever walks the result walks it written out, so how much that is, and how
deep, is bounded here: a file of a few lines can otherwise stand for billions of values.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from provisioner.error_ids import ErrorId
from provisioner.manifests.core_schema import TAGS, NotOfTag, core, nfc, tagged
from provisioner.manifests.nodes import MappingNode, Node, Problem, Scalar, Sequence, children
from provisioner.manifests.yaml_text import Pairs, Unreadable, decode, explain, structured, with_whole_characters
from provisioner.messages import named
from provisioner.text import called, hidden, is_hidden, misplaced

MAX_DEPTH = 64
MAX_ALIASED = 1_000_000


@dataclass(slots=True)
class ParsedFile:
    """A file as nodes; `root` is None when there is nothing, or nothing usable (`broken`)."""

    root: Node | None
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False


def read(data: bytes) -> ParsedFile:
    """The one document of a file. Never raises on bad input."""
    try:
        text = structured(decode(data))
    except Unreadable as error:
        return ParsedFile(None, [error.problem], broken=True)
    return _build(text)


def _build(text: str) -> ParsedFile:
    text, pairs = with_whole_characters(text)
    builder = _Builder(_parser(text), pairs)
    try:
        root = builder.document()
    except Unreadable as error:
        return ParsedFile(None, [*builder.problems, error.problem], broken=True)
    except yaml.YAMLError as error:
        return ParsedFile(None, [*builder.problems, pairs.written(explain(error, text))], broken=True)
    return ParsedFile(root, builder.problems)


class _PureParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own parser, for installations without libyaml: the same events, ten times slower."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


def _parser(text: str) -> Any:
    if yaml.__with_libyaml__:
        return yaml.CLoader(text)
    return _PureParser(text)


_PENDING: Any = object()
_HALVES = re.compile("[\ud800-\udfff]")


class _Builder:
    """Events to nodes; one per file."""

    def __init__(self, parser: Any, pairs: Pairs) -> None:
        self.next = parser.get_event
        self.pairs = pairs
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}
        self.measured: dict[int, tuple[int, int]] = {}
        self.aliased = 0
        self.depth = 0

    def document(self) -> Node | None:
        """The root of the only document, or None when the file is empty."""
        self.next()
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        root = self.node(self.next())
        self.next()
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.unreadable(event, "a second document; a file holds one, so remove the --- or split the file")
        return root

    def node(self, event: Any) -> Node:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self.anchored(event, self.scalar(event))
        if kind is yaml.AliasEvent:
            return self.alias(event)
        if self.depth >= MAX_DEPTH:
            raise self.unreadable(event, f"nested more than {MAX_DEPTH} deep", ErrorId.YAML_DEPTH)
        self.depth += 1
        if event.anchor is not None:
            self.anchors[event.anchor] = _PENDING
        node = self.table(event) if kind is yaml.MappingStartEvent else self.sequence(event)
        self.depth -= 1
        return self.anchored(event, node)

    def anchored(self, event: Any, node: Node) -> Node:
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: Any) -> Scalar:
        text = event.value if event.value.isascii() else nfc(self.whole(event))
        return Scalar(*self.place(event), text, self.value(event, text))

    def value(self, event: Any, text: str) -> Any:
        if event.tag is None:
            return text if event.style else core(text)
        try:
            return tagged(event.tag, text)
        except NotOfTag as error:
            self.problem(event, str(error), ErrorId.YAML_TAG)
            return text

    def sequence(self, event: Any) -> Sequence:
        self.check_tag(event, "seq")
        node = Sequence(*self.place(event))
        event = self.next()
        while type(event) is not yaml.SequenceEndEvent:
            node.items.append(self.node(event))
            event = self.next()
        return node

    def table(self, event: Any) -> MappingNode:
        self.check_tag(event, "map")
        table = MappingNode(*self.place(event))
        merges: list[MappingNode] = []
        event = self.next()
        while type(event) is not yaml.MappingEndEvent:
            self.pair(event, table, merges)
            event = self.next()
        for source in merges:
            table.entries = {**source.entries, **table.entries}
        return table

    def pair(self, event: Any, table: MappingNode, merges: list[MappingNode]) -> None:
        """One key with its value; what is wrong with the key does not keep the value from being read."""
        if type(event) is not yaml.ScalarEvent:
            self.problem(event, "a key must be a single text; quote it if it begins with [, {, * or ?")
            self.node(event)
            self.node(self.next())
            return
        key = self.key(event)
        value = self.node(self.next())
        if key.text == "<<" and not event.style and event.tag is None:
            self.merge(key, value, merges)
        elif key.text in table.entries:
            first = table.entries[key.text][0]
            place = f"{first.line}:{first.column}"
            message = f"{named(key.text)} is given twice in this mapping, first at {place}; keep one"
            self.problem(event, message, ErrorId.YAML_DUPLICATE_KEY)
        elif not key.text and not event.style:
            self.problem(event, "a key is missing before the ':'")
        else:
            self.anchored(event, key)
            table.entries[key.text] = (key, value)

    def key(self, event: Any) -> Scalar:
        """A key without what nobody sees in it, which is told. Of the same few texts one each is kept."""
        key = self.scalar(event)
        key.text = sys.intern(key.text)
        at = hidden(key.text)
        if at is None:
            return key
        if not event.style and (found := misplaced(key.text)):
            raise self.unreadable(event, found[1], ErrorId.YAML_CHARACTER)
        message = f"the key {named(key.text)} holds {called(key.text[at])}, which is invisible; remove it"
        self.problem(event, message, ErrorId.YAML_CHARACTER)
        return replace(key, text="".join(each for each in key.text if not is_hidden(each)))

    def merge(self, key: Scalar, value: Node, merges: list[MappingNode]) -> None:
        """Note what to merge in; the mapping's own keys win, then earlier sources over later ones."""
        sources = value.items if isinstance(value, Sequence) else [value]
        if merges:
            message = "a second '<<' in one mapping; use <<: [*first, *second]"
            self.problems.append(Problem(key.line, key.column, message, ErrorId.YAML_DUPLICATE_KEY))
        for source in sources:
            if isinstance(source, MappingNode):
                merges.append(source)
            else:
                message = "'<<' takes a mapping, like <<: *defaults"
                self.problems.append(Problem(key.line, key.column, message, ErrorId.YAML_ALIAS))

    def alias(self, event: Any) -> Node:
        target = self.anchors.get(event.anchor)
        if target is None:
            missing = f"there is no anchor &{event.anchor} before this alias in this file"
            raise self.unreadable(event, missing, ErrorId.YAML_ALIAS)
        if target is _PENDING:
            endless = f"the alias *{event.anchor} is inside its own anchor, which never ends"
            raise self.unreadable(event, endless, ErrorId.YAML_ALIAS)
        size, depth = self.measure(target)
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            bomb = f"the aliases of this file expand to more than {MAX_ALIASED:,} values; write less of it"
            raise self.unreadable(event, bomb, ErrorId.YAML_ALIAS)
        if self.depth + depth > MAX_DEPTH:
            deep = f"nested more than {MAX_DEPTH} deep after expanding the alias"
            raise self.unreadable(event, deep, ErrorId.YAML_DEPTH)
        return target

    def measure(self, node: Node) -> tuple[int, int]:
        """How many nodes it is written out, and how deep."""
        known = self.measured.get(id(node))
        if known is None:
            below = [self.measure(child) for child in children(node)]
            size = 1 + len(below) + sum(size for size, _ in below)
            known = self.measured[id(node)] = (size, 1 + max((depth for _, depth in below), default=0))
        return known

    def check_tag(self, event: Any, wanted: str) -> None:
        if event.tag is not None and TAGS.get(event.tag) != wanted:
            self.problem(event, str(NotOfTag(event.tag)), ErrorId.YAML_TAG)

    def whole(self, event: Any) -> str:
        """The text of a scalar; PyYAML's own parser lets halves of characters pass."""
        text: str = event.value
        if _HALVES.search(text):
            half = "holds half a character; write the character itself, or both halves"
            raise self.unreadable(event, half, ErrorId.YAML_CHARACTER)
        return text

    def place(self, event: Any) -> tuple[int, int]:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        return line, self.pairs.column(line, column) if self.pairs.columns else column

    def problem(self, event: Any, message: str, id: ErrorId = ErrorId.YAML_SYNTAX) -> None:
        self.problems.append(Problem(*self.place(event), message, id))

    def unreadable(self, event: Any, message: str, id: ErrorId = ErrorId.YAML_SYNTAX) -> Unreadable:
        return Unreadable(Problem(*self.place(event), message, id))
