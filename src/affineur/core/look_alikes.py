"""What looks alike: names by their skeletons, and characters that hide among others.

A skeleton is what is left of a name when letters that a reader takes for each other are one.
The tables are small on purpose: project names are ASCII (PEP 508), so that whatever else stands
in one is an attempt by itself.
"""

from __future__ import annotations

import re
import unicodedata

_PAIRS = (("rn", "m"), ("vv", "w"))
_ALONE = str.maketrans("1i0", "llo")
_LEET = {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"}
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[0134578](?=[a-z])")
_RUN = re.compile(r"(.)\1+")
_SHOWN = 5


def skeleton(text: str) -> str:
    """Give what a reader sees of a normalised name without delimiters, at a glance.

    `1`, `i` and `l` are one, `0` and `o`, `rn` and `m`, `vv` and `w`; a digit between letters is
    the letter that it stands for; doubled letters count once.
    """
    if not text.isalpha():
        text = _DIGIT_IN_WORD.sub(lambda found: _LEET[found[0]], text)
    for written, seen in _PAIRS:
        text = text.replace(written, seen)
    return _RUN.sub(r"\1", text.translate(_ALONE))


def hidden(text: str) -> str:
    """Name the characters that are not what they seem; empty when there are none.

    They are controls and formats (zero width, direction), and letters of another script in a
    word that also has Latin ones.
    """
    odd = [one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")]
    odd += [one for word in _words(text) if _is_mixed(word) for one in word if _is_foreign(one)]
    told = dict.fromkeys(f"U+{ord(one):04X} {unicodedata.name(one, 'control')}" for one in odd)
    return ", ".join(list(told)[:_SHOWN])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _is_mixed(word: str) -> bool:
    return any(map(_is_foreign, word)) and any(one.isascii() for one in word)


def _is_foreign(letter: str) -> bool:
    """Whether a letter is of a script that has look-alikes of Latin ones."""
    return unicodedata.name(letter, "").startswith(("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"))
