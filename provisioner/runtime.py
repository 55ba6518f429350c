"""What a run can tell of where it is: the files that are not code, CI job or not, a server on this machine, a folder.

A wheel carries the JSON schemas, the starter project, the examples and the pages that explain errors inside the package
(`provisioner/schemas`, `provisioner/starter`, `provisioner/examples`, `provisioner/docs`); a checkout, and so an
editable install, has them at the top (`schemas/`, `examples/`, `docs/`), where editors and readers look for them. The
calling-hours packs are always inside the package.
Sends nothing.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

PACKAGE = Path(__file__).resolve().parent

PLAN_SCHEMA, FLEET_SCHEMA = "plan.schema.json", "fleet.schema.json"  # of what comes out
OUTPUT_SCHEMAS = frozenset({PLAN_SCHEMA, FLEET_SCHEMA})  # the others are of what is written
NO = ("", "0", "false", "no", "off")


def schemas() -> Path:
    """The folder of the JSON schemas."""
    return _first(PACKAGE / "schemas", PACKAGE.parent / "schemas", marker="manifest.schema.json")


def starter() -> Path:
    """The folder of the project that `init` writes."""
    return _first(PACKAGE / "starter", PACKAGE.parent / "examples" / "quickstart", marker="alice.yaml")


def examples() -> list[Path]:
    """The folders of the example projects, by name; the starter is one of a checkout's."""
    folder = next((each for each in (PACKAGE / "examples", PACKAGE.parent / "examples") if each.is_dir()), None)
    return sorted(path.parent for path in folder.glob("*/alice.yaml")) if folder else []


def manifest_schemas() -> list[Path]:
    """The schemas of what is written by hand."""
    return [path for path in _files(schemas()) if path.name not in OUTPUT_SCHEMAS]


def pages() -> Path:
    """The folder of the pages that explain errors and checks (`provisioner.pages`)."""
    return _first(PACKAGE / "docs", PACKAGE.parent / "docs", marker="errors/yaml.md")


def policies() -> list[Path]:
    """The files of the packs that are shipped, by name."""
    return sorted((PACKAGE / "policies").glob("*.yaml"))


def starter_files() -> Iterator[tuple[str, bytes]]:
    """Path and content of all that `init` writes: the starter, and the schemas beside it for the editor.

    In the checkout the examples' modelines point at the top-level `schemas/`; in a new project it is its own.
    """
    for path in _files(starter()):
        content = path.read_bytes()
        if path.suffix in (".yaml", ".yml"):
            content = content.replace(b"$schema=../../schemas/", b"$schema=schemas/")
        yield path.relative_to(starter()).as_posix(), content
    yield from ((f"schemas/{path.name}", path.read_bytes()) for path in manifest_schemas())


def _files(folder: Path) -> list[Path]:
    return [path for path in visible_files(folder) if path.is_file()]


def visible_files(folder: Path) -> list[Path]:
    """Every file and link below a folder, but hidden ones (a state left by trying the example, an editor's backup)."""
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _first(*folders: Path, marker: str) -> Path:
    for folder in folders:
        if (folder / marker).is_file():
            return folder
    raise FileNotFoundError(f"the installation is incomplete: no {marker} in {' or '.join(map(str, folders))}")


def in_ci(environ: Mapping[str, str]) -> bool:
    """Whether this is a CI job, where whoever wrote the files is not whoever runs the command. All of them set CI."""
    return environ.get("CI", "").strip().lower() not in NO


def is_loopback(address: str) -> bool:
    """Whether a URL names this machine. A name that only a resolver understands may be any machine."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_plain_http(address: str) -> bool:
    """Whether what is sent to a URL can be read on the way: no https, and not this machine."""
    try:
        scheme = urlsplit(address.strip()).scheme
    except ValueError:
        return False
    return scheme == "http" and not is_loopback(address.strip())


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder as it is written, and no link on the way leads anywhere else."""
    root = Path(os.path.realpath(folder))
    written = Path(os.path.normpath(root / path))
    return written.is_relative_to(root) and Path(os.path.realpath(written)) == written
