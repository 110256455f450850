from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from affineur.checks.licence import Licence
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Fact, Outcome, Severity
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Previous, Subject
from support.licences import APACHE_NOTICE, BSD_2, BSD_3, GPL_NOTICE, ISC, MIT
from support.values import NOW, digest

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"


def look(subject: Look, lines: str = "", **texts: str) -> Outcome:
    report = ArchiveReport(metadata=(HEAD + lines).encode(), licence_texts=texts)
    return Licence().look(subject(archive=report))


def after(subject: Look, lines: str, **before: Fact) -> Outcome:
    """Look at a release of which another version with these facts is approved."""
    filename = Filename.parse("spam-0.9-py3-none-any.whl")
    previous = Previous(
        RequestFile(filename, digest("old"), 10),
        NOW - timedelta(days=9),
        ArchiveReport(),
        facts={"licence": before},
    )
    report = ArchiveReport(metadata=(HEAD + lines).encode())
    return Licence().look(subject(archive=report, previous=previous))


def classified(*names: str) -> str:
    return "".join(f"Classifier: License :: OSI Approved :: {name}\n" for name in names)


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


@pytest.mark.parametrize(
    ("lines", "licence", "alternatives", "source", "confidence"),
    [
        ("License-Expression: mit\n", "MIT", [["MIT"]], "License-Expression", "exact"),
        (
            "License-Expression: MIT OR Apache-2.0\n",
            "MIT OR Apache-2.0",
            [["MIT"], ["Apache-2.0"]],
            "License-Expression",
            "exact",
        ),
        (
            "License-Expression: GPL-2.0+ WITH Classpath-exception-2.0\n",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            [["GPL-2.0-or-later WITH Classpath-exception-2.0"]],
            "License-Expression",
            "exact",
        ),
        (classified("MIT License"), "MIT", [["MIT"]], "classifiers", "high"),
        (
            "License: Apache License, Version 2.0\n",
            "Apache-2.0",
            [["Apache-2.0"]],
            "License",
            "medium",
        ),
        ("License: BSD-3-Clause\n", "BSD-3-Clause", [["BSD-3-Clause"]], "License", "high"),
        (
            "License: BSD-3-Clause\n" + classified("BSD License"),
            "BSD-3-Clause",
            [["BSD-3-Clause"]],
            "License",
            "high",
        ),
        (
            "License: MIT/Apache-2.0\n" + classified("MIT License", "Apache Software License"),
            "MIT OR Apache-2.0",
            [["MIT"], ["Apache-2.0"]],
            "License",
            "medium",
        ),
        (
            "License: MIT and (Python-2.0 or LGPLv3)\n" + classified("MIT License"),
            "MIT",
            [["MIT"]],
            "classifiers",
            "high",
        ),
        (
            f"License: {MIT}".replace("\n", "\n        "),
            "MIT",
            [["MIT"]],
            "License",
            "high",
        ),
    ],
)
def test_a_declared_licence_is_taken_from_the_best_source(  # a table
    subject: Look,
    lines: str,
    licence: str,
    alternatives: list[list[str]],
    source: str,
    confidence: str,
) -> None:
    outcome = look(subject, lines.rstrip() + "\n")

    assert outcome.facts["licence"] == licence
    assert outcome.facts["licence_alternatives"] == alternatives
    assert outcome.facts["licence_source"] == source
    assert outcome.facts["licence_confidence"] == confidence
    assert outcome.findings == ()


def test_the_facts_name_categories_texts_and_what_is_bundled(subject: Look) -> None:
    outcome = look(
        subject,
        "License-Expression: MIT AND GPL-3.0-only\n",
        **{"LICENSE": MIT, "spam/_vendor/eggs/LICENSE": BSD_3},
    )

    assert outcome.facts == {
        "licence": "MIT AND GPL-3.0-only",
        "licence_alternatives": [["MIT", "GPL-3.0-only"]],
        "licence_source": "License-Expression",
        "licence_confidence": "exact",
        "licence_categories": ["permissive", "strong-copyleft"],
        "licence_texts": ["MIT"],
        "bundled_licences": ["BSD-3-Clause"],
        "bundled_categories": ["permissive"],
    }
    assert ids(outcome) == [("licence.bundled", Severity.INFO)]


