"""Findings held against those of the last approved version: new, known, gone."""

from __future__ import annotations

from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Against, Assessment, Finding, Outcome, Severity, Where
from affineur.core.requests import RequestFile
from affineur.core.subjects import Previous
from affineur.core.vetting import against
from support.values import NOW, digest


def finding(what: str, check: str = "contents", line: int = 1) -> Finding:
    return Finding(
        f"{check}.exec", check, Severity.REVIEW, what, where=Where("spam/a.py", line, what)
    )


def previous(*findings: Finding) -> Previous:
    filename = "spam-1.0-py3-none-any.whl"
    file = RequestFile(Filename.parse(filename), digest(filename))
    return Previous(file, NOW, ArchiveReport(), findings)


def outcome(*findings: Finding, not_assessed: str | None = None) -> Outcome:
    return Outcome("contents", 1, findings, not_assessed)


def test_nothing_is_known_and_nothing_gone_without_a_version_before() -> None:
    assert against(None, [outcome(finding("exec(a)"))]) is None


def test_what_stood_in_the_version_before_is_known_even_where_its_line_moved() -> None:
    before = previous(finding("exec(a)", line=3), finding("exec(b)"))
    now = [outcome(finding("exec(a)", line=70), finding("exec(c)"))]

    found = against(before, now)

    assert found == Against(
        "1.0", before.file.sha256, frozenset({finding("exec(a)").key}), (finding("exec(b)"),)
    )
    assessment = Assessment(digest("new"), NOW, tuple(now), found)
    assert assessment.new_findings == (finding("exec(c)"),)


def test_what_a_check_found_before_is_not_gone_when_it_cannot_look_now() -> None:
    before = previous(finding("exec(b)"))

    found = against(before, [outcome(not_assessed="it hung")])

    assert found == Against("1.0", before.file.sha256, frozenset())
