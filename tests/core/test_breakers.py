"""When an external index may be asked: after failures it is left alone, and tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.breakers import (
    LONGEST_BACKOFF_S,
    LONGEST_PAUSE_S,
    Allowance,
    Breaker,
    Failure,
    State,
)
from support.clocks import NOON


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def failing(
    breaker: Breaker, *questions: str, at: float = 0, told_s: float | None = None
) -> Breaker:
    """Let questions fail that were asked in the breaker's present turn, or in its next."""
    moment = NOON + later(at)

    def fail(breaker: Breaker, question: str) -> Breaker:
        asked = breaker.ask(moment)
        return asked.fail(Failure(question, "answered 500", moment, told_s), asked.turn, 0.5)

    return reduce(fail, questions, breaker)


OPENED = failing(Breaker(), "a", "b", "c")
"""Opened at noon, for a second."""


def test_a_breaker_is_closed_at_first() -> None:
    assert (Breaker().state(NOON), Breaker().wait_s(NOON)) == (State.CLOSED, 0)


def test_it_opens_when_three_questions_in_a_row_have_failed() -> None:
    two = failing(Breaker(), "a", "b")

    assert (two.state(NOON), OPENED.state(NOON)) == (State.CLOSED, State.OPEN)
    assert OPENED.wait_s(NOON) == 1
    assert OPENED.opened_at == NOON


def test_one_question_that_always_fails_does_not_open_it() -> None:
    assert failing(Breaker(), *"aaaaaaaa").state(NOON) is State.CLOSED


def test_an_answer_between_failures_keeps_it_closed() -> None:
    breaker = failing(failing(Breaker(), "a", "b").answer(NOON), "c", "d")

    assert breaker.state(NOON) is State.CLOSED
    assert breaker.answered_at == NOON


def test_after_the_pause_one_question_is_the_probe_and_others_wait() -> None:
    moment = NOON + later(1)
    probing = OPENED.ask(moment)

    assert (OPENED.state(moment), OPENED.wait_s(moment)) == (State.HALF_OPEN, 0)
    assert (probing.state(moment), probing.wait_s(moment)) == (State.HALF_OPEN, 1)


def test_a_probe_that_is_answered_closes_it() -> None:
    moment = NOON + later(1)

    assert OPENED.ask(moment).answer(moment).state(moment) is State.CLOSED


def test_a_probe_that_fails_opens_it_for_longer() -> None:
    again = failing(OPENED, "a", at=1)

    assert again.wait_s(NOON + later(1)) == 2
    assert again.opened_at == NOON


def test_a_probe_that_is_dropped_makes_way_for_the_next() -> None:
    moment = NOON + later(1)
    probing = OPENED.ask(moment)

    assert probing.drop(probing.turn).wait_s(moment) == 0
    assert probing.drop(probing.turn - 1) == probing


def test_a_probe_that_is_never_heard_of_again_makes_way_in_the_end() -> None:
    assert OPENED.ask(NOON + later(1)).wait_s(NOON + later(122)) == 0


def test_failures_of_questions_that_were_asked_before_it_opened_change_nothing() -> None:
    before = Breaker().ask(NOON)
    late = OPENED.fail(Failure("z", "no answer", NOON + later(9)), before.turn, 0.5)

    assert (late.next_try_at, late.steps) == (OPENED.next_try_at, OPENED.steps)
    assert late.last_failure == Failure("z", "no answer", NOON + later(9))


def test_a_late_answer_closes_it_too() -> None:
    assert OPENED.answer(NOON).state(NOON) is State.CLOSED


@pytest.mark.parametrize(("told_s", "wait_s"), [(20, 20), (0, 1), (86_400, LONGEST_PAUSE_S)])
def test_an_index_that_says_when_to_come_back_is_left_alone_until_then(
    told_s: float, wait_s: float
) -> None:
    breaker = failing(Breaker(), "a", told_s=told_s)

    assert breaker.state(NOON) is State.OPEN
    assert breaker.wait_s(NOON) == wait_s


