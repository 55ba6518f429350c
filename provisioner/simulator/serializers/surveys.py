"""Survey templates, their sections, and sealed surveys."""

from typing import Any

from django.db.models import Max

from provisioner.simulator.models import SealedSurvey, SectionTemplate, SurveyTemplate
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.base import AliceSerializer
from provisioner.simulator.serializers.fields import Owner, UnscopedRelation


class SurveyTemplateSerializer(AliceSerializer):
    """A template that can be edited."""

    KIND = "survey-template"
    user = Owner()

    class Meta:
        model = SurveyTemplate
        fields = [
            "id",
            "name",
            "tts_language",
            "description",
            "is_onboarding",
            "user",
            "created_date",
            "updated_date",
        ]
        read_only_fields = ["is_onboarding"]


class SectionTemplateSerializer(AliceSerializer):
    """A section; creation fixes its place and its script (docs/alice-api.md#surveys-and-sections)."""

    KIND = "section-template"
    serializer_related_field = UnscopedRelation

    class Meta:
        model = SectionTemplate
        fields = [
            "id",
            "order",
            "type",
            "survey",
            "question",
            "script",
            "retries",
            "timeout",
            "completed",
            "created_date",
            "updated_date",
        ]
        extra_kwargs = {"type": {"required": True}}

    def create(self, validated_data: dict[str, Any]) -> SectionTemplate:
        last = SectionTemplate.objects.aggregate(last=Max("order"))["last"] or 0
        if variants()["script_on_create"] == "question":
            validated_data["script"] = validated_data["question"]
        section: SectionTemplate = super().create({**validated_data, "order": last + 1})
        return section


class SealedSurveySerializer(AliceSerializer):
    """A frozen copy, read-only."""

    KIND = "survey-list"
    user = Owner()

    class Meta:
        model = SealedSurvey
        fields = ["id", "name", "tts_language", "description", "user", "campaign", "created_date", "updated_date"]
        read_only_fields = fields