@pytest.mark.parametrize(
    ("lines", "text", "licence"),
    [
        (classified("BSD License"), BSD_3, "BSD-3-Clause"),
        (classified("BSD License"), BSD_2, "BSD-2-Clause"),
        ("License: BSD\n", BSD_2, "BSD-2-Clause"),
        ("License: BSD 3-Clause\n" + classified("BSD License"), "", "BSD-3-Clause"),
        (classified("GNU General Public License (GPL)"), GPL_NOTICE, "GPL-3.0-only"),
    ],
)
def test_what_leaves_the_licence_open_is_made_precise_by_what_tells(
    subject: Look, lines: str, text: str, licence: str
) -> None:
    outcome = look(subject, lines, LICENSE=text)

    assert outcome.facts["licence"] == licence
    assert outcome.findings == ()


def test_what_stays_open_counts_as_all_that_it_may_mean(subject: Look) -> None:
    outcome = look(subject, classified("BSD License"))

    assert outcome.facts["licence_alternatives"] == [["BSD-2-Clause", "BSD-3-Clause"]]
    assert outcome.facts["licence_confidence"] == "low"
    assert ids(outcome) == [("licence.left-open", Severity.INFO)]


def test_several_classifiers_count_as_all_of_them(subject: Look) -> None:
    outcome = look(subject, classified("MIT License", "Apache Software License"))

    assert outcome.facts["licence_alternatives"] == [["Apache-2.0", "MIT"]]


@pytest.mark.parametrize(
    ("text", "licence", "confidence"),
    [(ISC, "ISC", "high"), (APACHE_NOTICE, "Apache-2.0", "medium")],
)
def test_a_licence_found_only_in_a_text_is_told_as_such(
    subject: Look, text: str, licence: str, confidence: str
) -> None:
    outcome = look(subject, COPYING=text)

    assert outcome.facts["licence"] == licence
    assert outcome.facts["licence_confidence"] == confidence
    assert ids(outcome) == [("licence.from-text", Severity.INFO)]


@pytest.mark.parametrize(
    ("lines", "texts", "told"),
    [
        ("", {}, "declares no licence and has no licence file"),
        ("", {"LICENSE": "All rights reserved."}, "none that we know"),
        ("License: see the file\n", {}, "'see the file'"),
        ("Classifier: License :: OSI Approved\n", {}, "declares no licence"),
        ("", {"spam/_vendor/eggs/LICENSE": MIT}, "declares no licence"),
    ],
)
def test_a_licence_that_nothing_tells_is_unknown(
    subject: Look, lines: str, texts: Mapping[str, str], told: str
) -> None:
    outcome = look(subject, lines, **texts)

    assert outcome.facts["licence"] == ""
    assert outcome.facts["licence_alternatives"] == []
    assert outcome.facts["licence_confidence"] == "none"
    assert ids(outcome)[0] == ("licence.unknown", Severity.REVIEW)
    assert told in outcome.findings[0].what


@pytest.mark.parametrize(
    "lines",
    [
        "License-Expression: MIT\n" + classified("GNU General Public License v3 (GPLv3)"),
        "License-Expression: MIT\nLicense: GPLv3\n",
        "License: GPLv3\n" + classified("MIT License"),
        "License: GPLv2+\n" + classified("GNU Lesser General Public License v3 (LGPLv3)"),
    ],
)
def test_declarations_that_contradict_each_other_go_to_a_person(subject: Look, lines: str) -> None:
    assert ("licence.conflict", Severity.REVIEW) in ids(look(subject, lines))


@pytest.mark.parametrize(
    "lines",
    [
        "License: LGPL-2.1-or-later\n"
        + classified("GNU Lesser General Public License v2 or later (LGPLv2+)"),
        "License-Expression: GPL-3.0-only\nLicense: GPLv3\n",
        "License-Expression: PSF-2.0\nLicense: Python-2.0\n",
    ],
)
def test_declarations_of_one_family_do_not_contradict_each_other(subject: Look, lines: str) -> None:
    assert look(subject, lines).findings == ()


def test_a_text_of_another_licence_than_the_declared_one_goes_to_a_person(subject: Look) -> None:
    outcome = look(subject, "License-Expression: MIT\n", LICENSE=BSD_3)

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("licence.text-conflict", Severity.REVIEW)
    assert finding.what == "It declares MIT, and LICENSE is the text of BSD-3-Clause."
    assert finding.where is not None
    assert finding.where.file == "LICENSE"


