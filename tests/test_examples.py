"""The examples, applied: as they are, and against every variant of the simulator that an apply could notice.

After every apply a plan is empty and has sent not one write, also from an empty state.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.simulator import VARIANTS
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("quickstart", "clinic", "agency", "clinic-list")
SECRETS = {"CLINIC_PASSWORD": "correct-horse"}

# Values that tests of their own look at, because an apply cannot end well with them, or needs its own arrangement.
ELSEWHERE = {
    "absent": "the endpoint is missing altogether",
    "gateways": "no gateway of that name",
    "max_name": "limits",
    "max_campaigns": "limits",
    "max_frequency": "limits",
    "max_contacts": "limits",
    "max_subscribers": "limits",
    "immutable_fields": "ignored fields",
    "freeze": "the chain of the clinic is deferred",
    "faults": "faults have seeds",
    "count": "a list that never gets consistent",
    "rate_limit": "slow by design",
    "token_ttl": "slow by design",
    "fault_rate": "faults have seeds",
    "fault_seed": "faults have seeds",
    "fault_slow": "faults have seeds",
    "fault_scope": "faults have seeds",
    "fault_retry_after": "faults have seeds",
    "freeze_delay": "with freeze",
    "dialler_seed": "of the dialler",
    "answer_rate": "of the dialler",
    "page_size_max": "with page_size_param",
    "failing_pages": "a failed read is an error",
    "failing_page": "with failing_pages",
    "failing_page_answer": "with failing_pages",
    "other_owner": "whose it is",
    "unread_fields": "what cannot be understood",
    "unread_form": "with unread_fields",
    "missing_get": "405 as 403",
    "put_kinds": "without any PUT a section's script cannot be put right",
}
KINDS = VARIANTS["list_hides"].values
# Found by name, read back, or made without an id: an apply ends otherwise, see ownership/test_unlisted.py.
NEEDED = {"gateway", "phonebook", "contact", "calendar-user"}
CHOSEN = {
    "forbidden_detail": ("campaigns", "phonebook"),
    "forbidden_list": tuple(kind for kind in KINDS if kind not in NEEDED),
    "list_hides": tuple(kind for kind in KINDS if kind not in {*NEEDED, "dnc-contact"}),
    "forbidden_get": ("section-template", "dnc-contact", "alarm", "section-template,dnc-contact,alarm"),
    "bulk_max": ("3",),
    "phone_text": ("digits", "e164", "no-zero"),  # a number with hidden digits is a failure, rightly
    "alarm_text": ("digits", "e164", "no-zero"),
    "additional_vars": ("object",),  # a server that forgets variables is a failure, rightly
}

# The copies that a start makes never show, and an apply waits two minutes for them.
WAITS = ("list_hides", "survey-list")


def _variants() -> Iterator[tuple[str, str]]:
    for name, variant in VARIANTS.items():
        if name not in ELSEWHERE:
            for value in CHOSEN.get(name) or variant.values:
                if value != variant.default:
                    yield name, value


def _cases() -> Iterator[object]:
    """Every variant with every example: one of them in every run, in turn, all of them with `make soak`."""
    for index, (name, value) in enumerate(_variants()):
        for turn, example in enumerate(NAMES):
            marks = [] if index % len(NAMES) == turn else [pytest.mark.soak]
            if (name, value) == WAITS:
                marks.append(pytest.mark.long)
            yield pytest.param(example, name, value, id=f"{example}-{name}={value}", marks=marks)


@pytest.fixture
def operator(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Operator:
    project = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, project)
    environ = {"ALICE_ENDPOINT": simulator.endpoint, **SECRETS}
    return Operator(project, simulator, now=NOW, environ=environ)


def _prepare(simulator: Simulator) -> None:
    """The objects that the examples expect and do not manage; what they are is in their READMEs."""
    user = next(row["id"] for row in simulator.objects("user") if row["username"] == "demo")
    simulator.create("phonebook", name="Old list", user=user)


@pytest.mark.parametrize("operator", NAMES, indirect=True)
def test_an_example_is_applied_once_and_for_all(operator: Operator) -> None:
    operator.simulator.reset(now=NOW)
    _prepare(operator.simulator)
    operator.apply()
    operator.demand_nothing_to_do()
    shutil.rmtree(operator.directory / ".alice")
    operator.demand_nothing_to_do()


@pytest.mark.parametrize(("operator", "name", "value"), list(_cases()), indirect=["operator"])
def test_an_example_is_applied_whatever_the_server_is_like(operator: Operator, name: str, value: str) -> None:
    operator.simulator.reset(now=NOW, variants={name: value})
    _prepare(operator.simulator)
    operator.apply()
    operator.demand_nothing_to_do()
