"""Sealed surveys: the copies that starts make. Read only; names repeat (docs/alice-api.md#sealed-copies)."""

from provisioner.resources.fields import Instant, Relation, Text
from provisioner.resources.kind import ApiFacts, Display, Filter, Identity, Kind, Verbs

KIND = Kind(
    name="sealed_survey",
    plural="sealed-surveys",
    path="survey-list",
    title="sealed survey",
    api=ApiFacts(verbs=Verbs(create=False)),
    facts=(
        Text("name"),
        Relation("campaign", to="campaign"),
        Instant("created_date"),
    ),
    natural_key=("name",),
    identity=Identity(named_by={"key": "survey", "campaign": "campaign"}),
    display=Display(
        shown=("id", "name", "tts_language", "description", "campaign", "user", "created_date"),
        filters=(
            Filter("search", "part of the name", ("name",), "contains"),
            Filter("tts_language", "language code", ("tts_language",)),
            Filter("description", "part of the description", ("description",), "contains"),
            Filter("campaign", "the campaign that made it", ("campaign",), "related", to="campaign"),
        ),
    ),
)
