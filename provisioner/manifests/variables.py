"""`${var.x}`, `${env.X}`, `${file.path}` and `$${` inside texts. Knows what a text becomes, not what it is for.

Nothing is expanded twice: a value that came in through a variable, the environment or a file is taken as it is, so no
file and no environment variable can pull in another. A variable's own value in alice.yaml may name the environment and
files, but no other variable.

Where a value came from travels with it: what the environment gave is sensitive, and a password must be nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from provisioner.manifests.core_schema import nfc
from provisioner.manifests.environments import OWN
from provisioner.manifests.exclusions import Exclusions
from provisioner.manifests.folder import Folder, Outside, bounded
from provisioner.manifests.nodes import Scalar
from provisioner.manifests.trust import VARIABLE
from provisioner.manifests.yaml_text import Unreadable, decode, resolved
from provisioner.messages import did_you_mean, named

MAX_FILE = 1_000_000
MOST_TEXT, MOST_TOGETHER = 2_000_000, 16_000_000  # characters

_PIECE = re.compile(r"\$(\$)?\{([^}]*)(\})?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FORMS = "${var.NAME}, ${env.NAME} and ${file.PATH}"
_SEEN = "is not allowed here: values of the environment are never shown, and plans show this field or count by it"
_SEEN_ADVICE = "write the value itself, or ${var.NAME} and --var"


class Unresolved(ValueError):
    """Some `${...}` of a text cannot be replaced; `messages` says why, one each, or nothing when told elsewhere."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with everything replaced.

    `alone`: it was one `${...}` and nothing else, so it takes the type its field wants.
    `secret`: part of it came from the environment. `clear`: part of it did not. `mixed`: something stands beside that
    part, be it of the environment too. `given`: the variables of the command line that are in it.
    """

    text: str
    alone: bool = False
    secret: bool = False
    clear: bool = True
    mixed: bool = False
    given: frozenset[str] = frozenset()


@dataclass(slots=True)
class Variables:
    """All that `${...}` can mean in one project.

    `declared` are the values of alice.yaml with the environment's laid over them; `given` come from the command line
    and win. With `complete` False (alice.yaml is unreadable) an unknown variable is nobody's fault. `failures` are
    declared variables whose own value cannot be replaced: reported once, where they are declared. `private` are those
    that were asked for where values are not shown, which is everywhere but while `public` is set. While `columns` is
    set `${row.COLUMN}` is left as it is, for whoever reads the rows. With `offline` an
    environment variable that is not set is nobody's fault either: what it fills is left out, `unset` has its name.
    The `reserved` ones hold the credentials of an environment, and are nothing that a text could be made of.
    """

    folder: Folder
    environ: Mapping[str, str]
    declared: Mapping[str, Scalar] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    offline: bool = False
    reserved: frozenset[str] = frozenset()
    unset: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    public: bool = False
    columns: bool = False
    private: set[str] = field(default_factory=set)
    failures: dict[str, list[str]] = field(default_factory=dict)
    grown: int = 0
    _files: dict[Path, str] = field(default_factory=dict)
    exclusions: Exclusions = field(init=False)

    def __post_init__(self) -> None:
        self.exclusions = Exclusions(self.folder, hostile=VARIABLE in self.environ)

    def expand(self, text: str, base: Path, *, env: bool = True, nested: bool = False) -> Expanded:
        """`text`, written in a file of folder `base`, with everything replaced; raises Unresolved.

        Without `env` nothing of the environment may be in it, whether or not it is set.
        """
        pieces, failed, position = [], False, 0
        messages = [] if env else [f"{what} {_SEEN}; {_SEEN_ADVICE}" for what in self._from_environment(text)]
        if messages:
            raise Unresolved(messages)
        for match in _PIECE.finditer(text):
            pieces.append(_literal(text[position : match.start()]))
            position = match.end()
            try:
                pieces.append(self._piece(match, base, nested))
            except Unresolved as error:
                failed = True
                messages.extend(error.messages)
        pieces.append(_literal(text[position:]))
        if failed:
            raise Unresolved(messages)
        if position:
            self._require_room(sum(len(piece.text) for piece in pieces))
        return _joined([piece for piece in pieces if piece.text or piece.alone])

    def unset_in(self, text: str) -> bool:
        """Whether a text names a variable of the environment that is not set; it is noted in `unset`."""
        names = {name for _, form, name in _named(text) if form == "env" and name not in self.environ}
        self.unset |= {name for name in names - self.reserved if not name.upper().startswith(OWN)}
        return bool(names & self.unset)

    def _require_room(self, length: int) -> None:
        """What a few lines can stand for is bounded, alone and together."""
        if length > MOST_TEXT:
            raise Unresolved([f"becomes a text of more than {MOST_TEXT:,} characters; use less of ${{...}} in it"])
        self.grown += length
        if self.grown > MOST_TOGETHER:
            raise Unresolved([f"makes the texts with ${{...}} more than {MOST_TOGETHER:,} characters together"])

    def value(self, name: str) -> Expanded:
        """What `${var.name}` stands for; raises Unresolved."""
        self.used.add(name)
        if not self.public:
            self.private.add(name)
        if name in self.given:
            return Expanded(_text(self.given[name], f"--var {name}"), given=frozenset({name}))
        if name in self.declared:
            return self._declared(name)
        if not self.complete:
            raise Unresolved([])
        advice = did_you_mean(name, self._known()) or "; declare it under variables: in alice.yaml"
        raise Unresolved([f"undefined variable '{name}'{advice}"])

    def _from_environment(self, text: str) -> Iterator[str]:
        """What of a text the environment gives, as written: itself, or through a variable that holds some of it."""
        for written, form, name in _named(text):
            if form == "env":
                yield written
            elif form == "var" and name in self.declared and name not in self.given:
                held = [inner for inner, form, _ in _named(self.declared[name].text) if form == "env"]
                yield from (f"{written} holds {inner}, which" for inner in held[:1])

    def _known(self) -> set[str]:
        return {*self.declared, *self.given}

    def check(self) -> None:
        """Look at every variable that keeps its declared value, used or not, and note its failure."""
        for name in self.declared.keys() - self.given.keys():
            with suppress(Unresolved):
                self._declared(name)

    def _declared(self, name: str) -> Expanded:
        try:
            return self.expand(self.declared[name].text, self.folder.root, nested=True)
        except Unresolved as error:
            self.failures.setdefault(name, error.messages)
            raise Unresolved([]) from None

    def _piece(self, match: re.Match[str], base: Path, nested: bool) -> Expanded:
        escaped, inner, closed = match.groups()
        if escaped:
            return _literal(match.group()[1:])
        if not closed:
            raise Unresolved(["'${' is not closed with '}'; for a literal write $${"])
        form, _, name = inner.partition(".")
        if form == "var" and _NAME.fullmatch(name):
            if nested:
                raise Unresolved([f"the value of a variable cannot use another one ({match.group()}); write it out"])
            found = self.value(name)
        elif form == "env" and _NAME.fullmatch(name):
            found = self._env(name)
        elif form == "file" and name:
            found = _literal(self._file(name, base))
        elif form == "row" and name and self.columns:
            return _literal(match.group())
        else:
            raise Unresolved([f"unknown {match.group()}{self._meant(inner, nested)}"])
        return replace(found, alone=True)

    def _meant(self, inner: str, nested: bool) -> str:
        """`${brand}` and `${vars.brand}` are the variable; a variable's own value cannot use one."""
        name = inner.rpartition(".")[2].strip()
        if not nested and name in self._known():
            return f", did you mean ${{var.{name}}}?"
        return f"; there are {_FORMS}, and $${{ for a literal"

    def _env(self, name: str) -> Expanded:
        if name.upper().startswith(OWN):
            message = f"${{env.{name}}} is refused, as {OWN}... are the tool's own credentials and settings"
            raise Unresolved([f"{message}; give the value a variable of another name"])
        if name in self.reserved:
            message = f"${{env.{name}}} is refused, as it is one of the `credentials` of alice.yaml"
            raise Unresolved([f"{message}; give the value a variable of another name"])
        if name not in self.environ and self.offline:
            self.unset.add(name)
            raise Unresolved([])
        if name not in self.environ:
            raise Unresolved([f"the environment variable {name} is not set; set it before running"])
        return Expanded(_text(self.environ[name], f"the environment variable {name}"), secret=True, clear=False)

    def _file(self, name: str, base: Path) -> str:
        try:
            path = self.folder.inside(base, name)
            if path not in self._files:
                path.stat()  # what is not there need not be looked for in ignore files
                self.exclusions.refuse(path)
                self._files[path] = read_text(path)
        except Outside as error:
            raise Unresolved([f"${{file.{name}}} {error}"]) from None
        except OSError:
            raise Unresolved([f"there is no readable file {named(name)} beside this one"]) from None
        except Unreadable as error:
            raise Unresolved([f"{named(name)} is no text: {error}"]) from None
        return self._files[path]


