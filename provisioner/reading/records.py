"""Questions of checks about what really happened on the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.alice.client import Client
from provisioner.checks import Limits
from provisioner.errors import ApiError, Forbidden, Rejected, RouteMissing
from provisioner.kinds import KINDS, Instant, Kind
from provisioner.kinds import remote_id as related_id


@dataclass(frozen=True, slots=True)
class Records:
    """Answers them with a client (see `checks.context.Account`)."""

    client: Client

    def sample(
        self, kind_name: str, relation: str, remote_id: int, between: tuple[datetime, datetime] | None = None
    ) -> list[Mapping[str, Any]]:
        """The first page of objects related to a remote id, as the server sends them; none where it shows none.

        `between`: of that time, where the server honours the filter; who asks has to look again.
        """
        kind = KINDS[kind_name]
        query = {relation: remote_id} | (_moments(kind, *between) if between else {})
        try:
            payloads = self.client.first(kind.path, query)
        except (Forbidden, RouteMissing, Rejected):
            return []
        return [payload for payload in payloads if related_id(payload.get(relation)) == remote_id]

    def without(self, kind_name: str, relation: str, remote_id: int) -> bool:
        """Whether the server shows that there is no object of the kind related to a remote id."""
        kind = KINDS[kind_name]
        try:
            pages = self.client.pages(kind.path, {relation: remote_id})
            return not any(related_id(payload.get(relation)) == remote_id for page in pages for payload in page)
        except (Forbidden, RouteMissing):
            return False

    def limits(self, kind_name: str) -> Mapping[str, Limits]:
        """What OPTIONS says of the fields of something new, by wire name; nothing where it does not say."""
        try:
            fields = self.client.options(KINDS[kind_name].path).fields
        except ApiError:
            return {}
        return {
            name: Limits(_number(facts.get("max_length")), _number(facts.get("max_value")))
            for name, facts in fields.items()
        }


def _moments(kind: Kind, first: datetime, last: datetime) -> dict[str, str]:
    """The kind's filters of time."""
    bounds = {"from": Instant("").encode(first), "to": Instant("").encode(last)}
    return {each.name: str(bounds[each.how]) for each in kind.filters if each.how in bounds}


def _number(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
