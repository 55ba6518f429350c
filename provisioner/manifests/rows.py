"""Where the rows of a phonebook or a DNC list come from: files that exist and have the columns, rows written inline.

    contacts: contacts/vip.csv                    a file with a column named like each field
    contacts: {file: ..., columns: ..., ...}      files, or `rows`, with options
    numbers: dnc.csv                              {file: dnc.csv, column: phone_number}
    numbers: ["0934890884"]                       {rows: [...]}
    contacts: {sql: ..., database: ...}           what a database is asked for (`queries`)
    contacts: {campaign: tet-2027, outcome: ...}  those of a campaign, by what became of them (`second_round`)

All these forms end here; the rest of the program sees `Rows`. What the schema found wrong has been reported and is
passed over. Rows of files are read by `rows` when planning. No message contains a number, a name or any other cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from stat import S_ISDIR
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.language import gettext, joined
from provisioner.manifests.drafts import Diagnostics, Draft
from provisioner.manifests.exclusions import Exclusions
from provisioner.manifests.folder import MAGIC, Folder, PathNotAllowed
from provisioner.manifests.nodes import Path
from provisioner.manifests.queries import DATABASE, SQL, QueryReader
from provisioner.manifests.second_round import DEFAULTS, KEY, read_second_round
from provisioner.manifests.values import Values, WrongValue
from provisioner.messages import count, did_you_mean, looks_like_name
from provisioner.model import Finding, RemoteFile, Rows, Source
from provisioner.resources import KINDS, Kind, RowOwner, Text
from provisioner.rows import headers
from provisioner.rows.columns import ColumnOptions, Columns, columns_of, taken
from provisioner.rows.contents import known_encoding
from provisioner.rows.files import BadFile, RowFile, is_file, is_folder
from provisioner.rows.headers import Header, read_header
from provisioner.rows.urls import BadUrl, allowed, is_url, normal

_ALLOW = "alice.yaml lists what is, as in sources: {allow: [s3://crm-exports/]}"
HOW = ("encoding", "sheet")  # options of how a file is read


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
    def variables(self) -> Mapping[str, str]:
        """Which column is sent as which variable: a list of columns, or a mapping that calls them otherwise."""
        given = self.given.get("variables")
        listed = given if isinstance(given, list) else ()
        named = given if isinstance(given, Mapping) else {name: name for name in listed if isinstance(name, str)}
        return {name: column for name, column in named.items() if isinstance(column, str)}

    @property
    def wanted(self) -> ColumnOptions:
        """What all this says of the columns of a file."""
        condition = self.get("filter", None)
        condition = condition if isinstance(condition, str) else None
        return ColumnOptions.of(self.fields, self.columns, self.variables, condition)

    def file(self, path: FilePath) -> RowFile:
        """A file of it, read as it is said."""
        encoding, sheet = (given if isinstance(given := self.get(name, None), str) else None for name in HOW)
        return RowFile(path, encoding, sheet)

    def place(self, path: tuple[str | int, ...]) -> Path | None:
        """The path of an option that names a column, as `rows.columns` calls it; None: nothing does."""
        if not path:
            return None
        given = self.given.get(str(path[0]))
        if isinstance(given, list):
            path = (path[0], given.index(path[1]))
        return (*self.path, "column") if "column" in self.given else (*self.path, *path)


def options_of(value: Any, owner: RowOwner) -> RowOptions:
    """The options that a value means, whatever its form."""
    path: Path = (owner.declared,)
    fields = KINDS[owner.kind].cells(owner.parent)
    if isinstance(value, str):
        return RowOptions(path, fields, _defaults(owner, fields[0]), texts_of(path, value), (), True)
    if isinstance(value, list):
        return RowOptions(path, fields, {}, (), _rows(path, value), True)
    if not isinstance(value, Mapping):
        return RowOptions(path, fields, {}, (), (), False)
    files, rows = texts_of((*path, "file"), value.get("file")), _rows((*path, "rows"), value.get("rows"))
    given = {**(_defaults(owner, fields[0]) if files or SQL in value else {}), **value}
    return RowOptions(path, fields, given, files, rows, not {"file", "rows", SQL, DATABASE, KEY}.isdisjoint(value))


def _defaults(owner: RowOwner, number: str) -> Mapping[str, Any]:
    """A file of numbers has its column named, so that nobody else needs to know the default."""
    return {"column": number} if owner.additive else {}


def texts_of(path: Path, value: Any) -> tuple[tuple[Path, str], ...]:
    """One path, or a list of them."""
    if isinstance(value, list):
        return tuple(((*path, index), text) for index, text in enumerate(value) if isinstance(text, str) and text)
    return ((path, value),) if isinstance(value, str) and value else ()


def _rows(path: Path, value: Any) -> tuple[tuple[Path, Any], ...]:
    """Rows that are mappings, or numbers alone; what else stands there is the schema's to report."""
    items = enumerate(value) if isinstance(value, list) else ()
    return tuple(((*path, index), item) for index, item in items if isinstance(item, str | dict))


