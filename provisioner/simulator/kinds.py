"""The endpoints of docs/alice-api.md#endpoints and the verbs each one offers, as data.

`documented` is what Alice's page mentions; `undocumented` is what Newfies-Dialer has besides, the (yes) of the table.
Which of these a client may use depends on the variants (verbs.py). Knows nothing of Django.
"""

from dataclasses import dataclass

READ = frozenset({"list", "get"})
WRITE = frozenset({"create", "update", "delete"})


@dataclass(frozen=True)
class Kind:
    """One endpoint; its path below `/rest-api/` is also its name everywhere in the simulator."""

    path: str
    documented: frozenset[str]
    undocumented: frozenset[str] = frozenset()

    @property
    def verbs(self) -> frozenset[str]:
        return self.documented | self.undocumented


def _kind(path: str, documented: str, undocumented: str = "") -> Kind:
    return Kind(path, frozenset(documented.split()), frozenset(undocumented.split()))


KINDS: dict[str, Kind] = {
    kind.path: kind
    for kind in (
        _kind("survey-template", "list create", "get update delete"),
        _kind("section-template", "create update", "list get delete"),
        _kind("survey-list", "list", "get"),
        _kind("phonebook", "list get create update", "delete"),
        _kind("contact", "list get create update", "delete"),
        _kind("bulkcontact", "create"),
        _kind("gateway", "list", "get"),
        _kind("campaigns", "list create update delete", "get"),
        _kind("dnc-list", "list create", "get update delete"),
        _kind("dnc-contact", "list create", "get update delete"),
        _kind("cdr", "list", "get"),
        _kind("subscriber-list", "list", "get"),
        _kind("calendar-setting", "list create", "get update delete"),
        _kind("calendar-user", "list create", "get update delete"),
        _kind("calendar", "list create", "get update delete"),
        _kind("event", "list create", "get update delete"),
        _kind("alarm", "create", "list get update delete"),
    )
}
"""Every endpoint but the token and the campaign's status, by path."""
