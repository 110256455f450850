"""What may happen to a house in the course of time, and what its views of the past show.

history = History(house)
history.live(events)
assert history.told_again() == history.told
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from packaging.version import Version

from affineur.core.errors import DomainError
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import connectors, feeds, yanks
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import FeedChange
from affineur.services.promotion import Promotion, promote
from affineur.services.yanks import Yankable
from affineur.web.app import build_app
from support.dists import Dist, wheel
from support.gear import settled
from support.house import House

_SIMPLE = "application/vnd.pypi.simple.v1+json"
_INTERNAL, _ELSEWHERE = FeedName("internal"), FeedName("elsewhere")
_UNAPPROVED = FeedName("unapproved")
_DISTS = tuple(wheel("spam", f"{number}.0") for number in range(1, 5))

Told = Mapping[tuple[str, str], tuple[int, bytes]]
"""Status and body of each page, by feed and moment."""


@dataclass
class History:
    """A house that lives, and all that its views of the past have told so far."""

    house: House
    told: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    moments: list[datetime] = field(default_factory=list)

    def live(self, events: Sequence[tuple[str, int]]) -> None:
        """Let these happen, twenty minutes after each other, and look back after each."""
        for name, number in events:
            self._happen(name, number)
            self.moments.append(self.house.clock.now())
            self.house.clock.move(minutes=20)
            for key, answer in self._look_back().items():
                self.told.setdefault(key, answer)

    def told_again(self) -> Told:
        """Look back once more, through a front that remembers nothing."""
        self.house.app = build_app(self.house.gear)
        return self._look_back()

    def _look_back(self) -> dict[tuple[str, str], tuple[int, bytes]]:
        views = [
            (feed, moment.isoformat().replace("+00:00", "Z"))
            for feed in (_INTERNAL, _ELSEWHERE, _UNAPPROVED)
            for moment in self.moments
        ]
        return {view: self._page(*view) for view in views}

    def _page(self, feed: str, moment: str) -> tuple[int, bytes]:
        answer = self.house.get(f"/pypi/{feed}@{moment}/simple/spam/", "admin", accept=_SIMPLE)
        return answer.status_code, answer.content

    def _happen(self, name: str, number: int) -> None:
        with suppress(DomainError):  # what cannot happen now does not
            EVENTS[name](self.house, number)


def _dist(number: int) -> Dist:
    return _DISTS[number % len(_DISTS)]


def _publish(house: House, number: int) -> None:
    house.publish(_dist(number))


def _promote(house: House, number: int) -> None:
    version = Version(f"{number % len(_DISTS) + 1}.0")
    order = Promotion(ProjectName("spam"), version, _UNAPPROVED, _ELSEWHERE)
    house.run(promote(house.gear, OPERATOR, order))


def _appear(house: House, number: int) -> None:
    house.upstream.add(_dist(number), uploaded_at=house.clock.now())


def _appear_backdated(house: House, number: int) -> None:
    house.upstream.add(_dist(number))


def _appear_untimed(house: House, number: int) -> None:
    house.upstream.add(_dist(number), uploaded_at=None)


def _yank(house: House, number: int) -> None:
    house.upstream.add(_dist(number), yanked=f"broken {number}")


def _yank_ours(house: House, number: int) -> None:
    version = Version(f"{number % len(_DISTS) + 1}.0")
    what = Yankable(_INTERNAL, ProjectName("spam"), version)
    change = yanks.yank if number < len(_DISTS) else yanks.unyank
    change(house.gear, OPERATOR, what, f"reason {number}")


def _disappear(house: House, number: int) -> None:
    with suppress(KeyError):
        house.upstream.remove(_dist(number).filename)


def _change_bytes(house: House, number: int) -> None:
    house.upstream.add(wheel("spam", f"{number % 4 + 1}.0", files={"x.py": b"%d" % number}))


def _be_archived(house: House, number: int) -> None:
    house.upstream.status = ("archived", None, "quarantined")[number % 3]


def _be_read(house: House, _number: int) -> None:
    house.get("/pypi/unapproved/simple/spam/", "admin")
    house.run(settled(house.gear))


def _connect(house: House, number: int) -> None:
    link = NewConnector(f"c{number}", target=_UNAPPROVED)
    connectors.add_connector(house.gear, OPERATOR, _ELSEWHERE, link)


def _disconnect(house: House, number: int) -> None:
    connectors.end_connector(house.gear, OPERATOR, _ELSEWHERE, f"c{number}")


def _disconnect_upstream(house: House, _number: int) -> None:
    connectors.end_connector(house.gear, OPERATOR, _UNAPPROVED, "upstream")


def _filter(house: House, number: int) -> None:
    new = NewFilter(
        "deny",
        "no",
        versions=f"=={number % 4 + 1}.0" if number % 2 else None,
        min_age_days=None if number % 2 else number,
    )
    connectors.add_filter(house.gear, OPERATOR, _UNAPPROVED, "upstream", new)


def _unfilter(house: House, number: int) -> None:
    connectors.end_filter(house.gear, OPERATOR, _UNAPPROVED, "upstream", number)


def _merge(house: House, number: int) -> None:
    feeds.update(house.gear, OPERATOR, _ELSEWHERE, FeedChange(merge=number % 2 == 0))


def _reserve(house: House, _number: int) -> None:
    feeds.reserve(house.gear, OPERATOR, _INTERNAL, NamePattern("spa*"))


EVENTS: Mapping[str, Callable[[House, int], None]] = {
    one.__name__.lstrip("_"): one
    for one in (
        _publish,
        _promote,
        _appear,
        _appear_backdated,
        _appear_untimed,
        _yank,
        _yank_ours,
        _disappear,
        _change_bytes,
        _be_archived,
        _be_read,
        _connect,
        _disconnect,
        _disconnect_upstream,
        _filter,
        _unfilter,
        _merge,
        _reserve,
    )
}
"""What may happen, by name; the number says to which of several things."""