@dataclass(frozen=True)
class RowReader:
    """Reads what stands under `contacts` or `numbers`."""

    folder: Folder
    exclusions: Exclusions
    values: Values
    report: Diagnostics
    sources: tuple[str, ...] = ()

    def read(self, draft: Draft, value: Any) -> Rows | None:
        """The rows a draft declares; None when something about them is wrong, which is then reported."""
        owner = draft.kind.rows
        assert owner is not None, "only kinds with rows are asked for them"
        options = options_of(value, owner)
        files = [file for path, text in options.files for file in self._files(draft, options, path, text)]
        inline = tuple(self._inline(draft, options, KINDS[owner.kind]))
        on_missing, on_duplicate = ("keep", "first") if owner.additive else ("deactivate", "error")
        return self._rows(draft, options, files, inline, on_missing, on_duplicate)

    def _rows(
        self,
        draft: Draft,
        options: RowOptions,
        files: Iterable[FilePath],
        inline: Sequence[tuple[Mapping[str, Any], Source]],
        on_missing: str,
        on_duplicate: str,
    ) -> Rows | None:
        """What was read, with its options; the last two are what they are by default."""
        self._check_encoding(draft, options)
        query = QueryReader(self.folder, self.exclusions, self.report).read(draft, options.path, options.given)
        second_round = read_second_round(draft, options.path, options.given, self.report)
        usual = {"on_duplicate": on_duplicate, "invalid": "error", **(DEFAULTS if KEY in options.given else {})}
        remote = tuple(self._remote(draft, options))
        if not options.named and draft.told.isdisjoint([options.path]):
            draft.blame(self.report, ErrorId.ROWS_SOURCE, "needs file:, sql: or rows:", options.path)
        if options.path[0] in draft.bad:
            return None
        return Rows(
            source=draft.place(options.path),
            files=tuple(dict.fromkeys(files)),
            inline=tuple(row for row, _ in inline),
            inline_sources=tuple(place for _, place in inline),
            columns=options.columns,
            variables=tuple(options.variables),
            variable_columns={name: column for name, column in options.variables.items() if name != column},
            defaults={name: text for name, text in options.get("defaults", {}).items() if text is not None},
            filter=options.get("filter", None),
            on_missing=options.get("on_missing", on_missing),
            on_duplicate=options.get("on_duplicate", usual["on_duplicate"]),
            invalid=options.get("invalid", usual["invalid"]),
            dnc=draft.settings.get("dnc", "drop" if KEY in options.given else "error"),
            encoding=options.get("encoding", None),
            sheet=options.get("sheet", None),
            query=query,
            second_round=second_round,
            remote=remote,
        )

    def _check_encoding(self, draft: Draft, options: RowOptions) -> None:
        encoding = options.file(draft.manifest.folder).encoding
        if encoding is not None and known_encoding(encoding) is None:
            message = "is not a known encoding; windows-1258 is one"
            draft.blame(self.report, ErrorId.ROWS_ENCODING, message, (*options.path, "encoding"))

    def _files(self, draft: Draft, options: RowOptions, path: Path, text: str) -> Iterator[FilePath]:
        """The files that one path or glob means, each checked; none for a URL."""
        if is_url(text):
            return
        quoted = partial(draft.quoted, str(options.path[0]))
        try:
            files = self._expanded(draft.manifest.folder, text)
        except (PathNotAllowed, BadFile) as error:
            draft.blame(self.report, error.id, f"{quoted(text)} {error}", path)
            return
        for file in files:
            try:
                self._check_columns(draft, options, path, file)
            except (PathNotAllowed, BadFile) as error:
                draft.blame(self.report, error.id, f"{quoted(self.folder.name(file))} {error}", path)
            yield file

    def _remote(self, draft: Draft, options: RowOptions) -> Iterator[RemoteFile]:
        """The files elsewhere, where the project allows them."""
        for path, text in options.files:
            if not is_url(text):
                continue
            try:
                url = normal(text)
                _ = options.file(FilePath(FilePath(url).name)).form
            except (BadUrl, BadFile) as error:
                draft.blame(self.report, error.id, f"this URL {error}", path)
                continue
            if not allowed(url, self.sources):
                draft.blame(self.report, ErrorId.ROWS_URL, f"this URL is not allowed; {_ALLOW}", path)
            yield RemoteFile(url, draft.place(path), self.sources)

    def _expanded(self, base: FilePath, text: str) -> list[FilePath]:
        """Raises PathNotAllowed or BadFile when there is no such file."""
        path = self.folder.inside(base, text)
        if is_file(path):
            return [path]
        if not MAGIC & set(text):
            raise BadFile(_missing(path))
        try:
            found = self.folder.matching(self.folder.name(path))
        except ValueError as error:
            raise BadFile(f"is not a pattern; {error}", id=ErrorId.ROWS_FILE) from None
        except OSError as error:
            raise BadFile(f"leads to a folder that cannot be listed: {error.strerror}") from None
        visible = [file for file in found if not is_folder(file) and "/." not in f"/{self.folder.name(file)}"]
        if not visible:
            raise BadFile("matches no file")
        return visible

    def _check_columns(self, draft: Draft, options: RowOptions, path: Path, file: FilePath) -> None:
        """Report columns that are not there; raises PathNotAllowed or BadFile when the file cannot be used at all."""
        if not self.folder.holds(file):
            raise PathNotAllowed("is a symbolic link that leads out of the project; keep the file inside it")
        self.exclusions.refuse_rows(file)
        header = read_header(options.file(file), options.wanted)
        if header is None:
            return
        if header.broken and options.get("invalid", "error") == "error":
            line, reason = header.broken
            raise BadFile(headers.said(reason, line), id=ErrorId.ROWS_CELL)
        quoted = partial(draft.quoted, str(options.path[0]))
        name, found = quoted(self.folder.name(file)), columns_of(header.names, options.wanted, whole=header.whole)
        notes = list(_notes(header, options.wanted, found, quoted)) if not found.problems else []
        if notes:
            told = gettext("{name}: {notes}", name=name, notes=joined(notes, "; "))
            self.report.findings.append(Finding("row-header", "info", told, draft.address, draft.place(path)))
        for problem in found.problems:
            place = options.place(problem.path)
            if place not in draft.told:
                message = problem.said(list(map(quoted, problem.columns)), f" of {name}")
                draft.blame(self.report, ErrorId.ROWS_COLUMN, message, place or path)

    def _inline(self, draft: Draft, options: RowOptions, kind: Kind) -> Iterator[tuple[Mapping[str, Any], Source]]:
        """Rows as mappings of text, each with the place where it was written."""
        for path, item in options.rows:
            if path[:-1] in draft.told:
                return
            row = item if isinstance(item, dict) else {options.number: item}
            number = (*path, options.number) if isinstance(item, dict) else path
            if options.get("invalid", "error") == "error" and number not in draft.told:
                self._check_number(draft, row.get(options.number), number)
            if path not in draft.told:
                yield {name: _cell(kind, name, value) for name, value in row.items()}, draft.place(path)

    def _check_number(self, draft: Draft, written: Any, path: Path) -> None:
        if not isinstance(written, str):
            return
        try:
            if not written.strip():
                raise WrongValue("must not be empty")
            self.values.telephone(written.strip())
        except WrongValue as error:
            draft.blame(self.report, ErrorId.ROWS_NUMBER, str(error), path)


