"""The forms in which rows can be declared, as one. Looks at values only, not at files; places are paths into the value.

contacts: contacts/vip.csv                    a file with a column named like each field
contacts: {file: ..., columns: ..., ...}      files, or `rows`, with options
numbers: dnc.csv                              {file: dnc.csv, column: phone_number}
numbers: ["0934890884"]                       {rows: [...]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.kinds import KINDS, RowOwner
from provisioner.manifests.nodes import Path
from provisioner.rowfiles.columns import ColumnOptions


@dataclass(frozen=True, slots=True)
class RowOptions:
    """One declaration of rows. `fields` are those of a row, `number` the one that holds the telephone number.

    `files` and `rows` come with their paths in the manifest, without those of a wrong type; `named` says whether there
    was anything of the kind.
    """

    path: Path
    fields: tuple[str, ...]
    given: Mapping[str, Any]
    files: tuple[tuple[Path, str], ...]
    rows: tuple[tuple[Path, Any], ...]
    named: bool

    def get(self, name: str, default: Any) -> Any:
        """An option, as it is or as it is by default."""
        return self.given.get(name, default)

    @property
    def number(self) -> str:
        """The field of a row that holds the telephone number."""
        return self.fields[0]

    @property
    def columns(self) -> Mapping[str, str]:
        """Which column holds which field, as far as it was said; "" says that none does."""
        if "column" in self.given:
            return {self.number: self.given["column"]}
        columns = self.given.get("columns", {})
        if not isinstance(columns, Mapping):
            return {}
        return {name: column or "" for name, column in columns.items() if isinstance(column, str | None)}

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that are sent as variables."""
        variables = self.given.get("variables", ())
        return tuple(variables) if isinstance(variables, list) else ()

    @property
    def wanted(self) -> ColumnOptions:
        """What all this says of the columns of a file."""
        condition = self.get("filter", None)
        variables = [name for name in self.variables if isinstance(name, str)]
        return ColumnOptions.of(self.fields, self.columns, variables, condition if isinstance(condition, str) else None)

    def place(self, path: tuple[str | int, ...]) -> Path | None:
        """The path of an option that names a column, as `rowfiles.columns` calls it; None: nothing does."""
        if not path:
            return None
        return (*self.path, "column") if "column" in self.given else (*self.path, *path)


def options_of(value: Any, owner: RowOwner) -> RowOptions:
    """The options that a value means, whatever its form."""
    path: Path = (owner.declared,)
    fields = KINDS[owner.kind].cells(owner.parent)
    if isinstance(value, str):
        return RowOptions(path, fields, _defaults(owner, fields[0]), _texts(path, value), (), True)
    if isinstance(value, list):
        return RowOptions(path, fields, {}, (), _rows(path, value), True)
    if not isinstance(value, Mapping):
        return RowOptions(path, fields, {}, (), (), False)
    files, rows = _texts((*path, "file"), value.get("file")), _rows((*path, "rows"), value.get("rows"))
    given = {**(_defaults(owner, fields[0]) if files else {}), **value}
    return RowOptions(path, fields, given, files, rows, "file" in value or "rows" in value)


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
