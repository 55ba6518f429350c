"""What the values of valid resources must not do: break a rule of their kind, or claim one object of Alice twice.

Rules of one kind are declared with it (`ManifestRules.rules`). Here is what holds for all kinds: two resources cannot
have the same natural key, the same pin, or the same former key, and a former key cannot still be declared. A text that
stands in quotes which are none to YAML may be meant so, and is a finding.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields

from provisioner.error_ids import ErrorId
from provisioner.errors import Severity
from provisioner.language import gettext
from provisioner.manifests.drafts import Diagnostics, Draft
from provisioner.messages import together
from provisioner.model import Address, Finding
from provisioner.project import Safety
from provisioner.resources import Text, Zones
from provisioner.text import wrapped

Drafts = Mapping[Address, Draft]


def check(drafts: Drafts, zones: Zones, report: Diagnostics) -> None:
    """Report every broken rule."""
    for draft in drafts.values():
        for rule in draft.kind.manifest.rules:
            for path, message in rule(draft.fields, zones):
                draft.blame(report, ErrorId.FIELD_RULE, message, (path,))
    _claims(drafts, report)
    _former_keys(drafts, report)
    _quotes(drafts, report)


def require_strict(drafts: Drafts, safety: Safety, report: Diagnostics) -> None:
    """Report every threshold of a resource that is looser than the project's, which somebody else has set."""
    for draft in drafts.values():
        own = draft.settings.get("safety", safety)
        if any(getattr(own, limit.name) > getattr(safety, limit.name) for limit in fields(Safety)):
            message = "is looser than `safety` of alice.yaml, which ALICE_TRUST pins"
            draft.blame(report, ErrorId.TRUST_DIFFERS, message, ("safety",))


def _claims(drafts: Drafts, report: Diagnostics) -> None:
    """Two resources that would be one and the same live object."""
    first: dict[Hashable, Draft] = {}
    for draft in drafts.values():
        for claim, path, what in _claimed(draft):
            other = first.setdefault(claim, draft)
            if other is draft or (path != "id" and draft.pin is not None and other.pin is not None):
                continue
            message = (
                f"has the same {what} as {other.address} at {other.place((path,))}; only one of them can be that object"
            )
            if path == what:
                draft.blame(report, ErrorId.RESOURCE_TWICE, message, (path,))
            else:  # about the whole of it: no other value of the first field alone would do
                report.add(ErrorId.RESOURCE_TWICE, message, draft.place((path,)), draft.address)


def _claimed(draft: Draft) -> Iterator[tuple[Hashable, str, str]]:
    """What identifies the live object of a draft: (claim, field to blame, its name). None where a value is wrong."""
    kind = draft.kind
    if draft.pin is not None:
        yield (kind.name, "id", draft.pin), "id", "id"
    key = tuple(draft.fields.get(name) for name in kind.natural_key)
    if key and None not in key:
        own = [name for name in kind.natural_key if name != kind.parent]
        yield (kind.name, "", *key), own[0], together(own)


def _former_keys(drafts: Drafts, report: Diagnostics) -> None:
    taken: dict[Address, Draft] = {}
    for address, draft in drafts.items():
        if draft.renamed_from is None:
            continue
        former = Address(address.kind, draft.renamed_from)
        if former == address:
            message = f'is the key it has; at which key {address.group} goes on say by "${{each.value.was}}"'
            draft.blame(report, ErrorId.RESOURCE_RENAMED, message, ("renamed_from",))
        elif former in drafts:
            message = f"{former} is still declared at {drafts[former].source}; remove one of the two"
            draft.blame(report, ErrorId.RESOURCE_RENAMED, message, ("renamed_from",))
        elif taken.setdefault(former, draft) is not draft:
            message = f"is the former key of {taken[former].address} too; an object has one address"
            draft.blame(report, ErrorId.RESOURCE_RENAMED, message, ("renamed_from",))


def _quotes(drafts: Drafts, report: Diagnostics) -> None:
    """Texts in quotes of a word processor, which are sent with them."""
    for address, draft in drafts.items():
        for field in draft.kind.fields:
            value = draft.fields.get(field.name) if isinstance(field, Text) and not field.sensitive else None
            quotes = wrapped(value) if isinstance(value, str) and field.name not in draft.bad else None
            if quotes:
                message = gettext(
                    "{field} is sent with the {first} and {last} around it; quotes of YAML are \" or '",
                    field=field.name,
                    first=quotes[0],
                    last=quotes[-1],
                )
                finding = Finding("quotes", Severity.WARNING, message, address, draft.place((field.name,)))
                report.findings.append(finding)