@pytest.mark.parametrize("declared", ["LicenseRef-Ours", "MIT OR Apache-2.0", "MIT AND ISC"])
def test_a_text_that_is_one_of_the_declared_or_of_ones_own_is_no_conflict(
    subject: Look, declared: str
) -> None:
    outcome = look(subject, f"License-Expression: {declared}\n", LICENSE=MIT)

    assert outcome.findings == ()


def test_a_classifier_that_the_file_and_the_field_refute_is_the_conflict(subject: Look) -> None:
    outcome = look(subject, "License: ISC\n" + classified("BSD License"), LICENSE=ISC)

    assert outcome.facts["licence"] == "ISC"
    assert ids(outcome) == [("licence.conflict", Severity.REVIEW)]


def test_an_invalid_expression_is_told_and_the_next_source_taken(subject: Look) -> None:
    outcome = look(subject, "License-Expression: MIT/Apache-2.0\n" + classified("MIT License"))

    assert outcome.facts["licence"] == "MIT"
    assert ids(outcome) == [("licence.invalid-expression", Severity.REVIEW)]


def test_texts_of_further_licences_are_told_once(subject: Look) -> None:
    outcome = look(subject, "License-Expression: MIT\n", LICENSE=MIT, A=BSD_3, B=BSD_3)

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("licence.further-text", Severity.INFO)
    assert finding.what.endswith("does not declare: BSD-3-Clause (A).")


def test_another_licence_than_the_approved_version_had_goes_to_a_person(subject: Look) -> None:
    outcome = after(
        subject,
        "License-Expression: BUSL-1.1\n",
        licence="MPL-2.0",
        licence_alternatives=[["MPL-2.0"]],
        licence_confidence="exact",
    )

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("licence.changed", Severity.REVIEW)
    assert finding.what == "Its licence is BUSL-1.1; the approved version's was MPL-2.0."
    assert outcome.facts["licence_changed"] is True


@pytest.mark.parametrize(
    ("lines", "licence", "alternatives", "confidence"),
    [
        ("License-Expression: MIT\n", "MIT", [["MIT"]], "high"),
        ("License-Expression: ISC OR MIT\n", "MIT OR ISC", [["MIT"], ["ISC"]], "exact"),
        (
            "License-Expression: BSD-3-Clause\n",
            "BSD-2-Clause AND BSD-3-Clause",
            [["BSD-2-Clause", "BSD-3-Clause"]],
            "low",
        ),
        (
            classified("BSD License"),
            "BSD-3-Clause",
            [["BSD-3-Clause"]],
            "high",
        ),
    ],
)
def test_the_same_licence_said_otherwise_is_no_change(
    subject: Look, lines: str, licence: str, alternatives: list[Fact], confidence: str
) -> None:
    outcome = after(
        subject,
        lines,
        licence=licence,
        licence_alternatives=alternatives,
        licence_confidence=confidence,
    )

    assert outcome.facts["licence_changed"] is False
    assert "licence.changed" not in dict(ids(outcome))


def test_a_licence_that_is_gone_is_a_change(subject: Look) -> None:
    outcome = after(subject, "", licence="MIT", licence_alternatives=[["MIT"]])

    assert ids(outcome) == [
        ("licence.unknown", Severity.REVIEW),
        ("licence.changed", Severity.REVIEW),
    ]


def test_two_changes_of_licence_are_two_findings(subject: Look) -> None:
    (one,) = after(
        subject, "License-Expression: MIT\n", licence="ISC", licence_alternatives=[["ISC"]]
    ).findings
    (two,) = after(
        subject, "License-Expression: ISC\n", licence="MIT", licence_alternatives=[["MIT"]]
    ).findings

    assert one.key != two.key


@pytest.mark.parametrize("archive", [NotAssessable("it hung"), ArchiveReport()])
def test_a_file_without_metadata_is_not_assessed(
    subject: Look, archive: ArchiveReport | NotAssessable
) -> None:
    outcome = Licence().look(subject(archive=archive))

    assert outcome.not_assessed in {"it hung", "the file has no metadata"}
    assert outcome.facts == {}
