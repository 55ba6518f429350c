"""Plan files: the plan document, and beside it what apply needs to recognise the plan again, under one MAC.

    messages   templates and values of its sentences, to tell them in another language (`provisioner.language`)
    id         random; a plan file is applied once
    key        where its key comes from, without anything that the key or a password could be tried with offline
    contents   what was agreed to (`plan.build`), hashed with the key
    variables  hashes of --var values that are not kept
    mac        HMAC-SHA256 with the key over all of it

The key is ALICE_PLAN_KEY, stretched, so that another job with another state can apply the file; else the state's own,
which is random. Neither is made of the password or the token: many may read a plan file. It may come from anywhere:
whatever its bytes are, reading it takes bounded time and memory and ends with a plan or an error of one line.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from provisioner import files
from provisioner.error_ids import ErrorId
from provisioner.errors import BadPlanFile, UsageError
from provisioner.model import Unknown
from provisioner.plan.build import Contents
from provisioner.plan.model import Plan
from provisioner.plan.secrets import Key
from provisioner.project import CredentialNames
from provisioner.reports import REPORTS
from provisioner.reports.document import FORMAT_VERSION, NotAPlan, plan_document, plan_from_document, sentences_of
from provisioner.runtime import in_ci

VARIABLE = "ALICE_PLAN_KEY"
STATE = "state"
KEY_USE = "plan files"
MAKE_ONE = "make one with `openssl rand -hex 32` and set it in the job that plans and in the one that applies"
SALT = 16  # bytes
ADVICE = "make one with `alice-apply plan --out FILE`"
MOST_BYTES = 48 << 20
MOST_VALUES = 3_000_000
MAC = "mac"
MAC_USE = "mac of a plan file"


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
        raise UsageError(
            f"--out in CI needs {VARIABLE}, because the state of this job may be gone: {MAKE_ONE}", id=ErrorId.PLAN_KEY
        )
    require_own_secret(environ, CredentialNames())


def require_own_secret(environ: Mapping[str, str], credentials: CredentialNames | Unknown) -> None:
    """UsageError for a key that is a password or a token: many may have a plan file, to try words against."""
    names = () if isinstance(credentials, Unknown) else (credentials.password, credentials.token)
    given = environ.get(VARIABLE, "")
    if given and given in [environ.get(name) for name in names if name]:
        raise UsageError(
            f"{VARIABLE} is the password or the token, and needs to be a secret of its own: {MAKE_ONE}",
            id=ErrorId.PLAN_KEY,
        )


def new_key(environ: Mapping[str, str], state_key: Callable[[], bytes]) -> PlanKey:
    """For a new plan file; `state_key` is asked only without ALICE_PLAN_KEY."""
    given = environ.get(VARIABLE)
    if not given:
        return PlanKey(Key(state_key()).for_use(KEY_USE), STATE)
    salt = secrets.token_bytes(SALT)
    return PlanKey(Key.derived(given, salt), VARIABLE, salt.hex())


def same_key(saved: FromPlanFile, environ: Mapping[str, str], state_key: Callable[[], bytes]) -> PlanKey:
    """The key that a plan file was made with; BadPlanFile when it is not to be had here."""
    given = environ.get(VARIABLE)
    if saved.source == VARIABLE and not given:
        raise BadPlanFile(
            f"the plan file was made with another key: set the {VARIABLE} that it was made with", id=ErrorId.PLAN_KEY
        )
    if saved.source == VARIABLE:
        key = PlanKey(Key.derived(str(given), saved.salt_bytes), VARIABLE, saved.salt)
        advice = f"set the same {VARIABLE} in both jobs"
    else:
        key = PlanKey(Key(state_key()).for_use(KEY_USE), STATE)
        advice = f"it was made without {VARIABLE} and beside another state: {MAKE_ONE}"
    if not hmac.compare_digest(key.key.name.encode(), saved.name.encode()):
        raise BadPlanFile(f"the plan file was made with another key: {advice}", id=ErrorId.PLAN_KEY)
    return key


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan file that was read, or a report of a plan. It is worth nothing before `verify`.

    `intact`: its bytes are those that its document is written with. A file may hold the same key twice, and then
    programs read the one and people the other.
    """

    path: Path
    plan: Plan
    document: Mapping[str, Any]
    intact: bool

    @property
    def complete(self) -> bool:
        """False of a report, and of what was written before plan files had a MAC."""
        return _complete(self.document)

    def require_complete(self) -> None:
        """Raises BadPlanFile when it cannot be applied."""
        if not self.complete:
            raise BadPlanFile(f"{self.path} is not a plan file that can be verified and applied: {ADVICE}")

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def key(self) -> FromPlanFile:
        """What it says of its key."""
        return FromPlanFile(**self.document["key"])

    @property
    def contents(self) -> Contents:
        found: Contents = self.document["contents"]
        return found

    @property
    def variables(self) -> Mapping[str, str]:
        """Hashes of the variables whose values are not in the plan's options."""
        found: Mapping[str, str] = self.document["variables"]
        return found

    def verify(self, key: PlanKey) -> None:
        """Raises BadPlanFile when anything in it is not as it was written."""
        self.require_intact()
        if not hmac.compare_digest(_mac(self.document, key).encode(), self.document[MAC].encode()):
            raise self._changed()

    def require_intact(self) -> None:
        """Raises BadPlanFile when it certainly is not as it was written, whatever its key is."""
        if not self.intact:
            raise self._changed()

    def _changed(self) -> BadPlanFile:
        return BadPlanFile(f"{self.path} was changed since it was made: {ADVICE}, and have it reviewed")


