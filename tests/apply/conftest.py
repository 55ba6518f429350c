"""An operator whose project makes many things that do not ring."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator

MANY = 20


def books(count: int = MANY) -> str:
    """A manifest of so many phonebooks."""
    return "phonebooks:\n" + "".join(f"  b{n}: {{name: Book {n}, description: Number {n}}}\n" for n in range(count))


def sections(count: int = MANY, *, script: str = "Xin chào") -> str:
    """A manifest of so many surveys of one section, whose script is what is given with its number."""
    section = "{{key: hi, type: play_message, question: Question {0}, script: {1} {0}}}"
    flows = (section.format(number, script) for number in range(count))
    return "surveys:\n" + "".join(f"  s{n}: {{name: Flow {n}, sections: [{flow}]}}\n" for n, flow in enumerate(flows))


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW, page_size=100)
    found = Operator(tmp_path, simulator, now=NOW)
    found.write("alice.yaml", alice("apply").format(endpoint=simulator.endpoint))
    return found
