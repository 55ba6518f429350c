"""Text from outside: characters that nobody sees or takes for others, and text made harmless for what shows it. Pure.

The unseen come with what was copied from a web page, a document or a chat: no-break spaces, zero-width marks, curly
quotes, all of which YAML takes for letters. And servers, files and environments name things as they like: on its way to
a terminal, a log or a CI job no text can move a cursor, hide, forge a line, give an order, or stop a command because a
stream cannot encode it. Must not know where a text goes.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

# Drawn as nothing although Unicode counts them as letters or marks: joiners, fillers, variation selectors
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

_NAMELESS = {"\t": "tab", "\v": "vertical tab", "\f": "form feed", "\x85": "next line"}
_QUOTES = "“” „“ „” ‟” ‘’ ‚‘ ‚’ «» »« ‹› 「」 『』 〝〞 ＂＂ ＇＇ ´´ ``"
_BEHIND = re.compile(r" *(?:- +)*[A-Za-z_][\w-]*:([^ \n])")
_DASH = re.compile(r" *-([^ \n])")

# C0 but for tabs and line feeds, DEL, C1, what reorders, hides or tags text, and bytes of file names that are no text.
_CONTROL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
CONTROL = re.compile(f"[{_CONTROL}\t\n]")
_IN_LINES = re.compile(f"[{_CONTROL}]")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")

# GitHub obeys a line that begins with `::`, and it, Azure and TeamCity `##[...]` or `##name[...]` wherever they stand.
_ORDER = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\w*\[)", re.MULTILINE)
_WORDS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

NAME = "alice-escape"  # of the error handler of streams


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


def one_line(text: str) -> str:
    """The text as a single line: line breaks too are written out."""
    return in_lines(CONTROL.sub(_written, text))


def in_lines(text: str, *, coloured: bool = False) -> str:
    """The text in as many lines; `coloured`: with the colours that are in it, which nothing else may add."""
    parts = _COLOUR.split(text) if coloured else [text]
    safe = "".join(part if index % 2 else _IN_LINES.sub(_written, part) for index, part in enumerate(parts))
    return _ORDER.sub(_disobeyed, safe)


def in_json(text: str, *, everything: bool = False) -> str:
    """A JSON document that says the same; `everything`: in ASCII, for a stream that is not UTF-8."""
    pattern = r"[^\x00-\x7f]" if everything else _IN_LINES
    return re.sub(r"##(?=\w*\[)", r"\\u0023#", re.sub(pattern, _in_utf_16, text))


def in_xml(text: str, *, everything: bool = False) -> str:
    """A page or an XML document that says the same; `everything`: in ASCII, for a stream that is not UTF-8."""
    safe = _ORDER.sub(lambda found: "&#35;" if found[1] is None else f"{found[1]}&#58;", text)
    return safe.encode("ascii", "xmlcharrefreplace").decode("ascii") if everything else safe


def code(sign: str) -> str:
    """The number of a character, as Python and JSON write it."""
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def encodable() -> str:
    """The name of an error handler, which writes out what a stream cannot encode."""
    codecs.register_error(NAME, _unencodable)
    return NAME


def _unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(code, error.object[error.start : error.end])), error.end


def _written(found: re.Match[str]) -> str:
    return _WORDS.get(found[0]) or code(found[0])


def _in_utf_16(found: re.Match[str]) -> str:
    raw = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[at : at + 2].hex()}" for at in range(0, len(raw), 2))


def _disobeyed(found: re.Match[str]) -> str:
    return f"{found[1]}\\u003a" if found[1] is not None else "\\u0023"
