"""Pages and the door: what is served, what is withheld, and who is asked outside."""

from __future__ import annotations

import pytest

from affineur.core.errors import NotFound, Refused
from affineur.core.names import FeedName, NamePattern, ProjectName, parse_project
from affineur.core.pages import Rule
from affineur.core.permissions import OPERATOR
from affineur.core.views import View
from affineur.services import connectors, feeds, incidents, requests, roots, serve
from affineur.services.connectors import NewFilter
from affineur.store import feeds as feed_store
from affineur.store import listings
from support.approving import APPROVED, BUILDER, INTERNAL, UNAPPROVED, Office
from support.dists import sdist, wheel

SPAM = wheel("spam", "1.0")
SPAM_AGAIN = wheel("spam", "1.0", files={"spam.py": b"changed"})
SPAM_2 = wheel("spam", "2.0")
SPAM_SDIST = sdist("spam", "1.0")
LINUX_SPAM = wheel("spam", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64")
EGGS = wheel("eggs", "1.0")
OURS = wheel("acme-tools", "1.0")
THEIRS = wheel("acme-tools", "99.0")
ASK = "not approved in 'approved'; ask for it with: affineur request spam"
FEEDS = pytest.mark.parametrize("feed", [UNAPPROVED, APPROVED, INTERNAL])


def _later(office: Office) -> None:
    """Let what was asked of external indexes grow old."""
    office.clock.move(hours=1)


def _rules(office: Office, project: str) -> dict[str, Rule | None]:
    page = office.run(serve.page(office.gear, OPERATOR, INTERNAL, parse_project(project)))
    return {
        one.file.filename.text: one.withheld.rule if one.withheld else None for one in page.entries
    }


# --- what is approved, and nothing else --------------------------------------------------


def test_a_new_wheel_in_an_approved_version_is_not_approved(office: Office) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)
    office.upstream.add(LINUX_SPAM)
    _later(office)
    office.news("spam")

    assert _rules(office, "spam") == {
        SPAM.filename: None,
        LINUX_SPAM.filename: Rule.NOT_APPROVED,
    }
    with pytest.raises(Refused, match="not approved"):
        office.fetch(LINUX_SPAM)


def test_a_file_is_refused_under_every_other_name_and_digest(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, SPAM_2)
    office.approved(SPAM)

    with pytest.raises(NotFound):
        office.run(serve.file(office.gear, OPERATOR, INTERNAL, SPAM.sha256, SPAM_2.filename))
    with pytest.raises(NotFound):
        office.run(serve.file(office.gear, OPERATOR, INTERNAL, SPAM_2.sha256, SPAM.filename))


def test_core_metadata_is_given_of_what_is_withheld_and_explained(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)

    given = office.run(
        serve.core_metadata(office.gear, OPERATOR, INTERNAL, SPAM.sha256, SPAM.filename)
    ).body

    assert given == SPAM.metadata


# --- bytes that change at their origin ---------------------------------------------------


def test_bytes_that_change_upstream_are_withheld_and_the_approved_ones_stay(
    office: Office,
) -> None:
    # given an approved file
    office.upstream.add(SPAM)
    office.approved(SPAM)
    # when its origin gives other bytes for its name, and is asked twice
    office.upstream.add(SPAM_AGAIN)
    for _ in range(2):
        _later(office)
        office.news("spam", UNAPPROVED)

    # then the new ones are withheld, once an incident, and the old ones installed
    told = "its bytes changed at its origin after 2026-11-01, when it was first seen"
    assert office.page("spam", UNAPPROVED) == {"1.0": told}
    with pytest.raises(Refused, match="its bytes changed at its origin"):
        office.fetch(SPAM_AGAIN, UNAPPROVED)
    assert office.page("spam") == {"1.0": "served"}
    assert office.fetch(SPAM) == SPAM.data
    (incident,) = incidents.recent(office.gear, OPERATOR)
    assert (incident.kind, incident.project) == ("changed-upstream", "spam")


