"""Who we are to Alice: a user name and a password, a token, or all three. Read from the environment only.

Nothing in here is ever printed: the fields are left out of `repr`, and no message echoes a value.
Must not know how they are used (see `token`). See README.md#environments-and-secrets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from provisioner.characters import called, is_hidden
from provisioner.errors import AuthError

ADVICE = "set ALICE_USERNAME and ALICE_PASSWORD, or ALICE_TOKEN"


NAMES = {"ALICE_USERNAME": "left out", "ALICE_PASSWORD": "sent with it", "ALICE_TOKEN": "left out"}

_NAMES_OF_MARKS = {" ": "a blank", "\n": "a line end", "\r": "a line end"}


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
        username=user_from(environ),
        password=environ.get("ALICE_PASSWORD", ""),
        token=_tidy(environ.get("ALICE_TOKEN", "")),
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


def user_from(environ: Mapping[str, str]) -> str:
    """The user name, or an empty text."""
    return _tidy(environ.get("ALICE_USERNAME", ""))


def remarks(environ: Mapping[str, str]) -> Iterator[str]:
    """What a file, or a copy from somewhere, has left at the ends of values; of a password it may belong to it."""
    for name, becomes in NAMES.items():
        value = environ.get(name, "")
        for where, mark in (("begins", value[:1]), ("ends", value[-1:])):
            if _is_stray(mark):
                told = _NAMES_OF_MARKS.get(mark) or called(mark)
                yield f"note: {name} {where} with {told}, which is {becomes}; set it without, if that is not meant"


def _tidy(value: str) -> str:
    """Without what nobody sees at its ends."""
    while _is_stray(value[:1]):
        value = value[1:]
    while _is_stray(value[-1:]):
        value = value[:-1]
    return value


def _is_stray(mark: str) -> bool:
    return bool(mark) and (mark.isspace() or is_hidden(mark))
