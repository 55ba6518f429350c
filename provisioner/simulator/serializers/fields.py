"""Relations, owners, instants, texts in unknown forms (docs/alice-api.md#values-that-come-back-changed)."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from rest_framework import serializers

from provisioner.simulator.models import User
from provisioner.simulator.models.base import visible
from provisioner.simulator.rewriting import stored_number, stored_variables
from provisioner.simulator.runtime import variants
from provisioner.simulator.tables import PATHS


def rendered_relation(form: str, path: str, pk: Any, request: Any) -> Any:
    """A foreign key as one of the forms of the variant `relations`; `path` is the kind a hyperlink leads to."""
    match form:
        case "str":
            return str(pk)
        case "url":
            return request.build_absolute_uri(f"/rest-api/{path}/{pk}/")
        case "nested":
            return {"id": pk}
        case _:
            return pk


class Relation(serializers.PrimaryKeyRelatedField):
    """A foreign key: written as an id of one of the caller's own rows, read as the variant says."""

    def __init__(self, *, model: type[models.Model], **options: Any) -> None:
        self.model = model
        super().__init__(**options)

    def get_queryset(self) -> Any:
        return visible(self.model, self.context["request"].user)

    def to_representation(self, value: Any) -> Any:
        return rendered_relation(variants()["relations"], PATHS[self.model], value.pk, self.context.get("request"))


class UnscopedRelation(Relation):
    """A foreign key to anybody's row: Newfies-Dialer does not check whose template a section is added to."""

    def get_queryset(self) -> Any:
        return self.model.objects.all()


class DncRelation(Relation):
    """The DNC list of a number, which Alice's page shows as a text."""

    def to_internal_value(self, data: Any) -> Any:
        if variants()["dnc_relation"] == "string" and not isinstance(data, str):
            raise serializers.ValidationError("Not a valid string.")
        return super().to_internal_value(data)


class Owner(serializers.Field):
    """The user a row belongs to: always the caller, whatever a body says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, source="*", **options)

    def to_representation(self, row: Any) -> Any:
        form, owner = variants()["user_field"], row.user_id
        if getattr(self.parent, "KIND", "") in variants().names("other_owner"):
            owner = User.objects.exclude(pk=owner).order_by("pk")[0].pk
        if form == "username":
            return User.objects.get(pk=owner).username
        return rendered_relation(form, "users", owner, self.context.get("request"))


class Instant(serializers.DateTimeField):
    """A moment, read back in UTC with microseconds, as Alice's page shows it."""

    def to_representation(self, value: datetime | None) -> str | None:
        return None if value is None else rendered_instant(value)


def rendered_instant(value: datetime) -> str:
    match variants()["datetimes"]:
        case "milliseconds":
            text = value.isoformat(timespec="milliseconds")
        case "microseconds":
            text = value.isoformat(timespec="microseconds")
        case "offset":
            text = value.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).isoformat()
        case _:
            text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


class AdditionalVars(serializers.Field):
    """A contact's own variables: a JSON text or an object goes in; what comes out is unknown."""

    default_error_messages = {"invalid": "'{text}' is not a valid JSON string."}

    def to_internal_value(self, data: Any) -> str | None:
        if data == "":
            return None
        if not isinstance(data, str):
            return stored_variables(json.dumps(data, ensure_ascii=False))
        try:
            json.loads(data)
        except ValueError:
            self.fail("invalid", text=data)
        return stored_variables(data)

    def to_representation(self, value: str) -> Any:
        match variants()["additional_vars"]:
            case "object":
                return json.loads(value)
            case "null":
                return None
            case _:
                return value


class PhoneNumber(serializers.CharField):
    """A number, kept as sent unless the variant of that name says otherwise."""

    def __init__(self, *, variant: str = "phone_text", **options: Any) -> None:
        self.variant = variant
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        return stored_number(super().to_internal_value(data), self.variant)
