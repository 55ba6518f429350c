"""What comes of a simulated call: who answers, for how long, and the codes that go with it.

See docs/alice-api.md#subscribers-and-call-records.

Outcomes are drawn from the runtime's seeded generator. The number is not looked at: nothing here depends on it.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from provisioner.simulator.models import CallRecord, Gateway
from provisioner.simulator.runtime import RUNTIME, now, variants


@dataclass(frozen=True)
class Ending:
    """One way for a call to end, with the codes of the telephone network."""

    disposition: str
    hangup_cause: str
    q850: int
    sip_status: int
    weight: int


ANSWER = Ending("ANSWER", "NORMAL_CLEARING", 16, 200, 0)
NO_ROUTE = Ending("FAILED", "GATEWAY_DOWN", 38, 503, 0)
_UNANSWERED = (
    Ending("NOANSWER", "NO_ANSWER", 19, 480, 50),
    Ending("BUSY", "USER_BUSY", 17, 486, 25),
    Ending("FAILED", "UNALLOCATED_NUMBER", 1, 404, 13),
    Ending("CONGESTION", "NORMAL_CIRCUIT_CONGESTION", 34, 503, 6),
    Ending("CANCEL", "ORIGINATOR_CANCEL", 16, 487, 6),
)


def call(number: str, gateway: Gateway, cause: str, **fields: Any) -> CallRecord:
    """The record of one call, not yet saved; an inactive gateway rings nobody."""
    ending = _ending() if gateway.status == 1 else NO_ROUTE
    answered = ending is ANSWER
    billsec = RUNTIME.calls.randint(3, 90) if answered else 0
    waiting = RUNTIME.calls.randint(2, 25) if ending is not NO_ROUTE else 0
    return CallRecord(
        callid=str(uuid.UUID(int=RUNTIME.calls.getrandbits(128))),
        phone_number=number,
        starting_date=now(),
        duration=waiting + billsec,
        billsec=billsec,
        disposition=ending.disposition,
        hangup_cause=ending.hangup_cause,
        hangup_cause_q850=ending.q850,
        sip_term_status=ending.sip_status,
        sip_term_cause=ending.q850,
        endpoint_disposition=ending.disposition,
        used_gateway=gateway,
        cause="" if ending is NO_ROUTE else cause,
        **fields,
    )


def _ending() -> Ending:
    if RUNTIME.calls.random() < variants().number("answer_rate"):
        return ANSWER
    return RUNTIME.calls.choices(_UNANSWERED, [ending.weight for ending in _UNANSWERED])[0]
