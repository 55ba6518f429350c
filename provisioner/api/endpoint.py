"""Addresses: where the API begins, how a path is joined to it, and which redirects stay with the same server.

Pure text. Must not send anything. See docs/alice-api.md#paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError

PREFIX = "rest-api"

_SAFE = "%/:=&?~+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`base` ends in `/rest-api/`, `root` is what comes before it; both end in a slash."""

    base: str
    root: str

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """`https://host[:port][/path][/rest-api][/]`; raises UsageError when it is anything else."""
        parts = _split(text.strip())
        segments = [part for part in parts.path.split("/") if part]
        if segments and segments[-1] == PREFIX:
            segments.pop()
        path = "".join(f"{quote(part, safe='%')}/" for part in segments)
        root = f"{_origin(parts)}/{path}"
        return cls(base=f"{root}{PREFIX}/", root=root)

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """The address of a path such as `phonebook/5/`, on our own base whatever links the server sends."""
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")


def join(*parts: str | int) -> str:
    """`("campaigns/5", "status")` -> `campaigns/5/status/`: never a doubled slash, always a trailing one."""
    segments = [segment for part in parts for segment in str(part).split("/") if segment]
    return "".join(f"{quote(segment)}/" for segment in segments)


def redirected(url: str, location: str) -> str | None:
    """Where a redirect of a GET leads, or None when the credentials must not go there.

    Allowed are the same origin, and the same host by https instead of http.
    """
    try:
        before, after = urlsplit(url), urlsplit(urljoin(url, location))
        origin = _origin(after)
        same_origin = origin == _origin(before)
    except ValueError:
        return None
    upgrade = (before.scheme, after.scheme) == ("http", "https") and before.hostname == after.hostname
    if not (same_origin or upgrade):
        return None
    # Put together again from what was compared, so that no odd spelling means another host to somebody else.
    query = f"?{quote(after.query, safe=_SAFE)}" if after.query else ""
    return f"{origin}{quote(after.path, safe=_SAFE) or '/'}{query}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        credentials, _ = parts.username or parts.password, parts.port
        if parts.hostname:
            parts.hostname.encode("idna")
    except ValueError:
        raise UsageError(
            "the endpoint is not an address like https://alice.example.com/rest-api", id=ErrorId.ENDPOINT_INVALID
        ) from None
    if credentials:
        raise UsageError(
            "the endpoint must not hold a user name or password: they belong in the environment",
            id=ErrorId.ENDPOINT_INVALID,
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or any(mark.isspace() for mark in text):
        raise UsageError(
            "the endpoint is not an http or https address like https://alice.example.com/rest-api",
            id=ErrorId.ENDPOINT_INVALID,
        )
    if parts.query or parts.fragment:
        raise UsageError("the endpoint must end with its path: no ? and no #", id=ErrorId.ENDPOINT_INVALID)
    return parts


def _origin(parts: SplitResult) -> str:
    """Scheme, host and port in one spelling; the port left out when it is the scheme's own."""
    host = parts.hostname or ""
    spelled = f"[{host}]" if ":" in host else host.encode("idna").decode()
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{spelled}{port}"
