"""Random lists, changed at random from day to day, against plain Python: who is called when, and what is left to do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from provisioner.simulator.process import Simulator
from tests.appointments.clinic import Row, clinic, expected

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 20))]
MORE = "      on_missing: delete\n      invalid: skip\n      on_duplicate: first\n    safety: {from: 1000}\n"


class Book:
    """A list as a reception keeps it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.rows: dict[str, Row] = {}

    def change(self) -> None:
        """Some are new, some moved, some called elsewhere, some cancelled."""
        for _ in range(self.random.randint(2, 5)):
            self._new()
        for key in self.random.sample(sorted(self.rows), k=min(3, len(self.rows))):
            row = list(self.rows[key])
            match self.random.randint(0, 3):
                case 0:
                    row[2] = self._when()
                case 1:
                    row[3] = self._number()
                case 2:
                    row[1] = f"BN{self.random.randint(1, 4)}"
                case 3:
                    del self.rows[key]
                    continue
            self.rows[key] = tuple(row)

    def written(self) -> list[Row]:
        """With rows that count for nothing: twice the same key, no number, too late for anybody."""
        rows = list(self.rows.values())
        rows += [(key, "BN9", self._when(), self._number(), "") for key in sorted(self.rows)[:1]]
        rows += [("X1", "BN9", self._when(), "12", ""), ("X2", "BN9", "14/01/2027 10:00", self._number(), "")]
        return rows

    def _new(self) -> None:
        key = f"K{self.random.randint(100, 999)}"
        self.rows[key] = (key, f"BN{self.random.randint(1, 4)}", self._when(), self._number(), "")

    def _when(self) -> str:
        """Few moments, so that many meet; never one whose reminder is now."""
        day = datetime(2027, 1, 18) + timedelta(days=self.random.randint(0, 4))
        return f"{day + timedelta(hours=self.random.choice((8, 9, 14))):%d/%m/%Y %H:%M}"

    def _number(self) -> str:
        return f"09348908{self.random.randint(10, 30)}"


@pytest.mark.parametrize("seed", SEEDS)
def test_any_list_on_any_day(seed: int, simulator: Simulator, tmp_path: Path) -> None:
    office, book = clinic(simulator, tmp_path, {"delete": "all"}), Book(seed)
    for day in range(4):
        book.change()
        office.declare(*book.written(), more=MORE)
        office.finish(1, "--prune")
        assert office.alarms() == expected(*book.rows.values()), f"day {day}"
        titles = Counter(row[1] for row in book.rows.values())
        assert Counter(title for title, _ in office.events().elements()) == titles
        office.demand_nothing_to_do()
        assert office.run("plan", "--prune", "--detailed-exitcode").code == 0
