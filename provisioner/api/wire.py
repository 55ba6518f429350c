"""The values that cross the wire: a request, its answer, or the loss of it. No I/O, no opinion about statuses.

An answer's body may hold personal data: only `responses` and `pagination` look inside, and nothing here prints it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import quote

SHOWN_VALUES = frozenset({"page", "page_size"})


class Purpose(StrEnum):
    """What a request is for; only a write must never be repeated without knowing its outcome."""

    READ = "read"
    WRITE = "write"
    LOGIN = "login"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is relative to the API's base and ends in a slash, `url` is the whole address."""

    method: str
    path: str
    url: str
    purpose: Purpose
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice changes nothing more than sending it once."""
        return self.purpose is not Purpose.WRITE

    @property
    def sort(self) -> tuple[str, str]:
        """The method and the collection: what a server's permissions are about."""
        return self.method, self.path.partition("/")[0]

    @property
    def shown(self) -> str:
        """The path for a log: a filter's value may be a telephone number, so only its name is shown."""
        pairs = (f"{name}={quote(value) if name in SHOWN_VALUES else '***'}" for name, value in self.query.items())
        return f"{self.path}?{'&'.join(pairs)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `headers` is case-insensitive."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    @property
    def media(self) -> str:
        """The content type without its parameters, in lower case; empty when there is none."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def without(self, secret: str) -> Answer:
        """The same answer with a secret taken out of its body: some servers repeat what they were sent."""
        hidden = secret.encode()
        return replace(self, body=self.body.replace(hidden, b"(hidden)")) if hidden and hidden in self.body else self

    def retry_after(self) -> float | None:
        """Seconds until the server wants to hear from us again, if it says so (seconds or an HTTP date)."""
        text = self.headers.get("Retry-After", "").strip()
        try:
            seconds = float(text)
        except ValueError:
            return self._until(text)
        return max(seconds, 0.0) if math.isfinite(seconds) else None

    def _until(self, text: str) -> float | None:
        """Measured on the server's own clock when it shows it: ours may differ by minutes."""
        moment = _http_date(text)
        now = _http_date(self.headers.get("Date", "")) or datetime.now(UTC)
        return max((moment - now).total_seconds(), 0.0) if moment else None


class Loss(StrEnum):
    """Why there is no answer. Only after UNREACHABLE is it certain that nothing was sent."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Lost:
    """A request without an answer; `advice` says to a person what happened and what to look at."""

    reason: Loss
    advice: str


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
