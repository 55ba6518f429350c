"""Sections of a survey, declared inside it and created in order: the first one is where the call starts.

The server overwrites `script` with `question` when a section is created (docs/alice-api.md#surveys-and-sections):
applying compares what came back and sends the documented PUT.
"""

from provisioner.resources.fields import Choice, Integer, Relation, Text, Update
from provisioner.resources.kind import ApiFacts, Display, Identity, Kind, Speech, Verbs

TYPES = {
    "play_message": 1,
    "multiple_choice": 2,
    "rating": 3,
    "capture_digits": 4,
    "record_message": 5,
    "call_transfer": 6,
    "hang_up": 7,
    "conference": 8,
    "dnc": 9,
    "sms": 10,
}

KIND = Kind(
    name="section",
    plural="sections",
    path="section-template",
    title="section",
    api=ApiFacts(verbs=Verbs(list=False, update=True)),
    fields=(
        Relation("survey", to="survey", required=True),
        Choice("type", required=True, codes=TYPES),
        Text("question", required=True, max_length=500),
        Text("script", max_length=1000, update=Update.DOCUMENTED),
    ),
    facts=(Integer("order"),),
    natural_key=("survey", "question"),
    identity=Identity(ordered=True),
    parent="survey",
    speech=Speech(texts=("script", "question"), language="tts_language", usual="en"),
    display=Display(shown=("id", "survey", "order", "type", "question", "script")),
)
