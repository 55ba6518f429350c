"""Contact rows of a phonebook: counted, never addressed. `provisioner.rows` does the work in sets."""

from provisioner.resources.fields import Choice, Field, Relation, Telephone, Text, Update
from provisioner.resources.kind import ApiFacts, Display, Filter, Kind, Verbs

KIND = Kind(
    name="contact",
    plural="contacts",
    path="contact",
    title="contact",
    personal=True,
    api=ApiFacts(verbs=Verbs(get=True, update=True), most=1_000_000),
    fields=(
        Relation("phonebook", to="phonebook", required=True),
        Telephone("contact", required=True, max_length=90, sensitive=True, update=Update.DOCUMENTED),
        Choice("status", required=True, codes={"active": 1, "inactive": 0}, update=Update.DOCUMENTED),
        Text("email", max_length=75, sensitive=True),
        Text("last_name", max_length=120, sensitive=True, update=Update.DOCUMENTED),
        Text("first_name", max_length=120, sensitive=True, update=Update.DOCUMENTED),
        Text("description", sensitive=True),
        Text("country", max_length=2, update=Update.DOCUMENTED),
        Field("variables", "additional_vars", sensitive=True),
    ),
    natural_key=("phonebook", "contact"),
    tags={
        "phone_number": "contact",
        **{name: name for name in ("last_name", "first_name", "email", "country", "city")},
    },
    display=Display(
        shown=(
            "id",
            "phonebook",
            "contact",
            "status",
            "first_name",
            "last_name",
            "email",
            "country",
            "description",
            "additional_vars",
        ),
        filters=(
            Filter("phonebook", "the phonebook", ("phonebook",), "related", to="phonebook"),
            Filter("search", "part of the number or name", ("contact", "first_name", "last_name"), "contains"),
        ),
    ),
)
