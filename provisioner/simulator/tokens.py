"""The access tokens that have been issued, in memory: a restart makes them all invalid, as a server's would.

Body, lifetime and path of the token are unknown, hence the variants token_* (docs/alice-api.md#authentication).
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Token:
    """Whose token it is, and from when on it no longer counts."""

    user: int
    expires: datetime | None


class Tokens:
    """Issued tokens by their text."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def issue(self, user: int, expires: datetime | None, only: bool) -> str:
        """A new token; with `only`, the user's earlier ones stop counting."""
        text = secrets.token_urlsafe(24)
        with self._lock:
            if only:
                self._tokens = {key: token for key, token in self._tokens.items() if token.user != user}
            self._tokens[text] = Token(user, expires)
        return text

    def owner(self, text: str, now: datetime) -> int | None:
        """The user of a token that still counts."""
        token = self._tokens.get(text)
        if token is None or (token.expires is not None and token.expires <= now):
            return None
        return token.user

    def expire(self, text: str) -> None:
        with self._lock:
            self._tokens.pop(text, None)
