"""Every spelling of a project's name leads to one page, in every representation."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.dists import wheel
from support.house import House

JSON = "application/vnd.pypi.simple.v1+json"
SEPARATORS = st.text("-_.", min_size=1, max_size=4)
SHARED = [HealthCheck.function_scoped_fixture]
WORDS = ("Demo", "app", "two")


@pytest.fixture(scope="module")
def stocked(shared_house: House) -> House:
    shared_house.publish(wheel("demo-app-two", "1.0"))
    return shared_house


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """Write the one name with other letters' cases and other separators (PEP 503)."""
    cased = ["".join(draw(st.sampled_from([c.lower(), c.upper()])) for c in word) for word in WORDS]
    first, second = draw(SEPARATORS), draw(SEPARATORS)
    return f"{cased[0]}{first}{cased[1]}{second}{cased[2]}"


@pytest.mark.parametrize(
    ("before", "after", "accept"),
    [
        ("simple/", "/", JSON),
        ("simple/", "/", "text/html"),
        ("pypi/", "/json", "application/json"),
        ("pypi/", "/1.0/json", "application/json"),
    ],
)
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(spelling=spellings())
def test_every_spelling_gives_the_same_answer(
    stocked: House, before: str, after: str, accept: str, spelling: str
) -> None:
    right = f"/pypi/internal/{before}demo-app-two{after}"
    asked = stocked.get(f"/pypi/internal/{before}{spelling}{after}", accept=accept)
    target = str(asked.url.join(asked.headers.get("location", str(asked.url))))

    # The one right spelling answers itself; every other leads to it.
    assert re.sub(r"^https?://[^/]+", "", target) == right
    assert asked.status_code == (200 if spelling == "demo-app-two" else 301)
