from __future__ import annotations

from affineur.web.ui.routes import ROUTES
from bench.ui_pages import Asked, Measured, examples

SAVED = {"/audit/export", "/security/takers", "/audit/chain"}


def test_every_page_has_an_example_in_the_large_house() -> None:
    patterns = {route.pattern for route in ROUTES if route.method == "GET"}

    assert {one.pattern for one in examples()} == patterns - SAVED
    assert [one.path for one in examples() if "{" in one.path] == []


def test_a_page_is_compared_with_its_peer_in_the_same_round() -> None:
    found = Measured(Asked("/", "/"), 200, 10, (10.0, 30.0, 20.0), (1.0, 1.0, 4.0))

    assert (found.median_ms, found.p95_ms, found.ratio, found.verdict) == (20.0, 30.0, 10.0, "")


def test_a_page_that_is_none_or_too_slow_is_told() -> None:
    missing = Measured(Asked("/", "/"), 404, 10, (10.0,), (1.0,))
    slow = Measured(Asked("/", "/", 9.0), 200, 10, (10.0,), (1.0,))

    assert (missing.verdict, slow.verdict) == ("answered 404", "over")
