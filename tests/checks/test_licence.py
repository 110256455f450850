from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from affineur.checks.licence import Licence
from affineur.checks.licence_tables import of_words
from affineur.checks.licence_texts import recognise
from affineur.core.archives import ArchiveReport
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import NotAssessable, Subject

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"
MIT_TEXT = """The MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
...
The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software."""
BSD_2_TEXT = """# Redistribution and use in source and binary forms are permitted provided that:
# 1. Redistributions of source code must retain the above copyright notice
# 2. Redistributions in binary form must reproduce the above copyright notice"""
BSD_3_TEXT = f"""{BSD_2_TEXT}
# 3. Neither the name of the copyright holder may be used to endorse or promote
#    products derived from this software without permission."""
APACHE_TEXT = """                                 Apache License
                           Version 2.0, January 2004
   TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"""
ISC_TEXT = """Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies."""


def look(subject: Look, lines: str = "", **texts: str) -> Outcome:
    report = ArchiveReport(metadata=(HEAD + lines).encode(), licence_texts=texts)
    return Licence().look(subject(archive=report))


def classified(*names: str) -> str:
    return "".join(f"Classifier: License :: OSI Approved :: {name}\n" for name in names)


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


@pytest.mark.parametrize(
    ("lines", "licence", "alternatives", "source"),
    [
        ("License-Expression: mit\n", "MIT", [["MIT"]], "License-Expression"),
        (
            "License-Expression: MIT OR Apache-2.0\n",
            "MIT OR Apache-2.0",
            [["MIT"], ["Apache-2.0"]],
            "License-Expression",
        ),
        (classified("MIT License"), "MIT", [["MIT"]], "classifiers"),
        ("License: Apache License, Version 2.0\n", "Apache-2.0", [["Apache-2.0"]], "License"),
        ("License: BSD-3-Clause\n", "BSD-3-Clause", [["BSD-3-Clause"]], "License"),
        (
            "License: BSD-3-Clause\n" + classified("BSD License"),
            "BSD-3-Clause",
            [["BSD-3-Clause"]],
            "License",
        ),
        (f"License: {MIT_TEXT}\n".replace("\n", "\n        "), "MIT", [["MIT"]], "License"),
    ],
)
def test_a_declared_licence_is_taken_from_the_best_source(
    subject: Look, lines: str, licence: str, alternatives: list[list[str]], source: str
) -> None:
    outcome = look(subject, lines.rstrip() + "\n")

    assert outcome.facts == {
        "licence": licence,
        "licence_alternatives": alternatives,
        "licence_source": source,
    }
    assert outcome.findings == ()


def test_a_classifier_that_leaves_the_licence_open_is_made_precise_by_the_text(
    subject: Look,
) -> None:
    outcome = look(subject, classified("BSD License"), LICENSE=BSD_3_TEXT)

    assert outcome.facts["licence"] == "BSD-3-Clause"
    assert outcome.findings == ()


def test_what_stays_open_counts_as_all_that_it_may_mean(subject: Look) -> None:
    outcome = look(subject, classified("BSD License"))

    assert outcome.facts["licence_alternatives"] == [["BSD-2-Clause", "BSD-3-Clause"]]
    assert ids(outcome) == [("licence.left-open", Severity.INFO)]


def test_several_classifiers_count_as_all_of_them(subject: Look) -> None:
    outcome = look(subject, classified("MIT License", "Apache Software License"))

    assert outcome.facts["licence_alternatives"] == [["Apache-2.0", "MIT"]]


def test_a_licence_found_only_in_a_text_is_told_as_such(subject: Look) -> None:
    outcome = look(subject, COPYING=ISC_TEXT)

    assert outcome.facts["licence"] == "ISC"
    assert ids(outcome) == [("licence.from-text", Severity.INFO)]


@pytest.mark.parametrize(
    ("lines", "texts", "told"),
    [
        ("", {}, "declares no licence and has no licence file"),
        ("", {"LICENSE": "All rights reserved."}, "none that we know"),
        ("License: see the file\n", {}, "'see the file'"),
        ("Classifier: License :: OSI Approved\n", {}, "declares no licence"),
    ],
)
def test_a_licence_that_nothing_tells_is_unknown(
    subject: Look, lines: str, texts: Mapping[str, str], told: str
) -> None:
    outcome = look(subject, lines, **texts)

    assert outcome.facts == {"licence": "", "licence_alternatives": [], "licence_source": ""}
    assert ids(outcome) == [("licence.unknown", Severity.REVIEW)]
    assert told in outcome.findings[0].what


