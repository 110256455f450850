"""What was measured, as ratios: to the floor, to the best Python peer, to what is to be reached.

Each round measures every server once, so that a ratio compares what the machine did within
seconds; the figure is the median of the rounds' ratios, with the least and the greatest.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bench.servers import FLOOR, OURS

Samples = Mapping[str, tuple[float, ...]]
"""For each server, one value per round."""

PEERS = ("simple-repository-server", "proxpi", "devpi", "pypiserver")


class Of(StrEnum):
    """What a bound is a multiple of."""

    FLOOR = FLOOR
    PEER = "best Python peer"
    BASE = "going there directly"
    SMALL = "the small feed"
    UNIT = "its unit"


@dataclass(frozen=True, slots=True)
class Bound:
    """What is to be reached: at least, or at most, so much of something."""

    value: float
    of: Of = Of.UNIT
    is_least: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours divided by another's: the median of the rounds, the least and the greatest."""

    middle: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.least:.2f} to {self.greatest:.2f})"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    samples: Samples
    bounds: tuple[Bound, ...] = ()
    more_is_better: bool = False
    note: str = ""
    names: Mapping[Of, str] = field(default_factory=dict)
    """Which samples a bound speaks of, where it is not the floor or a peer."""

    def middle(self, server: str) -> float | None:
        """Give the median of a server's rounds; None when it was not measured."""
        values = self.samples.get(server)
        return statistics.median(values) if values else None

    @property
    def best_peer(self) -> str | None:
        """Name the Python peer that did best; None when none was measured."""
        found = {name: value for name in PEERS if (value := self.middle(name)) is not None}
        if not found:
            return None
        choose = max if self.more_is_better else min
        return choose(found, key=lambda name: found[name])

    def ratio(self, other: str | None) -> Ratio | None:
        """Compare ours with another's, round by round; None when there is nothing to compare."""
        ours, theirs = self.samples.get(OURS, ()), self.samples.get(other or "", ())
        pairs = [(a, b) for a, b in zip(ours, theirs, strict=False) if b]
        if not pairs:
            return None
        ratios = [a / b for a, b in pairs]
        return Ratio(statistics.median(ratios), min(ratios), max(ratios))

    def found(self, bound: Bound) -> float | None:
        """Give what a bound is about: a ratio, or the figure itself."""
        if bound.of is Of.UNIT:
            return self.middle(OURS)
        ratio = self.ratio(self._other(bound.of))
        return None if ratio is None else ratio.middle

    def keeps(self, bound: Bound) -> bool | None:
        """Say whether a bound is kept; None when it could not be compared."""
        found = self.found(bound)
        if found is None:
            return None
        return found >= bound.value if bound.is_least else found <= bound.value

    def _other(self, of: Of) -> str | None:
        if of is Of.PEER:
            return self.best_peer
        return self.names.get(of, FLOOR if of is Of.FLOOR else of.value)
