"""`python -m bench.licence_prints FOLDER`: make the table of licence fingerprints anew.

FOLDER is `src` of SPDX's license-list-XML, whose contents are in the public domain (CC0-1.0).
What a template lets people replace (`alt`), leave out (`optional`) or fill in (title,
copyright) is no part of a fingerprint, nor are runs of words that go over such a place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from affineur.checks import licence_prints
from affineur.checks.licence_prints import Print, hashes_of, words_of, written

LICENCES = """
0BSD AFL-2.1 AFL-3.0 AGPL-3.0-only APSL-2.0 Apache-1.0 Apache-1.1 Apache-2.0 Artistic-1.0
Artistic-1.0-Perl Artistic-2.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-2-Clause-Views
BSD-3-Clause BSD-3-Clause-Clear BSD-3-Clause-LBNL BSD-3-Clause-No-Nuclear-License BSD-4-Clause
BSD-4-Clause-UC BSD-Source-Code BSL-1.0 BUSL-1.1 Beerware Bitstream-Vera BlueOak-1.0.0 CC-BY-3.0
CC-BY-4.0 CC-BY-NC-4.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0
CC0-1.0 CDDL-1.0 CDDL-1.1 CECILL-2.1 CECILL-B CECILL-C CNRI-Python CPL-1.0 ECL-2.0 EPL-1.0
EPL-2.0 EUPL-1.1 EUPL-1.2 Elastic-2.0 FSL-1.1-ALv2 FSL-1.1-MIT FTL GFDL-1.3-only GPL-1.0-only
GPL-2.0-only GPL-3.0-only HPND HPND-sell-variant ICU IJG ISC JSON LGPL-2.0-only LGPL-2.1-only
LGPL-3.0-only LPPL-1.3c Libpng MIT MIT-0 MIT-CMU MIT-Modern-Variant MIT-advertising MIT-feh
MITNFA MPL-1.0 MPL-1.1 MPL-2.0 MS-PL MS-RL MulanPSL-2.0 NASA-1.3 NCSA NTP ODbL-1.0 OFL-1.0
OFL-1.1 OLDAP-2.8 OSL-3.0 OpenSSL PHP-3.01 PSF-2.0 PolyForm-Noncommercial-1.0.0
PolyForm-Small-Business-1.0.0 PostgreSQL Python-2.0 Python-2.0.1 Qhull Ruby SSPL-1.0 Sleepycat
TCL UPL-1.0 Unicode-3.0 Unicode-DFS-2016 Unlicense Vim W3C W3C-20150513 WTFPL X11 Xnet ZPL-2.0
ZPL-2.1 Zlib bzip2-1.0.6 curl libpng-2.0 libtiff zlib-acknowledgement
"""
"""The identifiers, those that come up in Python packages, between spaces."""
_SPACE = "{http://www.spdx.org/license}"
_LEFT_OUT = {"titleText", "copyrightText", "optional", "alt", "bullet", "standardLicenseHeader"}
_BREAKS = {"p", "item", "list", "br"}
_BREAK = "\0"
_MOST = 256
_ALIKE = 0.85
_TELLING, _FEW = 12, 6


def main() -> int:
    """Write the table beside the module that reads it."""
    folder = Path(sys.argv[1])
    texts = {one: _text((folder / f"{one}.xml").read_bytes()) for one in LICENCES.split()}
    prints = [fingerprint(one, texts) for one in texts]
    path = Path(licence_prints.__file__).with_suffix(".txt")
    path.write_text(written(prints), "ascii")
    print(f"{len(prints)} licences, {path.stat().st_size} bytes")
    return 0


def fingerprint(licence: str, texts: Mapping[str, ET.Element]) -> Print:
    """Make the fingerprint of one licence; it knows those that are much like it."""
    runs = _required(texts[licence])
    step = 1
    while len(chosen := {one for one in runs if one % step == 0}) > _MOST:
        step *= 2
    others = [_whole(text) for other, text in texts.items() if other != licence]
    alike = [runs - other for other in others if len(runs & other) > _ALIKE * len(runs)]
    telling = [frozenset(sorted(group)[:_TELLING]) for group in alike if len(group) >= _FEW]
    words = len(words_of(" ".join(texts[licence].itertext())))
    return Print(licence, words, frozenset(chosen), tuple(dict.fromkeys(telling)))


def _text(xml: bytes) -> ET.Element:
    text = ET.fromstring(xml).find(f".//{_SPACE}text")  # noqa: S314  # SPDX's own files
    if text is None:
        raise ValueError("a template has no text")
    return text


def _required(text: ET.Element) -> set[int]:
    """Give the runs of words that cannot be left out or replaced."""
    parts = "".join(_parts(text)).split(_BREAK)
    return {one for part in parts for one in hashes_of(words_of(" ".join(part.split())))}


@cache
def _whole(text: ET.Element) -> frozenset[int]:
    """Give all runs of words of the text as SPDX has it."""
    return frozenset(hashes_of(words_of(" ".join(text.itertext()))))


def _parts(element: ET.Element) -> Iterator[str]:
    name = element.tag.removeprefix(_SPACE)
    if name in _LEFT_OUT | _BREAKS:
        yield _BREAK
    if name not in _LEFT_OUT:
        yield element.text or ""
        for child in element:
            yield from _parts(child)
            yield child.tail or ""
    if name in _LEFT_OUT | _BREAKS:
        yield _BREAK


if __name__ == "__main__":
    sys.exit(main())
