"""Rows that a database is asked for: `sql:`, written out or in a file of its own, and the `database:` it goes to.

    contacts: {sql: "select phone from crm.leads", database: "${env.CRM_URL}"}
    contacts: {sql: {file: leads.sql}, database: "${env.CRM_URL}"}

Nothing is asked here: whether the statement reads and nothing else can be told without the database. The URL holds a
password, so it is a variable of the environment and nothing else, which `fill` sees to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.manifests.drafts import Diagnostics, Draft
from provisioner.manifests.exclusions import Exclusions
from provisioner.manifests.folder import Folder, PathNotAllowed
from provisioner.manifests.nodes import Path
from provisioner.manifests.variables import read_text
from provisioner.manifests.yaml_text import Unreadable
from provisioner.model import Query
from provisioner.rows.statements import NoSelect, Select, select_of
from provisioner.sensitive import Hidden, Origin

SQL, DATABASE, ONLY = "sql", "database", "database: ${env.NAME}"
_WITHOUT = {
    SQL: f"needs `{ONLY}` beside it, with the URL of the database in that variable",
    DATABASE: "is of a query; write `sql:` beside it",
}


@dataclass(frozen=True)
class QueryReader:
    """Reads `sql` and `database` among the options of rows."""

    folder: Folder
    exclusions: Exclusions
    report: Diagnostics

    def read(self, draft: Draft, path: Path, given: Mapping[str, Any]) -> Query | None:
        """The query that the options at a path declare, if they do; what is wrong with it is reported."""
        lone = [name for name in (SQL, DATABASE) if name in given]
        if len(lone) == 1:
            self._blame(draft, _WITHOUT[lone[0]], (*path, lone[0]))
        if len(lone) < 2 or any(told[: len(path) + 1] == (*path, name) for told in draft.told for name in lone):
            return None
        try:
            text, url = self._text(draft, given[SQL]), given[DATABASE]
            select = select_of(text)
        except (NoSelect, PathNotAllowed, Unreadable) as error:
            self._blame(draft, str(error), (*path, SQL), error.id)
            return None
        for message in _unordered(select, draft, given):
            self._blame(draft, message, (*path, "on_duplicate"))
        database = Hidden(url if isinstance(url, str) else "", Origin.ENVIRONMENT)
        return Query(text, database, draft.place((*path, SQL)), draft.place((*path, DATABASE)))

    def _text(self, draft: Draft, value: Any) -> str:
        """Raises PathNotAllowed or Unreadable for a file that is not to be had."""
        if isinstance(value, str):
            return value
        name = value.get("file") if isinstance(value, Mapping) else None
        if not isinstance(name, str):
            return ""
        try:
            file = self.folder.inside(draft.manifest.folder, name)
            file.stat()  # what is not there need not be looked for in ignore files
            self.exclusions.refuse(file)
            return read_text(file)
        except PathNotAllowed as error:
            raise PathNotAllowed(f"{draft.quoted(str(path_of(draft)), name)} {error}", id=error.id) from None
        except OSError as error:
            message = f"{draft.quoted(str(path_of(draft)), name)} cannot be read: {error.strerror}"
            raise PathNotAllowed(message, id=ErrorId.ROWS_FILE) from None

    def _blame(self, draft: Draft, message: str, path: Path, id: ErrorId = ErrorId.ROWS_QUERY) -> None:
        if path not in draft.told:
            draft.blame(self.report, id, message, path)


def path_of(draft: Draft) -> str:
    """The key under which a draft's rows stand."""
    owner = draft.kind.rows or draft.kind.appointments
    return owner.declared if owner else ""


def _unordered(select: Select, draft: Draft, given: Mapping[str, Any]) -> Iterator[str]:
    """Which row of a number comes first may be another one in the next run, unless the query says."""
    alike = draft.kind.rows is not None and draft.kind.rows.additive  # rows of a number are the number
    if given.get("on_duplicate") in ("first", "last") and not (select.ordered or alike):
        yield "first and last need an order: write ORDER BY at the end of the query"
