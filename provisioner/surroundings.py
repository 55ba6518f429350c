"""What a run can tell of where it is: in a CI job or not, a server on this machine or elsewhere, a path in a folder.

Reads no file's content and sends nothing.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

NO = ("", "0", "false", "no", "off")


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
