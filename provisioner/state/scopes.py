"""The SQL of scopes: whose state it is, which endpoint and user it belongs to, how often it changed.

A scope is bound to the first endpoint and user it is used with: remote ids of one account mean something else, or
somebody else's campaign, in another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Row, insert, select, update

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError
from provisioner.model import SENSITIVE
from provisioner.sensitive import Hidden, content
from provisioner.state.schema import RESOURCES, SCOPES
from provisioner.state.statements import Statement
from provisioner.state.values import Scope, normalised_endpoint

ELSEWHERE = (
    "use another environment (-e) or project for the other account; if this one has really moved, set `state:` to a "
    "new database: what Alice shows is adopted again"
)

BUMP = Statement("UPDATE alice_scopes SET serial = serial + :changes WHERE id = :scope")

Answered = Callable[[], bool]  # whether somebody has answered as Alice at the endpoint that a scope is bound to


def always() -> bool:
    """Of whoever knows that it is the right one."""
    return True


@dataclass(frozen=True, slots=True)
class Binding:
    """The account that a scope belongs to; None is what is not known yet.

    An endpoint that is not to be shown is kept as a hash, which tells it from others. `other` is the same endpoint as
    it would be kept otherwise: where a value comes from may change, and the account is the same.
    """

    endpoint: str | None = None
    user: str | None = None
    other: str | None = None

    @classmethod
    def to(cls, endpoint: str, user: str | None, *, hidden: bool = False) -> Binding:
        """With the endpoint in the form that is compared."""
        clear = normalised_endpoint(endpoint)
        hashed = f"{SENSITIVE} {sha256(clear.encode()).hexdigest()}"
        return cls(hashed, user, clear) if hidden else cls(clear, user, hashed)

    def over(self, earlier: Binding, what: str) -> Binding:
        """Completes an earlier binding. Raises StateError when the two contradict each other."""
        known = self.endpoint if earlier.endpoint and earlier.endpoint == self.other else earlier.endpoint
        endpoint = _same("endpoint", known, self.endpoint, what)
        return Binding(endpoint, _same("user", earlier.user, self.user, what), self.other or earlier.other)


def _same(word: str, earlier: str | None, now: str | None, what: str) -> str | None:
    if earlier and now and earlier != now:
        if isinstance(earlier, Hidden) or isinstance(now, Hidden):
            raise StateError(
                f"the state of {what} belongs to another {word} than this run uses: {ELSEWHERE}",
                id=ErrorId.STATE_FOREIGN,
            )
        raise StateError(
            f"the state of {what} belongs to {word} {earlier}, this run uses {now}: {ELSEWHERE}",
            id=ErrorId.STATE_FOREIGN,
        )
    return earlier or now


def row_of(connection: Connection, project: str, environment: str) -> Row[tuple[int, ...]] | None:
    """The scope's row: `id`, `endpoint`, `username`, `serial`, `key` (hex); None before its first write."""
    mine = (SCOPES.c.project == project, SCOPES.c.environment == environment)
    return connection.execute(select(SCOPES).where(*mine)).one_or_none()


def create(connection: Connection, project: str, environment: str, key: bytes) -> int:
    """A new scope that nothing is recorded in; its id."""
    row = {"project": project, "environment": environment, "serial": 0, "key": key.hex()}
    inserted = connection.execute(insert(SCOPES).values(row)).inserted_primary_key
    assert inserted is not None
    return int(inserted[0])


def bind(connection: Connection, scope: int, binding: Binding) -> None:
    """Remembers the account."""
    values = {"endpoint": binding.endpoint, "username": None if binding.user is None else content(binding.user)}
    connection.execute(update(SCOPES).where(SCOPES.c.id == scope).values(values))


def bump(connection: Connection, scope: int, changes: int = 1) -> None:
    """So many more changes to what is recorded."""
    BUMP.for_each(connection, [{"scope": scope, "changes": changes}])


def snapshot(connection: Connection, scope: int) -> Scope:
    """The scope as it stands now."""
    row = connection.execute(select(SCOPES).where(SCOPES.c.id == scope)).one()
    theirs = select(RESOURCES.c.username).where(RESOURCES.c.scope == scope, RESOURCES.c.username.is_not(None))
    return Scope(
        project=row.project,
        environment=row.environment,
        endpoint=row.endpoint,
        user=row.username,
        users=frozenset(connection.scalars(theirs.distinct())),
        serial=row.serial,
        key=bytes.fromhex(row.key),
    )
