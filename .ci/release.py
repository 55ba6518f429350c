"""`make release VERSION=0.2.0`: build, check, write the changelog's section and a signed-off tag; push nothing.

Everything is built and tried from a clean clone of the commit, so that nothing that lies about gets into a wheel: not a
state, not a key. Refused: a tree with changes, a version that is none, a tag that is there, an empty changelog, a check
that fails. Until all of it is green, nothing is committed here; then one commit and one tag are made.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:(?:a|b|rc)\d+)?")
MODULE, CHANGELOG = Path("provisioner/__init__.py"), Path("CHANGELOG.md")
UNRELEASED = "## [Unreleased]\n"


class Refused(Exception):
    """Why there is no release."""


def run(command: Sequence[str | Path], folder: Path) -> str:
    """What a command said. Raises Refused where it fails, with the end of what it said."""
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, env=environment())
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise Refused(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return done.stdout


def environment() -> dict[str, str]:
    """Without credentials, and without what a pipeline sets for alice-apply."""
    ours = ("ALICE_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def require_releasable(root: Path, version: str) -> str:
    """The notes of the release."""
    if not VERSION.fullmatch(version):
        raise Refused(f"VERSION={version} is no version such as 0.2.0")
    if run(["git", "status", "--porcelain"], root).strip():
        raise Refused("the tree has changes: commit or stash them first")
    if run(["git", "tag", "--list", f"v{version}"], root).strip():
        raise Refused(f"the tag v{version} is there already")
    text = (root / CHANGELOG).read_text(encoding="utf-8")
    if f"## [{version}]" in text:
        raise Refused(f"{CHANGELOG} has a section of {version} already")
    notes = text.partition(UNRELEASED)[2].partition("\n## [")[0].strip()
    if not notes:
        raise Refused(f"{CHANGELOG} says nothing under Unreleased: what does a user notice?")
    return notes


def prepare(folder: Path, version: str, today: date) -> None:
    """The version and the changelog's section, in a clone."""
    module = (folder / MODULE).read_text(encoding="utf-8")
    changed, times = re.subn(r'(?m)^__version__ = ".*"$', f'__version__ = "{version}"', module)
    if times != 1:
        raise Refused(f"{MODULE} has no __version__")
    (folder / MODULE).write_text(changed, encoding="utf-8")
    text = (folder / CHANGELOG).read_text(encoding="utf-8")
    section = f"{UNRELEASED}\n## [{version}] - {today:%Y-%m-%d}\n"
    (folder / CHANGELOG).write_text(text.replace(UNRELEASED, section, 1), encoding="utf-8")


def fresh(folder: Path, *packages: str | Path) -> Path:
    """An environment of its own with some packages; where its programs are."""
    venv.create(folder, with_pip=True)
    run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *packages], folder)
    return folder / "bin"


def built(folder: Path, scratch: Path) -> list[Path]:
    """The sdist and, from it, the wheel: what the sdist lacks, the wheel cannot have."""
    programs, target = fresh(scratch / "builder", "build>=1.2", "hatchling>=1.24"), scratch / "dist"
    run([programs / "python", "-m", "build", "--no-isolation", "--outdir", target, folder], scratch)
    files = sorted(target.iterdir(), key=lambda path: path.suffix)
    if [path.suffix for path in files] != [".gz", ".whl"]:
        raise Refused(f"it built {', '.join(path.name for path in files) or 'nothing'}")
    return files


def try_out(wheel: Path, version: str, scratch: Path) -> None:
    """The wheel in an environment of its own, away from the sources: does what a new user does first work?"""
    alice = fresh(scratch / "venv", wheel) / "alice-apply"
    said = run([alice, "--version"], scratch).strip()
    if said != f"alice-apply {version}":
        raise Refused(f"the wheel says {said!r}")
    for arguments in (["init", "fresh"], ["-C", "fresh", "validate"], ["init", "--from", "clinic-list", "list"]):
        run([alice, *arguments], scratch)


def commit(root: Path, version: str) -> None:
    """The two files, or the tree as it was: a hook may say no."""
    try:
        run(["git", "commit", "--quiet", "--signoff", "--message", f"release: {version}", MODULE, CHANGELOG], root)
    except Refused:
        run(["git", "checkout", "--quiet", "HEAD", "--", MODULE, CHANGELOG], root)
        raise


def release(root: Path, version: str, check: Sequence[str], today: date) -> list[str]:
    """Make it; the lines to show. Raises Refused."""
    notes = require_releasable(root, version)
    with tempfile.TemporaryDirectory(prefix="alice-release-") as name:
        scratch = Path(name).resolve()
        clone = scratch / "clone"
        run(["git", "clone", "--quiet", "--no-hardlinks", root, clone], scratch)
        prepare(clone, version, today)
        if check:
            run(check, root)
        files = built(clone, scratch)
        try_out(files[1], version, scratch)
        for path in (MODULE, CHANGELOG):
            shutil.copyfile(clone / path, root / path)
        dist = root / "dist"
        dist.mkdir(exist_ok=True)
        kept = [Path(shutil.copy(path, dist)) for path in files]
    commit(root, version)
    signed_off = run(["git", "var", "GIT_COMMITTER_IDENT"], root).rpartition(" ")[0].rpartition(" ")[0]
    message = f"alice-apply {version}\n\n{notes}\n\nSigned-off-by: {signed_off}\n"
    run(["git", "tag", "--annotate", "--cleanup=verbatim", "--message", message, f"v{version}"], root)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  dist/{path.name}" for path in kept]
    return [*sums, f"Tagged v{version}. Nothing was pushed: git push --follow-tags"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Make a release; see the docstring.")
    parser.add_argument("version")
    parser.add_argument("--check", nargs="*", default=["make", "check"], help="what has to pass; nothing: no check")
    given = parser.parse_args()
    try:
        print("\n".join(release(ROOT, given.version, given.check, date.today())))
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
