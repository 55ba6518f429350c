"""Keyed hashes of sensitive values, so that a changed one is noticed although none is ever stored or shown.

Passwords are written once and never read, telephone numbers of alarms and values from `${env.X}` are masked: the state
holds their seals. Keys are scrypt(secret, salt): the salt of a plan travels with it, the state has one of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from provisioner.kinds import KINDS, Password
from provisioner.model import Address, Resource
from provisioner.plain import canonical

SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True)
class Key:
    """The key of digests: slow to guess, different for every salt (design, section 4).

    It takes a while to derive, so that is left until something has to be hashed; most plans are empty.
    """

    secret: str = field(repr=False)
    salt: bytes

    @cached_property
    def value(self) -> bytes:
        """32 bytes."""
        return hashlib.scrypt(self.secret.encode(), salt=self.salt, **SCRYPT)

    @cached_property
    def check(self) -> str:
        """Tells a key from others, and says nothing of it."""
        return digest("key", self)


def digest(value: Any, key: Key) -> str:
    """A keyed hash of one JSON-able value."""
    return hmac.new(key.value, json.dumps(value, sort_keys=True).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Seal:
    """Makes and checks seals. A seal names its key: one that was made with another secret says nothing."""

    key: Key

    def of(self, value: Any) -> str:
        """The seal of one value in manifest shape."""
        return f"{self._name}:{digest(canonical(value), self.key)}"

    def broken(self, stored: str | None, value: Any) -> bool:
        """True when `value` is certainly another one than was sealed."""
        return stored is not None and stored.startswith(f"{self._name}:") and stored != self.of(value)

    @property
    def _name(self) -> str:
        return self.key.check[:16]


def sensitive_fields(address: Address, resource: Resource | None) -> frozenset[str]:
    """The fields of an address that are never stored or shown: by their kind, or because they came from `${env.X}`."""
    by_kind = {field.name for field in KINDS[address.kind].fields if field.sensitive}
    return frozenset(by_kind) | (resource.sensitive if resource else frozenset())


def seals(resource: Resource, seal: Seal, known: Mapping[str, str]) -> dict[str, str]:
    """Seals of every sensitive value of a resource. `known`: those of the live object as it is.

    The seal of a password stays the one of the value that was sent, however often another one is declared.
    """
    kept = {field.name for field in KINDS[resource.address.kind].fields if isinstance(field, Password)}
    found = dict(known)
    for name in sensitive_fields(resource.address, resource) & resource.fields.keys():
        if name not in kept or name not in known:
            found[name] = seal.of(resource.fields[name])
    return found