def test_a_clock_that_is_set_back_does_not_shut_an_index_out() -> None:
    assert OPENED.wait_s(NOON - timedelta(days=1)) == 0
    assert OPENED.ask(NOON).wait_s(NOON - timedelta(days=1)) == 0


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens to a breaker, so long after what was before."""

    what: Literal["asked", "answered", "failed", "failed late", "dropped"]
    question: str
    draw: float
    after_s: float
    told_s: float | None


def live(breaker: Breaker, now: datetime, one: Happening) -> Breaker:
    """Let it happen to a breaker; it is asked only when it may be."""
    failure = Failure(one.question, "answered 503", now, one.told_s)
    match one.what:
        case "asked":
            return breaker.ask(now) if breaker.wait_s(now) == 0 else breaker
        case "answered":
            return breaker.answer(now)
        case "failed":
            return breaker.fail(failure, breaker.turn, one.draw)
        case "failed late":
            return breaker.fail(failure, breaker.turn - 1, one.draw)
        case "dropped":
            return breaker.drop(breaker.turn)


def lived(happenings: list[Happening]) -> tuple[Breaker, datetime]:
    """Give the breaker after all of that, and the moment."""
    breaker, now = Breaker(), NOON
    for one in happenings:
        now += later(one.after_s)
        breaker = live(breaker, now, one)
    return breaker, now


lives = st.lists(
    st.builds(
        Happening,
        st.sampled_from(("asked", "answered", "failed", "failed late", "dropped")),
        st.sampled_from(("a", "b", "c", "d")),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 400),
        st.none() | st.floats(0, 10_000),
    ),
    max_size=60,
)


@given(lives)
def test_whatever_happens_an_index_is_tried_again_before_long(
    happenings: list[Happening],
) -> None:
    breaker, now = lived(happenings)

    assert 0 <= breaker.wait_s(now) <= LONGEST_PAUSE_S
    assert breaker.wait_s(now + later(LONGEST_PAUSE_S + 120)) == 0


@given(lives)
def test_whatever_happened_an_answer_closes_it(
    happenings: list[Happening],
) -> None:
    breaker, now = lived(happenings)

    assert breaker.answer(now).state(now) is State.CLOSED
    assert failing(breaker.answer(now), "a", "b").state(now) is State.CLOSED


def probed_in_vain(times: int, draw: float) -> tuple[Breaker, datetime]:
    """Give a breaker of which so many probes failed, each as soon as it might be made."""
    breaker, now = OPENED, NOON
    for _ in range(times):
        now += later(breaker.wait_s(now))
        asked = breaker.ask(now)
        breaker = asked.fail(Failure("a", "no answer", now), asked.turn, draw)
    return breaker, now


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_up_to_a_limit(failures: int, draw: float) -> None:
    breaker, now = probed_in_vain(failures, draw)

    expected = min(LONGEST_BACKOFF_S, 2**failures)
    assert 0.79 * expected <= breaker.wait_s(now) <= 1.21 * expected


# --- names that nobody has ---------------------------------------------------------------


def test_an_allowance_that_is_spent_fills_again() -> None:
    spent = reduce(lambda left, _: left.spend(NOON), range(3), Allowance(most=3, per_s=2))

    assert spent.wait_s(NOON) == 0.5
    assert spent.wait_s(NOON + later(0.5)) == 0
    assert spent.spend(NOON + later(0.5)).wait_s(NOON + later(0.5)) == 0.5


@given(st.integers(0, 50), st.floats(0, 1000))
def test_an_allowance_is_full_again_after_a_bounded_time(count: int, passed_s: float) -> None:
    spent = reduce(lambda left, _: left.spend(NOON), range(count), Allowance(most=10, per_s=1))

    assert spent.wait_s(NOON) <= 11
    assert spent.wait_s(NOON + later(11 + passed_s)) == 0
