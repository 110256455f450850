import pytest

from affineur.core.errors import BadInput, Conflict
from affineur.core.requests import RequestState, next_state, parse_ask, parse_requirement

S = RequestState
STEPS = {
    (S.RESOLVING, S.VETTING),
    (S.RESOLVING, S.APPROVED),
    (S.RESOLVING, S.FAILED),
    (S.RESOLVING, S.WITHDRAWN),
    (S.VETTING, S.REVIEW),
    (S.VETTING, S.APPROVED),
    (S.VETTING, S.DENIED),
    (S.VETTING, S.WITHDRAWN),
    (S.REVIEW, S.APPROVED),
    (S.REVIEW, S.REJECTED),
    (S.REVIEW, S.DENIED),
    (S.REVIEW, S.WITHDRAWN),
}


@pytest.mark.parametrize(("now", "then"), sorted(STEPS))
def test_a_request_goes_its_way(now: RequestState, then: RequestState) -> None:
    assert next_state(1, now, then) is then


@pytest.mark.parametrize(
    ("now", "then"),
    sorted((now, then) for now in S for then in S if (now, then) not in STEPS),
)
def test_a_request_goes_no_other_way(now: RequestState, then: RequestState) -> None:
    with pytest.raises(Conflict, match=f"Request 1 is {now} and cannot become {then}"):
        next_state(1, now, then)


@pytest.mark.parametrize("line", ["flask", "flask>=3", 'flask[async]>=3; python_version<"4"'])
def test_a_requirement_line_can_be_asked_for(line: str) -> None:
    assert parse_requirement(line).name == "flask"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "-r other.txt",
        "--index-url=x",
        "flask @ https://host.invalid/flask.whl",
        "../flask",
        "a b",
    ],
)
def test_anything_but_a_named_requirement_is_refused(line: str) -> None:
    with pytest.raises(BadInput):
        parse_requirement(line)


def test_asking_for_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="Nothing was asked for"):
        parse_ask([], None, None)


def test_a_marker_that_is_nested_deeper_than_its_parser_can_read_is_refused() -> None:
    nested = "(" * 2_000 + "python_version > '3'" + ")" * 2_000
    with pytest.raises(BadInput, match="nested too deeply"):
        parse_requirement(f"flask; {nested}")
