"""Talking about a request: who may, what a question does, and that the log tells it."""

from __future__ import annotations

import pytest

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound, Unauthenticated
from affineur.core.permissions import ANONYMOUS
from affineur.core.requests import Request, RequestState
from affineur.services import requests, talk
from support.approving import APPROVER, DEV, Office
from support.dists import wheel
from support.gear import somebody
from support.present import states

EGGS = wheel("eggs", "2.0")


def _asked(office: Office) -> Request:
    office.upstream.add(EGGS)
    return office.vetted(EGGS)


def _said(office: Office, request_id: int) -> list[tuple[str, str, str]]:
    return [(one.author, one.kind, one.said) for one in office.show(request_id).comments]


def test_an_approver_asks_back_and_the_requester_s_answer_ends_the_waiting(office: Office) -> None:
    asked = _asked(office)
    talk.say(office.gear, APPROVER, asked.id, "Do you need\r\n all of it? ", is_question=True)
    waits = office.show(asked.id).awaits_requester
    talk.say(office.gear, APPROVER, asked.id, "It has 40 dependencies.")
    still = office.show(asked.id).awaits_requester
    talk.say(office.gear, DEV, asked.id, "Yes.")

    assert (waits, still, office.show(asked.id).awaits_requester) == (True, True, False)
    assert _said(office, asked.id) == [
        ("approver", "question", "Do you need\n all of it?"),
        ("approver", "comment", "It has 40 dependencies."),
        ("dev", "answer", "Yes."),
    ]
    by_log, by_tables = states(office.gear)
    assert by_log == by_tables


def test_a_question_that_is_open_stands_in_the_log_too(office: Office) -> None:
    asked = _asked(office)
    talk.say(office.gear, APPROVER, asked.id, "Why?", is_question=True)
    by_log, by_tables = states(office.gear)

    assert by_log == by_tables
    assert by_log.awaiting == {asked.id}


def test_nobody_is_kept_from_deciding_what_waits_for_its_requester(small_office: Office) -> None:
    office = small_office
    asked = _asked(office)
    talk.say(office.gear, APPROVER, asked.id, "Why?", is_question=True)

    done = requests.approve(office.gear, APPROVER, asked.id, "never mind")

    assert done.state is RequestState.APPROVED


def test_whoever_sees_a_request_comments_on_it_and_nobody_else(small_office: Office) -> None:
    office = small_office
    asked = _asked(office)
    reader = somebody("reader@approved", name="reader")
    talk.say(office.gear, reader, asked.id, "We use this, too.")

    with pytest.raises(NotFound):
        talk.say(office.gear, somebody("reader@internal"), asked.id, "What is this?")
    with pytest.raises(Unauthenticated):
        talk.say(office.gear, ANONYMOUS, asked.id, "What is this?")
    with pytest.raises(Forbidden):
        talk.say(office.gear, reader, asked.id, "Why?", is_question=True)
    assert _said(office, asked.id) == [("reader", "comment", "We use this, too.")]


def test_an_approver_does_not_ask_himself(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    mine = small_office.vetted(EGGS, by=APPROVER)
    with pytest.raises(Conflict, match="yourself"):
        talk.say(small_office.gear, APPROVER, mine.id, "Why?", is_question=True)


def test_after_the_answer_one_may_comment_but_not_ask_back(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    done = office.approved(EGGS)
    with pytest.raises(Conflict, match="is approved; there is nothing to ask back"):
        talk.say(office.gear, APPROVER, done.id, "Why?", is_question=True)
    talk.say(office.gear, DEV, done.id, "Thank you.")
    assert _said(office, done.id) == [("dev", "comment", "Thank you.")]


@pytest.mark.parametrize("text", ["", " \n ", "a\x1b[31m", "x" * 4001, "bell\a", "\u202egnp.exe"])
def test_a_comment_is_plain_text_that_can_be_read(small_office: Office, text: str) -> None:
    asked = _asked(small_office)
    with pytest.raises(BadInput, match="plain text of 1 to 4000"):
        talk.say(small_office.gear, APPROVER, asked.id, text)
