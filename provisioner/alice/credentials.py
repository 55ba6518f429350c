"""Who we are to Alice: a user name and a password, a token, or all three. Read from the environment only.

Nothing in here is ever printed: the fields are left out of `repr`, and no message echoes a value.
Must not know how they are used (see `token`). Design, section 3 (last point).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.errors import AuthError

ADVICE = "set ALICE_USERNAME and ALICE_PASSWORD, or ALICE_TOKEN"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Empty text is "not given". With a token as well as a password the token is used until it is refused."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def can_log_in(self) -> bool:
        """Whether a new token can be had when the one in use is refused."""
        return bool(self.username and self.password)


def credentials_from(environ: Mapping[str, str]) -> Credentials:
    """The credentials in `environ`; raises AuthError when they are missing, half given or cannot be sent."""
    given = Credentials(
        username=environ.get("ALICE_USERNAME", "").strip(),
        password=environ.get("ALICE_PASSWORD", ""),
        token=environ.get("ALICE_TOKEN", "").strip(),
    )
    if given.token:
        if not (given.token.isascii() and given.token.isprintable()) or " " in given.token:
            raise AuthError("ALICE_TOKEN holds blanks or characters that no token has: copy it again")
        return given
    if given.can_log_in:
        return given
    if not given.username and not given.password:
        raise AuthError(f"no credentials: {ADVICE}")
    half = "ALICE_PASSWORD" if given.username else "ALICE_USERNAME"
    raise AuthError(f"{half} is not set: {ADVICE}")
