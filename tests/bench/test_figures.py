from __future__ import annotations

import pytest

from bench.figures import Bound, Figure, Of, Ratio

RATES = Figure(
    "pages",
    "per second",
    {
        "affineur": (30.0, 20.0, 40.0),
        "nginx": (60.0, 50.0, 50.0),
        "devpi": (1.0, 2.0, 3.0),
        "proxpi": (3.0, 4.0, 5.0),
    },
    more_is_better=True,
)


def test_a_ratio_compares_what_was_measured_in_the_same_round() -> None:
    assert RATES.ratio("nginx") == Ratio(0.5, 0.4, 0.8)


def test_nothing_is_compared_with_a_server_that_was_left_out() -> None:
    assert RATES.ratio("pypiserver") is None


def test_the_best_peer_is_the_one_that_gives_most() -> None:
    assert RATES.best_peer == "proxpi"


def test_the_best_peer_is_the_one_that_takes_least() -> None:
    times = Figure("resolution", "s", {"affineur": (1.0,), "devpi": (2.0,), "proxpi": (3.0,)})
    assert times.best_peer == "devpi"


@pytest.mark.parametrize(
    ("bound", "keeps"),
    [
        (Bound(0.5, Of.FLOOR, is_least=True), True),
        (Bound(0.51, Of.FLOOR, is_least=True), False),
        (Bound(8, Of.PEER, is_least=True), True),
        (Bound(0.5, Of.FLOOR), True),
        (Bound(0.49, Of.FLOOR), False),
        (Bound(30), True),
        (Bound(29), False),
        (Bound(1, Of.SMALL), None),
    ],
)
def test_a_bound_is_kept_or_broken_or_could_not_be_compared(
    bound: Bound, *, keeps: bool | None
) -> None:
    assert RATES.keeps(bound) is keeps
