"""Parts of a report that has a limit: what does not fit is left out and counted, and no part crowds out another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """`items` are whole lines, or several with line ends; they stand between `before` and `after`.

    They may be the first of a `total` that is greater. `rest` says how many were left out: its `{}` is their number.
    A part without items is left out altogether.
    """

    before: str
    items: tuple[str, ...]
    after: str = ""
    rest: str = "... and {} more"
    total: int = 0

    def text(self, room: int) -> str:
        """The first items that fit into so many bytes."""
        shown, left = [], room
        for item in self.items:
            left -= size(item)
            if left < 0:
                break
            shown.append(item)
        more = max(self.total, len(self.items)) - len(shown)
        said = [self.rest.format(f"{more:,}")] if more else []
        return "\n".join(filter(None, [self.before, *shown, self.after, *said]))

    @property
    def frame(self) -> int:
        """Bytes of what is shown however little fits."""
        return size(self.before) + size(self.after) + size(self.rest.format(f"{max(self.total, len(self.items)):,}"))

    @property
    def wanted(self) -> int:
        """Bytes of all items."""
        return sum(map(size, self.items))


def size(text: str) -> int:
    """Bytes of the text and a line end; never fewer than its characters, however those are counted."""
    return len(text.encode()) + 1


def fit(parts: Sequence[Part], room: int) -> Iterator[str]:
    """The parts in their order, together no longer than so many bytes."""
    parts = [part for part in parts if part.items]
    shares = _shares([part.wanted for part in parts], room - sum(part.frame for part in parts))
    yield from (part.text(share) for part, share in zip(parts, shares, strict=True))


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """As much as each wants; where that is too much, what is left after the modest ones is shared alike."""
    shares = [0] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    for done, index in enumerate(order):
        shares[index] = max(0, min(wanted[index], room // (len(wanted) - done)))
        room -= shares[index]
    return shares
