"""What licence files and plain words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks.licence_prints import match
from affineur.checks.licence_tables import choices_of, of_words
from affineur.checks.licence_texts import named_in, recognise
from support.licences import APACHE_NOTICE, BSD_2, BSD_3, GPL_NOTICE, ISC, MIT

COMMENTED = "".join(f"# {line}\n" for line in BSD_3.splitlines())
CHANGED = BSD_3.replace("the copyright holder", "Spam, Inc.").replace("1.", "(a)")
OTHERS = "Some words of others, which stand before and behind. " * 200


@pytest.mark.parametrize(
    ("text", "licences"),
    [
        (MIT, ("MIT",)),
        (BSD_2, ("BSD-2-Clause",)),
        (BSD_3, ("BSD-3-Clause",)),
        (ISC, ("ISC",)),
        (COMMENTED, ("BSD-3-Clause",)),
        (CHANGED, ("BSD-3-Clause",)),
        (MIT.upper(), ("MIT",)),
        (" ".join(MIT.split()), ("MIT",)),
        (MIT.replace("Software", "Materials"), ("MIT",)),
        (f"{MIT}\n{BSD_3}", ("BSD-3-Clause", "MIT")),
        (f"{OTHERS}{ISC}{OTHERS}{MIT}{OTHERS}{MIT}", ("ISC", "MIT")),
        (MIT[: len(MIT) // 2], ()),
        ("Licensed under MIT, see elsewhere.", ()),
        ("", ()),
    ],
)
def test_a_licence_is_recognised_by_its_text(text: str, licences: tuple[str, ...]) -> None:
    assert recognise(text) == licences


def test_a_use_that_is_forbidden_makes_another_licence() -> None:
    text = MIT.replace(
        "THE SOFTWARE IS",
        "The Software shall be used for Good, not Evil.\n\nTHE SOFTWARE IS",
    )

    assert recognise(text) == ("JSON",)


def test_a_match_tells_how_much_of_the_text_was_found() -> None:
    assert [(one.licence, one.share) for one in match(BSD_3)] == [("BSD-3-Clause", 1.0)]
    (found,) = match(BSD_3.replace("EXEMPLARY", "EXEMPLAR"))
    assert 0.95 <= found.share < 1


@given(st.text(max_size=300))
def test_no_text_makes_recognition_fail(text: str) -> None:
    assert recognise(f"{text} {MIT} {text}") == ("MIT",)


@pytest.mark.parametrize(
    ("text", "licences"),
    [
        (APACHE_NOTICE, {"Apache-2.0"}),
        (GPL_NOTICE, {"GPL-3.0-or-later"}),
        (GPL_NOTICE.replace("General", "Lesser General"), {"LGPL-3.0-or-later"}),
        (GPL_NOTICE.replace("either version 3", "version 2"), {"GPL-2.0-only"}),
        (GPL_NOTICE.replace("version 3", "version 9"), set()),
        ("# SPDX-License-Identifier: MIT OR Apache-2.0\n", {"MIT", "Apache-2.0"}),
        ("/* SPDX-License-Identifier: BSD-2-Clause */", {"BSD-2-Clause"}),
        ("SPDX-License-Identifier: not one", set()),
        ("Copyright 2026 Spam", set()),
    ],
)
def test_a_licence_is_told_by_the_sentence_that_names_it(text: str, licences: set[str]) -> None:
    assert named_in(text) == licences


@pytest.mark.parametrize(
    ("words", "licences"),
    [
        ("MIT", {"MIT"}),
        ("The MIT License", {"MIT"}),
        ("MIT License (MIT)", {"MIT"}),
        ("Apache 2.0", {"Apache-2.0"}),
        ("Apache 2", {"Apache-2.0"}),
        ("Apache License v2", {"Apache-2.0"}),
        ("Apache Software License 2.0", {"Apache-2.0"}),
        ("Apache-2", {"Apache-2.0"}),
        ("ASL 2.0", {"Apache-2.0"}),
        ("3-Clause BSD License", {"BSD-3-Clause"}),
        ("New BSD", {"BSD-3-Clause"}),
        ("BSD", {"BSD-2-Clause", "BSD-3-Clause"}),
        ("GPLv3+", {"GPL-3.0-or-later"}),
        ("GPL v3 or later", {"GPL-3.0-or-later"}),
        ("GNU General Public License v2 or later (GPLv2+)", {"GPL-2.0-or-later"}),
        ("GNU GPL v2", {"GPL-2.0-only"}),
        ("LGPLv2.1", {"LGPL-2.1-only"}),
        ("MPL2", {"MPL-2.0"}),
        ("PSF", {"PSF-2.0"}),
        ("Python Software Foundation License", {"PSF-2.0"}),
        ("Other/Proprietary License", {"LicenseRef-Proprietary"}),
        ("see LICENSE", set()),
        ("ours", set()),
    ],
)
def test_plain_words_are_understood(words: str, licences: set[str]) -> None:
    assert of_words(words) == licences


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        ("MIT/Apache-2.0", (("MIT",), ("Apache-2.0",))),
        ("MIT or Apache 2", (("MIT",), ("Apache-2.0",))),
        ("Dual License: MIT | GPLv2", (("MIT",), ("GPL-2.0-only",))),
        ("MIT License, Apache License, Version 2.0", (("MIT", "Apache-2.0"),)),
        ("MPL 2.0 & ISC", (("MPL-2.0", "ISC"),)),
        ("MIT, and what else there is", ()),
        ("BSD or MIT", ()),
        ("MIT", ()),
    ],
)
def test_several_licences_in_plain_words_are_understood_when_each_is_clear(
    words: str, choices: tuple[tuple[str, ...], ...]
) -> None:
    assert choices_of(words) == choices
