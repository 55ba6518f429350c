"""Calendar settings: how alarms call. `survey` is a *sealed* survey (docs/alice-api.md#calendars-and-events)."""

from provisioner.resources.fields import Integer, Relation, Text
from provisioner.resources.kind import Display, Kind, ManifestRules
from provisioner.resources.rules import typed

KIND = Kind(
    name="calendar_setting",
    plural="calendar-settings",
    collection="calendar_settings",
    path="calendar-setting",
    title="calendar setting",
    fields=(
        Text("label", required=True, max_length=80),
        Relation("survey", to="sealed_survey", required=True),
        Relation("gateway", "aleg_gateway", to="gateway", required=True),
        Integer("call_timeout", required=True, minimum=1),
        Text("callerid", max_length=80),
        Text("caller_name", max_length=80),
    ),
    natural_key=("label",),
    manifest=ManifestRules(rules=(typed("callerid"),)),
    display=Display(shown=("id", "label", "survey", "aleg_gateway", "call_timeout", "callerid", "caller_name")),
)
