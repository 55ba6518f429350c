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
from typing import Any

from provisioner.kinds import KINDS, Kind, Text
from provisioner.manifests.drafts import Draft, Report
from provisioner.manifests.folder import Folder, Outside
from provisioner.manifests.headers import BadFile, Header, header
from provisioner.manifests.nodes import Path
from provisioner.manifests.row_options import Options, options_of
from provisioner.manifests.values import Values, WrongValue
from provisioner.manifests.words import did_you_mean
from provisioner.model import Rows, Source

_MAGIC = frozenset("*?[")


@dataclass(frozen=True)
class RowReader:
    """Reads what stands under `contacts` or `numbers`."""

    folder: Folder
    values: Values
    report: Report

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

    def _files(self, draft: Draft, options: Options, path: Path, text: str) -> Iterator[FilePath]:
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
        if path.is_file():
            return [path]
        if not _MAGIC & set(text):
            raise BadFile("is a folder; name its files, for example with /*.csv" if path.is_dir() else _missing(path))
        try:
            found = sorted(self.folder.root.glob(self.folder.name(path)))
        except ValueError:
            raise BadFile("is no pattern; '**' stands alone between slashes") from None
        visible = [file for file in found if file.is_file() and "/." not in f"/{self.folder.name(file)}"]
        if not visible:
            raise BadFile("matches no file")
        return visible

    def _check_columns(self, draft: Draft, options: Options, path: Path, file: FilePath) -> None:
        """Report columns that are not there; raises Outside or BadFile when the file cannot be used at all."""
        if not self.folder.holds(file):
            raise Outside("is a symbolic link that leads out of the project; keep the file inside it")
        columns, quoted = header(file), partial(draft.quoted, str(options.path[0]))
        if columns is None or _is_bare(columns, options):
            return
        for place, column in options.wanted():
            why = columns.lacks(column)
            if why and place not in draft.told:
                message = f"the column {quoted(column)} of {quoted(self.folder.name(file))} {why}"
                draft.blame(self.report, message, place or path)

    def _inline(self, draft: Draft, options: Options, kind: Kind) -> Iterator[tuple[Mapping[str, Any], Source]]:
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


def _is_bare(columns: Header, options: Options) -> bool:
    """One column of numbers without a header, and nothing that would need one."""
    return not columns.names and not options.variables


def _cell(kind: Kind, name: str, value: Any) -> Any:
    """A value of an inline row as text; a mapping (variables) of texts."""
    if isinstance(value, Mapping):
        return {key: "" if text is None else text for key, text in value.items()}
    field = next((field for field in kind.fields if field.name == name), None)
    return field.canonical(value) if isinstance(field, Text) else value


def _missing(path: FilePath) -> str:
    """Why there is no such file, with the nearest name beside it."""
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    return f"does not exist{did_you_mean(path.name, beside)}"
