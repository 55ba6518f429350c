"""Where the rows of a phonebook or a DNC list come from: files that exist and have the columns, rows written inline.

All the short forms end here; the rest of the program sees `Rows`. Rows of files are read by `contacts` when planning.
No message contains a number, a name or any other cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from provisioner.kinds import KINDS, Kind, Text
from provisioner.manifests.drafts import Draft, Report
from provisioner.manifests.folder import Folder, Outside
from provisioner.manifests.headers import BadFile, Header, form_of, header
from provisioner.manifests.nodes import Path
from provisioner.manifests.values import Values, WrongValue
from provisioner.manifests.words import did_you_mean
from provisioner.model import Rows, Source

_MAGIC = frozenset("*?[")


@dataclass(frozen=True)
class RowReader:
    """Reads what stands under `contacts` or `numbers`, already checked against its schema."""

    folder: Folder
    values: Values
    report: Report

    def read(self, draft: Draft, value: Any) -> Rows | None:
        """The rows a draft declares; None when something about them is wrong, which is reported."""
        owner = draft.kind.rows
        assert owner is not None, "only kinds with rows are asked for them"
        path: Path = (owner.declared,)
        options, files, inline = _options(value, path)
        if files is None and inline is None:
            draft.blame(self.report, "needs file: or rows:", path)
            return None
        number = _number_field(KINDS[owner.kind], owner.parent)
        source = _Declared(draft, path, number, options, owner.additive)
        found = list(self._files(source, files)) if files is not None else []
        rows, places = self._inline(source, inline, KINDS[owner.kind]) if inline is not None else ((), ())
        if owner.declared in draft.bad:
            return None
        return Rows(
            source=draft.place(path),
            files=tuple(dict.fromkeys(found)),
            inline=rows,
            inline_sources=places,
            columns=source.columns,
            variables=tuple(options.get("variables", ())),
            defaults={name: text for name, text in options.get("defaults", {}).items() if text is not None},
            filter=options.get("filter"),
            on_missing=options.get("on_missing", "keep" if owner.additive else "deactivate"),
            on_duplicate=options.get("on_duplicate", "first" if owner.additive else "error"),
            invalid=options.get("invalid", "error"),
            dnc=draft.settings.get("dnc", "error"),
        )

    def _files(self, source: _Declared, places: list[tuple[Path, str]]) -> Iterator[FilePath]:
        for path, text in places:
            try:
                for file in self._expanded(source.draft.manifest.folder, text):
                    self._check(source, path, file)
                    yield file
            except (Outside, BadFile) as error:
                source.draft.blame(self.report, f"'{text}' {error}", path)

    def _expanded(self, base: FilePath, text: str) -> list[FilePath]:
        """The files a path or glob means; raises Outside or BadFile."""
        path = self.folder.inside(base, text)
        if path.is_file():
            return [path]
        if not _MAGIC & set(text):
            raise BadFile("is a folder; name its files, for example with /*.csv" if path.is_dir() else _missing(path))
        try:
            pattern = path.relative_to(self.folder.root).as_posix()
            found = [file for file in sorted(self.folder.root.glob(pattern)) if file.is_file()]
        except ValueError:
            raise BadFile("is no pattern; '**' stands alone between slashes") from None
        visible = [file for file in found if not any(part.startswith(".") for part in self._parts(file))]
        if not visible:
            raise BadFile("matches no file")
        return visible

    def _parts(self, file: FilePath) -> tuple[str, ...]:
        return file.relative_to(self.folder.root).parts

    def _check(self, source: _Declared, path: Path, file: FilePath) -> None:
        """Raises on a file that cannot be used, and reports columns that are not in it."""
        name = self.folder.name(file)
        if not self.folder.holds(file):
            raise Outside("is a symbolic link that leads out of the project; keep the file inside it")
        try:
            form_of(file)
            columns = header(file)
        except BadFile as error:
            raise BadFile(f"{error} ({name})") from None
        if columns is not None:
            self._check_columns(source, path, name, columns)

    def _check_columns(self, source: _Declared, path: Path, name: str, columns: Header) -> None:
        if not columns.names and not source.options.get("variables"):
            return  # one column of numbers, without a header
        for place, column in source.wanted():
            why = columns.lacks(column)
            if why:
                source.draft.blame(self.report, f"the column '{column}' of {name} {why}", place or path)

    def _inline(
        self, source: _Declared, values: tuple[Path, list[Any]], kind: Kind
    ) -> tuple[tuple[Mapping[str, Any], ...], tuple[Source, ...]]:
        """Rows as mappings of text, and where each of them was written."""
        path, items = values
        rows, places = [], []
        for index, item in enumerate(items):
            here: Path = (*path, index)
            row = item if isinstance(item, dict) else {source.number: item}
            rows.append({name: _cell(kind, name, value) for name, value in row.items()})
            places.append(source.draft.place(here))
            if source.options.get("invalid") != "skip":
                blamed: Path = (*here, source.number) if isinstance(item, dict) else here
                self._check_number(source, rows[-1][source.number], blamed)
        return tuple(rows), tuple(places)

    def _check_number(self, source: _Declared, number: str | None, path: Path) -> None:
        try:
            if number is None:
                raise WrongValue("must not be empty")
            self.values.telephone(number)
        except WrongValue as error:
            source.draft.blame(self.report, str(error), path)


@dataclass(frozen=True)
class _Declared:
    """One declaration of rows: whose it is, where it stands, the field that holds the number, its options."""

    draft: Draft
    path: Path
    number: str
    options: Mapping[str, Any]
    additive: bool

    @property
    def columns(self) -> Mapping[str, str]:
        if self.additive:
            return {self.number: self.options.get("column", self.number)}
        return dict(self.options.get("columns", {}))

    def wanted(self) -> Iterator[tuple[Path | None, str]]:
        """Every column that must be there, with the place that names it (None: nothing does)."""
        if "column" in self.options:
            yield (*self.path, "column"), self.options["column"]
        elif self.number not in self.options.get("columns", {}):
            yield None, self.number
        for name, column in self.options.get("columns", {}).items():
            yield (*self.path, "columns", name), column
        for index, column in enumerate(self.options.get("variables", ())):
            yield (*self.path, "variables", index), column


def _options(
    value: Any, path: Path
) -> tuple[Mapping[str, Any], list[tuple[Path, str]] | None, tuple[Path, list[Any]] | None]:
    """Options, named files and inline rows, each of the last two with its place, out of any of the forms."""
    if isinstance(value, str):
        return {}, [(path, value)], None
    if isinstance(value, list):
        return {}, None, (path, value)
    inline = ((*path, "rows"), value["rows"]) if "rows" in value else None
    files = value.get("file")
    if files is None or isinstance(files, str):
        return value, [((*path, "file"), files)] if files else None, inline
    return value, [((*path, "file", index), file) for index, file in enumerate(files)], inline


def _number_field(kind: Kind, parent: str) -> str:
    return next(name for name in kind.natural_key if name != parent)


def _cell(kind: Kind, name: str, value: Any) -> Any:
    """A value of an inline row as text; a mapping (variables) of texts."""
    if isinstance(value, Mapping):
        return {key: "" if text is None else text for key, text in value.items()}
    field = kind.field(name)
    return field.canonical(value) if isinstance(field, Text) else value


def _missing(path: FilePath) -> str:
    """Why there is no such file, with the nearest name beside it."""
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    return f"does not exist{did_you_mean(path.name, beside)}"
