"""Numbers on a DNC list: the server compares text, so the exact text is the identity. Additive, never removed."""

from provisioner.resources.fields import Relation, Telephone
from provisioner.resources.kind import Display, Kind

KIND = Kind(
    name="dnc_number",
    plural="dnc-numbers",
    path="dnc-contact",
    title="DNC number",
    personal=True,
    fields=(
        Relation("dnc", to="dnc_list", required=True, text=True),
        Telephone("phone_number", required=True, max_length=120, sensitive=True),
    ),
    natural_key=("dnc", "phone_number"),
    display=Display(shown=("id", "dnc", "phone_number")),
)