def save_plan(path: Path, plan: Plan, contents: Contents, key: PlanKey, variables: Mapping[str, str]) -> None:
    """Write the file whole or not at all."""
    document = {
        **plan_document(plan),
        "messages": sentences_of(plan),
        "id": secrets.token_hex(16),
        "key": key.document(),
        "contents": contents,
        "variables": dict(variables),
    }
    content = _rendered({**document, MAC: _mac(document, key)})
    if len(content) > MOST_BYTES or _values(content) > MOST_VALUES:
        raise UsageError(
            "the plan is too large for a plan file: plan a part of it with --target or --exclude", id=ErrorId.PLAN_FILE
        )
    files.write(path, content, is_plan_file, files.PRIVATE)


def is_plan_file(head: bytes) -> bool:
    """Whether a file that begins so is a plan document, and a new plan file may take its place."""
    return re.match(REPORTS["json"].begins, head.decode(errors="replace")) is not None


def read_plan(path: Path) -> SavedPlan:
    """Raises BadPlanFile when the file is no plan of this version of the format, UsageError when it cannot be read."""
    content = _content(path)
    try:
        document = orjson.loads(content)
        plan = plan_from_document(document)
    except NotAPlan as error:
        if error.version is not None:
            version = error.version if type(error.version) is int else "of another kind"
            told = f"has format {version}, this version reads {FORMAT_VERSION}"
            raise BadPlanFile(f"{path} {told}: {ADVICE}") from None
        raise BadPlanFile(f"{path} is not a plan: {error}; {ADVICE}") from None
    except (orjson.JSONDecodeError, RecursionError):
        raise BadPlanFile(f"{path} is not a plan: it is not JSON; {ADVICE}") from None
    return SavedPlan(path, plan, document, content == _rendered(document))


def _content(path: Path) -> bytes:
    """The bytes of a regular file of a size that a plan may have."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe keeps nobody waiting
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(f"cannot read {path}: it is not a regular file; {ADVICE}", id=ErrorId.FILE_UNREADABLE)
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise UsageError(f"cannot read {path}: {reason}; {ADVICE}", id=ErrorId.FILE_UNREADABLE) from None
    if len(content) > MOST_BYTES or _values(content) > MOST_VALUES:
        raise BadPlanFile(f"{path} is not a plan: it is larger than any; {ADVICE}")
    return content


def _values(content: bytes) -> int:
    """How many values a JSON text may hold at most: each of them takes memory."""
    return sum(map(content.count, (b",", b"[", b"{")))


def _complete(document: Mapping[str, Any]) -> bool:
    """Whether what stands beside the plan is there and of its type."""
    key, variables = document.get("key"), document.get("variables")
    return (
        FromPlanFile.fits(key)
        and all(isinstance(document.get(name), str) for name in ("id", MAC))
        and isinstance(document.get("contents"), dict)
        and isinstance(variables, dict)
        and all(isinstance(value, str) for value in variables.values())
    )


def _mac(document: Mapping[str, Any], key: PlanKey) -> str:
    text = orjson.dumps({name: part for name, part in document.items() if name != MAC}, option=orjson.OPT_SORT_KEYS)
    return hmac.new(key.key.for_use(MAC_USE).value, text, hashlib.sha256).hexdigest()


def _rendered(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
