"""campaigns/ and campaigns/{id}/status/. What a status does to a campaign is in lifecycle.py."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from provisioner.simulator import lifecycle
from provisioner.simulator.filters import CampaignFilters
from provisioner.simulator.models import Campaign
from provisioner.simulator.models.base import visible
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.campaigns import CampaignSerializer, StatusSerializer
from provisioner.simulator.views.base import WritableKind


class Campaigns(WritableKind):
    """Campaigns, brought up to date before they are looked at."""

    kind = "campaigns"
    owned = True
    related = ("phonebook",)
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilters

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        lifecycle.catch_up()

    def perform_create(self, serializer: Any) -> None:
        super().perform_create(serializer)
        lifecycle.follow_status(serializer.instance)

    def perform_update(self, serializer: Any) -> None:
        super().perform_update(serializer)
        lifecycle.follow_status(serializer.instance)


class CampaignStatusView(GenericAPIView):
    """POST of a new status; the only documented way to start or stop."""

    kind = "campaigns"
    http_method_names = ["post", "options"]
    serializer_class = StatusSerializer

    def get_queryset(self) -> QuerySet:
        return visible(Campaign, self.request.user)

    def post(self, request: Any, pk: str) -> Any:
        lifecycle.catch_up()
        campaign = self.get_object()
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data["status"]
        lifecycle.change_status(campaign, wanted)
        return _answer(campaign, wanted, self)


def _answer(campaign: Campaign, wanted: int, view: Any) -> Response:
    match variants()["status_answer"]:
        case "object":
            return Response(CampaignSerializer(campaign, context=view.get_serializer_context()).data)
        case "empty":
            return Response(status=204)
        case _:
            return Response({"status": wanted})
