"""The approvers' queue: what is in it, in what order, and for whom."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from affineur.core.answers import Part
from affineur.core.errors import BadInput, Unauthenticated
from affineur.core.permissions import ANONYMOUS, OPERATOR, Actor
from affineur.core.requests import Request
from affineur.services import feeds, queue, requests, talk
from affineur.services.feeds import FeedChange
from affineur.store.schema import request, request_item
from support.approving import APPROVED, APPROVER, DEV, Office
from support.dists import wheel
from support.gear import somebody

PROJECTS = ("a", "b", "c", "d")


def _requests(office: Office, *risks: int) -> list[Request]:
    """Make requests of two releases each, whose riskiest is as told."""
    made = []
    for name, risk in zip(PROJECTS, risks, strict=False):
        dists = wheel(name, "1.0"), wheel(f"{name}-more", "1.0")
        office.upstream.add(*dists)
        asked = office.vetted(*dists)
        _weigh(office, asked.items[0].id, 0)
        _weigh(office, asked.items[1].id, risk)
        made.append(asked)
    return made


def _weigh(office: Office, item_id: int, risk: int) -> None:
    with office.gear.db.writing() as conn:
        conn.execute(update(request_item).where(request_item.c.id == item_id).values(risk=risk))


def _numbers(office: Office, who: Actor = APPROVER, limit: int = 50, after: str = "") -> list[int]:
    found = queue.waiting(office.gear, who, limit, after)
    return [row.request.id for row in found.rows]


def test_the_worst_risk_comes_first_and_then_who_waited_longest(office: Office) -> None:
    low, high, also_low, none = _requests(office, 20, 500, 20, 0)

    found = queue.waiting(office.gear, APPROVER)

    assert [(one.request.id, one.risk, one.open_items, one.to_look_at) for one in found.rows] == [
        (high.id, 500, 2, 1),
        (low.id, 20, 2, 1),
        (also_low.id, 20, 2, 1),
        (none.id, 0, 2, 0),
    ]
    assert (found.count, found.asked_back, found.after) == (4, 0, None)
    assert queue.next_one(office.gear, APPROVER) == high.id


def test_what_waits_for_its_requester_comes_last(office: Office) -> None:
    first, second = _requests(office, 500, 0)
    talk.say(office.gear, APPROVER, first.id, "Why?", is_question=True)
    behind = _numbers(office)
    count = queue.waiting(office.gear, APPROVER).asked_back
    talk.say(office.gear, DEV, first.id, "Because.")

    assert (behind, count, _numbers(office)) == ([second.id, first.id], 1, [first.id, second.id])


def test_a_queue_is_read_part_by_part(office: Office) -> None:
    a, b, c, d = _requests(office, 20, 500, 20, 20)
    talk.say(office.gear, APPROVER, d.id, "Why?", is_question=True)

    first = queue.waiting(office.gear, APPROVER, 2)
    second = queue.waiting(office.gear, APPROVER, 1, str(first.after))
    last = queue.waiting(office.gear, APPROVER, 2, str(second.after))

    parts = [[row.request.id for row in part.rows] for part in (first, second, last)]
    assert parts == [[b.id, a.id], [c.id], [d.id]]
    assert last.after is None


def test_only_open_releases_weigh(office: Office) -> None:
    (asked, other) = _requests(office, 500, 20)
    requests.approve(office.gear, APPROVER, asked.id, "", Part((f"{PROJECTS[0]}-more",)))

    assert _numbers(office) == [other.id, asked.id]


def test_nobody_is_shown_what_they_do_not_decide(small_office: Office) -> None:
    office = small_office
    asked, *_ = _requests(office, 20)
    elsewhere = somebody("approver@unapproved", name="elsewhere")

    assert _numbers(office, DEV) == []
    assert _numbers(office, elsewhere) == []
    assert queue.waiting(office.gear, DEV).count == 0
    assert queue.next_one(office.gear, DEV) is None
    with pytest.raises(Unauthenticated):
        queue.waiting(office.gear, ANONYMOUS)
    assert _numbers(office) == [asked.id]


def test_own_requests_are_somebody_else_s_work_where_the_feed_says_so(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(wheel("eggs", "1.0"))
    mine = office.vetted(wheel("eggs", "1.0"), by=APPROVER)
    before = _numbers(office)
    feeds.update(office.gear, OPERATOR, APPROVED, FeedChange(requester_may_approve=False))

    assert (before, _numbers(office)) == ([mine.id], [])
    assert _numbers(office, somebody("approver@approved", name="second")) == [mine.id]


def test_what_is_decided_or_a_draft_is_in_no_queue(small_office: Office) -> None:
    office = small_office
    decided, draft = _requests(office, 20, 20)
    requests.reject(office.gear, APPROVER, decided.id, "no")
    with office.gear.db.writing() as conn:
        conn.execute(update(request).where(request.c.id == draft.id).values(is_draft=True))

    assert _numbers(office) == []


@pytest.mark.parametrize("after", ["x", "0-1", "2-1-1", "0--1-1", "0-1-1-1"])
def test_a_place_that_is_none_is_refused(small_office: Office, after: str) -> None:
    with pytest.raises(BadInput, match="no place in the queue"):
        _numbers(small_office, after=after)
