"""POST bulkcontact/: many contacts of one phonebook, with errors inside a 200 (docs/alice-api.md#bulk-contacts).

Newfies-Dialer's way: rows are taken in turn, the first number that one of the caller's phonebooks already has ends the
request, the rows before it stay. No ids, no counts.
"""

import re
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from provisioner.simulator import subscriptions
from provisioner.simulator.models import Contact, Phonebook
from provisioner.simulator.models.base import visible
from provisioner.simulator.rewriting import stored_number, stored_texts
from provisioner.simulator.runtime import now, variants
from provisioner.simulator.serializers.fields import AdditionalVars, PhoneNumber
from provisioner.simulator.verbs import allowed_methods

_SQL_VALUES = 500
"""How many numbers one query may ask for."""


class BulkRow(serializers.Serializer):
    """One contact of a bulk request."""

    contact = PhoneNumber(max_length=90)
    status = serializers.ChoiceField(choices=[(0, "INACTIVE"), (1, "ACTIVE")])
    email = serializers.EmailField(max_length=75, required=False, allow_null=True, allow_blank=True)
    last_name = serializers.CharField(max_length=120, required=False, allow_null=True, allow_blank=True)
    first_name = serializers.CharField(max_length=120, required=False, allow_null=True, allow_blank=True)
    description = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    additional_vars = AdditionalVars(required=False, allow_null=True)


_PLAIN = {
    "contact": re.compile(r"\+?[0-9]{1,80}"),
    "email": re.compile(r"(?=.{0,75}$)(?:[a-z0-9]+@[a-z0-9]+(?:\.[a-z0-9]+)*\.[a-z]{2,6})?"),
    "last_name": re.compile(r"(?:\w(?:[\w ]{0,118}\w)?)?"),
    "first_name": re.compile(r"(?:\w(?:[\w ]{0,118}\w)?)?"),
}
"""Text that DRF takes as it is. Most rows are so plain, and seeing that costs a tenth of the serializer."""


def _is_plain(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and "contact" in row
        and type(row.get("status")) is int
        and row["status"] in (0, 1)
        and all(
            name == "status" or (name in _PLAIN and isinstance(cell, str) and _PLAIN[name].fullmatch(cell))
            for name, cell in row.items()
        )
    )


class BulkError(Exception):
    """Why a bulk request ended early; the text is the one in the answer."""


class BulkContacts(APIView):
    """Create contacts until something stands in the way."""

    kind = "bulkcontact"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.http_method_names = allowed_methods(self.kind, False, variants())
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: Any) -> Any:
        rows = request.data.get("contacts") if isinstance(request.data, dict) else None
        most = variants().integer("bulk_max")
        if most and isinstance(rows, list) and len(rows) > most:
            return HttpResponse("<h1>413 Request Entity Too Large</h1>", status=413)
        try:
            saved = _save(_phonebook(request), rows)
        except BulkError as error:
            return _failed(str(error), rows)
        return _counted(Response({"result": "Bulk contacts are created"}, status=_success_code()), saved)


def _failed(message: str, rows: Any) -> Response:
    code = 400 if variants()["bulk_answer"] == "400" else 200
    return _counted(Response({"error": message}, status=code), len(rows) if isinstance(rows, list) else 0)


def _counted(response: Response, rows: int) -> Response:
    response.bulk_rows = rows
    return response


def _success_code() -> int:
    return 201 if variants()["bulk_answer"] == "201" else 200


def _phonebook(request: Any) -> Phonebook:
    asked = request.data.get("phonebook") if isinstance(request.data, dict) else None
    if not asked:
        raise BulkError("Phonebook is not selected!")
    mine = visible(Phonebook, request.user)
    found: Phonebook | None = mine.filter(pk=asked).first() if str(asked).isdecimal() else None
    if found is None:
        raise BulkError("Phonebook is not valid!")
    return found


def _save(phonebook: Phonebook, rows: Any) -> int:
    """Save rows up to the first that cannot be; with all-or-nothing, none then."""
    if not rows or not isinstance(rows, list):
        raise BulkError("Data set is empty")
    most = variants().integer("max_contacts")
    if Contact.objects.filter(phonebook__user=phonebook.user_id).count() >= most:
        raise BulkError(f"You have too many contacts per campaign. You are allowed a maximum of {most}")
    contacts, error = _accepted(phonebook, rows)
    if error is None or variants()["bulk_duplicates"] != "all-or-nothing":
        subscriptions.subscribe(Contact.objects.bulk_create(contacts, batch_size=_SQL_VALUES))
    if error is not None:
        raise error
    return len(contacts)


def _accepted(phonebook: Phonebook, rows: list[Any]) -> tuple[list[Contact], BulkError | None]:
    """The contacts before the first error, and that error."""
    taken = _taken(
        phonebook,
        [stored_number(str(row.get("contact", "")).strip(), "phone_text") for row in rows if isinstance(row, dict)],
    )
    contacts: list[Contact] = []
    validator, moment = BulkRow(), now()
    for row in rows:
        try:
            fields = _plainly(row) if _is_plain(row) else _kept(validator.run_validation(row))
        except serializers.ValidationError as error:
            return contacts, BulkError(f"The contact is not valid: {error.detail}\n")
        if fields["contact"] in taken:
            return contacts, BulkError(f"The contact duplicated ({fields['contact']})!\n")
        if variants()["bulk_duplicates"] != "allowed":
            taken.add(fields["contact"])
        contacts.append(Contact(phonebook=phonebook, created_date=moment, updated_date=moment, **fields))
    return contacts, None


def _plainly(row: dict[str, Any]) -> dict[str, Any]:
    return {**stored_texts(row), "contact": stored_number(row["contact"], "phone_text")}


def _kept(fields: dict[str, Any]) -> dict[str, Any]:
    dropped = () if variants()["bulk_fields"] == "all" else ("description", "additional_vars")
    return {name: value for name, value in stored_texts(fields).items() if name not in dropped}


def _taken(phonebook: Phonebook, numbers: list[str]) -> set[str]:
    """Which of the numbers already stand where the variant looks for duplicates."""
    policy = variants()["bulk_duplicates"]
    if policy == "allowed":
        return set()
    here = Contact.objects.filter(phonebook=phonebook)
    rows = here if policy == "same-phonebook" else Contact.objects.filter(phonebook__user=phonebook.user_id)
    found: set[str] = set()
    for start in range(0, len(numbers), _SQL_VALUES):
        batch = rows.filter(contact__in=numbers[start : start + _SQL_VALUES])
        found.update(batch.values_list("contact", flat=True))
    return found
