"""What goes wrong with one seed: variants of the server, faults, how many runs in a row, how they are started."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

READ_TIMEOUT = 1.5
SLOW = 1.7  # after our timeout, and before we stop looking

# What matters most when answers are lost; without faults the account is the same in the end on each of them.
SERVERS: tuple[dict[str, Any], ...] = (
    {},
    {"create_answer": "no-id"},
    {"create_answer": "empty", "filters": "ignored"},
    {"create_answer": "blank", "lists": "bare", "get_detail": "none"},
    {"page_size": 3, "order": "updated", "put": "strict"},
    {"page_size": 2, "lists": "results", "relations": "url", "create_status": 200},
    {"page_size_param": "honoured", "relations": "nested", "status_answer": "empty"},
    {"bulk_duplicates": "all-or-nothing", "bulk_fields": "all", "order": "shuffled"},
    {"calendar_user_create": "500-after-commit", "calendar_user_list": "polymorphic", "user_field": "username"},
    {"contact_unique": "on", "bulk_answer": "400", "bulk_max": 5},
    {"status_delay": 0.2, "auth_error": "403", "token_ttl": 1.5, "text_empty": "null"},
    {"activation": "subscribes", "alarm_change": "rearms", "object_id": "unchanged", "page_size": 5},
)
MIXES: tuple[tuple[str, ...], ...] = (
    ("drop-before", "drop-after", "500-before", "500-after", "429", "slow", "late-commit", "expire-token", "shuffle"),
    ("drop-before", "drop-after"),
    ("500-before", "500-after"),
    ("429", "expire-token", "shuffle"),
    ("slow", "late-commit"),
    ("drop-after", "500-after", "slow"),
)
SPOILT = ((1,), (2,), (1, 2), (2, 3), (4,))  # the versions that faults happen to; those before go well


@dataclass(frozen=True)
class Chaos:
    """Drawn from a seed, so that a failing run can be repeated."""

    seed: int
    server: dict[str, Any]
    faults: dict[str, Any]
    spoilt: tuple[int, ...]
    runs: int
    options: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, seed: int) -> Chaos:
        dice = random.Random(seed)
        faults = {
            "faults": ",".join(MIXES[seed % len(MIXES)]),
            "fault_rate": dice.choice((0.1, 0.2, 0.3)),
            "fault_seed": seed,
            "fault_slow": SLOW,
            "fault_scope": dice.choice(("writes", "writes", "all")),
            "fault_retry_after": 0,
        }
        options = ["--timeout", str(READ_TIMEOUT), "--parallelism", dice.choice(("1", "4", "8"))]
        options += ["--on-error", "continue"] if dice.random() < 0.4 else []
        server = SERVERS[(seed // len(MIXES) + seed) % len(SERVERS)]
        spoilt = SPOILT[seed // 2 % len(SPOILT)]
        return cls(seed, server, faults, spoilt, dice.choice((1, 1, 2, 3)), tuple(options))
