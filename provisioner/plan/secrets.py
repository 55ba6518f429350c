"""Keyed hashes of sensitive values, so that a changed one is noticed although none is ever stored or shown.

Passwords are written once and never read, telephone numbers of alarms and values from `${env.X}` are masked: the state
holds their digests. The key is random and lives in the state: no digest can be used to try passwords, and a new
password, token or ALICE_PLAN_KEY changes none. Of a digest of a key that nobody has, nothing is known.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from provisioner.encoding import canonical
from provisioner.language import gettext
from provisioner.messages import argument
from provisioner.model import Address, Finding, Recorded, Resource
from provisioner.resources import KINDS, Field, Password, Text

SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
NAME = 16  # hex digits


@dataclass(frozen=True)
class Key:
    """The key of digests: bytes that nobody can guess."""

    value: bytes = field(repr=False)

    @classmethod
    def derived(cls, secret: str, salt: bytes) -> Key:
        """From a secret that people chose: slow to guess, different for every salt."""
        return cls(hashlib.scrypt(secret.encode(errors="surrogateescape"), salt=salt, **SCRYPT))

    def for_use(self, use: str) -> Key:
        """Another key that tells nothing of this one."""
        return Key(hmac.new(self.value, use.encode(), hashlib.sha256).digest())

    @cached_property
    def name(self) -> str:
        """Tells a key from others, and says nothing of it."""
        return digest("key", self)[:NAME]


def digest(value: Any, key: Key) -> str:
    """A keyed hash of one JSON-able value."""
    return hmac.new(key.value, json.dumps(value, sort_keys=True).encode(), hashlib.sha256).hexdigest()


class DigestMatch(StrEnum):
    """Whether a value is the one that was sent. States of version 4 may have CHANGED in the place of a digest."""

    SAME = "same"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Digester:
    """Makes and verifies digests. A digest names its key."""

    key: Key

    def of(self, value: Any) -> str:
        """The digest of one value in manifest shape."""
        return named_digest(self.key, digest(canonical(value), self.key))

    def verify(self, stored: str, value: Any) -> DigestMatch:
        """What a digest says of `value`; UNKNOWN of one that was made with another key."""
        name = stored.partition(":")[0]
        if name != self.key.name:
            return DigestMatch.CHANGED if stored == DigestMatch.CHANGED else DigestMatch.UNKNOWN
        return DigestMatch.SAME if hmac.compare_digest(stored, self.of(value)) else DigestMatch.CHANGED

    def broken(self, stored: str | None, value: Any) -> bool:
        """True when `value` is certainly another one than was sent."""
        return stored is not None and self.verify(stored, value) is DigestMatch.CHANGED


def named_digest(key: Key, digest: str) -> str:
    """A digest with the name of the key that it was made with."""
    return f"{key.name}:{digest}"


def sensitive_fields(address: Address, resource: Resource | None, record: Recorded | None = None) -> frozenset[str]:
    """The fields of an address that are never stored or shown.

    By their kind, because they come from `${env.X}`, or because they did when they were last applied.
    """
    by_kind = {field.name for field in KINDS[address.kind].fields if field.sensitive or personal(field)}
    applied = record.digests.keys() if record else ()
    return frozenset(by_kind) | (resource.sensitive if resource else frozenset()) | frozenset(applied)


def personal(field: Field) -> bool:
    """Whether people write about people in it."""
    return isinstance(field, Text) and field.personal


def digests_of(
    resource: Resource, digester: Digester, known: Mapping[str, str], unseen: Collection[str] = ()
) -> dict[str, str]:
    """Digests of every sensitive value of a resource. `known`: those of the live object as it is.

    The digest of a password stays the one of the value that was sent, however often another one is declared; so does
    that of an `unseen` field, which nobody has written or read now.
    """
    kept = {field.name for field in KINDS[resource.address.kind].fields if isinstance(field, Password)} | {*unseen}
    own = {field.name for field in KINDS[resource.address.kind].fields} & resource.fields.keys()
    hidden = sensitive_fields(resource.address, resource)
    found = {name: stored for name, stored in known.items() if name not in own or name in hidden}
    for name in hidden & own:
        if name not in kept or name not in known:
            found[name] = digester.of(resource.fields[name])
    return found


COPIED = "copied."  # before the name of a field that what a start copies has as a secret


def copied(resource: Resource, resources: Mapping[Address, Resource], digester: Digester) -> dict[str, str]:
    """Digests of the secrets that a start of this resource copies: a copy shows them, whatever is declared later."""
    startable = KINDS[resource.address.kind].startable
    if startable is None:
        return {}
    shown = [fact.name for fact in KINDS[startable.sealed].facts if isinstance(fact, Text)]
    targets = (Address(to.kind, str(to.value)) for path, to in resource.references() if path in startable.frozen)
    originals = [original for target in targets if (original := resources.get(target)) is not None]
    return {f"{COPIED}{n}": digester.of(o.fields[n]) for o in originals for n in shown if n in o.sensitive}


def copies(record: Recorded) -> frozenset[str]:
    """The fields of the copies that a recorded start made, or may have made, that were secrets then."""
    return frozenset(name.removeprefix(COPIED) for name in record.digests if name.startswith(COPIED))


def changed_secrets(resource: Resource, record: Recorded | None, digester: Digester) -> Iterator[Finding]:
    """Passwords that are declared otherwise than when they were sent, which was once and for all."""
    passwords = [each.name for each in KINDS[resource.address.kind].fields if isinstance(each, Password)]
    for name in passwords if record else ():
        assert record is not None
        if digester.broken(record.digests.get(name), resource.fields.get(name)):
            message = gettext(
                "another {field} is declared than was sent, and it is never sent again: change it in Alice's web "
                "page, then run {command}",
                field=name,
                command=_adoption(resource, record),
            )
            yield Finding("secret-changed", "warning", message, resource.address, resource.position(name))


def unknown_secrets(
    resource: Resource, record: Recorded | None, shown: Container[str], digester: Digester
) -> Iterator[Finding]:
    """What cannot be compared any more: seen on the server it need not be, a password is never sent again."""
    for name in unknown(record, resource.fields, digester):
        assert record is not None
        if name in shown:
            continue
        message = gettext(
            "whether {field} is still as it was sent is not known: the server does not show it, and its hash in the "
            "state is of an earlier version, made with another ALICE_PLAN_KEY, password or token. If Alice has the "
            "declared one, run {command}",
            field=name,
            command=_adoption(resource, record),
        )
        severity = "info" if isinstance(KINDS[resource.address.kind].field(name), Password) else "error"
        yield Finding("secret-unknown", severity, message, resource.address, resource.position(name))


def _adoption(resource: Resource, record: Recorded) -> str:
    return f"`alice-apply state adopt {argument(resource.address)} {record.remote_id}`"


def unknown(record: Recorded | None, fields: Mapping[str, Any], digester: Digester) -> Iterator[str]:
    """The declared fields of which nobody knows whether they are as they were sent."""
    for name, stored in (record.digests if record else {}).items():
        if name in fields and digester.verify(stored, fields[name]) is DigestMatch.UNKNOWN:
            yield name
