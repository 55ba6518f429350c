"""Survey templates: the call flow, made of sections. A start freezes a copy (`sealed_survey`)."""

from provisioner.resources.fields import Text
from provisioner.resources.kind import ApiFacts, Display, Filter, Kind

KIND = Kind(
    name="survey",
    plural="surveys",
    collection="surveys",
    path="survey-template",
    title="survey",
    api=ApiFacts(sample="is_onboarding"),
    fields=(
        Text("name", required=True, max_length=90),
        Text("tts_language", max_length=2),
        Text("description"),
    ),
    natural_key=("name",),
    display=Display(
        shown=("id", "name", "tts_language", "description", "is_onboarding", "user"),
        filters=(
            Filter("search", "part of the name", ("name",), "contains"),
            Filter("description", "part of the description", ("description",), "contains"),
            Filter(
                "is_onboarding", "shared samples only, or none of them", ("is_onboarding",), choices=("true", "false")
            ),
            Filter("user", "id of the owner", ("user",), "related"),
        ),
    ),
)
