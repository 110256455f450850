"""What indexes say of projects and of the age of files, through feeds, filters and approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from affineur.core.feeds import Connector
from affineur.core.files import IndexFile
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Page, ProjectFacts, Rule
from affineur.core.permissions import OPERATOR
from affineur.services import connectors, feeds, promotion, serve
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import NewFeed
from affineur.services.promotion import Promotion
from support.approving import APPROVED, INTERNAL, UNAPPROVED, Office
from support.clocks import NOON
from support.dists import wheel
from support.gear import settled
from support.upstream_server import LONG_AGO, upstream_server

SPAM = wheel("spam", "1.0")
SPAM_2 = wheel("spam", "2.0")
OURS = wheel("acme-tools", "1.0")
OWNER = "https://owner.example/simple/spam/"
TEAM = FeedName("team")
FEEDS = pytest.mark.parametrize("feed", [UNAPPROVED, APPROVED, INTERNAL])


def page(office: Office, feed: FeedName = INTERNAL, project: str = "spam") -> Page:
    found = office.run(serve.page(office.gear, OPERATOR, feed, ProjectName(project)))
    office.run(settled(office.gear))
    return found


def file(office: Office, feed: FeedName = INTERNAL) -> IndexFile:
    (entry,) = page(office, feed).entries
    return entry.file


# --- status (PEP 792) --------------------------------------------------------------------


@FEEDS
def test_a_project_s_status_is_passed_on_with_its_reason(
    small_office: Office, feed: FeedName
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.facts = {"project-status": {"status": "archived", "reason": "it is done"}}
    office.approved(SPAM)

    assert page(office, feed).facts == ProjectFacts("archived", "it is done")


def test_a_project_without_files_is_still_known_while_it_is_quarantined(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.quarantine("spam", "it is haunted")

    seen = page(office)
    assert (seen.entries, seen.facts) == ((), ProjectFacts("quarantined", "it is haunted"))


def test_a_quarantined_name_is_not_taken_from_the_next_index(small_office: Office) -> None:
    office = small_office
    feeds.create(office.gear, OPERATOR, NewFeed(TEAM))
    with upstream_server() as next_index:
        next_index.add(SPAM)
        for name, url in (("first", office.upstream.url), ("next", next_index.url)):
            connectors.add_connector(office.gear, OPERATOR, TEAM, NewConnector(name, url=url))
        office.upstream.quarantine("spam", "it is haunted")

        assert page(office, TEAM).entries == ()
        assert next_index.paths() == ()


def test_files_that_an_index_lists_in_spite_of_its_quarantine_are_withheld(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.facts = {"project-status": {"status": "quarantined", "reason": "haunted"}}

    (entry,) = page(office, UNAPPROVED).entries
    asked = office.vetted(SPAM)

    assert entry.withheld is not None
    assert entry.withheld.rule is Rule.QUARANTINED
    assert entry.withheld.reason == "its index has quarantined the project: haunted"
    assert asked.state == "failed"


def test_what_was_approved_before_a_quarantine_is_served_and_the_status_told(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM, SPAM_2)
    office.approved(SPAM)
    office.upstream.quarantine("spam", "it is haunted")
    office.clock.move(hours=1)
    office.news("spam")

    assert page(office).facts == ProjectFacts("quarantined", "it is haunted")
    assert office.page("spam") == {"1.0": "served"}
    assert office.fetch(SPAM) == SPAM.data


# --- whose project it is (PEP 708) -------------------------------------------------------


@FEEDS
def test_what_an_index_tracks_is_passed_on(small_office: Office, feed: FeedName) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.facts = {
        "meta": {"tracks": [OWNER]},
        "alternate-locations": ["https://wheels.example/spam/"],
    }
    office.approved(SPAM)

    assert page(office, feed).facts == ProjectFacts(
        tracks=(OWNER,), alternate_locations=("https://wheels.example/spam/",)
    )


def test_a_project_of_the_house_tracks_nothing(small_office: Office) -> None:
    office = small_office
    office.upstream.facts = {"meta": {"tracks": ["https://owner.example/simple/acme-tools/"]}}
    office.upstream.add(OURS)
    page(office, UNAPPROVED, "acme-tools")
    feeds.reserve(office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))
    office.publish(OURS)

    assert page(office, INTERNAL, "acme-tools").facts == ProjectFacts()


CONNECTOR = Connector(1, "index", url="https://index.example/simple/")


@pytest.mark.parametrize(
    ("connector", "url"),
    [
        (CONNECTOR, "https://index.example/simple/"),
        (replace(CONNECTOR, has_login=True), None),
        (replace(CONNECTOR, url="http://index.example/simple/"), None),
        (replace(CONNECTOR, url="https://index.example/s3cret/simple/"), None),
        (replace(CONNECTOR, url="https://index.example/"), None),
        (replace(CONNECTOR, url=None, target=APPROVED), None),
    ],
)
def test_only_an_index_whose_url_can_hold_no_secret_is_named_to_readers(
    connector: Connector, url: str | None
) -> None:
    assert connector.public_url == url


# --- times -------------------------------------------------------------------------------


@FEEDS
def test_the_original_upload_time_is_kept_through_approval(office: Office, feed: FeedName) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)
    office.clock.move(days=3)

    assert file(office, feed).known_since == LONG_AGO


@FEEDS
def test_where_nobody_tells_an_upload_time_the_first_sight_counts(
    office: Office, feed: FeedName
) -> None:
    office.upstream.add(SPAM, uploaded_at=None)
    page(office)
    office.clock.move(days=3)
    office.approved(SPAM)
    office.clock.move(days=3)

    assert file(office, feed).known_since == NOON


def test_the_first_sight_is_kept_through_a_promotion_by_hand(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, uploaded_at=None)
    page(office)
    feeds.create(office.gear, OPERATOR, NewFeed(TEAM))
    office.clock.move(days=3)

    order = Promotion(
        ProjectName("spam"), page(office).entries[0].file.filename.version, UNAPPROVED, TEAM
    )
    office.run(promotion.promote(office.gear, OPERATOR, order))

    assert file(office, TEAM).known_since == NOON


def test_an_upload_of_the_house_has_the_time_at_which_it_came(small_office: Office) -> None:
    small_office.publish(SPAM)

    assert file(small_office).known_since == NOON


def test_a_file_of_unknown_age_ripens_from_its_first_sight(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, uploaded_at=None)
    age = NewFilter("allow", "a week old", min_age_days=7)
    connectors.add_filter(office.gear, OPERATOR, UNAPPROVED, "upstream", age)

    young = page(office, UNAPPROVED)
    office.clock.move(days=7)
    ripe = page(office, UNAPPROVED)

    assert [one.withheld is None for one in young.entries] == [False]
    assert [one.withheld is None for one in ripe.entries] == [True]


def test_an_unknown_upload_time_is_told_to_the_approver_as_such(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, uploaded_at=None)

    asked = office.vetted(SPAM)

    found = {one.id for item in asked.items for a in item.assessments for one in a.findings}
    assert "history.unknown-upload-time" in found


def test_an_upload_time_at_the_end_of_all_time_breaks_no_filter(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, uploaded_at=datetime.max.replace(tzinfo=NOON.tzinfo))
    age = NewFilter("allow", "a week old", min_age_days=7)
    connectors.add_filter(office.gear, OPERATOR, UNAPPROVED, "upstream", age)

    assert file(office, UNAPPROVED).known_since == NOON
