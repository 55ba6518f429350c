"""Whether a file is what the commit at hand holds: what a job has put beside the checkout is not the branch's to read.

Ignore files come with the branch too, so with ALICE_TRUST they cannot be what keeps the files of the job from it. A
file that the branch holds itself is nothing new to whoever wrote it; git's index has the hash of each.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.manifests.folder import PathNotAllowed, bounded

TIMEOUT = 20.0
LARGEST = 1 << 20  # what is larger is no text anyway
_PLAIN = ("100644", "100755")
_ADVICE = "with ALICE_TRUST a branch gets the texts that it holds itself, as the job may have secrets beside them"


def require_committed(path: Path, top: Path) -> None:
    """Raise Outside for a file that is not as git's index has it; `top` is the folder of the repository."""
    file = Path(os.path.realpath(path))
    data = bounded(file, LARGEST)
    found = _listed(file, top)
    if not found or found[0] not in _PLAIN:
        raise PathNotAllowed(f"is not in git: {_ADVICE}", id=ErrorId.PATH_NOT_COMMITTED)
    if data is not None and found[1] != _hash(data, len(found[1])):
        raise PathNotAllowed(f"is not as it is in git: {_ADVICE}", id=ErrorId.PATH_NOT_COMMITTED)


def _listed(file: Path, top: Path) -> list[str]:
    """Mode and hash of a file in git's index; empty where it is not there. Raises Outside where git does not answer."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ALICE_")}
    command = ["git", "--literal-pathspecs", "ls-files", "--stage", "-z", "--", str(file)]
    try:
        done = subprocess.run(command, cwd=top, env=environ, capture_output=True, timeout=TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        message = f"may not be in git, which does not answer `git ls-files` here: {_ADVICE}"
        raise PathNotAllowed(message, id=ErrorId.PATH_NOT_COMMITTED) from None
    return done.stdout.decode("utf-8", "replace").partition("\t")[0].split()


def _hash(data: bytes, length: int) -> str:
    """The name that git gives to a content, in either of its formats."""
    return hashlib.new("sha1" if length == 40 else "sha256", b"blob %d\x00" % len(data) + data).hexdigest()