def _notes(header: Header, wanted: ColumnOptions, found: Columns, quoted: Callable[[str], str]) -> Iterator[str]:
    """What a reader may not expect of a file that is right."""
    if header.titles:
        yield gettext(
            "the columns are named in row {line} of the sheet {sheet}, below {rows} of titles",
            line=header.lines,
            sheet=quoted(header.sheet),
            rows=count(header.titles, "row"),
        )
    pairs = [(column, name) for column, name in taken(header.names, wanted, found) if looks_like_name(column)]
    if told := [gettext("{column} for {field}", column=quoted(column), field=name) for column, name in pairs]:
        yield gettext("taken: {columns}", columns=joined(told))


def _cell(kind: Kind, name: str, value: Any) -> Any:
    """A value of an inline row as text; a mapping (variables) of texts."""
    if isinstance(value, Mapping):
        return {key: "" if text is None else text for key, text in value.items()}
    field = next((field for field in kind.fields if field.name == name), None)
    return field.canonical(value) if isinstance(field, Text) else value


def _missing(path: FilePath) -> str:
    """Why there is no such file, with the nearest name beside it."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return f"does not exist{did_you_mean(path.name, _beside(path))}"
    except OSError as error:  # a name too long, a loop of links, a folder that may not be entered
        return f"cannot be opened: {error.strerror}"
    return "is a folder; name its files, for example with /*.csv" if S_ISDIR(found.st_mode) else "is no file"


def _beside(path: FilePath) -> list[str]:
    """The names in a file's folder, as far as anybody may look."""
    try:
        return [file.name for file in path.parent.iterdir()]
    except OSError:
        return []