def test_changed_bytes_that_nobody_approved_can_not_be_asked_for(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.page("spam")
    office.upstream.add(SPAM_AGAIN)
    _later(office)

    assert office.vetted(SPAM_AGAIN).state == "failed"
    assert office.vetted(SPAM).state == "failed"


def test_an_origin_that_gives_the_first_bytes_again_is_believed_again(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.page("spam", UNAPPROVED)
    office.upstream.add(SPAM_AGAIN)
    _later(office)
    office.news("spam", UNAPPROVED)
    office.upstream.add(SPAM)
    _later(office)

    assert office.news("spam", UNAPPROVED) == {"1.0": "served"}
    assert len(incidents.recent(office.gear, OPERATOR)) == 1


# --- names of the house ------------------------------------------------------------------


SPELLINGS = pytest.mark.parametrize(
    "name", ["acme-tools", "Acme_Tools", "ACME.tools", "acme--._tools"]
)


@SPELLINGS
def test_a_published_name_is_never_asked_outside_in_any_spelling(
    small_office: Office, name: str
) -> None:
    small_office.upstream.add(THEIRS)
    small_office.publish(OURS)

    assert small_office.page(name) == {"1.0": "served"}
    assert small_office.fetch(OURS) == OURS.data
    with pytest.raises(NotFound):
        small_office.fetch(THEIRS)
    assert small_office.upstream.requests == ()


@SPELLINGS
@pytest.mark.parametrize("feed", [UNAPPROVED, APPROVED])
def test_a_published_name_is_unknown_in_feeds_that_do_not_read_its_owner(
    small_office: Office, feed: FeedName, name: str
) -> None:
    small_office.upstream.add(THEIRS)
    small_office.publish(OURS)

    with pytest.raises(NotFound):
        small_office.page(name, feed)
    with pytest.raises(NotFound):
        small_office.fetch(THEIRS, feed)
    with pytest.raises(NotFound):
        small_office.fetch(OURS, feed)
    assert small_office.upstream.requests == ()


@FEEDS
def test_a_reserved_name_is_never_asked_outside(small_office: Office, feed: FeedName) -> None:
    small_office.upstream.add(THEIRS)
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))

    with pytest.raises(NotFound):
        small_office.page("acme-tools", feed)
    assert small_office.upstream.requests == ()


def test_a_name_stays_ours_when_its_files_have_ended(office: Office) -> None:
    office.upstream.add(THEIRS)
    office.publish(OURS)
    with office.gear.db.writing() as conn:
        internal = feed_store.load(conn, INTERNAL)
        assert internal is not None
        moment = office.clock.now()
        assert listings.end(conn, moment, "builder", internal.id, (OURS.filename, "wrong"))

    with pytest.raises(NotFound):
        office.page("acme-tools")
    with pytest.raises(NotFound):
        office.page("acme-tools", UNAPPROVED)
    assert office.upstream.requests == ()


def test_a_name_that_is_seen_outside_and_published_later_is_ours_at_once(office: Office) -> None:
    office.upstream.add(THEIRS)
    assert office.page("acme-tools", UNAPPROVED) == {"99.0": "served"}
    office.publish(OURS)

    assert office.page("acme-tools") == {"1.0": "served"}
    with pytest.raises(NotFound):
        office.page("acme-tools", UNAPPROVED)
    with pytest.raises(NotFound):
        office.fetch(THEIRS, UNAPPROVED)


# --- filters -----------------------------------------------------------------------------


