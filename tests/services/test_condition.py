"""How external indexes are: what managers of a feed are told, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from affineur.core.breakers import State
from affineur.core.errors import BadInput, Forbidden, NotFound, Unauthenticated, UpstreamTrouble
from affineur.core.names import NamePattern
from affineur.core.permissions import ANONYMOUS, OPERATOR
from affineur.services import feeds
from affineur.services.condition import Condition, ask_now, conditions, states
from affineur.store.snapshots import Tally
from support.approving import DEV, INTERNAL, UNAPPROVED, Office
from support.clocks import NOON
from support.dists import wheel
from support.gear import somebody
from support.upstream_server import Fault

SPAM, EGGS = wheel("spam", "1.0"), wheel("eggs", "1.0")


def condition(office: Office) -> Condition:
    """Give the condition of the one external index."""
    (found,) = conditions(office.gear, OPERATOR, UNAPPROVED)
    return found


def fail(office: Office, *projects: str) -> None:
    """Ask in vain for projects that are not known."""
    for project in projects:
        with pytest.raises(UpstreamTrouble):
            office.page(project)


def test_an_index_that_was_never_asked_is_not_away(small_office: Office) -> None:
    found = condition(small_office)

    assert (found.feed, found.connector.name) == (UNAPPROVED, "upstream")
    assert (found.state, found.answered_at, found.tally) == (State.CLOSED, None, Tally())


def test_pages_and_missing_names_are_counted(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    office.page("spam")
    office.clock.move(minutes=1)
    office.page("eggs")
    with pytest.raises(NotFound):
        office.page("nothing")

    found = condition(office)
    later = NOON + timedelta(minutes=1)
    assert found.tally == Tally(pages=2, missing=0, oldest_at=NOON, newest_at=later)
    assert (found.missing, found.answered_at) == (1, later)


def test_an_index_that_fails_is_away_with_its_last_trouble(small_office: Office) -> None:
    office = small_office
    office.upstream.misbehave(Fault.STATUS)
    fail(office, "a", "b", "c")

    found = condition(office)

    assert (found.state, found.pages.opened_at) == (State.OPEN, NOON)
    assert found.pages.last_failure is not None
    assert found.pages.last_failure.cause == "answered 500"
    ((number, state, wait_s),) = states(office.gear)
    assert (number, state) == (found.connector.id, State.OPEN)
    assert 0 < wait_s < 2


def test_an_index_whose_files_are_away_is_still_asked_for_pages(small_office: Office) -> None:
    office = small_office
    office.upstream.add(*(dists := [wheel(name, "1.0") for name in ("a", "b", "c")]))
    office.upstream.misbehave(Fault.STATUS, "/files/")
    for dist in dists:
        with pytest.raises(UpstreamTrouble):
            office.fetch(dist, UNAPPROVED)

    found = condition(office)

    assert (found.state, found.files.state(NOON)) == (State.CLOSED, State.OPEN)
    assert office.page("a", UNAPPROVED) == {"1.0": "served"}
    with pytest.raises(UpstreamTrouble, match=r"is away \(answered 500\)"):
        office.fetch(dists[0], UNAPPROVED)


def test_who_manages_a_feed_sees_its_indexes_and_no_others(small_office: Office) -> None:
    manager = somebody("manager@unapproved")
    other = somebody("reader@unapproved", "manager@internal")

    assert len(conditions(small_office.gear, manager, None)) == 1
    assert conditions(small_office.gear, other, None) == ()
    with pytest.raises(Forbidden):
        conditions(small_office.gear, other, UNAPPROVED)
    with pytest.raises(Forbidden):
        conditions(small_office.gear, DEV, None)
    with pytest.raises(Unauthenticated):
        conditions(small_office.gear, ANONYMOUS, None)


def test_an_index_is_asked_on_purpose_for_what_was_asked_longest_ago(small_office: Office) -> None:
    small_office.upstream.add(wheel("flask", "1.0"))
    small_office.page("flask", UNAPPROVED)
    small_office.upstream.forget_requests()

    found = small_office.run(ask_now(small_office.gear, OPERATOR, UNAPPROVED, "upstream"))

    assert (found.project, found.trouble) == ("flask", None)
    assert small_office.upstream.paths() == ("/simple/flask/",)


def test_an_index_that_does_not_answer_says_so(small_office: Office) -> None:
    small_office.upstream.go_down()

    found = small_office.run(ask_now(small_office.gear, OPERATOR, UNAPPROVED, "upstream"))

    assert found.project == "pip"
    assert isinstance(found.trouble, UpstreamTrouble)


def test_an_index_is_never_asked_for_a_name_of_the_house(small_office: Office) -> None:
    small_office.upstream.add(wheel("acme-tools", "1.0"))
    small_office.page("acme-tools", UNAPPROVED)
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))

    found = small_office.run(ask_now(small_office.gear, OPERATOR, UNAPPROVED, "upstream"))

    assert found.project == "pip"


def test_only_an_external_index_is_asked_and_by_who_manages_the_feed(small_office: Office) -> None:
    with pytest.raises(BadInput, match="which always answers"):
        small_office.run(ask_now(small_office.gear, OPERATOR, INTERNAL, "approved"))
    with pytest.raises(Forbidden):
        small_office.run(ask_now(small_office.gear, DEV, INTERNAL, "approved"))
