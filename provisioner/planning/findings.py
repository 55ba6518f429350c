"""What planning itself has to say, beside the checks: the id of each finding, and what it means in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "calls-again": "A started campaign is gone from the server, and a new one would call everybody again.",
        "duplicate": "There is another live object of this name, which another run may have made.",
        "frozen": "A field was frozen by the first start and cannot be compared any more.",
        "not-compared": "What cannot be read, or in no form that is known, is taken to be as last applied.",
        "not-known": "What runs, or whom it dials, could not be read: whatever may be dialled counts as ringing.",
        "not-read": "The server does not list a kind: what was recorded stands for what is live.",
        "not-settable": "The server keeps a value of its own and ignores the declared one.",
        "not-verified": "The server never shows a declared field: nobody can tell whether it is as declared.",
        "over": "Its time is over: nothing is created or changed any more.",
        "quotes": "A text stands in quotes that are none to YAML, and is sent with them.",
        "renamed-from": "Nothing is recorded under the key it is said to have had, so a new one is made.",
        "repeated-rows": "Several live rows have the same number: each of them is a call.",
        "rewritten-rows": "The server keeps texts of rows in a form of its own, which counts as equal.",
        "running-undeclared": "Something that nobody declares any more is still running.",
        "secret-changed": "Another password is declared than was sent, and it is never sent again.",
        "secret-unknown": "Whether a secret is still as it was sent is not known: an earlier version hashed it.",
        "similar-name": "A live object is called almost like one that would be made, and may be the one that is meant.",
        "still-used": "What is not declared any more is still used by something else.",
        "stopped-outside": "It was stopped outside, and is not started again by itself.",
        "undeclared": "It is recorded and nobody declares it any more: it stays as it is.",
        "unsettled": "Nobody can tell whether it exists or which object it is: nothing is sent to it.",
        "undeclared-numbers": "Numbers on a live do-not-call list are not declared, and stay on it.",
        "unknown-status": "It has a status that nobody knows: it counts as running, and is not started.",
        "unreadable-rows": "Live rows have a number, or an owner, that nobody can read: they may ring, and may bar.",
        "unfinished-replace": "An earlier replacement was interrupted and left a second object.",
        "outside-link": "A link to a folder leads out of the project, so no manifest below it is read.",
        "unset-variable": "An environment variable is not set, and what it fills was not checked.",
        "waiver": "A waiver has run out, or matches no finding.",
    }
)
