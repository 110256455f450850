"""What people write instead of SPDX identifiers, and what it means.

A value is a set of identifiers: one when the words are clear, several when they leave open
which of them is meant. Classifiers are those of the trove list under `License ::`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BSD = frozenset({"BSD-2-Clause", "BSD-3-Clause"})
_GPL = frozenset({"GPL-1.0-or-later", "GPL-2.0-only", "GPL-3.0-only"})
_LGPL = frozenset({"LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-3.0-only"})


def _one(identifier: str) -> frozenset[str]:
    return frozenset({identifier})


CLASSIFIERS: Mapping[str, frozenset[str]] = {
    "Academic Free License (AFL)": _one("AFL-3.0"),
    "Apache Software License": _one("Apache-2.0"),
    "Apple Public Source License": _one("APSL-2.0"),
    "Artistic License": _one("Artistic-2.0"),
    "Blue Oak Model License (BlueOak-1.0.0)": _one("BlueOak-1.0.0"),
    "Boost Software License 1.0 (BSL-1.0)": _one("BSL-1.0"),
    "BSD License": _BSD,
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": _one("CC0-1.0"),
    "CMU License (MIT-CMU)": _one("MIT-CMU"),
    "Common Development and Distribution License 1.0 (CDDL-1.0)": _one("CDDL-1.0"),
    "Common Public License": _one("CPL-1.0"),
    "Eclipse Public License 1.0 (EPL-1.0)": _one("EPL-1.0"),
    "Eclipse Public License 2.0 (EPL-2.0)": _one("EPL-2.0"),
    "Educational Community License, Version 2.0 (ECL-2.0)": _one("ECL-2.0"),
    "European Union Public Licence 1.1 (EUPL 1.1)": _one("EUPL-1.1"),
    "European Union Public Licence 1.2 (EUPL 1.2)": _one("EUPL-1.2"),
    "Free for non-commercial use": _one("LicenseRef-Non-Commercial"),
    "Free To Use But Restricted": _one("LicenseRef-Restricted"),
    "Freely Distributable": _one("LicenseRef-Freely-Distributable"),
    "GNU Affero General Public License v3": _one("AGPL-3.0-only"),
    "GNU Affero General Public License v3 or later (AGPLv3+)": _one("AGPL-3.0-or-later"),
    "GNU General Public License (GPL)": _GPL,
    "GNU General Public License v2 (GPLv2)": _one("GPL-2.0-only"),
    "GNU General Public License v2 or later (GPLv2+)": _one("GPL-2.0-or-later"),
    "GNU General Public License v3 (GPLv3)": _one("GPL-3.0-only"),
    "GNU General Public License v3 or later (GPLv3+)": _one("GPL-3.0-or-later"),
    "GNU Lesser General Public License v2 (LGPLv2)": _one("LGPL-2.0-only"),
    "GNU Lesser General Public License v2 or later (LGPLv2+)": _one("LGPL-2.0-or-later"),
    "GNU Lesser General Public License v3 (LGPLv3)": _one("LGPL-3.0-only"),
    "GNU Lesser General Public License v3 or later (LGPLv3+)": _one("LGPL-3.0-or-later"),
    "GNU Library or Lesser General Public License (LGPL)": _LGPL,
    "Historical Permission Notice and Disclaimer (HPND)": _one("HPND"),
    "IBM Public License": _one("IPL-1.0"),
    "ISC License (ISCL)": _one("ISC"),
    "MIT License": _one("MIT"),
    "MIT No Attribution License (MIT-0)": _one("MIT-0"),
    "Mozilla Public License 1.0 (MPL)": _one("MPL-1.0"),
    "Mozilla Public License 1.1 (MPL 1.1)": _one("MPL-1.1"),
    "Mozilla Public License 2.0 (MPL 2.0)": _one("MPL-2.0"),
    "Mulan Permissive Software License v2 (MulanPSL-2.0)": _one("MulanPSL-2.0"),
    "NASA Open Source Agreement v1.3 (NASA-1.3)": _one("NASA-1.3"),
    "Open Software License 3.0 (OSL-3.0)": _one("OSL-3.0"),
    "Other/Proprietary License": _one("LicenseRef-Proprietary"),
    "PostgreSQL License": _one("PostgreSQL"),
    "Public Domain": _one("LicenseRef-Public-Domain"),
    "Python License (CNRI Python License)": _one("CNRI-Python"),
    "Python Software Foundation License": _one("PSF-2.0"),
    "Qt Public License (QPL)": _one("QPL-1.0"),
    "SIL Open Font License 1.1 (OFL-1.1)": _one("OFL-1.1"),
    "The Unlicense (Unlicense)": _one("Unlicense"),
    "Universal Permissive License (UPL)": _one("UPL-1.0"),
    "University of Illinois/NCSA Open Source License": _one("NCSA"),
    "W3C License": _one("W3C"),
    "Zero-Clause BSD (0BSD)": _one("0BSD"),
    "Zope Public License": _one("ZPL-2.1"),
    "zlib/libpng License": _one("Zlib"),
}

_ALIASES: Mapping[str, frozenset[str]] = {
    "agpl 3 0": _one("AGPL-3.0-only"),
    "apache2": _one("Apache-2.0"),
    "artistic 2": _one("Artistic-2.0"),
    "bsd2": _one("BSD-2-Clause"),
    "bsd3": _one("BSD-3-Clause"),
    "bsd 3 clause new or revised": _one("BSD-3-Clause"),
    "bsd 2 clause simplified": _one("BSD-2-Clause"),
    "bsd like": _BSD,
    "bsd style": _BSD,
    "eclipse public 2": _one("EPL-2.0"),
    "epl 2": _one("EPL-2.0"),
    "eupl 1 2": _one("EUPL-1.2"),
    "gnu affero general public 3+": _one("AGPL-3.0-or-later"),
    "gnu agpl 3": _one("AGPL-3.0-only"),
    "gnu general public 2+": _one("GPL-2.0-or-later"),
    "gnu general public 3+": _one("GPL-3.0-or-later"),
    "gnu gpl 2+": _one("GPL-2.0-or-later"),
    "gnu gpl 3+": _one("GPL-3.0-or-later"),
    "gnu lesser general public": _LGPL,
    "gnu lesser general public 2 1": _one("LGPL-2.1-only"),
    "gnu lesser general public 2 1+": _one("LGPL-2.1-or-later"),
    "gnu lesser general public 3+": _one("LGPL-3.0-or-later"),
    "gnu lgpl 2 1": _one("LGPL-2.1-only"),
    "gnu lgpl 3": _one("LGPL-3.0-only"),
    "gnu lgpl 3+": _one("LGPL-3.0-or-later"),
    "mit 0": _one("MIT-0"),
    "mit no attribution": _one("MIT-0"),
    "mozilla public": _one("MPL-2.0"),
    "nvidia proprietary": _one("LicenseRef-Proprietary"),
    "other proprietary": _one("LicenseRef-Proprietary"),
    "zope public": _one("ZPL-2.1"),
    "zpl": _one("ZPL-2.1"),
    "2 clause bsd": _one("BSD-2-Clause"),
    "3 clause bsd": _one("BSD-3-Clause"),
    "afl": _one("AFL-3.0"),
    "agpl 3": _one("AGPL-3.0-only"),
    "agpl 3+": _one("AGPL-3.0-or-later"),
    "apache": _one("Apache-2.0"),
    "apache 2": _one("Apache-2.0"),
    "asl 2": _one("Apache-2.0"),
    "boost 1": _one("BSL-1.0"),
    "bsd": _BSD,
    "bsd 2 clause": _one("BSD-2-Clause"),
    "bsd 3 clause": _one("BSD-3-Clause"),
    "bsd 3": _one("BSD-3-Clause"),
    "cc0": _one("CC0-1.0"),
    "cc0 1": _one("CC0-1.0"),
    "expat": _one("MIT"),
    "freebsd": _one("BSD-2-Clause"),
    "gnu affero general public 3": _one("AGPL-3.0-only"),
    "gnu general public": _GPL,
    "gnu general public 2": _one("GPL-2.0-only"),
    "gnu general public 3": _one("GPL-3.0-only"),
    "gnu gpl": _GPL,
    "gnu gpl 2": _one("GPL-2.0-only"),
    "gnu gpl 3": _one("GPL-3.0-only"),
    "gnu lesser general public 3": _one("LGPL-3.0-only"),
    "gnu lgpl": _LGPL,
    "gpl": _GPL,
    "gpl 2": _one("GPL-2.0-only"),
    "gpl 2 or later": _one("GPL-2.0-or-later"),
    "gpl 2+": _one("GPL-2.0-or-later"),
    "gpl 3": _one("GPL-3.0-only"),
    "gpl 3 or later": _one("GPL-3.0-or-later"),
    "gpl 3+": _one("GPL-3.0-or-later"),
    "hpnd": _one("HPND"),
    "isc": _one("ISC"),
    "iscl": _one("ISC"),
    "lgpl": _LGPL,
    "lgpl 2 1": _one("LGPL-2.1-only"),
    "lgpl 2 1+": _one("LGPL-2.1-or-later"),
    "lgpl 2+": _one("LGPL-2.0-or-later"),
    "lgpl 3": _one("LGPL-3.0-only"),
    "lgpl 3+": _one("LGPL-3.0-or-later"),
    "mit": _one("MIT"),
    "mit expat": _one("MIT"),
    "modified bsd": _one("BSD-3-Clause"),
    "mozilla public 2": _one("MPL-2.0"),
    "mpl": _one("MPL-2.0"),
    "mpl 2": _one("MPL-2.0"),
    "new bsd": _one("BSD-3-Clause"),
    "proprietary": _one("LicenseRef-Proprietary"),
    "psf": _one("PSF-2.0"),
    "psf 2": _one("PSF-2.0"),
    "psfl": _one("PSF-2.0"),
    "public domain": _one("LicenseRef-Public-Domain"),
    "python": _one("PSF-2.0"),
    "python foundation": _one("PSF-2.0"),
    "revised bsd": _one("BSD-3-Clause"),
    "simplified bsd": _one("BSD-2-Clause"),
    "unlicense": _one("Unlicense"),
    "wtfpl": _one("WTFPL"),
    "zlib": _one("Zlib"),
    "zlib libpng": _one("Zlib"),
    "zope public 2 1": _one("ZPL-2.1"),
    "zpl 2 1": _one("ZPL-2.1"),
}
_NOISE = re.compile(r"\b(the|licen[cs]es?|licen[cs]ed|version|under|terms|of|a|dual|software)\b")
_EITHER = re.compile(r"\s+or\s+|\s*[/|]\s*", re.IGNORECASE)
_BOTH = re.compile(r"\s+and\s+|\s*[&,;]\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_OF_VERSION = re.compile(r",\s*(?=v(?:ersion)?[ .]*\d)", re.IGNORECASE)
_MAX_PARTS = 8


def of_classifier(classifier: str) -> frozenset[str]:
    """Give the licences that one classifier may mean; none when it names no licence."""
    return CLASSIFIERS.get(classifier.rpartition(" :: ")[2].strip(), frozenset())


def of_words(text: str) -> frozenset[str]:
    """Give the licences that a short text in plain words may mean."""
    name = CLASSIFIERS.get(text.strip()) or _of_name(text)
    if name:
        return name
    outside = _IN_BRACKETS.sub(" ", text)  # MIT License (MIT)
    return _of_name(outside) if outside != text else frozenset()


def choices_of(text: str) -> tuple[tuple[str, ...], ...]:
    """Give the alternatives of a short text that names several licences, all of them clear.

    A slash and "or" leave the choice, "and", "&" and a comma do not; () when a part is unclear.
    """
    choices = [
        [_clear(part) for part in _BOTH.split(choice)]
        for choice in _EITHER.split(_OF_VERSION.sub(" ", text.strip()))
    ]
    names = [name for choice in choices for name in choice]
    if not 1 < len(names) <= _MAX_PARTS or not all(names):
        return ()
    return tuple(tuple(dict.fromkeys(choice)) for choice in choices)


def _clear(part: str) -> str:
    meant = _of_name(part)
    return next(iter(meant)) if len(meant) == 1 else ""


def _of_name(text: str) -> frozenset[str]:
    words = _NOISE.sub(" ", text.lower())
    words = re.sub(r"\bv(?=\d)|(?<=[a-z])v(?=\d)|\.0\b", " ", words)
    words = re.sub(r"[^a-z0-9+]+", " ", words)
    words = re.sub(r"(?<=pl)(?=\d)", " ", words)  # gpl3, mpl2
    words = re.sub(r" or (later|newer|greater|any later)$| \+$", "+", " ".join(words.split()))
    return _ALIASES.get(words, frozenset())
