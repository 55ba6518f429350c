"""Calendar users. Never updated: a PUT stores the password in clear (docs/alice-api.md#calendar-users)."""

from provisioner.resources.fields import Password, Relation, Text, Update
from provisioner.resources.kind import Display, Identity, Kind, ManifestRules

ADVICE = "calendar users are never updated: change it in Alice's web page, or declare a new user"

KIND = Kind(
    name="calendar_user",
    plural="calendar-users",
    collection="calendar_users",
    path="calendar-user",
    title="calendar user",
    fields=(
        Text("username", required=True, max_length=30, update=Update.NEVER),
        Password("password", required=True, sensitive=True, max_length=128, update=Update.NEVER),
        Relation("calendar_setting", to="calendar_setting", required=True, update=Update.NEVER),
    ),
    natural_key=("username",),
    identity=Identity(owner="calendar_setting"),
    manifest=ManifestRules(advice={"username": ADVICE, "password": ADVICE, "calendar_setting": ADVICE}),
    display=Display(shown=("id", "username", "calendar_setting")),
)
