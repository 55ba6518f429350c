"""Campaigns: required fields of Alice's page, rules and limits of Newfies-Dialer (docs/alice-api.md#campaigns)."""

from typing import Any

from rest_framework import serializers

from provisioner.simulator.models import Campaign
from provisioner.simulator.models.campaigns import Status
from provisioner.simulator.runtime import RUNTIME, variants
from provisioner.simulator.serializers.base import AliceSerializer
from provisioner.simulator.serializers.fields import Owner

_REQUIRED = ("frequency", "startingdate", "expirationdate", "daily_start_time", "daily_stop_time")
SETTABLE = [choice for choice in Status.choices if choice[0] != Status.COMPLETED]


class CampaignSerializer(AliceSerializer):
    """A campaign; the DNC list and the bookkeeping of its model are not shown."""

    KIND = "campaigns"
    SERVER_SET = ("status", "campaign_code")
    user = Owner()
    status = serializers.ChoiceField(choices=Status.choices, required=False)

    class Meta:
        model = Campaign
        fields = [
            "id",
            "campaign_code",
            "name",
            "description",
            "callerid",
            "phonebook",
            "startingdate",
            "expirationdate",
            "aleg_gateway",
            "user",
            "status",
            "object_id",
            "extra_data",
            "frequency",
            "callmaxduration",
            "maxretry",
            "intervalretry",
            "calltimeout",
            "daily_start_time",
            "daily_stop_time",
            "created_date",
            "updated_date",
        ]
        extra_kwargs = {
            "phonebook": {"required": True, "allow_empty": True},
            **{name: {"required": True} for name in _REQUIRED},
        }

    def _may_set(self, name: str) -> bool:
        return (name == "status" and variants()["status_field"] == "writable") or super()._may_set(name)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self._check_name(attrs)
        self._check_limits(attrs)
        return attrs

    def _check_name(self, attrs: dict[str, Any]) -> None:
        rule = variants()["campaign_name_rule"]
        if rule == "off" or (rule == "post" and self.instance is not None) or "name" not in attrs:
            return
        same = self._mine().filter(name=attrs["name"]).exclude(pk=self.instance.pk if self.instance else None)
        if same.exists():
            raise serializers.ValidationError("The Campaign name duplicated!")

    def _check_limits(self, attrs: dict[str, Any]) -> None:
        """Updates are counted as well, so that at the limit a campaign can no longer be edited."""
        most, fastest = variants().integer("max_campaigns"), variants().integer("max_frequency")
        if self._mine().count() >= most:
            raise serializers.ValidationError(f"Too many campaigns. Max allowed {most}")
        if (attrs.get("frequency") or 0) > fastest:
            raise serializers.ValidationError(f"Frequency limit of {fastest} exceeded.")

    def to_representation(self, row: Any) -> Any:
        body = super().to_representation(row)
        if variants()["order"] == "shuffled":
            RUNTIME.shuffles.shuffle(body["phonebook"])
        return body

    def _mine(self) -> Any:
        return Campaign.objects.filter(user=self.context["request"].user)


class StatusSerializer(serializers.Serializer):
    """The body of `campaigns/{id}/status/`: finishing by itself cannot be asked for."""

    status = serializers.ChoiceField(choices=SETTABLE)