def read_text(path: Path) -> str:
    """A file's text without its last newline; raises Outside, Unreadable and OSError."""
    data = bounded(path, MAX_FILE)
    if data is None:
        raise Outside(f"is larger than {MAX_FILE:,} bytes")
    return nfc(resolved(decode(data).replace("\r\n", "\n")).removesuffix("\n"))


def _text(given: str, what: str) -> str:
    """Text that came through the operating system, where bytes that are no UTF-8 turn into lone surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Unresolved([f"{what} is not UTF-8 text"]) from None
    return nfc(given)


def _named(text: str) -> Iterator[tuple[str, str, str]]:
    """Every `${form.name}` of a text: as written, form, name."""
    for match in _PIECE.finditer(text):
        escaped, inner, closed = match.groups()
        if closed and not escaped:
            form, _, name = inner.partition(".")
            yield match.group(), form, name


def _literal(text: str) -> Expanded:
    return Expanded(text)


def _joined(pieces: list[Expanded]) -> Expanded:
    if len(pieces) == 1:
        return pieces[0]
    secret = any(piece.secret for piece in pieces)
    clear = any(piece.clear for piece in pieces) or not pieces
    given = frozenset().union(*(piece.given for piece in pieces))
    text = "".join(piece.text for piece in pieces)
    return Expanded(text, secret=secret, clear=clear, mixed=secret, given=given)
