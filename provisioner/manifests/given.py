"""What a run is given beside files: the environment asked for, `--var`, environment variables. Reads nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_ENVIRONMENT = "default"
OVERRIDES = {"endpoint": "ALICE_ENDPOINT", "state": "ALICE_STATE"}


@dataclass(frozen=True, slots=True)
class Given:
    """`environment` is what -e said, `variables` what --var said. `offline`: nobody logs in, secrets may be unset."""

    environment: str | None
    variables: Mapping[str, str]
    environ: Mapping[str, str]
    offline: bool = False

    @property
    def name(self) -> str:
        """The environment: what was asked for, else ALICE_ENV, else `default`."""
        return self.environment or self.environ.get("ALICE_ENV") or DEFAULT_ENVIRONMENT

    @property
    def overrides(self) -> Mapping[str, str]:
        """Keys of alice.yaml that environment variables replace; an empty variable counts as not set."""
        return {key: self.environ[name] for key, name in OVERRIDES.items() if self.environ.get(name)}
