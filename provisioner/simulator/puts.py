"""What a PUT does with the fields it is not sent: keep them, ask for them, or reset them (docs/alice-api.md#put).

`partial` is what Alice's page suggests for four kinds, `strict` is stock DRF 3, `resetting` is DRF 2.4, where a field
with a default goes back to it, a nullable relation becomes null and a list of relations is emptied. `emptying` leaves
nothing of what it is not sent: what has no default becomes null or empty too.
"""

from typing import Any

from django.db.models import NOT_PROVIDED, Field, ManyToManyField

from provisioner.simulator.runtime import variants

RESETTING = ("resetting", "emptying")
_PARTIAL_KINDS = ("campaigns", "contact", "section-template", "phonebook")


def is_partial(kind: str) -> bool:
    return variants()["put"] == "partial" and kind in _PARTIAL_KINDS


def completed_body(serializer: Any) -> dict[str, Any]:
    """The body of a resetting PUT: what was sent, and what DRF 2.4 would have put in place of the rest."""
    columns = {column.name: column for column in _columns(serializer.Meta.model)}
    missing = [field for name, field in serializer.fields.items() if _is_missing(field, name, serializer.initial_data)]
    resets = {field.field_name: _reset_value(columns[field.source]) for field in missing if field.source in columns}
    return {**{name: value for name, value in resets.items() if value is not NOT_PROVIDED}, **serializer.initial_data}


def _columns(model: Any) -> list[Field]:
    return [*model._meta.fields, *model._meta.many_to_many]


def _is_missing(field: Any, name: str, body: Any) -> bool:
    return not field.read_only and name not in body


def _reset_value(column: Field) -> Any:
    if isinstance(column, ManyToManyField):
        return []
    if column.has_default():
        return column.get_default()
    if column.null and (column.is_relation or variants()["put"] == "emptying"):
        return None
    return "" if column.blank and variants()["put"] == "emptying" else NOT_PROVIDED
