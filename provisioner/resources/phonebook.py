"""Phonebooks: a name over contact rows. Their rows are data, not resources (`contact`)."""

from provisioner.resources.fields import Text, Update
from provisioner.resources.kind import ApiFacts, Display, Filter, Kind, ManifestRules, RowOwner, Verbs

KIND = Kind(
    name="phonebook",
    plural="phonebooks",
    collection="phonebooks",
    path="phonebook",
    title="phonebook",
    api=ApiFacts(verbs=Verbs(get=True, update=True)),
    fields=(
        Text("name", required=True, max_length=90, update=Update.DOCUMENTED),
        Text("description", update=Update.DOCUMENTED),
    ),
    natural_key=("name",),
    rows=RowOwner(kind="contact", parent="phonebook", declared="contacts"),
    manifest=ManifestRules(settings=("contacts", "dnc", "safety")),
    display=Display(
        shown=("id", "name", "description", "user", "created_date"),
        filters=(Filter("search", "part of the name", ("name",), "contains"),),
    ),
)
