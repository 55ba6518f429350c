"""A workspace in a project folder of its own, and short ways to declare rows in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from provisioner.errors import ManifestError
from provisioner.model import Address, Rows, Source
from provisioner.rows import SourceReport, Workspace

VIP = Address("phonebook", "vip")
OPT_OUTS = Address("dnc_list", "opt-outs")
PLACE = Source("phonebooks.yaml", 3, 5)


@dataclass
class Project:
    """A project folder and the workspace of one run in it."""

    root: Path
    workspace: Workspace

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, *files: Path, address: Address = VIP, region: str | None = "VN", **options: Any) -> SourceReport:
        """Load the rows of files, or `inline=` rows, as an address's source."""
        number_format = options.pop("number_format", "national")
        rows = Rows(PLACE, files=files, **options)
        return self.workspace.load_source(address, rows, region=region, number_format=number_format)

    def refusal(self, *files: Path, **options: Any) -> str:
        """What is said about rows that cannot be used."""
        with pytest.raises(ManifestError) as caught:
            self.load(*files, **options)
        return str(caught.value)

    def rows(self, *columns: str, address: Address = VIP) -> list[Any]:
        """Columns of the source table in the order of the source; a list of values for one column."""
        source = self.workspace.owned(address).source
        found = self.query(f"SELECT {', '.join(columns)} FROM {source} WHERE reason IS NULL ORDER BY row")
        return [row[0] for row in found] if len(columns) == 1 else found

    def query(self, sql: str) -> list[Any]:
        """Straight from the database."""
        with self.workspace.cursor() as connection:
            return connection.execute(sql).fetchall()

    def live(self, *payloads: Mapping[str, Any], address: Address = VIP, parent_id: int = 7) -> None:
        """Load payloads as the server's rows; what they leave out is as usual."""
        relation = "phonebook" if address.kind == "phonebook" else "dnc"
        page = [{"id": number, relation: parent_id, **row} for number, row in enumerate(payloads, start=1)]
        self.workspace.load_live({address: parent_id}, [page], region="VN")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Workspace(tmp_path) as workspace:
        yield Project(tmp_path, workspace)
