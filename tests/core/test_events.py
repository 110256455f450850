from dataclasses import replace

import pytest

from affineur.core.events import GENESIS, Event, SealedEvent, seal, verify
from support.values import NOW


def chain(count: int) -> list[SealedEvent]:
    events: list[SealedEvent] = []
    for seq in range(1, count + 1):
        previous = events[-1].hash if events else GENESIS
        event = Event("block.made", f"project:p{seq}", None, {"reason": "bad"})
        events.append(seal(event, seq=seq, at=NOW, who=("ann", 3), previous=previous))
    return events


def test_an_untouched_log_verifies() -> None:
    assert verify(chain(5)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "bob"},
        {"token_id": 4},
        {"event": Event("block.made", "project:p3", None, {"reason": "good"})},
        {"event": Event("block.ended", "project:p3", None, {"reason": "bad"})},
        {"hash": "1" * 64},
    ],
)
def test_an_altered_event_is_found(change: dict[str, object]) -> None:
    events = chain(5)
    events[2] = replace(events[2], **change)  # type: ignore[arg-type]  # the test's own words

    assert verify(events) == "event 3 was altered"


def test_a_removed_event_is_found() -> None:
    events = chain(5)
    del events[2]

    assert verify(events) == "event 3 is missing"


def test_a_forged_first_event_is_found() -> None:
    assert verify(chain(5)[1:]) == "event 2 does not follow the event before it"


def test_events_in_another_order_are_found() -> None:
    events = chain(3)

    assert verify([events[1], events[0], events[2]]) is not None
