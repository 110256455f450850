"""A young release that mends the approved one: told, so that a policy need not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from affineur.checks.history import History
from affineur.core.advisories import Advisories, Advisory
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename, IndexFile
from affineur.core.findings import Severity
from affineur.core.names import ProjectName
from affineur.core.requests import RequestFile
from affineur.core.subjects import Previous, Subject
from support.values import NOW, digest, index_file

Look = Callable[..., Subject]
SPAM = ProjectName("spam")


def wheel(version: str, days_ago: float) -> IndexFile:
    return index_file(f"spam-{version}-py3-none-any.whl", NOW - timedelta(days=days_ago))


APPROVED = wheel("1.2", 300)
FIX = wheel("1.3", 1)


def advisory(
    name: str, *aliases: str, fixed: str | None = "1.3", versions: tuple[str, ...] = ()
) -> Advisory:
    """An advisory about all versions up to its fix."""
    events: list[dict[str, str]] = [{"introduced": "0"}]
    events += [{"fixed": fixed}] if fixed else []
    ranges = [{"type": "ECOSYSTEM", "events": events}] if not versions else []
    affected: dict[str, Any] = {  # Any: JSON
        "package": {"ecosystem": "PyPI", "name": "spam"},
        "ranges": ranges,
        "versions": list(versions),
    }
    record = {"id": name, "aliases": list(aliases), "affected": [affected]}
    return Advisory(name, SPAM, NOW, record)


@pytest.fixture
def fixes(subject: Look) -> Callable[..., Any]:
    """The advisories that a release fixes: of these, beside these other releases."""

    def look(*known: Advisory, file: IndexFile = FIX, others: tuple[IndexFile, ...] = ()) -> Any:
        approved = RequestFile(APPROVED.filename, digest(APPROVED.filename.text))
        outcome = History().look(
            subject(
                file.filename.text,
                index=file,
                project_files=(APPROVED, file, *others, wheel("0.9", 700)),
                previous=Previous(approved, NOW, ArchiveReport()),
                advisories=Advisories(known, NOW),
            )
        )
        told = [one for one in outcome.findings if one.id == "history.fixes-approved"]
        assert [one.severity for one in told] == [Severity.INFO] * bool(told)
        assert bool(outcome.facts["fixes_approved"]) is bool(told)
        return outcome.facts["fixes_approved"]

    return look


def test_what_mends_the_approved_version_is_named_once(fixes: Callable[..., Any]) -> None:
    known = (advisory("GHSA-1", "CVE-1"), advisory("PYSEC-1", "CVE-1"), advisory("GHSA-2"))

    assert fixes(*known) == ["PYSEC-1", "GHSA-2"]


@pytest.mark.parametrize(
    "known",
    [
        advisory("GHSA-1", fixed="1.1"),
        advisory("GHSA-1", fixed="1.4"),
        advisory("GHSA-1", fixed=None),
        advisory("GHSA-1", fixed="soon"),
        replace(advisory("GHSA-1"), withdrawn_at=NOW),
    ],
)
def test_what_does_not_concern_both_is_no_fix(fixes: Callable[..., Any], known: Advisory) -> None:
    assert fixes(known) == []


def test_an_older_version_than_the_approved_one_fixes_nothing(fixes: Callable[..., Any]) -> None:
    known = advisory("GHSA-1", versions=("1.2",))

    assert fixes(known, file=wheel("1.1.9", 1)) == []
    assert fixes(known) == ["GHSA-1"]


def test_a_release_above_a_fix_that_is_long_out_is_no_reason_to_hurry(
    fixes: Callable[..., Any],
) -> None:
    later = wheel("1.4", 1)

    assert fixes(advisory("GHSA-1"), file=later, others=(wheel("1.3", 20),)) == []


@pytest.mark.parametrize(
    "other",
    [
        wheel("1.3", 5),
        wheel("2.0", 20),
        wheel("1.3rc1", 20),
        replace(wheel("1.3", 20), yanked="broken"),
        replace(wheel("1.3", 20), uploaded_at=None),
    ],
)
def test_a_fix_that_nobody_would_take_does_not_count(
    fixes: Callable[..., Any], other: IndexFile
) -> None:
    assert fixes(advisory("GHSA-1"), file=wheel("1.4", 1), others=(other,)) == ["GHSA-1"]


def test_without_an_approved_version_there_is_nothing_to_mend(subject: Look) -> None:
    known = Advisories((advisory("GHSA-1"),), NOW)

    outcome = History().look(subject(FIX.filename.text, index=FIX, advisories=known))

    assert outcome.facts["fixes_approved"] == []


def test_an_approved_version_that_is_gone_is_told_of(subject: Look) -> None:
    gone = RequestFile(Filename.parse("spam-1.1-py3-none-any.whl"), digest("gone"))
    page = (APPROVED, FIX, wheel("0.9", 700))

    outcome = History().look(
        subject(
            FIX.filename.text,
            index=FIX,
            project_files=page,
            previous=Previous(gone, NOW, ArchiveReport()),
        )
    )

    assert [one.id for one in outcome.findings] == ["history.approved-vanished", "history.young"]
