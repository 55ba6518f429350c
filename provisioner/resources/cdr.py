"""Call detail records: what was really called. Read only."""

from provisioner.resources.fields import Instant, Relation, Text
from provisioner.resources.kind import ApiFacts, Display, Filter, Kind, Verbs

DISPOSITIONS = ("ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION", "FAILED")

KIND = Kind(
    name="cdr",
    plural="cdr",
    path="cdr",
    title="call record",
    personal=True,
    api=ApiFacts(verbs=Verbs(create=False)),
    facts=(
        Relation("campaign", to="campaign"),
        Text("disposition"),
        Instant("starting_date"),
    ),
    display=Display(
        shown=(
            "id",
            "callid",
            "callerid",
            "phone_number",
            "starting_date",
            "duration",
            "billsec",
            "disposition",
            "hangup_cause",
            "sip_term_status",
            "sip_term_cause",
            "endpoint_disposition",
            "campaign",
            "alarm",
            "otp",
        ),
        filters=(
            Filter("callid", "id of the call", ("callid",)),
            Filter("callerid", "caller id shown", ("callerid",)),
            Filter("phone_number", "number called", ("phone_number",)),
            Filter("from_date", "calls from this moment on (ISO 8601)", ("starting_date",), "from"),
            Filter("to_date", "calls up to this moment (ISO 8601)", ("starting_date",), "to"),
            Filter("duration", "length in seconds", ("duration",)),
            Filter("billsec", "billed seconds", ("billsec",)),
            Filter("disposition", "how the call ended", ("disposition",), choices=DISPOSITIONS),
            Filter("hangup_cause", "such as UNALLOCATED_NUMBER", ("hangup_cause",)),
            Filter("sip_term_status", "SIP status at the end", ("sip_term_status",)),
            Filter("sip_term_cause", "SIP cause at the end", ("sip_term_cause",)),
            Filter("endpoint_disposition", "how the far end answered", ("endpoint_disposition",)),
            Filter("campaign", "the campaign", ("campaign",), "related", to="campaign"),
            Filter("alarm", "calls of alarms only, or none of them", ("alarm",), choices=("true", "false")),
            Filter("otp", "one-time-password calls only, or none of them", ("otp",), choices=("true", "false")),
        ),
    ),
)
