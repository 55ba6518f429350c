"""Which HTTP methods an endpoint offers under the variants in force.

The `Allow` header, the 405s and the question whether a route exists at all come from here (docs/alice-api.md#verbs).
"""

from provisioner.simulator.kinds import KINDS, Kind
from provisioner.simulator.variants import Variants

_GETTABLE_BY_ID = ("phonebook", "contact")
"""The two kinds whose GET by id is on Alice's page."""


def allowed_methods(path: str, detail: bool, variants: Variants) -> list[str]:
    """Lower-case methods of the collection or of one object of a kind, in the order of DRF's `Allow`."""
    kind = KINDS[path]
    methods = _detail_methods(kind, variants) if detail else _list_methods(kind, variants)
    if not methods:
        return []
    reading = ["head"] if "get" in methods else []
    return [*methods, *reading, *(["options"] if variants["options"] == "on" else [])]


def route_exists(path: str, detail: bool, method: str, variants: Variants) -> bool:
    """False where the answer is Django's HTML 404 instead of a 405."""
    if path in variants.names("absent"):
        return False
    if detail and method == "GET" and variants["get_detail"] == "html-404":
        return False
    return bool(allowed_methods(path, detail, variants))


def _list_methods(kind: Kind, variants: Variants) -> list[str]:
    can_list = "list" in kind.verbs and kind.path not in variants.names("missing_get")
    return ["get"] * can_list + ["post"] * ("create" in kind.verbs)


def _detail_methods(kind: Kind, variants: Variants) -> list[str]:
    offered = (
        ("get", _can_get(kind, variants)),
        ("put", "update" in _chosen(kind, variants["put_kinds"])),
        ("delete", _can_delete(kind, variants["delete"])),
    )
    return [method for method, is_offered in offered if is_offered]


def _can_get(kind: Kind, variants: Variants) -> bool:
    if "get" not in kind.verbs or kind.path in variants.names("missing_get"):
        return False
    match variants["get_detail"]:
        case "none":
            return False
        case "documented":
            return kind.path in _GETTABLE_BY_ID
        case _:
            return True


def _can_delete(kind: Kind, choice: str) -> bool:
    return "delete" in _chosen(kind, "documented" if choice == "campaigns" else choice)


def _chosen(kind: Kind, choice: str) -> frozenset[str]:
    match choice:
        case "none":
            return frozenset()
        case "documented":
            return kind.documented
        case _:
            return kind.verbs
