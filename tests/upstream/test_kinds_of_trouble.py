"""What a trouble tells besides its sentence: whether the whole index is away, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import Site
from support.asking import ask
from support.dists import wheel
from support.upstream_server import Fault, LoopbackUpstream, upstream_server

WHEEL = wheel("spam", "1.0")


def trouble_of(up: LoopbackUpstream) -> UpstreamTrouble:
    """Ask for a page that is not to be had."""
    with pytest.raises(UpstreamTrouble) as trouble:
        ask(Site(up.url, max_page_bytes=1_000_000), "spam")
    return trouble.value


@pytest.mark.parametrize(
    ("status", "index_answers"),
    [(400, True), (403, True), (401, False), (408, False), (429, False), (500, False)],
)
def test_a_refusal_of_one_page_is_not_taken_for_an_index_that_is_away(
    status: int, *, index_answers: bool
) -> None:
    with upstream_server() as up:
        up.misbehave(Fault.STATUS, status=status)
        trouble = trouble_of(up)

    assert trouble.index_answers is index_answers
    assert trouble.cause == f"answered {status}"


@pytest.mark.parametrize(
    ("fault", "index_answers"),
    [(Fault.LOGIN_PAGE, False), (Fault.TRUNCATED, False), (Fault.OVERSIZED, True)],
)
def test_a_page_that_is_too_large_says_nothing_about_other_pages(
    fault: Fault, *, index_answers: bool
) -> None:
    with upstream_server() as up:
        up.add(WHEEL)
        up.misbehave(fault)

        assert trouble_of(up).index_answers is index_answers


def test_the_cause_names_no_project() -> None:
    with upstream_server() as up:
        up.go_down()

        assert "could not be read" in trouble_of(up).cause
        assert "spam" not in trouble_of(up).cause


@pytest.mark.parametrize(
    ("status", "told", "retry_after_s"),
    [
        (503, "17", 17),
        (429, "17", 17),
        (500, "17", None),
        (503, "", None),
        (503, "soon", None),
        (503, "-1", None),
        (503, "²", None),
        (503, "9" * 400, 999_999_999),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", 0),
        (503, "Wed, 21 Oct 2015 07:28:00 -0000", None),
    ],
)
def test_an_index_may_say_when_to_come_back(
    status: int, told: str, retry_after_s: float | None
) -> None:
    with upstream_server() as up:
        up.misbehave(Fault.STATUS, status=status, to=told)

        assert trouble_of(up).retry_after_s == retry_after_s


def test_an_index_may_say_so_by_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)
    with upstream_server() as up:
        up.misbehave(Fault.STATUS, status=503, to=format_datetime(moment, usegmt=True))

        assert trouble_of(up).retry_after_s == pytest.approx(3600, abs=60)
