"""A set of objects' keys that stays small for millions of them: ids lie close together, so 256 share one number.

A Python set takes some 80 bytes for each, this less than one. Keys that are no numbers are kept as they are.
"""

from __future__ import annotations

from collections.abc import Collection

Key = int | str | bytes

_SHIFT, _MASK = 8, 255


class Keys:
    """`add`, `in` and `len` as of a set; `add_new` for many ids at once."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self._others: set[str | bytes] = set()
        self._ids = 0

    def __len__(self) -> int:
        return self._ids + len(self._others)

    def __contains__(self, key: Key) -> bool:
        if isinstance(key, int):
            return bool(self._blocks.get(key >> _SHIFT, 0) >> (key & _MASK) & 1)
        return key in self._others

    def add(self, key: Key) -> None:
        """A key, which may be there."""
        if not isinstance(key, int):
            self._others.add(key)
        elif key not in self:
            self._add({key >> _SHIFT: 1 << (key & _MASK)}, 1)

    def add_new(self, ids: Collection[int]) -> bool:
        """Add all, unless one of them is there or twice among them; whether that was done."""
        blocks: dict[int, int] = {}
        for id in ids:
            blocks[id >> _SHIFT] = blocks.get(id >> _SHIFT, 0) | 1 << (id & _MASK)
        known = any(self._blocks.get(block, 0) & bits for block, bits in blocks.items())
        if known or sum(bits.bit_count() for bits in blocks.values()) < len(ids):
            return False
        self._add(blocks, len(ids))
        return True

    def _add(self, blocks: dict[int, int], count: int) -> None:
        for block, bits in blocks.items():
            self._blocks[block] = self._blocks.get(block, 0) | bits
        self._ids += count
