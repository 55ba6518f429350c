"""Phonebooks, contacts, and do-not-call lists and numbers."""

from typing import Any

from rest_framework import serializers

from provisioner.simulator.models import Contact, DncContact, DncList, Phonebook
from provisioner.simulator.rewriting import stored_texts
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.base import AliceSerializer
from provisioner.simulator.serializers.fields import AdditionalVars, DncRelation, Owner, PhoneNumber

_MORE = ("company", "priority")


class PhonebookSerializer(AliceSerializer):
    """A list of contacts."""

    KIND = "phonebook"
    user = Owner()

    class Meta:
        model = Phonebook
        fields = ["id", "name", "description", "user", "created_date", "updated_date"]


class ContactSerializer(AliceSerializer):
    """A contact; nothing keeps a number from being there twice, unless the variant does."""

    KIND = "contact"
    contact = PhoneNumber(max_length=90)
    additional_vars = AdditionalVars(required=False, allow_null=True)

    class Meta:
        model = Contact
        fields = [
            "id",
            "phonebook",
            "contact",
            "status",
            "last_name",
            "first_name",
            "email",
            "address",
            "city",
            "state",
            "country",
            "unit_number",
            "company",
            "priority",
            "additional_vars",
            "description",
            "created_date",
            "updated_date",
        ]
        extra_kwargs = {"status": {"required": True, "allow_null": False}}

    def get_fields(self) -> Any:
        fields = super().get_fields()
        more = variants()["contact_fields"] == "more"
        return {name: field for name, field in fields.items() if more or name not in _MORE}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = stored_texts(attrs)
        if variants()["contact_unique"] == "on" and self._is_taken(attrs):
            raise serializers.ValidationError("The fields phonebook, contact must make a unique set.")
        return attrs

    def _is_taken(self, attrs: dict[str, Any]) -> bool:
        wanted = {name: attrs.get(name) or getattr(self.instance, name) for name in ("phonebook", "contact")}
        others = Contact.objects.filter(**wanted)
        return bool(others.exclude(pk=self.instance.pk if self.instance else None).exists())

    def to_representation(self, row: Any) -> Any:
        body = super().to_representation(row)
        if body["country"] is None and variants()["text_empty"] == "empty":
            body["country"] = ""
        return body


class DncListSerializer(AliceSerializer):
    """A do-not-call list."""

    KIND = "dnc-list"
    user = Owner()

    class Meta:
        model = DncList
        fields = ["id", "name", "description", "user", "created_date", "updated_date"]


class DncContactSerializer(AliceSerializer):
    """A number not to be called."""

    KIND = "dnc-contact"
    serializer_related_field = DncRelation
    phone_number = PhoneNumber(max_length=120, variant="dnc_text")

    class Meta:
        model = DncContact
        fields = ["id", "dnc", "phone_number"]
