"""The variants: one for every unknown of docs/alice-api.md, each with the answers Alice might turn out to give.

The defaults are the likely Alice. A variant is text on the command line and in the control
endpoints; `Variants` reads it as a number or a list. Knows nothing of Django.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.simulator.variant_table import TABLE, Variant

VARIANTS: dict[str, Variant] = {variant.name: variant for variant in TABLE}
"""The table by name, in the order in which help prints it."""

_FORMS = {
    "integer": re.compile(r"\d{1,9}"),
    "number": re.compile(r"\d{1,9}(\.\d{1,9})?"),
    "fields": re.compile(r"([a-z-]+\.[a-z_]+)?"),
}


@dataclass(frozen=True)
class Variants(Mapping[str, str]):
    """The variants in force: those given, the defaults for the rest."""

    given: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.given.get(name) or VARIANTS[name].default

    def __iter__(self) -> Iterator[str]:
        return iter(VARIANTS)

    def __len__(self) -> int:
        return len(VARIANTS)

    def number(self, name: str) -> float:
        return float(self[name])

    def integer(self, name: str) -> int:
        return int(self[name])

    def names(self, name: str) -> frozenset[str]:
        """A comma list, as a set."""
        return frozenset(self[name].split(",")) - {""}

    def changed(self, given: Mapping[str, str]) -> "Variants":
        return Variants({**self.given, **given})


def parse_variants(texts: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as a checked mapping; ValueError says what would have been possible."""
    pairs = [text.partition("=") for text in texts]
    for name, separator, _ in pairs:
        if not separator:
            raise ValueError(f"{name!r} is not NAME=VALUE; the names are {', '.join(VARIANTS)}")
    return checked({name.strip(): value.strip() for name, _, value in pairs})


def checked(given: Mapping[str, object]) -> dict[str, str]:
    """The same mapping as text, or a ValueError for the first unknown name or value."""
    return {name: _checked_value(name, str(value)) for name, value in given.items()}


def _checked_value(name: str, value: str) -> str:
    if name not in VARIANTS:
        raise ValueError(f"no variant is called {name!r}; there are {', '.join(VARIANTS)}")
    variant = VARIANTS[name]
    wrong = [part for part in _parts(variant, value) if not _fits(variant, part)]
    if wrong:
        choices = f": {', '.join(variant.values)}" if variant.is_list else ""
        raise ValueError(f"{name}={value}: {wrong[0]!r} is not possible; {variant.expects}{choices}")
    return value


def _parts(variant: Variant, value: str) -> list[str]:
    return value.split(",") if variant.is_list else [value]


def _fits(variant: Variant, part: str) -> bool:
    if variant.is_list and not part:
        return True
    if variant.form in _FORMS:
        return bool(_FORMS[variant.form].fullmatch(part))
    return part in variant.values


def describe() -> str:
    """The table as text for `--help`: a line of name, default and choices, a line of explanation."""
    return "\n".join(
        f"  {variant.name}={variant.default or '(none)'}\n      {variant.help} ({variant.expects}; {variant.cited})"
        for variant in TABLE
    )
