"""Row files elsewhere: which URLs there are, what one means however it is written, whether the project allows it.

A URL is a scheme, a host (a bucket, a container) and a path. What could name another place than it seems to, or hold a
credential, is refused: a user, a query, dots and escaped slashes in a path. So URLs are compared as texts, and a prefix
ends where a name ends. Must not fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from provisioner.error_ids import ErrorId, Identified

SCHEMES = ("https", "s3", "gs", "az")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?")


class BadUrl(Identified, ValueError):
    """A URL that names no row file. The message follows the URL, and quotes nothing of it."""

    id: ErrorId = ErrorId.ROWS_URL


def is_url(text: str) -> bool:
    """Whether a text is a URL and no path."""
    return _URL.match(text.strip()) is not None


def normal(text: str) -> str:
    """The one way to write a URL: scheme and host in small letters, the path without escapes. Raises BadUrl."""
    if text != text.strip() or any(not character.isprintable() or character == "\\" for character in text):
        raise BadUrl("has a backslash or a character that cannot be seen in it, or a blank at an end")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadUrl("is no URL") from None
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        raise BadUrl(f"must begin with one of {', '.join(f'{each}://' for each in SCHEMES)}")
    if "@" in parts.netloc:
        raise BadUrl("holds a user or a password; the credentials are those of the machine that runs the tool")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise BadUrl("has a ? or a # in it; leave out what follows, which may be a credential")
    host = (parts.hostname or "").removesuffix(".")
    if not _HOST.fullmatch(host) or ".." in host or (port is not None and scheme != "https"):
        raise BadUrl("names no host, bucket or container")
    place = host if port in (None, 443) else f"{host}:{port}"
    return f"{scheme}://{place}/{_path(parts.path)}"


def _path(path: str) -> str:
    text = unquote(path.removeprefix("/"), errors="strict") if _is_utf8(path) else "%"
    names = text.split("/")
    if (
        "%" in text
        or any(not each.isprintable() or each in "\\?#" for each in text)
        or text.count("/") != path.count("/", 1)
    ):
        raise BadUrl("has an escape in its path that may mean another file; write the characters themselves")
    if any(name in (".", "..") for name in names) or "" in names[:-1]:
        raise BadUrl("has . or .. or two slashes in its path; write where the file is")
    return text


def _is_utf8(path: str) -> bool:
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def allowed(url: str, prefixes: Iterable[str]) -> bool:
    """Whether a URL lies below one of these, both normal; a prefix ends at the end of a name."""
    return any(url == each or url.startswith(each if each.endswith("/") else f"{each}/") for each in prefixes)
