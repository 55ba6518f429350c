"""The key of plan files: ALICE_PLAN_KEY, so that another job with another state can apply them, else the state's own.

ALICE_PLAN_KEY is stretched, with a salt of the file's own; the state's key is random. Neither is made of the password
or the token: a plan file is an artifact that many may read, and nothing in it can be used to try passwords.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.errors import BadPlanFile, UsageError
from provisioner.planning.seals import Key
from provisioner.surroundings import in_ci

VARIABLE = "ALICE_PLAN_KEY"
STATE = "state"
USE = "plan files"
MAKE_ONE = "make one with `openssl rand -hex 32` and set it in the job that plans and in the one that applies"
SALT = 16  # bytes


@dataclass(frozen=True, slots=True)
class FromPlanFile:
    """What a plan file says of its key: where it comes from, the salt (hex), and a hash that tells keys apart."""

    source: str
    salt: str
    name: str

    @classmethod
    def fits(cls, value: Any) -> bool:
        """Whether a JSON value is one."""
        if not isinstance(value, dict) or value.keys() != {"source", "salt", "name"}:
            return False
        return all(isinstance(part, str) for part in value.values()) and value["source"] in (VARIABLE, STATE)

    @property
    def salt_bytes(self) -> bytes:
        try:
            return bytes.fromhex(self.salt)
        except ValueError:
            return b""


@dataclass(frozen=True, slots=True)
class PlanKey:
    """A key, with what a plan file says of it."""

    key: Key
    source: str
    salt: str = ""

    def document(self) -> dict[str, str]:
        """As `FromPlanFile`."""
        return {"source": self.source, "salt": self.salt, "name": self.key.name}


def require_plan_key(environ: Mapping[str, str]) -> None:
    """UsageError before anything is read, when a plan file that is made here would be of no use, or of too much."""
    given = environ.get(VARIABLE, "")
    if not given and in_ci(environ):
        raise UsageError(f"--out in CI needs {VARIABLE}, because the state of this job may be gone: {MAKE_ONE}")
    if given and given in (environ.get("ALICE_PASSWORD"), environ.get("ALICE_TOKEN")):
        raise UsageError(f"{VARIABLE} is the password or the token, and needs to be a secret of its own: {MAKE_ONE}")


def new_key(environ: Mapping[str, str], state_key: Callable[[], bytes]) -> PlanKey:
    """For a new plan file; `state_key` is asked only without ALICE_PLAN_KEY."""
    given = environ.get(VARIABLE)
    if not given:
        return PlanKey(Key(state_key()).for_use(USE), STATE)
    salt = secrets.token_bytes(SALT)
    return PlanKey(Key.derived(given, salt), VARIABLE, salt.hex())


def same_key(saved: FromPlanFile, environ: Mapping[str, str], state_key: Callable[[], bytes]) -> PlanKey:
    """The key that a plan file was made with; BadPlanFile when it is not to be had here."""
    given = environ.get(VARIABLE)
    if saved.source == VARIABLE and not given:
        raise BadPlanFile(f"the plan file was made with another key: set the {VARIABLE} that it was made with")
    if saved.source == VARIABLE:
        key = PlanKey(Key.derived(str(given), saved.salt_bytes), VARIABLE, saved.salt)
        advice = f"set the same {VARIABLE} in both jobs"
    else:
        key = PlanKey(Key(state_key()).for_use(USE), STATE)
        advice = f"it was made without {VARIABLE} and beside another state: {MAKE_ONE}"
    if not hmac.compare_digest(key.key.name.encode(), saved.name.encode()):
        raise BadPlanFile(f"the plan file was made with another key: {advice}")
    return key
