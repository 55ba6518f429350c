"""Characters that nobody sees, or takes for others: how they are called, and where they mislead. Pure.

They come with text that was copied from a web page, a document or a chat: no-break spaces for blanks, zero-width marks
inside words, curly quotes for straight ones. YAML takes all of them for letters.
"""

from __future__ import annotations

import re
import unicodedata

# Drawn as nothing although Unicode counts them as letters or marks: joiners, fillers, variation selectors
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

_NAMELESS = {"\t": "tab", "\v": "vertical tab", "\f": "form feed", "\x85": "next line"}
_QUOTES = "“” „“ „” ‟” ‘’ ‚‘ ‚’ «» »« ‹› 「」 『』 〝〞 ＂＂ ＇＇ ´´ ``"
_BEHIND = re.compile(r" *(?:- +)*[A-Za-z_][\w-]*:([^ \n])")
_DASH = re.compile(r" *-([^ \n])")


def called(mark: str) -> str:
    """`U+00A0 (no-break space)`."""
    name = unicodedata.name(mark, _NAMELESS.get(mark, "")).lower()
    return f"U+{ord(mark):04X}" + (f" ({name})" if name else "")


def hidden(text: str) -> int | None:
    """Where the first character stands that cannot be seen, plain blanks and line ends aside."""
    if text.isascii() and text.isprintable():
        return None
    return next((at for at, mark in enumerate(text) if is_hidden(mark)), None)


def is_hidden(mark: str) -> bool:
    """Whether a character shows nothing, or something that looks like a blank."""
    return mark not in " \n\t" and (not mark.isprintable() or bool(UNSEEN.match(mark)))


def misplaced(line: str) -> tuple[int, str] | None:
    """What a line of YAML has in place of a blank: (where it stands, what is wrong). The rest of it may be text."""
    start = len(line) - len(line.lstrip(" -"))
    if start < len(line) and is_hidden(line[start]):
        return start, f"{called(line[start])} where a line begins; indent with plain blanks"
    for pattern, what in ((_DASH, "behind the dash"), (_BEHIND, "behind the colon")):
        found = pattern.match(line)
        if found and is_hidden(found[1]):
            return found.start(1), f"{called(found[1])} {what}; put a plain blank there"
    return None


def wrapped(text: str) -> str | None:
    """The quotes around a whole text that are none to YAML."""
    ends = text[:1] + text[-1:]
    return ends if len(text) > 1 and ends in _QUOTES.split() else None
