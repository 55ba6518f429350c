"""The forms in which rows can be declared, as one. Looks at values only, not at files; places are paths into the value.

contacts: contacts/vip.csv                    a file with a column named like each field
contacts: {file: ..., columns: ..., ...}      files, or `rows`, with options
numbers: dnc.csv                              {file: dnc.csv, column: phone_number}
numbers: ["0934890884"]                       {rows: [...]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.kinds import KINDS, RowOwner
from provisioner.manifests.nodes import Path


@dataclass(frozen=True, slots=True)
class Options:
    """One declaration of rows. `number` is the field of a row that holds the telephone number.

    `files` and `rows` come with their paths in the manifest, without those of a wrong type; `named` says whether there
    was anything of the kind.
    """

    path: Path
    number: str
    given: Mapping[str, Any]
    files: tuple[tuple[Path, str], ...]
    rows: tuple[tuple[Path, Any], ...]
    named: bool

    def get(self, name: str, default: Any) -> Any:
        """An option, as it is or as it is by default."""
        return self.given.get(name, default)

    @property
    def columns(self) -> Mapping[str, str]:
        """Which column holds which field, as far as it was said."""
        if "column" in self.given:
            return {self.number: self.given["column"]}
        columns = self.given.get("columns", {})
        return dict(columns) if isinstance(columns, Mapping) else {}

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that are sent as variables."""
        variables = self.given.get("variables", ())
        return tuple(variables) if isinstance(variables, list) else ()

    def wanted(self) -> Iterator[tuple[Path | None, str]]:
        """Every column that a file must have, with the path that names it (None: nothing does)."""
        if "column" in self.given:
            yield (*self.path, "column"), self.given["column"]
            return
        if self.number not in self.columns:
            yield None, self.number
        named = [((*self.path, "columns", name), column) for name, column in self.columns.items()]
        named += [((*self.path, "variables", index), column) for index, column in enumerate(self.variables)]
        yield from ((path, column) for path, column in named if isinstance(column, str))


def options_of(value: Any, owner: RowOwner) -> Options:
    """The options that a value means, whatever its form."""
    path: Path = (owner.declared,)
    number = next(name for name in KINDS[owner.kind].natural_key if name != owner.parent)
    if isinstance(value, str):
        return Options(path, number, _defaults(owner, number), _texts(path, value), (), True)
    if isinstance(value, list):
        return Options(path, number, {}, (), _rows(path, value), True)
    if not isinstance(value, Mapping):
        return Options(path, number, {}, (), (), False)
    files, rows = _texts((*path, "file"), value.get("file")), _rows((*path, "rows"), value.get("rows"))
    given = {**(_defaults(owner, number) if files else {}), **value}
    return Options(path, number, given, files, rows, "file" in value or "rows" in value)


def _defaults(owner: RowOwner, number: str) -> Mapping[str, Any]:
    """A file of numbers has its column named, so that nobody else needs to know the default."""
    return {"column": number} if owner.additive else {}


def _texts(path: Path, value: Any) -> tuple[tuple[Path, str], ...]:
    """One path, or a list of them."""
    if isinstance(value, list):
        return tuple(((*path, index), text) for index, text in enumerate(value) if isinstance(text, str) and text)
    return ((path, value),) if isinstance(value, str) and value else ()


def _rows(path: Path, value: Any) -> tuple[tuple[Path, Any], ...]:
    """Rows that are mappings, or numbers alone; what else stands there is the schema's to report."""
    items = enumerate(value) if isinstance(value, list) else ()
    return tuple(((*path, index), item) for index, item in items if isinstance(item, str | dict))
