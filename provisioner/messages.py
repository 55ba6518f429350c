"""Wording that several messages share: suggestions, lists, counts, names in quotes; and names as people write them.

`First Name`, `first_name` and `FIRST<U+200B>NAME` are one name, in any Unicode form: here is what makes two of them the
same, how to show what cannot be seen, and what looks like somebody's data instead of a name. Pure functions.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches

from provisioner.language import Message, gettext, joined, ngettext
from provisioner.text import UNSEEN

MAX_SHOWN = 60
MAX_NAME, MAX_WORD = 40, 20  # of what is taken for the name of a column
BESIDE_WORDS = "()/,.&?%"  # as in `Giờ hẹn (ngày/tháng)`, `Họ, tên`, `TP. / tỉnh`

_WORD = re.compile(r"[\w@%+:,./-]+")
_BETWEEN = frozenset("_-")
_BREAK = re.compile(r" *[\r\n]+ *")
_PERSONAL = re.compile(r"\d(?:[\s().-]*\d){6,}|@")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d{2}")

NOT_SHOWN = "(not shown)"


def named(text: str) -> str:
    """What the user wrote, in quotes and cut; not repeated when it may be somebody's number or e-mail address."""
    if looks_personal(text):
        return NOT_SHOWN
    return f"'{shown(text)}'"


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """`, did you mean 'x'?`, or nothing when no known word is close; what differs is said where nobody sees it."""
    close = closest(word, known, cutoff)
    if close is None:
        return ""
    return gettext(", did you mean '{word}'?{difference}", word=shown(close), difference=differing(word, close))


def closest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known word that is nearest, capitals aside; None when none is close."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else None


def together(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words or [""]
    return gettext("{names} and {name}", names=joined(first), name=last) if first else last


def either(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, last = words or [""]
    return gettext("{names} or {name}", names=joined(first), name=last) if first else last


def listed(words: Iterable[str], most: int = 12) -> str:
    """`a, b, c`, cut when there are very many."""
    names = list(words)
    shown, more = joined(names[:most]), len(names) - most
    return gettext("{names} and {count:,} more", names=shown, count=more) if more > 0 else shown


def count(number: int, noun: str, plural: str = "") -> Message:
    """`1 character`, `2 characters`, `2 addresses`."""
    return ngettext("{count:,} " + noun, "{count:,} " + (plural or noun + "s"), number)


def argument(word: object) -> str:
    """A word of a command that somebody will paste: as it is, or in quotes where a shell would see more than a word.

    `campaign.tet` stays; `campaign.tet[hue]` is a pattern of file names, which zsh refuses and bash may replace.
    """
    text = str(word)
    return text if _WORD.fullmatch(text) else shlex.quote(text)


def bracketed(parts: Sequence[str]) -> str:
    """` (a; b)`, or nothing."""
    return f" ({'; '.join(parts)})" if parts else ""


def plain(name: str) -> str:
    """A name as it is compared where it has to be the very one: NFC, trimmed."""
    return unicodedata.normalize("NFC", name).strip()


def one_line(name: str) -> str:
    """A name that a spreadsheet breaks into lines, as it is read."""
    return _BREAK.sub(" ", name)


def folded(name: str) -> str:
    """What is left of a name without capitals, marks nobody sees, blanks, underscores and hyphens."""
    return "".join(mark for mark in seen(name).casefold() if not mark.isspace() and mark not in _BETWEEN)


def seen(text: str) -> str:
    """A text without the characters that are drawn as nothing; wide letters and odd blanks become plain ones."""
    return text if text.isascii() and text.isprintable() else visible(unicodedata.normalize("NFKC", text))


def visible(text: str) -> str:
    """A text without the characters that are drawn as nothing, the others as they are."""
    marks = UNSEEN.sub("", text)
    return "".join(mark for mark in marks if mark.isspace() or unicodedata.category(mark) not in ("Cf", "Cc"))


def shown(name: str) -> str:
    """A name for a message, cut, with every character in it to be seen."""
    start = str(name)[: MAX_SHOWN + 1]  # no mark becomes shorter, so what comes behind is cut anyway
    marks = "".join(mark if mark.isprintable() and not UNSEEN.match(mark) else _escaped(mark) for mark in start)
    return marks if len(marks) <= MAX_SHOWN else marks[:MAX_SHOWN] + "..."


def _escaped(mark: str) -> str:
    return f"<U+{ord(mark):04X}>"


def differing(wanted: str, found: str) -> str:
    """` (it holds U+200B)` when two names look alike and are not the same; else nothing."""
    if wanted == found or seen(wanted).split() != seen(found).split():
        return ""
    odd = dict.fromkeys(mark for mark in unicodedata.normalize("NFC", found) if mark not in wanted)
    said = ", ".join(f"U+{ord(mark):04X}" for mark in odd)
    return gettext(" (it holds {signs})", signs=said) if said else gettext(" (written with other Unicode characters)")


def looks_personal(text: str) -> bool:
    """Whether a text may hold a telephone number or an e-mail address; a date is none, however it is written."""
    return not _DAY.fullmatch(text) and bool(_PERSONAL.search(_DATE.sub("", text)))


def looks_like_name(text: str) -> bool:
    """Whether a text of a file may be the name of a column, and so may be shown; any other may be a secret."""
    name = seen(one_line(plain(text)))
    words = re.split(f"[{re.escape(BESIDE_WORDS)} _-]+", name)
    if any(mark in name for mark in BESIDE_WORDS) and not all(map(_is_common, words)):
        return False
    letters = all(unicodedata.category(mark)[0] in "LMN" for word in words for mark in word)
    return letters and len(name) <= MAX_NAME and all(len(word) <= MAX_WORD for word in words)


def _is_common(word: str) -> bool:
    """`ngày`, `Ngày`, `SĐT`: no part of a key or a password, which mix capitals and digits."""
    return all(unicodedata.category(mark)[0] in "LM" for mark in word) and word in (
        *(word.lower(), word.upper(), word.capitalize()),
    )


def nearest(word: str, names: Iterable[str], least: float = 0.7) -> str | None:
    """Of these names the one most like a word, capitals and the like aside; None when none is."""
    wanted = folded(word)
    rated = [(SequenceMatcher(None, wanted, folded(name)).ratio(), name) for name in sorted(names)]
    ratio, name = max(rated, key=lambda each: each[0], default=(0.0, ""))
    return name if ratio >= least else None
