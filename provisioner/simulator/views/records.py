"""gateway/, subscriber-list/ and cdr/: what clients only read."""

from typing import Any

from django.db.models import QuerySet

from provisioner.simulator import lifecycle
from provisioner.simulator.filters import CallRecordFilters, SubscriberFilters
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.records import CallRecordSerializer, GatewaySerializer, SubscriberSerializer
from provisioner.simulator.views.base import ReadOnlyKind


class Gateways(ReadOnlyKind):
    """The caller's gateways."""

    kind = "gateway"
    serializer_class = GatewaySerializer

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if variants()["gateways"] == "mine" else rows.none()


class Subscribers(ReadOnlyKind):
    """The numbers of the caller's campaigns."""

    kind = "subscriber-list"
    serializer_class = SubscriberSerializer
    filterset_class = SubscriberFilters

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        lifecycle.catch_up()


class CallRecords(ReadOnlyKind):
    """The caller's calls."""

    kind = "cdr"
    serializer_class = CallRecordSerializer
    filterset_class = CallRecordFilters
