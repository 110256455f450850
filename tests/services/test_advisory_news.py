"""What follows when advisories change: incidents, and malware that is withheld at once."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from affineur.core.errors import Conflict, NotFound, Refused
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.views import View
from affineur.services import incidents, requests, serve
from affineur.services.advisories import SyncReport, sync
from affineur.services.advisory_news import News
from affineur.store import audit
from support.approving import APPROVED, APPROVER, INTERNAL, UNAPPROVED, Office
from support.dists import wheel
from support.osv_source import NEW, NEWER, Record, about, ranged, zipped
from support.values import versions

EGGS, NEW_EGGS = wheel("eggs", "2.0"), wheel("eggs", "3.0")
SPAM = wheel("spam", "1.0")
_numbers = itertools.count()


def synced(office: Office, *records: Record) -> SyncReport:
    source = office.gear.settings.data / f"{next(_numbers)}.zip"
    source.write_bytes(zipped(about("PYSEC-0", "nothing-here", "0.1"), *records))
    return asyncio.run(sync(office.gear, None, str(source)))


def told(office: Office) -> list[tuple[str, str, str]]:
    found = incidents.recent(office.gear, APPROVER)
    return [(one.kind, one.project, one.what) for one in reversed(found)]


def events(office: Office, beginning: str) -> list[tuple[str, str, Any, Any]]:
    with office.gear.db.reading() as conn:
        sealed = [one.event for one in audit.events(conn, 0, 1000)]
    return [
        (one.action, one.subject, one.before, one.after)
        for one in sealed
        if one.action.startswith(beginning)
    ]


def test_a_new_advisory_about_what_is_approved_is_an_incident(office: Office) -> None:
    office.upstream.add(EGGS, NEW_EGGS, SPAM)
    office.approved(EGGS, NEW_EGGS, SPAM)

    report = synced(
        office,
        ranged(
            "PYSEC-1", "eggs", "3.0", summary="It leaks.", database_specific={"severity": "HIGH"}
        ),
        ranged("PYSEC-2", "eggs", None, summary="It burns"),
        ranged("PYSEC-3", "spam", "0.9"),
        ranged("PYSEC-4", "ham", None),
    )

    assert report.news == News(incidents=1)
    assert told(office) == [
        (
            "new-advisory",
            "eggs",
            (
                "News of eggs, which is listed in approved. PYSEC-1 (high) affects 2.0: It leaks. "
                "Take 3.0 or later. PYSEC-2 (unknown) affects 2.0, 3.0: It burns."
            ),
        )
    ]
    ((_, subject, before, after),) = events(office, "incident.new-advisory")
    assert (subject, before, after["feeds"]) == ("project:eggs", None, ["approved"])
    assert after["advisories"][0] == {
        "id": "PYSEC-1",
        "aliases": [],
        "level": "high",
        "is_certain": True,
        "fixed": "3.0",
        "versions": ["2.0"],
    }
    assert office.page("eggs") == {"2.0": "served", "3.0": "served"}


def test_what_was_known_before_under_whatever_id_is_no_news(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    office.approved(EGGS)
    synced(office, ranged("GHSA-1", "eggs", None, aliases=["CVE-1"]))

    again = synced(
        office,
        ranged("GHSA-1", "eggs", None, aliases=["CVE-1"], modified=NEW, summary="Corrected"),
        ranged("PYSEC-1", "eggs", None, aliases=["CVE-1"]),
    )
    other = synced(office, about("GHSA-2", "eggs", "2.0"))

    assert (again.changed, again.news, other.news) == (2, News(), News(incidents=1))


def test_what_was_uncertain_and_is_sure_now_is_news(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    office.approved(EGGS)
    synced(office, ranged("GHSA-1", "eggs", "no version"))

    synced(office, ranged("GHSA-1", "eggs", "2.1", modified=NEW))

    assert [what for _, _, what in told(office)] == [
        "News of eggs, which is listed in approved. GHSA-1 (unknown) may affect 2.0.",
        (
            "News of eggs, which is listed in approved. GHSA-1 (unknown) affects 2.0. "
            "Take 2.1 or later."
        ),
    ]


def test_malware_is_withheld_in_every_feed_from_the_synchronisation_on(office: Office) -> None:
    office.upstream.add(EGGS, NEW_EGGS)
    office.approved(EGGS, NEW_EGGS)
    before = office.change("eggs")

    report = synced(office, about("MAL-2026-1", "Eggs", "2.0", summary="It steals tokens"))

    assert report.news == News(withheld=1)
    assert office.change("eggs") > before
    assert [office.page("eggs", feed) for feed in (INTERNAL, APPROVED)] == [{"3.0": "served"}] * 2
    for feed in (INTERNAL, APPROVED):
        with pytest.raises(NotFound):
            office.fetch(EGGS, feed)
    assert office.page("eggs", UNAPPROVED) == {
        "2.0": "known malware: MAL-2026-1: It steals tokens",
        "3.0": "served",
    }
    with pytest.raises(Refused, match="known malware"):
        office.fetch(EGGS, UNAPPROVED)
    assert told(office) == [
        (
            "malware",
            "eggs",
            (
                "eggs 2.0 is known malware: MAL-2026-1. It was listed in approved, and is withheld "
                "everywhere from now on. Look for it on every machine that may have installed it."
            ),
        )
    ]
    assert events(office, "malware.") == [
        (
            "malware.withheld",
            "project:eggs",
            None,
            {"advisories": ["MAL-2026-1"], "versions": ["2.0"], "feeds": ["approved"]},
        )
    ]


def test_a_withdrawn_record_withholds_nothing_any_more(office: Office) -> None:
    office.upstream.add(EGGS)
    office.approved(EGGS)
    synced(office, about("MAL-2026-1", "eggs", "2.0"))
    before = office.change("eggs")

    report = synced(office, about("MAL-2026-1", "eggs", "2.0", modified=NEW, withdrawn=NEW))

    assert report.news == News(lifted=1)
    assert office.change("eggs") > before
    assert office.fetch(EGGS) == EGGS.data
    assert [kind for kind, _, _ in told(office)] == ["malware", "malware-lifted"]
    assert events(office, "malware.")[1] == (
        "malware.lifted",
        "project:eggs",
        {"advisories": ["MAL-2026-1"], "versions": ["2.0"], "feeds": ["approved"]},
        None,
    )


def test_a_record_that_speaks_of_other_versions_now_withholds_those(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS, NEW_EGGS)
    office.approved(EGGS, NEW_EGGS)
    synced(office, about("MAL-2026-1", "eggs", "2.0"))

    report = synced(office, about("MAL-2026-1", "eggs", "3.0", modified=NEWER))

    assert report.news == News(withheld=1, lifted=1)
    assert office.page("eggs") == {"2.0": "served"}


def test_malware_of_a_local_version_is_withheld_and_uncertain_malware_is_not(
    small_office: Office,
) -> None:
    office = small_office
    local = wheel("eggs", "2.0+cpu")
    office.upstream.add(local, SPAM)
    office.approved(local, SPAM)

    report = synced(office, about("MAL-1", "eggs", "2.0"), ranged("MAL-2", "spam", "no version"))

    assert report.news == News(incidents=1, withheld=1)
    assert (office.page("eggs"), office.page("spam")) == ({}, {"1.0": "served"})


def test_what_only_came_through_is_an_incident_when_it_is_malware(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    office.page("eggs", UNAPPROVED)
    office.fetch(EGGS, UNAPPROVED)

    report = synced(office, about("MAL-1", "eggs", "2.0"), ranged("PYSEC-1", "eggs", None))

    assert report.news == News(withheld=1)
    ((kind, _, what),) = told(office)
    assert kind == "malware"
    assert "It was fetched, but approved nowhere" in what


def test_what_nobody_knew_of_is_withheld_when_it_is_first_seen(small_office: Office) -> None:
    office = small_office
    synced(office, ranged("MAL-1", "eggs", None))
    office.upstream.add(EGGS)

    assert office.page("eggs", UNAPPROVED) == {"2.0": "known malware: MAL-1"}
    assert office.page("eggs", INTERNAL) == {}


def test_a_record_about_a_stranger_of_the_same_name_touches_no_upload(office: Office) -> None:
    office.publish(EGGS)

    report = synced(office, ranged("MAL-1", "eggs", None), ranged("PYSEC-1", "eggs", None))

    assert report.news == News()
    assert office.page("eggs") == {"2.0": "served"}
    assert told(office) == []


def test_malware_cannot_be_approved_that_was_vetted_before_it_was_known(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)
    synced(office, about("MAL-1", "eggs", "2.0"))

    with pytest.raises(Conflict, match="known malware: MAL-1; it cannot be approved"):
        requests.approve(office.gear, APPROVER, asked.id, "looked at")
    assert office.show(asked.id).state is asked.state


def test_a_view_of_the_past_withholds_what_is_malware_today(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    office.approved(EGGS)
    office.clock.move(days=1)
    view = View(APPROVED, office.clock.now())
    office.clock.move(days=1)
    before = office.run(serve.page(office.gear, OPERATOR, view, ProjectName("eggs")))

    synced(office, about("MAL-1", "eggs", "2.0"))

    after = office.run(serve.page(office.gear, OPERATOR, view, ProjectName("eggs")))
    assert (versions(before), versions(after)) == ({"2.0": "served"}, {})


def test_five_are_told_one_by_one_and_the_rest_is_counted(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    office.approved(EGGS)

    synced(office, *(ranged(f"PYSEC-{number}", "eggs", None) for number in range(1, 9)))

    ((_, _, what),) = told(office)
    assert what.endswith("PYSEC-5 (unknown) affects 2.0. And 3 more.")
