"""`${var.x}`, `${each.x}`, `${env.X}`, `${file.path}` and `$${` inside texts. Knows what a text becomes, not what for.

Nothing is expanded twice: a value that came in through a variable, the environment or a file is taken as it is, so no
file and no environment variable can pull in another. A variable's own value in alice.yaml may name the environment and
files, but no other variable; a value of a for_each may name all that the resource around it may.

A variable, and a value of a for_each, may also be a list or a mapping. That stands for a whole value, or one of its
values is named: `${var.regions.hanoi}`.

Where a value came from travels with it: what the environment gave is sensitive, and a password must be nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.manifests.core_schema import nfc
from provisioner.manifests.environments import OWN
from provisioner.manifests.exclusions import Exclusions
from provisioner.manifests.folder import PROJECT_FILE, Folder, PathNotAllowed, bounded
from provisioner.manifests.interpolation import (
    PIECE,
    Expanded,
    Said,
    ScopedValue,
    TextScope,
    Unresolved,
    inside,
    joined,
    literal,
    named_in,
)
from provisioner.manifests.nodes import Node, Scalar, describe, leaves
from provisioner.manifests.trust import VARIABLE
from provisioner.manifests.yaml_text import Unreadable, decode, resolved
from provisioner.messages import did_you_mean, named

MAX_FILE = 1_000_000
MOST_TEXT, MOST_TOGETHER = 2_000_000, 16_000_000  # characters

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FORMS = "${var.NAME}, ${env.NAME} and ${file.PATH}"
_EACH = "${each.key}, ${each.value.NAME}"
_SEEN = "is not allowed here: values of the environment are never shown, and plans show this field or count by it"
_SEEN_ADVICE = "write the value itself, or ${var.NAME} and --var"


@dataclass(slots=True)
class Variables:
    """All that `${...}` can mean in one project.

    `declared` are the values of alice.yaml with the environment's laid over them; `given` come from the command line
    and win. With `complete` False (alice.yaml is unreadable) an unknown variable is nobody's fault. `failures` are
    declared variables whose own value cannot be replaced: reported once, where they are declared. `private` are those
    that were asked for where values are not shown, which is everywhere but while `public` is set. `keyed` are in keys
    of a for_each, which are shown. While `columns` is
    set `${row.COLUMN}` is left as it is, for whoever reads the rows. With `offline` an
    environment variable that is not set is nobody's fault either: what it fills is left out, `unset` has its name.
    The `reserved` ones hold the credentials of an environment, and are nothing that a text could be made of.
    """

    folder: Folder
    environ: Mapping[str, str]
    declared: Mapping[str, Node] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    offline: bool = False
    reserved: frozenset[str] = frozenset()
    unset: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    public: bool = False
    columns: bool = False
    private: set[str] = field(default_factory=set)
    keyed: set[str] = field(default_factory=set)
    failures: dict[str, tuple[Said, ...]] = field(default_factory=dict)
    grown: int = 0
    _files: dict[Path, str] = field(default_factory=dict)
    exclusions: Exclusions = field(init=False)

    def __post_init__(self) -> None:
        self.exclusions = Exclusions(self.folder, hostile=VARIABLE in self.environ)

    def expand(self, text: str, scope: TextScope, *, env: bool = True) -> Expanded:
        """`text` with everything replaced; raises Unresolved.

        Without `env` nothing of the environment may be in it, whether or not it is set.
        """
        if scope.literal:
            return Expanded(text)
        seen = [] if env else [f"{what} {_SEEN}; {_SEEN_ADVICE}" for what in self._from_environment(text, scope)]
        if seen:
            raise Unresolved(*((ErrorId.VARIABLE_REFUSED, message) for message in seen))
        try:
            return self._expanded(text, scope)
        except Unresolved as error:
            if not scope.variable:
                raise
            self.failures.setdefault(scope.variable, error.messages)
            raise Unresolved() from None

    def _expanded(self, text: str, scope: TextScope) -> Expanded:
        pieces, failed, position, messages = [], False, 0, list[Said]()
        for match in PIECE.finditer(text):
            pieces.append(literal(text[position : match.start()]))
            position = match.end()
            try:
                pieces.append(self._piece(match, scope))
                if pieces[-1].held and match.group() != text:
                    message = f"{match.group()} is {describe(pieces[-1].held.node)}, and no text"
                    raise Unresolved((ErrorId.VARIABLE_SYNTAX, message))
            except Unresolved as error:
                failed = True
                messages.extend(error.messages)
        pieces.append(literal(text[position:]))
        if failed:
            raise Unresolved(*messages)
        if position:
            self.require_room(sum(len(piece.text) for piece in pieces))
        return joined([piece for piece in pieces if piece.text or piece.alone])

    def unset_in(self, text: str) -> bool:
        """Whether a text names a variable of the environment that is not set; it is noted in `unset`."""
        names = {name for _, form, name in named_in(text) if form == "env" and name not in self.environ}
        self.unset |= {name for name in names - self.reserved if not name.upper().startswith(OWN)}
        return bool(names & self.unset)

    def require_room(self, length: int) -> None:
        """What a few lines can stand for is bounded, alone and together."""
        if length > MOST_TEXT:
            message = f"becomes a text of more than {MOST_TEXT:,} characters; use less of ${{...}} in it"
            raise Unresolved((ErrorId.VARIABLE_TOO_LONG, message))
        self.grown += length
        if self.grown > MOST_TOGETHER:
            message = f"makes the texts with ${{...}} more than {MOST_TOGETHER:,} characters together"
            raise Unresolved((ErrorId.VARIABLE_TOO_LONG, message))

    def value(self, name: str, path: Sequence[str] = ()) -> Expanded:
        """What `${var.name}` stands for, or what is in it at a path; raises Unresolved."""
        self.used.add(name)
        if not self.public:
            self.private.add(name)
        if name in self.given and path:
            raise Unresolved((ErrorId.VARIABLE_SYNTAX, f"--var {name} is a text, and has no {named('.'.join(path))}"))
        if name in self.given:
            return Expanded(_text(self.given[name], f"--var {name}"), given=frozenset({name}))
        if name in self.declared:
            return self._taken(self._variable(name), path, f"var.{name}")
        if not self.complete:
            raise Unresolved()
        advice = did_you_mean(name, self._known()) or "; declare it under variables: in alice.yaml"
        raise Unresolved((ErrorId.VARIABLE_UNDEFINED, f"undefined variable '{name}'{advice}"))

    def _variable(self, name: str) -> ScopedValue:
        return ScopedValue(self.declared[name], TextScope(self.folder.root, PROJECT_FILE, variable=name))

    def _taken(self, held: ScopedValue, path: Sequence[str], name: str) -> Expanded:
        """What is at a path of a value: a text, or the list or mapping itself."""
        node = inside(held.node, path, name)
        if isinstance(node, Scalar):
            return Expanded("") if node.value is None else self.expand(node.text, held.scope)
        return Expanded("", held=ScopedValue(node, held.scope))

    def _each(self, written: str, name: str, scope: TextScope) -> Expanded:
        """What `${each.key}` or `${each.value...}` stands for; raises Unresolved."""
        what, *path = name.split(".")
        if scope.each is None:
            raise Unresolved((ErrorId.FOR_EACH, f"{written} stands for something only where for_each is"))
        if what == "value":
            return self._taken(scope.each.value, path, "each.value")
        if name != "key":
            raise Unresolved((ErrorId.FOR_EACH, f"unknown {written}; there are ${{each.key}} and ${{each.value.NAME}}"))
        if not self.public:
            self.private |= scope.each.given
        return Expanded(scope.each.key, given=scope.each.given)

    def _from_environment(self, text: str, scope: TextScope) -> Iterator[str]:
        """What of a text the environment gives, as written: itself, or through a value that holds some of it."""
        for written, form, name in named_in(text):
            if form == "env":
                yield written
            elif held := self._held(form, name, scope):
                inner = next(self._environment_in(held), "")
                yield from [f"{written} holds {inner}, which"] if inner else ()

    def _environment_in(self, held: ScopedValue) -> Iterator[str]:
        if isinstance(held.node, Scalar) and not held.scope.literal:
            for written, form, name in named_in(held.node.text):
                inner = self._held(form, name, held.scope)
                yield from [written] if form == "env" else self._environment_in(inner) if inner else ()

    def _held(self, form: str, name: str, scope: TextScope) -> ScopedValue | None:
        """The value that a `${...}` takes its text from, if it is there."""
        first, *path = name.split(".")
        with suppress(Unresolved):
            if form == "var" and first in self.declared and first not in self.given:
                held = self._variable(first)
                return ScopedValue(inside(held.node, path, ""), held.scope)
            if form == "each" and first == "value" and scope.each:
                return ScopedValue(inside(scope.each.value.node, path, ""), scope.each.value.scope)
        return None

    def _known(self) -> set[str]:
        return {*self.declared, *self.given}

    def check(self) -> None:
        """Look at every variable that keeps its declared value, used or not, and note its failure."""
        for name in self.declared.keys() - self.given.keys():
            for leaf in leaves(self.declared[name]):
                with suppress(Unresolved):
                    self.expand(leaf.text, self._variable(name).scope)

    def problems_in(self, held: ScopedValue) -> Iterator[tuple[Scalar, Said]]:
        """What is wrong with texts of a value, each with its place. Looking at them is no use of what they name."""
        used, private = set(self.used), set(self.private)
        for leaf in leaves(held.node):
            try:
                self.expand(leaf.text, held.scope)
            except Unresolved as error:
                yield from ((leaf, message) for message in error.messages)
        self.used, self.private = used, private

    def _piece(self, match: re.Match[str], scope: TextScope) -> Expanded:
        escaped, inner, closed = match.groups()
        if escaped:
            return literal(match.group()[1:])
        if not closed:
            raise Unresolved((ErrorId.VARIABLE_SYNTAX, "'${' is not closed with '}'; for a literal write $${"))
        form, _, name = inner.partition(".")
        first, *path = name.split(".")
        if form == "var" and _NAME.fullmatch(first) and all(path):
            if scope.variable:
                message = f"the value of a variable cannot use another one ({match.group()}); write it out"
                raise Unresolved((ErrorId.VARIABLE_SYNTAX, message))
            found = self.value(first, path)
        elif form == "each" and name and not scope.variable:
            found = self._each(match.group(), name, scope)
        elif form == "env" and _NAME.fullmatch(name):
            found = self._env(name)
        elif form == "file" and name:
            found = literal(self._file(name, scope.folder))
        elif form == "row" and name and self.columns:
            return literal(match.group())
        else:
            raise Unresolved((ErrorId.VARIABLE_SYNTAX, f"unknown {match.group()}{self._meant(inner, scope)}"))
        return replace(found, alone=True)

    def _meant(self, inner: str, scope: TextScope) -> str:
        """`${brand}` and `${vars.brand}` are the variable; a variable's own value cannot use one."""
        name = inner.rpartition(".")[2].strip()
        if not scope.variable and name in self._known():
            return f", did you mean ${{var.{name}}}?"
        forms = f"{_EACH}, {_FORMS}" if scope.each else _FORMS
        return f"; there are {forms}, and $${{ for a literal"

    def _env(self, name: str) -> Expanded:
        if name.upper().startswith(OWN):
            message = f"${{env.{name}}} is refused, as {OWN}... are the tool's own credentials and settings"
            raise Unresolved((ErrorId.VARIABLE_REFUSED, f"{message}; give the value a variable of another name"))
        if name in self.reserved:
            message = f"${{env.{name}}} is refused, as it is one of the `credentials` of alice.yaml"
            raise Unresolved((ErrorId.VARIABLE_REFUSED, f"{message}; give the value a variable of another name"))
        if name not in self.environ and self.offline:
            self.unset.add(name)
            raise Unresolved()
        if name not in self.environ:
            message = f"the environment variable {name} is not set; set it before running"
            raise Unresolved((ErrorId.VARIABLE_NOT_SET, message))
        return Expanded(_text(self.environ[name], f"the environment variable {name}"), secret=True, clear=False)

    def _file(self, name: str, base: Path) -> str:
        try:
            path = self.folder.inside(base, name)
            if path not in self._files:
                path.stat()  # what is not there need not be looked for in ignore files
                self.exclusions.refuse(path)
                self._files[path] = read_text(path)
        except PathNotAllowed as error:
            raise Unresolved((error.id, f"${{file.{name}}} {error}")) from None
        except OSError:
            message = f"there is no readable file {named(name)} beside this one"
            raise Unresolved((ErrorId.VARIABLE_FILE, message)) from None
        except Unreadable as error:
            raise Unresolved((error.id, f"{named(name)} is no text: {error}")) from None
        return self._files[path]


def read_text(path: Path) -> str:
    """A file's text without its last newline; raises PathNotAllowed, Unreadable and OSError."""
    data = bounded(path, MAX_FILE)
    if data is None:
        raise PathNotAllowed(f"is larger than {MAX_FILE:,} bytes", id=ErrorId.VARIABLE_TOO_LONG)
    return nfc(resolved(decode(data).replace("\r\n", "\n")).removesuffix("\n"))


def _text(given: str, what: str) -> str:
    """Text that came through the operating system, where bytes that are no UTF-8 turn into lone surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Unresolved((ErrorId.VARIABLE_SYNTAX, f"{what} is not UTF-8 text")) from None
    return nfc(given)
