"""A view of a feed at a date never changes, whatever happens afterwards (but for blocks)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.histories import EVENTS, History
from support.house import house as open_house

_EVENT = st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(0, 7))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_EVENT, min_size=4, max_size=10))
def test_a_view_shows_the_same_for_ever(events: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder)) as house:
        history = History(house)
        history.live(events)

        again = history.told_again()

    assert again == history.told
