"""Which requests somebody sees, how they are found, and how far one is."""

from __future__ import annotations

from typing import Any

import pytest

from affineur.core.errors import NotFound
from affineur.core.permissions import Actor
from affineur.core.requests import Ask, RequestState
from affineur.services import requests
from affineur.services.requests import Progress, RequestQuery
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, UNAPPROVED, Office
from support.dists import wheel
from support.gear import somebody

EGGS = wheel("eggs", "2.0")


def test_one_sees_his_own_requests_and_those_of_feeds_that_he_reads(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    mine = small_office.asked(EGGS)
    theirs = small_office.asked(EGGS, by=somebody("reader@internal", name="other"))

    def seen(actor: Actor, **query: Any) -> list[int]:  # Any: RequestQuery's fields
        found = requests.recent(small_office.gear, actor, RequestQuery(**query))
        return [one.id for one in found]

    assert seen(DEV) == [mine.id]
    assert seen(APPROVER) == [theirs.id, mine.id]
    assert seen(APPROVER, limit=1) == [theirs.id]
    assert seen(APPROVER, before=theirs.id) == [mine.id]
    assert seen(APPROVER, feed=UNAPPROVED) == []
    assert seen(APPROVER, state=RequestState.REVIEW) == []
    assert seen(APPROVER, mine=True) == []
    assert seen(DEV, feed=APPROVED) == [mine.id]
    assert seen(DEV, feed=INTERNAL) == []
    with pytest.raises(NotFound):
        requests.show(small_office.gear, DEV, theirs.id)


def test_requests_are_found_by_a_word_in_them_and_by_who_made_them(office: Office) -> None:
    office.upstream.add(EGGS)
    other = somebody("reader@internal", name="other")
    locked = office.vetted(EGGS)
    named = requests.create(office.gear, other, INTERNAL, Ask(("Big_Eggs>=1",)), "for the app")

    def seen(**query: Any) -> list[int]:  # Any: RequestQuery's fields
        found = requests.recent(office.gear, APPROVER, RequestQuery(**query))
        return [one.id for one in found]

    assert seen(text="EGGS") == [named.id, locked.id]
    assert seen(text="egg") == [named.id, locked.id]
    assert seen(text="Big_") == [named.id]
    assert seen(text="%") == []
    assert seen(requester="other") == [named.id]
    assert seen(requester="other", text="bacon") == []


def test_how_far_a_request_is_can_be_asked_without_reading_all_of_it(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    asked = office.asked(EGGS)
    before = requests.progress(office.gear, DEV, asked.id)
    office.work()

    assert before == Progress(RequestState.RESOLVING, 0, 0)
    assert requests.progress(office.gear, DEV, asked.id) == Progress(RequestState.REVIEW, 1, 1)
    with pytest.raises(NotFound):
        requests.progress(office.gear, somebody("reader@internal"), asked.id)