@pytest.mark.parametrize(
    "lines",
    [
        "License-Expression: MIT\n" + classified("GNU General Public License v3 (GPLv3)"),
        "License-Expression: MIT\nLicense: GPLv3\n",
        "License: GPLv3\n" + classified("MIT License"),
    ],
)
def test_declarations_that_contradict_each_other_go_to_a_person(subject: Look, lines: str) -> None:
    assert ("licence.conflict", Severity.REVIEW) in ids(look(subject, lines))


def test_an_invalid_expression_is_told_and_the_next_source_taken(subject: Look) -> None:
    outcome = look(subject, "License-Expression: MIT/Apache-2.0\n" + classified("MIT License"))

    assert outcome.facts["licence"] == "MIT"
    assert ids(outcome) == [("licence.invalid-expression", Severity.REVIEW)]


def test_texts_of_further_licences_are_told_once(subject: Look) -> None:
    outcome = look(
        subject, "License-Expression: MIT\n", LICENSE=MIT_TEXT, A=APACHE_TEXT, B=APACHE_TEXT
    )

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("licence.further-text", Severity.INFO)
    assert finding.what.endswith("does not declare: Apache-2.0 (A).")


@pytest.mark.parametrize("archive", [NotAssessable("it hung"), ArchiveReport()])
def test_a_file_without_metadata_is_not_assessed(
    subject: Look, archive: ArchiveReport | NotAssessable
) -> None:
    outcome = Licence().look(subject(archive=archive))

    assert outcome.not_assessed in {"it hung", "the file has no metadata"}
    assert outcome.facts == {}


@pytest.mark.parametrize(
    ("text", "licences"),
    [
        (MIT_TEXT, ("MIT",)),
        (BSD_2_TEXT, ("BSD-2-Clause",)),
        (BSD_3_TEXT, ("BSD-3-Clause",)),
        (APACHE_TEXT, ("Apache-2.0",)),
        (ISC_TEXT, ("ISC",)),
        (ISC_TEXT.replace(", provided that", "."), ("0BSD",)),
        ("GNU GENERAL PUBLIC LICENSE\n  Version 3, 29 June 2007", ("GPL-3.0-only",)),
        ("GNU GENERAL PUBLIC LICENSE\n  Version 2, June 1991", ("GPL-2.0-only",)),
        ("GNU AFFERO GENERAL PUBLIC LICENSE Version 3, 19 November 2007", ("AGPL-3.0-only",)),
        ("GNU LESSER GENERAL PUBLIC LICENSE Version 2.1, February 1999", ("LGPL-2.1-only",)),
        (f"{MIT_TEXT}\n{APACHE_TEXT}", ("MIT", "Apache-2.0")),
        ("Licensed under MIT, see elsewhere.", ()),
    ],
)
def test_the_common_licence_texts_are_recognised(text: str, licences: tuple[str, ...]) -> None:
    assert recognise(text) == licences


@pytest.mark.parametrize(
    ("words", "licences"),
    [
        ("MIT", {"MIT"}),
        ("The MIT License", {"MIT"}),
        ("MIT License (MIT)", set()),
        ("Apache 2.0", {"Apache-2.0"}),
        ("Apache License v2", {"Apache-2.0"}),
        ("Apache-2", {"Apache-2.0"}),
        ("ASL 2.0", {"Apache-2.0"}),
        ("3-Clause BSD License", {"BSD-3-Clause"}),
        ("New BSD", {"BSD-3-Clause"}),
        ("GPLv3+", {"GPL-3.0-or-later"}),
        ("GNU GPL v2", {"GPL-2.0-only"}),
        ("LGPLv2.1", {"LGPL-2.1-only"}),
        ("MPL2", {"MPL-2.0"}),
        ("PSF", {"PSF-2.0"}),
        ("ours", set()),
    ],
)
def test_plain_words_are_understood(words: str, licences: set[str]) -> None:
    assert of_words(words) == licences
