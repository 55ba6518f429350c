"""Of which countries the people are whom something dials. Asks about each phonebook once, and tells no number."""

from __future__ import annotations

from dataclasses import dataclass, field

from provisioner.checks.context import Context
from provisioner.model import Address
from provisioner.planning.observed import ActiveCampaign


@dataclass(slots=True)
class Regions:
    """Numbers without + are of the project's region, and so are taken to be those that nobody has read."""

    context: Context
    _known: dict[tuple[Address, str], bool] = field(default_factory=dict)

    def dialled(self, dialling: ActiveCampaign, region: str) -> bool:
        """Whether any number of a country is among those dialled."""
        targets = self.context.situation.matches.targets
        return any(self._any(targets.address(dialling.dialled_kind, each), region) for each in dialling.dials)

    def of(self, number: str, region: str) -> bool:
        """Whether a number as it is sent is one of a country."""
        from phonenumbers import country_code_for_region

        if number.startswith("+"):
            return number.startswith(f"+{country_code_for_region(region)}")
        return self._home(region)

    def _home(self, region: str) -> bool:
        return self.context.settings.region in (None, region)

    def _any(self, address: Address, region: str) -> bool:
        if address not in self.context.situation.rows.known:
            return self._home(region)
        if (address, region) not in self._known:
            self._known[address, region] = self.context.numbers.within(address, region) > 0
        return self._known[address, region]
