"""Whether a text is in the language that it is going to be read out in. Careful: what is not clear is in order.

Vietnamese is told by its letters. That a text is not Vietnamese is told by the absence of all of them, together with
English words that no Vietnamese syllable is spelt like, with or without its marks.
"""

from __future__ import annotations

import re
import unicodedata

VIETNAMESE, ENGLISH = "vi", "en"

_WORD = re.compile(r"[^\W\d_]+")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_MARKED = frozenset("àáâãèéêìíòóôõùúýăđĩũ")  # and those of Vietnamese alone
_BORROWED = frozenset("éèê")  # café, crème, crêpe
_OWN = frozenset("ăđ")  # in no word that English has borrowed
# None of these is spelt like a Vietnamese syllable without its marks; "the", "to", "can" and "day" are.
_WORDS = """
    about account after again all and are available before bill business call calls contact customer customers
    department details dear discount does each english every feedback first for free friend from future good goodbye
    has have hear hello help here how if information interested is just know last like make message minutes more most
    must need next number of offer one only or order other our please policy press product rate received renew
    representative reward satisfied service services should speak special support survey thank thanks that their them
    there these they this those through time today tomorrow tonight until use visit was we welcome were what when where
    which will wish with would year years yes you your yours
"""
_ENGLISH = frozenset(_WORDS.split())
ENOUGH = 3  # such words, and a quarter of all


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without its placeholders."""
    return _WORD.findall(unicodedata.normalize("NFC", _PLACEHOLDER.sub(" ", text)).lower())


def is_vietnamese(text: str, language: str) -> bool:
    """Whether a text that is said to be in another language is Vietnamese.

    Marks make it so in English, which has next to none; in other languages only letters that nobody else has.
    """
    words = words_of(text)
    if language != ENGLISH:
        return sum(any(_is_alone(letter) for letter in word) for word in words) > 1
    marked = [{letter for letter in word if _is_marked(letter)} for word in words]
    sure = sum(not letters <= _BORROWED for letters in marked)
    return any(letters & _OWN or any(map(_is_alone, letters)) for letters in marked) or 3 * sure >= len(words) > 0


def is_surely_not_vietnamese(text: str) -> bool:
    """Whether a text has no Vietnamese letter at all and is English for the most part."""
    words = words_of(text)
    if any(_is_marked(letter) for word in words for letter in word):
        return False
    english = [word for word in words if word in _ENGLISH]
    return len(english) >= ENOUGH and 4 * len(english) >= len(words)


def _is_marked(letter: str) -> bool:
    return letter in _MARKED or _is_alone(letter)


def _is_alone(letter: str) -> bool:
    """Whether it is a letter of Vietnamese alone."""
    return letter in "ơư" or "ạ" <= letter <= "ỹ"
