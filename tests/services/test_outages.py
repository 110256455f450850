"""External indexes that are down, or several: what was known stays, nothing is made up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from affineur.core.errors import NotFound, UpstreamTrouble
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Page
from affineur.core.permissions import OPERATOR
from affineur.services import connectors, feeds, serve
from affineur.services.connectors import NewConnector
from affineur.services.feeds import FeedChange
from affineur.services.outside import Outside
from support.approving import APPROVED, INTERNAL, UNAPPROVED, Office
from support.dists import wheel
from support.gear import settled
from support.upstream_server import Fault, LoopbackUpstream, upstream_server
from support.values import versions

SPAM = wheel("spam", "1.0")
SPAM_AGAIN = wheel("spam", "1.0", files={"spam.py": b"changed"})
SPAM_2 = wheel("spam", "2.0")
OURS = wheel("acme-tools", "1.0")
ASK = "not approved in 'approved'; ask for it with: affineur request spam"
FEEDS = pytest.mark.parametrize("feed", [UNAPPROVED, APPROVED, INTERNAL])


def _later(office: Office) -> None:
    """Let what was asked of external indexes grow old."""
    office.clock.move(hours=1)


# --- an external index that is down ------------------------------------------------------


def test_what_is_approved_or_was_seen_is_there_while_the_upstream_is_down(office: Office) -> None:
    office.upstream.add(SPAM, SPAM_2)
    office.approved(SPAM)
    _later(office)
    with office.upstream.being_down():
        assert office.page("spam") == {"1.0": "served", "2.0": ASK}
        assert office.page("spam", UNAPPROVED) == {"1.0": "served", "2.0": "served"}
        assert office.fetch(SPAM) == SPAM.data
        with pytest.raises(UpstreamTrouble):
            office.fetch(SPAM_2, UNAPPROVED)


@FEEDS
def test_an_unknown_project_is_not_absent_while_the_upstream_is_down(
    small_office: Office, feed: FeedName
) -> None:
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        small_office.page("spam", feed)


@FEEDS
def test_an_old_word_of_absence_is_not_believed_while_the_upstream_is_down(
    small_office: Office, feed: FeedName
) -> None:
    with pytest.raises(NotFound):
        small_office.page("spam", feed)
    _later(small_office)
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        small_office.page("spam", feed)


def test_an_index_that_failed_is_left_alone_for_a_moment(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.misbehave(Fault.STATUS, "/simple/", status=503)
    for _ in range(3):
        with pytest.raises(UpstreamTrouble):
            office.page("spam")
    asked = len(office.upstream.requests)
    office.upstream.heal()
    office.clock.move(seconds=6)

    assert office.page("spam") == {"1.0": ASK}
    assert asked == 1


def test_a_project_that_is_removed_upstream_is_gone_there_and_stays_approved(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.approved(SPAM)
    office.upstream.remove(SPAM.filename)
    _later(office)

    with pytest.raises(NotFound):
        office.news("spam", UNAPPROVED)
    assert office.fetch(SPAM) == SPAM.data


# --- several external indexes ------------------------------------------------------------


@pytest.fixture
def second(small_office: Office) -> Iterator[LoopbackUpstream]:
    """Let `unapproved` ask another index behind the first."""
    with upstream_server() as server:
        link = NewConnector("second", url=server.url)
        connectors.add_connector(small_office.gear, OPERATOR, UNAPPROVED, link)
        yield server


def test_the_first_index_that_has_a_project_answers_for_it(
    small_office: Office, second: LoopbackUpstream
) -> None:
    small_office.upstream.add(SPAM)
    second.add(SPAM_2, OURS)

    assert small_office.page("spam", UNAPPROVED) == {"1.0": "served"}
    assert small_office.page("acme-tools", UNAPPROVED) == {"1.0": "served"}


def test_a_file_of_the_next_index_is_found_by_its_address_alone(
    small_office: Office, second: LoopbackUpstream
) -> None:
    second.add(SPAM)

    assert small_office.fetch(SPAM, UNAPPROVED) == SPAM.data


def test_an_index_behind_the_one_that_has_a_project_is_not_even_asked(
    small_office: Office, second: LoopbackUpstream
) -> None:
    small_office.upstream.add(SPAM)

    small_office.page("spam", UNAPPROVED)

    assert second.requests == ()


@FEEDS
def test_an_index_that_is_down_does_not_lose_its_names_to_the_next(
    small_office: Office, second: LoopbackUpstream, feed: FeedName
) -> None:
    second.add(SPAM_2)
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        small_office.page("spam", feed)
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        small_office.fetch(SPAM_2, feed)
    small_office.upstream.add(SPAM)
    small_office.clock.move(seconds=6)

    assert set(small_office.page("spam", feed)) == {"1.0"}


def test_what_the_next_index_has_is_there_while_the_first_is_down_that_had_it_not(
    small_office: Office, second: LoopbackUpstream
) -> None:
    second.add(SPAM_2)
    small_office.page("spam", UNAPPROVED)
    _later(small_office)
    with small_office.upstream.being_down():
        assert small_office.page("spam", UNAPPROVED) == {"2.0": "served"}


def test_a_feed_that_merges_takes_what_each_index_has(
    small_office: Office, second: LoopbackUpstream
) -> None:
    feeds.update(small_office.gear, OPERATOR, UNAPPROVED, FeedChange(merge=True))
    small_office.upstream.add(SPAM)
    second.add(SPAM_AGAIN, SPAM_2)

    assert small_office.page("spam", UNAPPROVED) == {"1.0": "served", "2.0": "served"}
    assert small_office.fetch(SPAM, UNAPPROVED) == SPAM.data
    with pytest.raises(NotFound):
        small_office.fetch(SPAM_AGAIN, UNAPPROVED)


def test_behind_an_index_that_was_never_asked_nobody_answers_where_pages_are_merged(
    small_office: Office, second: LoopbackUpstream
) -> None:
    feeds.update(small_office.gear, OPERATOR, UNAPPROVED, FeedChange(merge=True))
    second.add(SPAM_AGAIN)
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        small_office.page("spam", UNAPPROVED)
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        small_office.fetch(SPAM_AGAIN, UNAPPROVED)


def test_that_an_index_has_not_what_another_has_is_remembered_for_good(
    office: Office,
) -> None:
    with upstream_server() as second:
        link = NewConnector("second", url=second.url)
        connectors.add_connector(office.gear, OPERATOR, UNAPPROVED, link)
        second.add(SPAM_2)
        office.page("spam", UNAPPROVED)
        after_a_restart = replace(office, gear=replace(office.gear, outside=Outside()))
        with office.upstream.being_down():
            assert after_a_restart.page("spam", UNAPPROVED) == {"2.0": "served"}


# --- many questions at once --------------------------------------------------------------


def test_fifty_first_questions_at_once_are_one_question_outside(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.misbehave(Fault.WAIT, "/simple/")

    async def asking() -> list[Page]:
        pages = asyncio.gather(
            *(serve.page(office.gear, OPERATOR, INTERNAL, ProjectName("spam")) for _ in range(50))
        )
        await asyncio.to_thread(office.upstream.wait_for, "/simple/spam/")
        office.upstream.heal()
        return await pages

    pages = office.run(asking())

    assert [versions(page) for page in pages] == [{"1.0": ASK}] * 50
    assert office.upstream.paths() == ("/simple/spam/",)


def test_an_old_page_is_given_while_its_index_does_not_answer(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.page("spam")
    office.upstream.add(SPAM_2)
    office.upstream.misbehave(Fault.WAIT, "/simple/")
    _later(office)
    assert office.page("spam") == {"1.0": ASK}
    office.upstream.heal()
    office.run(settled(office.gear))

    assert office.page("spam") == {"1.0": ASK, "2.0": ASK}
