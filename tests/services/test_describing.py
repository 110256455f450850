"""What the JSON API tells beyond the page: advisories, and metadata of what is not held."""

from __future__ import annotations

from typing import Any

from affineur.core.advisories import Advisory
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.views import View
from affineur.services.describing import Described, Vulnerability, describe
from affineur.store import advisories
from support.approving import UNAPPROVED, Office
from support.clocks import NOON
from support.dists import sdist, wheel
from support.upstream_server import Fault

SPAM = wheel("spam", "1.0", requires=["six"])
SPAM_2 = wheel("spam", "2.0")
NAME = ProjectName("spam")


def _known(office: Office, *records: dict[str, Any]) -> None:  # Any: OSV
    rows = [(one["id"], [Advisory(one["id"], NAME, NOON, one)]) for one in records]
    with office.gear.db.writing() as conn:
        advisories.replace(conn, rows)
        advisories.note_as_of(conn, NOON, "made by a test")


def _record(record_id: str, fixed: str, **more: Any) -> dict[str, Any]:  # Any: OSV
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": "spam"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": record_id, "affected": [affected], **more}


def _described(office: Office) -> Described:
    return office.run(describe(office.gear, OPERATOR, View(UNAPPROVED), NAME))


def test_what_is_known_to_be_wrong_is_told_once_with_all_its_names(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    references = [
        {"type": "WEB", "url": "https://example.com/news"},
        {"type": "ADVISORY", "url": "https://example.com/advisory"},
    ]
    _known(
        office,
        _record("PYSEC-1", "1.5", aliases=["CVE-1"], summary="bad", references=references),
        _record("GHSA-1", "1.5", aliases=["CVE-1"]),
    )

    told = _described(office)

    assert told.vulnerabilities == (
        Vulnerability(
            "PYSEC-1",
            ("GHSA-1", "CVE-1"),
            "bad",
            None,
            ("1.5",),
            "https://example.com/advisory",
        ),
    )
    assert told.advisories_as_of == NOON


def test_the_latest_release_is_looked_at_alone(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, SPAM_2)
    _known(office, _record("PYSEC-1", "1.5"))

    assert _described(office).vulnerabilities == ()


def test_a_link_that_is_none_is_not_passed_on(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    _known(office, _record("PYSEC-1", "1.5", references=[{"url": "javascript:alert(1)"}, 7, {}]))

    [told] = _described(office).vulnerabilities

    assert told.link is None


def test_without_advisories_nothing_is_found_and_that_is_said(small_office: Office) -> None:
    small_office.upstream.add(SPAM)

    told = _described(small_office)

    assert (told.vulnerabilities, told.advisories_as_of) == ((), None)


def test_an_origin_that_gives_no_metadata_leaves_it_unsaid(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.misbehave(Fault.STATUS, at="/files/")

    assert _described(office).metadata is None


def test_an_sdist_is_not_fetched_to_be_described(small_office: Office) -> None:
    office = small_office
    dist = sdist("spam", "1.0")
    office.upstream.add(dist)

    assert _described(office).metadata is None
    assert office.upstream.downloads(dist.filename) == 0
