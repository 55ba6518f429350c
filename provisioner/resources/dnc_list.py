"""Do-not-call lists. Never deleted: their campaigns would go too (docs/alice-api.md#cascading-deletes)."""

from provisioner.resources.fields import Text
from provisioner.resources.kind import Kind, RowOwner

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
    settings=("numbers", "safety"),
    rows=RowOwner(kind="dnc_number", parent="dnc", declared="numbers", additive=True),
    shown=("id", "name", "description", "user"),
)
