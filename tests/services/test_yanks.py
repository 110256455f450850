"""Yanks: of the house's own saying, and of the origins'; through promotion, time and deletion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from packaging.version import Version

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import OPERATOR, Actor
from affineur.services import audit, feeds, incidents, promotion, serve, yanks
from affineur.services.feeds import NewFeed
from affineur.services.promotion import Promotion
from affineur.services.yanks import Yankable
from affineur.store import listings
from support.approving import (
    APPROVED,
    APPROVER,
    BUILDER,
    DEV,
    INTERNAL,
    UNAPPROVED,
    Office,
)
from support.dists import Dist, sdist, wheel
from support.gear import settled, somebody
from support.present import states

OURS = wheel("acme-tools", "1.0")
OURS_SDIST = sdist("acme-tools", "1.0")
OURS_2 = wheel("acme-tools", "2.0")
SPAM = wheel("spam", "1.0")
RELEASES = FeedName("releases")
ACME = Yankable(INTERNAL, ProjectName("acme-tools"), Version("1.0"))
THEIRS = Yankable(APPROVED, ProjectName("spam"), Version("1.0"))


def yanked(office: Office, project: str, feed: FeedName = INTERNAL) -> dict[str, str | None]:
    page = office.run(serve.page(office.gear, OPERATOR, feed, ProjectName(project)))
    office.run(settled(office.gear))
    return {one.file.filename.text: one.file.yanked for one in page.served}


def events(office: Office) -> list[str]:
    return [one.event.action for one in audit.log(office.gear, OPERATOR, 0, 1000)]


def later(office: Office) -> None:
    """Let what was asked of external indexes grow old."""
    office.clock.move(hours=1)


def origin_says(office: Office, dist: Dist, reason: str | None) -> None:
    """Let the origin yank a file or take it back, and be asked."""
    office.upstream.add(dist, yanked=reason)
    later(office)
    office.news("spam", UNAPPROVED)


# --- our own saying ----------------------------------------------------------------------


def test_a_release_is_yanked_in_all_its_files_and_still_served(office: Office) -> None:
    office.publish(OURS)
    office.publish(OURS_SDIST)
    office.publish(OURS_2)
    before = office.change("acme-tools")

    done = yanks.yank(office.gear, OPERATOR, ACME, "it loses\n data")

    assert set(done) == {OURS.filename, OURS_SDIST.filename}
    assert yanked(office, "acme-tools") == {
        OURS.filename: "it loses data",
        OURS_SDIST.filename: "it loses data",
        OURS_2.filename: None,
    }
    assert office.fetch(OURS) == OURS.data
    assert office.change("acme-tools") > before


def test_one_file_can_be_yanked_alone(small_office: Office) -> None:
    office = small_office
    office.publish(OURS)
    office.publish(OURS_SDIST)
    alone = Yankable(INTERNAL, ACME.project, ACME.version, OURS_SDIST.filename)

    assert yanks.yank(office.gear, OPERATOR, alone, "broken") == (OURS_SDIST.filename,)
    assert yanked(office, "acme-tools") == {OURS.filename: None, OURS_SDIST.filename: "broken"}


def test_a_yank_is_taken_back(office: Office) -> None:
    office.publish(OURS)
    yanks.yank(office.gear, OPERATOR, ACME, "broken")

    assert yanks.unyank(office.gear, OPERATOR, ACME, "it was the disk") == (OURS.filename,)
    assert yanked(office, "acme-tools") == {OURS.filename: None}
    assert events(office)[-2:] == ["listing.yanked", "listing.unyanked"]


def test_yanking_again_changes_the_reason_and_saying_it_twice_changes_nothing(
    small_office: Office,
) -> None:
    office = small_office
    office.publish(OURS)
    for reason in ("broken", "still broken", "still broken"):
        yanks.yank(office.gear, OPERATOR, ACME, reason)

    assert yanked(office, "acme-tools") == {OURS.filename: "still broken"}
    assert events(office).count("listing.yanked") == 2


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\x07b"])
def test_a_yank_needs_a_reason_that_can_be_printed(small_office: Office, reason: str) -> None:
    small_office.publish(OURS)

    with pytest.raises(BadInput, match="A yank needs a reason"):
        yanks.yank(small_office.gear, OPERATOR, ACME, reason)


@pytest.mark.parametrize("actor", [DEV, BUILDER, APPROVER, somebody("manager@approved")])
def test_only_who_may_yank_in_this_feed_can(small_office: Office, actor: Actor) -> None:
    small_office.publish(OURS)

    with pytest.raises((Forbidden, NotFound)):
        yanks.yank(small_office.gear, actor, ACME, "broken")
    with pytest.raises((Forbidden, NotFound)):
        yanks.unyank(small_office.gear, actor, ACME, "broken")
    assert yanked(small_office, "acme-tools") == {OURS.filename: None}


def test_what_a_feed_does_not_list_itself_is_not_yanked_in_it(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.approved(SPAM)
    through = Yankable(INTERNAL, THEIRS.project, THEIRS.version)

    with pytest.raises(NotFound) as caught:
        yanks.yank(office.gear, OPERATOR, through, "broken")
    assert caught.value.hint == "It is listed in: approved. Yank it there."
    with pytest.raises(NotFound):
        yanks.yank(office.gear, OPERATOR, ACME, "broken")
    with pytest.raises(NotFound, match="is yanked in"):
        yanks.unyank(office.gear, OPERATOR, THEIRS, "why not")


def test_an_approved_file_can_be_yanked_for_everybody_behind_its_feed(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.approved(SPAM)

    yanks.yank(office.gear, somebody("manager@approved"), THEIRS, "not for new work")

    assert yanked(office, "spam", APPROVED) == {SPAM.filename: "not for new work"}
    assert yanked(office, "spam", INTERNAL) == {SPAM.filename: "not for new work"}
    assert yanked(office, "spam", UNAPPROVED) == {SPAM.filename: None}


def test_a_yank_goes_along_with_a_promotion(office: Office) -> None:
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.publish(OURS)
    yanks.yank(office.gear, OPERATOR, ACME, "broken")

    order = Promotion(ACME.project, ACME.version, INTERNAL, RELEASES)
    office.run(promotion.promote(office.gear, OPERATOR, order))

    assert yanked(office, "acme-tools", RELEASES) == {OURS.filename: "broken"}
    there = Yankable(RELEASES, ACME.project, ACME.version)
    yanks.unyank(office.gear, OPERATOR, there, "fine there")
    assert yanked(office, "acme-tools", RELEASES) == {OURS.filename: None}
    assert yanked(office, "acme-tools", INTERNAL) == {OURS.filename: "broken"}


# --- the origins' saying -----------------------------------------------------------------


def test_what_its_project_yanks_later_is_yanked_where_it_was_approved(office: Office) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)

    origin_says(office, SPAM, "it is broken")

    assert yanked(office, "spam", APPROVED) == {SPAM.filename: "it is broken"}
    assert yanked(office, "spam", INTERNAL) == {SPAM.filename: "it is broken"}
    assert events(office)[-1] == "listing.yanked"


def test_what_its_project_takes_back_is_taken_back(office: Office) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)
    origin_says(office, SPAM, "it is broken")

    origin_says(office, SPAM, None)

    assert yanked(office, "spam", APPROVED) == {SPAM.filename: None}


def test_a_yank_outlives_the_deletion_at_its_origin(office: Office) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)
    origin_says(office, SPAM, "")

    office.upstream.remove(SPAM.filename)
    later(office)

    assert office.news("spam") == {"1.0": "served"}
    assert yanked(office, "spam", APPROVED) == {SPAM.filename: ""}


def test_a_yank_comes_along_with_an_approval(office: Office) -> None:
    office.upstream.add(SPAM, yanked="it is broken")
    office.approved(SPAM)

    office.upstream.remove(SPAM.filename)
    later(office)
    office.news("spam")

    assert yanked(office, "spam", APPROVED) == {SPAM.filename: "it is broken"}


def test_other_bytes_under_the_name_have_no_say(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.approved(SPAM)

    origin_says(office, wheel("spam", "1.0", files={"spam.py": b"changed"}), "broken")

    assert yanked(office, "spam", APPROVED) == {SPAM.filename: None}


def test_no_origin_has_a_say_in_our_own_yank(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.approved(SPAM)
    yanks.yank(office.gear, OPERATOR, THEIRS, "we say so")

    origin_says(office, SPAM, "it is broken")
    origin_says(office, SPAM, None)

    assert yanked(office, "spam", APPROVED) == {SPAM.filename: "we say so"}


def test_what_is_yanked_at_its_origin_cannot_be_unyanked_here(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, yanked="it is broken")
    office.approved(SPAM)
    yanks.yank(office.gear, OPERATOR, THEIRS, "we say so, too")

    with pytest.raises(Conflict, match="is yanked at its origin: it is broken"):
        yanks.unyank(office.gear, OPERATOR, THEIRS, "we do not care")
    assert yanked(office, "spam", APPROVED) == {SPAM.filename: "we say so, too"}


def test_an_upload_of_the_house_is_not_yanked_from_outside(small_office: Office) -> None:
    office = small_office
    office.upstream.add(OURS)
    office.page("acme-tools", UNAPPROVED)
    office.publish(OURS)
    office.upstream.add(OURS, yanked="gotcha")
    later(office)
    office.news("acme-tools", INTERNAL)

    assert yanked(office, "acme-tools") == {OURS.filename: None}


# --- the log, and the past ---------------------------------------------------------------


def test_the_log_alone_rebuilds_all_yanks(office: Office) -> None:
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.publish(OURS)
    office.publish(OURS_SDIST)
    yanks.yank(office.gear, OPERATOR, ACME, "broken")
    order = Promotion(ACME.project, ACME.version, INTERNAL, RELEASES)
    office.run(promotion.promote(office.gear, OPERATOR, order))
    alone = Yankable(INTERNAL, ACME.project, ACME.version, OURS.filename)
    yanks.unyank(office.gear, OPERATOR, alone, "only the sdist is")
    office.upstream.add(SPAM, yanked="")
    office.approved(SPAM)

    by_log, by_tables = states(office.gear)

    assert by_log == by_tables
    assert by_log.yanks == {
        (INTERNAL, OURS_SDIST.filename): "broken",
        (RELEASES, OURS.filename): "broken",
        (RELEASES, OURS_SDIST.filename): "broken",
        (APPROVED, SPAM.filename): "",
    }


def test_how_a_listing_was_yanked_at_a_moment_stays_known(office: Office) -> None:
    office.publish(OURS)
    moments = [office.gear.clock.now()]
    for say in (_yank("first"), _yank("second"), _unyank):
        later(office)
        say(office)
        moments.append(office.gear.clock.now())

    with office.gear.db.reading() as conn:
        past = [listings.files_of(conn, ACME.project, moment) for moment in moments]

    assert [one[INTERNAL][0].yanked for one in past] == [None, "first", "second", None]


def _yank(reason: str) -> Callable[[Office], object]:
    return lambda office: yanks.yank(office.gear, OPERATOR, ACME, reason)


def _unyank(office: Office) -> None:
    yanks.unyank(office.gear, OPERATOR, ACME, "fine")


# --- quarantine --------------------------------------------------------------------------


def test_a_quarantine_of_what_was_approved_is_one_incident(office: Office) -> None:
    office.upstream.add(SPAM)
    office.approved(SPAM)
    office.upstream.quarantine("spam", "it is haunted")
    for _ in range(2):
        later(office)
        office.news("spam")

    (incident,) = incidents.recent(office.gear, OPERATOR)

    assert (incident.kind, incident.project) == ("quarantined-upstream", "spam")
    assert incident.what == (
        "spam is quarantined by its index: it is haunted. 1 of its files are listed in: approved. "
        "They are served until somebody blocks it: affineur block spam"
    )
    assert events(office).count("incident.quarantined-upstream") == 1


def test_a_quarantine_of_what_nobody_took_is_no_news(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.page("spam")
    small_office.upstream.quarantine("spam", "it is haunted")
    later(small_office)
    small_office.news("spam", UNAPPROVED)

    assert incidents.recent(small_office.gear, OPERATOR) == ()
