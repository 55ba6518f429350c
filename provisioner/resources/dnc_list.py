"""Do-not-call lists. Never deleted: their campaigns would go too (docs/alice-api.md#cascading-deletes)."""

from provisioner.resources.fields import Text
from provisioner.resources.kind import Display, Kind, ManifestRules, RowOwner

KIND = Kind(
    name="dnc_list",
    plural="dnc-lists",
    collection="dnc_lists",
    path="dnc-list",
    title="DNC list",
    fields=(
        Text("name", required=True, max_length=50),
        Text("description"),
    ),
    natural_key=("name",),
    rows=RowOwner(kind="dnc_number", parent="dnc", declared="numbers", additive=True),
    manifest=ManifestRules(settings=("numbers", "safety")),
    display=Display(shown=("id", "name", "description", "user")),
)
