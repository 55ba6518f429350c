"""What will happen to people: when each campaign dials, how far it comes, what its gateway has to carry. Pure."""

from __future__ import annotations

from provisioner.model import Outlook
from provisioner.planning.situation import Situation


def outlook_of(situation: Situation) -> Outlook:
    """The outlook once the plan is applied."""
    return Outlook()
