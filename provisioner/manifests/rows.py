"""Where the rows of a phonebook or a DNC list come from: files that exist and have the columns, rows written inline.

All the short forms end here; the rest of the program sees `Rows`. What the schema found wrong has been reported and is
passed over, so that a wrong option does not hide a wrong number. Rows of files are read by `contacts` when planning.
No message contains a number, a name or any other cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from stat import S_ISDIR
from typing import Any

from provisioner.kinds import KINDS, Kind, Text
from provisioner.manifests.drafts import Diagnostics, Draft
from provisioner.manifests.exclusions import Exclusions
from provisioner.manifests.folder import MAGIC, Folder, Outside
from provisioner.manifests.nodes import Path
from provisioner.manifests.row_options import RowOptions, options_of
from provisioner.manifests.values import Values, WrongValue
from provisioner.manifests.words import did_you_mean
from provisioner.model import Rows, Source
from provisioner.rowfiles import headers
from provisioner.rowfiles.columns import ColumnProblem, Columns, columns_of
from provisioner.rowfiles.headers import Header, read_header
from provisioner.rowfiles.opening import BadFile, is_file, is_folder


@dataclass(frozen=True)
class RowReader:
    """Reads what stands under `contacts` or `numbers`."""

    folder: Folder
    exclusions: Exclusions
    values: Values
    report: Diagnostics

    def read(self, draft: Draft, value: Any) -> Rows | None:
        """The rows a draft declares; None when something about them is wrong, which is then reported."""
        owner = draft.kind.rows
        assert owner is not None, "only kinds with rows are asked for them"
        options = options_of(value, owner)
        files = [file for path, text in options.files for file in self._files(draft, options, path, text)]
        inline = tuple(self._inline(draft, options, KINDS[owner.kind]))
        if not options.named and draft.told.isdisjoint([options.path]):
            draft.blame(self.report, "needs file: or rows:", options.path)
        if owner.declared in draft.bad:
            return None
        return Rows(
            source=draft.place(options.path),
            files=tuple(dict.fromkeys(files)),
            inline=tuple(row for row, _ in inline),
            inline_sources=tuple(place for _, place in inline),
            columns=options.columns,
            variables=options.variables,
            defaults={name: text for name, text in options.get("defaults", {}).items() if text is not None},
            filter=options.get("filter", None),
            on_missing=options.get("on_missing", "keep" if owner.additive else "deactivate"),
            on_duplicate=options.get("on_duplicate", "first" if owner.additive else "error"),
            invalid=options.get("invalid", "error"),
            dnc=draft.settings.get("dnc", "error"),
        )

    def _files(self, draft: Draft, options: RowOptions, path: Path, text: str) -> Iterator[FilePath]:
        """The files that one path or glob means, each checked."""
        quoted = partial(draft.quoted, str(options.path[0]))
        try:
            files = self._expanded(draft.manifest.folder, text)
        except (Outside, BadFile) as error:
            draft.blame(self.report, f"{quoted(text)} {error}", path)
            return
        for file in files:
            try:
                self._check_columns(draft, options, path, file)
            except (Outside, BadFile) as error:
                draft.blame(self.report, f"{quoted(self.folder.name(file))} {error}", path)
            yield file

    def _expanded(self, base: FilePath, text: str) -> list[FilePath]:
        """Raises Outside or BadFile when there is no such file."""
        path = self.folder.inside(base, text)
        if is_file(path):
            return [path]
        if not MAGIC & set(text):
            raise BadFile(_missing(path))
        try:
            found = self.folder.matching(self.folder.name(path))
        except ValueError as error:
            raise BadFile(f"is no pattern; {error}") from None
        except OSError as error:
            raise BadFile(f"leads to a folder that cannot be listed: {error.strerror}") from None
        visible = [file for file in found if not is_folder(file) and "/." not in f"/{self.folder.name(file)}"]
        if not visible:
            raise BadFile("matches no file")
        return visible

    def _check_columns(self, draft: Draft, options: RowOptions, path: Path, file: FilePath) -> None:
        """Report columns that are not there; raises Outside or BadFile when the file cannot be used at all."""
        if not self.folder.holds(file):
            raise Outside("is a symbolic link that leads out of the project; keep the file inside it")
        self.exclusions.refuse_rows(file)
        header = read_header(file, options.wanted)
        if header is None:
            return
        if header.broken and options.get("invalid", "error") == "error":
            line, reason = header.broken
            raise BadFile(headers.said(reason, line))
        of = f" of {draft.quoted(str(options.path[0]), self.folder.name(file))}"
        for problem in _columns(header, options).problems:
            place = options.place(problem.path)
            if place not in draft.told:
                quoted = [draft.quoted(str(options.path[0]), name) for name in problem.columns]
                draft.blame(self.report, problem.said(quoted, of), place or path)

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
            draft.blame(self.report, str(error), path)


def _columns(header: Header, options: RowOptions) -> Columns:
    """Where the columns are; one column of numbers without a header has only the number."""
    if not header.bare:
        return columns_of(header.names, options.wanted, whole=header.whole)
    why = "is not there; a file without a header line has nothing but the number"
    missing = [ColumnProblem((name,), why, ("variables", index)) for index, name in enumerate(options.variables)]
    return Columns({options.number: 0}, {}, missing)


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
