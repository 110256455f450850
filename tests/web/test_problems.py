from __future__ import annotations

import json

import pytest

from affineur.core import errors
from affineur.web import problems


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.BadInput, 400),
        (errors.TooLarge, 413),
        (errors.Unauthenticated, 401),
        (errors.Forbidden, 403),
        (errors.Refused, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.FilenameTaken, 409),
        (errors.ResolutionFailed, 422),
        (errors.UpstreamTrouble, 503),
        (errors.UpstreamChanged, 502),
        (errors.Unavailable, 503),
        (problems.NotAcceptable, 406),
    ],
)
def test_each_kind_of_error_has_its_status(kind: type[errors.DomainError], status: int) -> None:
    assert problems.status_of(kind("It is so.")) == status


def test_a_problem_tells_the_sentence_the_hint_and_the_code() -> None:
    answer = problems.answer(errors.Refused("flask 1.0 is withheld.", hint="Ask.", code="filter"))

    assert json.loads(answer.body) == {  # type: ignore[arg-type]  # bytes, for problems
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "flask 1.0 is withheld.",
        "hint": "Ask.",
        "code": "filter",
    }
    assert answer.header("content-type") == "application/problem+json"


def test_who_is_unknown_is_asked_for_credentials() -> None:
    answer = problems.answer(errors.Unauthenticated("This needs credentials."))

    assert answer.header("www-authenticate") == 'Basic realm="affineur", charset="UTF-8"'


def test_who_comes_at_a_bad_moment_is_told_when_to_come_back() -> None:
    assert problems.answer(errors.Unavailable("Busy.")).header("retry-after") == "5"


def test_a_method_that_is_not_possible_is_told_which_are() -> None:
    answer = problems.answer(problems.NotAllowed("PUT", ("GET", "HEAD")))

    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("told_s", "header"), [(None, "5"), (0.0, "1"), (1.2, "2"), (30, "30"), (300, "30")]
)
def test_a_client_is_told_when_to_come_back_and_never_to_sleep_for_long(
    told_s: float | None, header: str
) -> None:
    error = errors.UpstreamTrouble("It is away.", retry_after_s=told_s)

    assert dict(problems.headers_of(error))["retry-after"] == header


def test_bytes_that_changed_upstream_are_no_reason_to_come_back() -> None:
    error = errors.UpstreamChanged("It has other bytes.")

    assert problems.status_of(error) == 502
    assert "retry-after" not in dict(problems.headers_of(error))
