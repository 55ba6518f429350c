"""phonebook/, contact/, dnc-list/ and dnc-contact/."""

from typing import Any

from provisioner.simulator import subscriptions
from provisioner.simulator.filters import ContactFilters, PhonebookFilters
from provisioner.simulator.models.contacts import ACTIVE
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.contacts import (
    ContactSerializer,
    DncContactSerializer,
    DncListSerializer,
    PhonebookSerializer,
)
from provisioner.simulator.views.base import WritableKind


class Phonebooks(WritableKind):
    """Lists of contacts."""

    kind = "phonebook"
    owned = True
    serializer_class = PhonebookSerializer
    filterset_class = PhonebookFilters


class Contacts(WritableKind):
    """Contacts; a campaign that runs on the phonebook takes a new one in at once (docs/alice-api.md#what-rings)."""

    kind = "contact"
    serializer_class = ContactSerializer
    filterset_class = ContactFilters

    def perform_create(self, serializer: Any) -> None:
        super().perform_create(serializer)
        subscriptions.subscribe([serializer.instance])

    def perform_update(self, serializer: Any) -> None:
        was_active = serializer.instance.status == ACTIVE
        super().perform_update(serializer)
        if variants()["activation"] == "subscribes" and not was_active:
            subscriptions.subscribe([serializer.instance])


class DncLists(WritableKind):
    """Do-not-call lists; deleting one deletes the campaigns that use it (docs/alice-api.md#cascading-deletes)."""

    kind = "dnc-list"
    owned = True
    serializer_class = DncListSerializer


class DncContacts(WritableKind):
    """Numbers of do-not-call lists."""

    kind = "dnc-contact"
    serializer_class = DncContactSerializer
