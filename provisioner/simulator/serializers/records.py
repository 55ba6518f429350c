"""What clients only read: gateways, subscribers, call records."""

from typing import Any

from rest_framework import serializers

from provisioner.simulator.models import CallRecord, Gateway, Subscriber
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.base import AliceSerializer


class GatewaySerializer(AliceSerializer):
    """A gateway, field by field as Alice's page shows one."""

    KIND = "gateway"

    class Meta:
        model = Gateway
        fields = [
            "id",
            "name",
            "status",
            "description",
            "addprefix",
            "removeprefix",
            "gateways",
            "subdomain",
            "gateway_codecs",
            "gateway_timeouts",
            "gateway_retries",
            "originate_dial_string",
            "secondused",
            "created_date",
            "updated_date",
            "addparameter",
            "count_call",
            "count_in_use",
            "maximum_call",
            "is_trial",
            "failover",
        ]
        read_only_fields = fields


class SubscriberSerializer(AliceSerializer):
    """A number of a campaign and how far it has come."""

    KIND = "subscriber-list"
    contact = serializers.SerializerMethodField()

    class Meta:
        model = Subscriber
        fields = [
            "id",
            "contact",
            "campaign",
            "last_attempt",
            "count_attempt",
            "completion_count_attempt",
            "status",
            "duration",
            "billsec",
            "created_date",
            "updated_date",
        ]
        read_only_fields = fields

    def get_contact(self, row: Subscriber) -> Any:
        return row.duplicate_contact if variants()["subscriber_contact"] == "number" else row.contact_id


class CallRecordSerializer(AliceSerializer):
    """One call."""

    KIND = "cdr"

    class Meta:
        model = CallRecord
        fields = [
            "id",
            "callid",
            "callerid",
            "phone_number",
            "starting_date",
            "duration",
            "billsec",
            "disposition",
            "hangup_cause",
            "hangup_cause_q850",
            "sip_term_status",
            "sip_term_cause",
            "endpoint_disposition",
            "used_gateway",
            "campaign",
            "alarm",
            "otp",
        ]
        read_only_fields = fields
