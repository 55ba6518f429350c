"""survey-template/, section-template/ and survey-list/."""

from typing import Any

from django.db.models import Q, QuerySet

from provisioner.simulator import lifecycle
from provisioner.simulator.filters import SealedSurveyFilters, SurveyTemplateFilters
from provisioner.simulator.request_log import SAFE_METHODS
from provisioner.simulator.serializers.surveys import (
    SealedSurveySerializer,
    SectionTemplateSerializer,
    SurveyTemplateSerializer,
)
from provisioner.simulator.views.base import ReadOnlyKind, WritableKind


class SurveyTemplates(WritableKind):
    """Templates of the caller, and everybody's samples for reading (docs/alice-api.md#owners)."""

    kind = "survey-template"
    owned = True
    serializer_class = SurveyTemplateSerializer
    filterset_class = SurveyTemplateFilters

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        if self.request.method not in SAFE_METHODS or self.request.user.is_superuser:
            return rows
        ordering = rows.query.order_by
        return rows.model.objects.filter(Q(user=self.request.user) | Q(is_onboarding=True)).order_by(*ordering)


class SectionTemplates(WritableKind):
    """Sections of templates."""

    kind = "section-template"
    serializer_class = SectionTemplateSerializer


class SealedSurveys(ReadOnlyKind):
    """The frozen copies; a delayed freeze that has fallen due happens before they are listed."""

    kind = "survey-list"
    serializer_class = SealedSurveySerializer
    filterset_class = SealedSurveyFilters

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        lifecycle.catch_up()
