"""A small project and what the checks say of it, over the command line against the simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests import factories
from tests.factories import NOW, alice
from tests.operator import Operator

ALICE = alice("checks", server_timezone="UTC")
CAMPAIGN = {**factories.CAMPAIGN, "phonebooks": ["vip"], "status": "started"}


class Desk(Operator):
    """An operator who writes manifests as mappings (YAML reads JSON) and asks for the findings of one check."""

    def configure(self, **settings: Any) -> None:
        """alice.yaml with more settings, or others; None: without."""
        usual = ALICE.format(endpoint=self.simulator.endpoint).splitlines()
        lines = [line for line in usual if line.partition(":")[0] not in settings]
        lines += [f"{name}: {json.dumps(value)}" for name, value in settings.items() if value is not None]
        self.write("alice.yaml", "".join(f"{line}\n" for line in lines))

    def declare(self, **collections: Any) -> None:
        self.write("main.yaml", json.dumps(collections, ensure_ascii=False))

    def findings(self, check: str, *options: str, also: str = "") -> list[dict[str, Any]]:
        """What a plan says with that id, or the other one; the plan is kept out of the way."""
        return [each for each in self.plan(*options)["findings"] if each["id"] in (check, also)]

    def refusal(self, *options: str) -> str:
        """Why apply is refused; nothing is written then."""
        self.simulator.clear_requests()
        said = self.run("apply", "--auto-approve", "--allow-calls", *options)
        assert said.code == 3, said.out + said.err
        assert self.simulator.writes() == []
        return said.err


@pytest.fixture
def desk(simulator: Simulator, tmp_path: Path) -> Desk:
    simulator.reset(now=NOW)
    desk = Desk(tmp_path, simulator, now=NOW)
    desk.configure()
    return desk


def survey(*scripts: str, language: str = "en") -> dict[str, Any]:
    """A survey with a section for each script."""
    sections = [
        {"key": f"s{index}", "type": "play_message", "question": f"Section {index}", "script": script}
        for index, script in enumerate(scripts or ("Hello.",))
    ]
    return {"name": "Promo", "tts_language": language, "sections": sections}


def phonebook(*numbers: str, **settings: Any) -> dict[str, Any]:
    """A phonebook with a row for each number."""
    return {"name": "VIP", "contacts": {"rows": [{"contact": number} for number in numbers]}, **settings}
