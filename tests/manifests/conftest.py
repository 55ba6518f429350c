"""A project in a temporary folder: write files, load it, look at what it says or at its diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from provisioner import manifests
from provisioner.errors import ManifestError
from provisioner.model import Address, Resource
from provisioner.project import Project, Settings

PROJECT = """\
alice: 1
endpoint: http://127.0.0.1:8765/rest-api
timezone: Asia/Ho_Chi_Minh
region: VN
"""


class Folder:
    """One project; `environ`, `variables` and `environment` are what a run would be given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ: dict[str, str] = {}
        self.variables: dict[str, str] = {}
        self.environment: str | None = None
        self.write("alice.yaml", PROJECT)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def configure(self, text: str) -> None:
        """More of alice.yaml."""
        self.write("alice.yaml", PROJECT + text)

    def load(self, *, offline: bool = False) -> Project:
        return manifests.load(
            self.root,
            environment=self.environment,
            variables=self.variables,
            environ=self.environ,
            offline=offline,
        )

    def settings(self) -> Settings:
        return manifests.settings(
            self.root, environment=self.environment, variables=self.variables, environ=self.environ
        )

    def resources(self, text: str) -> Mapping[Address, Resource]:
        self.write("manifest.yaml", text)
        return self.load().resources

    def one(self, text: str) -> Resource:
        """The last resource of a manifest."""
        return list(self.resources(text).values())[-1]

    def errors(self, text: str | None = None, *, offline: bool = False) -> list[str]:
        """The diagnostics as lines."""
        if text is not None:
            self.write("manifest.yaml", text)
        with pytest.raises(ManifestError) as caught:
            self.load(offline=offline)
        return str(caught.value).splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "project")
