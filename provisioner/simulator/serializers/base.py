"""The serializer all kinds share: DRF's own, with relations, instants and owners as the variants want them."""

from copy import deepcopy
from functools import cache
from typing import Any, ClassVar

from django.core.validators import MaxLengthValidator
from django.db import models
from rest_framework import serializers

from provisioner.simulator.puts import RESETTING
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.fields import Instant, Owner, Relation


class AliceSerializer(serializers.ModelSerializer):
    """Subclasses declare a model and its fields.

    KIND is the endpoint's path. SERVER_SET names fields that run by themselves; in DRF 2.4 a PUT could set them, and
    reset them by leaving them out.
    """

    KIND: ClassVar[str] = ""
    SERVER_SET: ClassVar[tuple[str, ...]] = ()
    serializer_related_field = Relation
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Instant,
    }

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        field, options = super().build_relational_field(field_name, relation_info)
        return field, {**options, "model": relation_info.related_model}

    def get_fields(self) -> Any:
        own: Any = type(self)  # which mypy takes for something without a hash
        fields = deepcopy(_made(own))
        if variants()["user_field"] == "absent" and isinstance(fields.get("user"), Owner):
            del fields["user"]
        self._shorten(fields)
        for name in self.SERVER_SET:
            fields[name].read_only = not self._may_set(name)
        return fields

    def _shorten(self, fields: dict[str, Any]) -> None:
        most = variants().integer("max_name")
        if most and "name" in fields:
            fields["name"].max_length = most
            fields["name"].validators.append(MaxLengthValidator(most))

    def _may_set(self, name: str) -> bool:
        return variants()["put"] in RESETTING

    def to_representation(self, row: Any) -> Any:
        body = super().to_representation(row)
        if variants()["text_empty"] == "null":
            body = {name: None if value == "" else value for name, value in body.items()}
        return self._obscured(body)

    def _obscured(self, body: dict[str, Any]) -> dict[str, Any]:
        """The fields of the variant `unread_fields` in a form that no client can know."""
        unread = variants().names("unread_fields")
        named = {name for name in body if f"{self.KIND}.{name}" in unread}
        if variants()["unread_form"] == "hidden":
            return {name: value for name, value in body.items() if name not in named}
        forms = {
            "99": 99,
            "word": "UNHEARD",
            "null": None,
            "names": ["VIP"],
            "date": "20/01/2027 08:00",
            "clock": "10 PM",
        }
        return {name: forms[variants()["unread_form"]] if name in named else value for name, value in body.items()}

    def create(self, validated_data: dict[str, Any]) -> Any:
        return super().create(_stored(validated_data))

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        return super().update(instance, _stored(self._mutable(validated_data)))

    def _mutable(self, values: dict[str, Any]) -> dict[str, Any]:
        immutable = variants().names("immutable_fields")
        return {name: value for name, value in values.items() if f"{self.KIND}.{name}" not in immutable}


@cache
def _made(serializer: Any) -> Any:
    """The fields as the model says, once: to make them takes twice as long as to copy them."""
    return serializers.ModelSerializer.get_fields(serializer())


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """What a database keeps that cuts a long text without a word."""
    if variants()["descriptions"] == "kept" or not values.get("description"):
        return values
    return {**values, "description": values["description"][:40]}