def test_the_filters_of_every_hop_apply(office: Office) -> None:
    # given filters where the house reads the index, and where people read what is approved
    old = wheel("spam", "0.1")
    office.upstream.add(SPAM, SPAM_SDIST, SPAM_2, old)
    connectors.add_filter(
        office.gear, OPERATOR, UNAPPROVED, "upstream", NewFilter("deny", "too old", versions="<1")
    )
    connectors.add_filter(
        office.gear, OPERATOR, INTERNAL, "approved", NewFilter("deny", "no sdists", kind="sdist")
    )
    office.approved(SPAM, SPAM_SDIST)

    # then each is heard of at its own hop and beyond it
    assert _rules(office, "spam") == {
        SPAM.filename: None,
        SPAM_SDIST.filename: Rule.FILTER,
        SPAM_2.filename: Rule.NOT_APPROVED,
        old.filename: Rule.FILTER,
    }
    assert office.fetch(SPAM_SDIST, APPROVED) == SPAM_SDIST.data
    with pytest.raises(Refused, match="no sdists"):
        office.fetch(SPAM_SDIST)
    with pytest.raises(Refused, match="too old"):
        office.fetch(old)
    assert office.vetted(old).notes == (f"{old.filename} is withheld: too old",)


def test_what_is_hidden_on_its_way_does_not_exist(office: Office) -> None:
    office.upstream.add(SPAM, SPAM_2)
    hiding = NewFilter("deny", "secret", versions=">=2", show="hide")
    connectors.add_filter(office.gear, OPERATOR, UNAPPROVED, "upstream", hiding)

    assert office.page("spam") == {"1.0": ASK}
    with pytest.raises(NotFound):
        office.fetch(SPAM_2)
    with pytest.raises(NotFound):
        office.fetch(SPAM_2, UNAPPROVED)


def test_a_name_that_a_filter_hides_is_not_asked_outside(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    hiding = NewFilter("deny", "secret", names=("spam",), show="hide")
    connectors.add_filter(small_office.gear, OPERATOR, UNAPPROVED, "upstream", hiding)

    with pytest.raises(NotFound):
        small_office.page("spam")
    assert small_office.upstream.requests == ()


def test_a_file_ripens_by_time_alone(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, uploaded_at=office.clock.now())
    ripe = NewFilter("allow", "wait 3 days", min_age_days=3)
    connectors.add_filter(office.gear, OPERATOR, UNAPPROVED, "upstream", ripe)
    assert office.page("spam", UNAPPROVED) == {"1.0": "wait 3 days"}
    with pytest.raises(Refused):
        office.fetch(SPAM, UNAPPROVED)
    office.clock.move(days=3)

    assert office.page("spam", UNAPPROVED) == {"1.0": "served"}


# --- changes -----------------------------------------------------------------------------


def test_an_approval_changes_the_pages_of_its_projects_and_of_no_other(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    asked = office.vetted(SPAM)
    before = (office.change("spam"), office.change("eggs"))
    requests.approve(office.gear, OPERATOR, asked.id, "")

    assert office.change("spam") > before[0]
    assert office.change("eggs") == before[1]


def test_news_from_outside_changes_the_pages_of_a_project_and_no_news_does_not(
    office: Office,
) -> None:
    office.upstream.add(SPAM)
    office.page("spam")
    before = office.change("spam")
    _later(office)
    office.news("spam")
    assert office.change("spam") == before
    office.upstream.add(SPAM_2)
    _later(office)
    office.news("spam", UNAPPROVED)

    assert office.change("spam") > before


def test_a_publication_changes_the_project_everywhere_since_none_asks_outside_any_more(
    office: Office,
) -> None:
    office.publish(OURS, BUILDER)
    assert office.change("acme-tools") > 0


def test_the_projects_of_a_feed_are_those_with_files_in_it_or_behind_it(office: Office) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)
    office.publish(OURS)

    def names(feed: FeedName) -> tuple[ProjectName, ...]:
        return office.run(roots.root(office.gear, OPERATOR, View(feed))).known_names()

    assert names(INTERNAL) == ("acme-tools", "spam")
    assert names(APPROVED) == ("spam",)
    assert names(UNAPPROVED) == ()
