"""What is made in the stand-in while it is measured: objects by path and id, as Alice would show them.

The answers to a POST and a PUT show the whole object, and a new section reads its question where its script should be
(docs/alice-api.md#surveys-and-sections).
"""

from __future__ import annotations

import json
from typing import Any

from tests.bench.account import MOMENT, USER

Object = dict[str, Any]

OWNED = {"user": USER, "created_date": MOMENT, "updated_date": MOMENT}
DEFAULTS: dict[str, Object] = {
    "survey-template": {**OWNED, "description": "", "is_onboarding": False},
    "section-template": {"order": 1, "script": ""},
    "phonebook": {**OWNED, "description": ""},
    "dnc-list": {**OWNED, "description": ""},
    "event": {"description": None, "notify_count": 0, "status": 1, "parent_event": None, "occ_count": 0},
    "alarm": {"phonenumber_transfer": None, "method": 1, "status": 1, "result": 0, "num_attempt": 0},
    "campaigns": {**OWNED, "status": 2, "callerid": "", "description": ""},
}


class Made:
    """Objects that were created since the stand-in was last told to forget."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Object]] = {path: {} for path in DEFAULTS}

    def post(self, path: str, body: bytes) -> Object:
        """A new object, with the next id of its collection."""
        sent = json.loads(body)
        found = {"id": len(self.objects[path]) + 1, **DEFAULTS[path], **sent}
        if path == "section-template":
            found["script"] = found["question"]
        self.objects[path][found["id"]] = found
        return found

    def put(self, path: str, number: int, body: bytes) -> Object:
        """The object as it is now."""
        self.objects[path][number].update(json.loads(body))
        return self.objects[path][number]
