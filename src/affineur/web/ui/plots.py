"""Plots as geometry: where bars, lines, ticks and words of a drawing are.

`templates/plots.html` draws them as SVG, in the colours of the page. What a plot shows
stands in a table behind it, too; nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, log10

from affineur.web.ui.wording import size

WIDTH, HEIGHT = 480, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 10, 12, 26
_TICKS = 5
_MOST_LABELS = 6
_WIDEST_BAR = 34.0
_KILO = 1000
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Measure(StrEnum):
    """What the numbers of a plot are."""

    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers, one for each place on the axis; None where there is none."""

    name: str
    values: Sequence[float | None]
    look: int = 0
    """Its colour, 0 to 7: the same thing has the same one in every plot."""

    @property
    def total(self) -> float:
        """All of them together."""
        return sum(value or 0 for value in self.values)


@dataclass(frozen=True, slots=True)
class Data:
    """What is drawn: a name and a short label for each place, and the numbers there."""

    id: str
    title: str
    about: str
    """A sentence with what the plot comes to; those read it who cannot see the plot."""
    place: str
    """What a place is, as the head of the table: week, day."""
    names: Sequence[str]
    labels: Sequence[str]
    series: Sequence[Series]
    measure: Measure = Measure.COUNT
    beside: Sequence[tuple[str, Sequence[str]]] = ()
    """Further columns of the table: a name, and the words for each place."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(one.total for one in self.series)

    def text(self, value: float | None) -> str:
        """Write a number as the table has it."""
        return written(self.measure, value)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, with its words."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `series` is the number of its row, which its look goes by."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, broken where there are no numbers."""

    path: str
    dots: tuple[Dot, ...]
    series: int


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing, ready."""

    data: Data
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    floor: int = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class _Scale:
    """How numbers become heights: up to `top`, in units of `unit`."""

    top: float
    step: float
    unit: float
    suffix: str

    def y(self, value: float) -> float:
        """Give the height of a number on the drawing, from its upper edge."""
        full = HEIGHT - _TOP - _BOTTOM
        return round(HEIGHT - _BOTTOM - full * value / self.top, 1)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Give the marks, from zero on."""
        number = round(self.top / self.step)
        steps = (self.step * place for place in range(number + 1))
        return tuple(Tick(self.y(value), self._text(value)) for value in steps)

    def _text(self, value: float) -> str:
        amount = f"{value / self.unit:,.2f}".rstrip("0").rstrip(".")
        return f"{amount}{self.suffix}" if value else "0"


def stacked(data: Data) -> Plot:
    """Draw bars, those of one place on top of each other, the first row below."""
    heights = [sum(one.values[at] or 0 for one in data.series) for at in range(len(data.names))]
    scale = _scale(data.measure, max(heights, default=0))
    bars: list[Bar] = []
    slot = _slot(len(data.names))
    width = round(min(slot * 0.78, _WIDEST_BAR), 1)
    for at, name in enumerate(data.names):
        base = 0.0
        for number, one in enumerate(data.series):
            value = one.values[at] or 0
            if value:
                y = scale.y(base + value)
                left, height = round(_x(at, slot) - width / 2, 1), round(scale.y(base) - y, 1)
                title = f"{name}: {data.text(value)} {one.name}"
                bars.append(Bar(left, y, width, height, number, title))
            base += value
    return Plot(data, _across(data, slot), scale.ticks, bars=tuple(bars))


def lined(data: Data) -> Plot:
    """Draw a line for each row."""
    largest = max((value or 0 for one in data.series for value in one.values), default=0)
    scale = _scale(data.measure, largest)
    slot = _slot(len(data.names))
    lines = (_line(data, number, scale.y, slot) for number in range(len(data.series)))
    return Plot(data, _across(data, slot), scale.ticks, lines=tuple(lines))


def written(measure: Measure, value: float | None) -> str:
    """Write a number with its unit."""
    if value is None:
        return "-"
    match measure:
        case Measure.COUNT:
            return f"{value:,.0f}"
        case Measure.BYTES:
            return size(round(value))
        case Measure.SECONDS:
            unit, suffix = _unit(measure, value)
            amount = f"{value / unit:,.1f}".removesuffix(".0")
            return f"{amount}{suffix}"


def _line(data: Data, number: int, y: Callable[[float], float], slot: float) -> Line:
    one = data.series[number]
    path: list[str] = []
    dots: list[Dot] = []
    for at, value in enumerate(one.values):
        if value is None:
            continue
        goes_on = at > 0 and one.values[at - 1] is not None
        x = round(_x(at, slot), 1)
        path.append(f"{'L' if goes_on else 'M'}{x} {y(value)}")
        dots.append(Dot(x, y(value), f"{data.names[at]}: {one.name} {data.text(value)}"))
    return Line(" ".join(path), tuple(dots), number)


def _slot(places: int) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(places, 1)


def _x(at: int, slot: float) -> float:
    return _LEFT + slot * (at + 0.5)


def _across(data: Data, slot: float) -> tuple[Tick, ...]:
    """Label some places, evenly, the last one always."""
    places = len(data.labels)
    every = ceil(places / _MOST_LABELS) or 1
    labelled = range((places - 1) % every, places, every)
    return tuple(Tick(round(_x(at, slot), 1), data.labels[at]) for at in labelled)


def _scale(measure: Measure, largest: float) -> _Scale:
    """Choose round marks: a few, the highest above everything."""
    unit, suffix = _unit(measure, largest)
    rough = max(largest / unit, 1e-9) / _TICKS
    if measure is Measure.COUNT and unit == 1:
        rough = max(rough, 1.0)
    power = 10.0 ** int(log10(rough) if rough >= 1 else log10(rough) - 1)
    step = next(power * one for one in _STEPS if power * one >= rough * 0.999)
    if measure is Measure.COUNT and unit == 1:
        step = ceil(step)
    step *= unit
    return _Scale(step * max(1, ceil(largest / step - 1e-9)), step, unit, suffix)


def _unit(measure: Measure, largest: float) -> tuple[float, str]:
    """Choose the unit in which numbers up to this are short."""
    units: Sequence[tuple[float, str]]
    match measure:
        case Measure.COUNT:
            units = ((1e9, "G"), (1e6, "M"), (1e4, "k"), (1, ""))
        case Measure.SECONDS:
            units = ((2 * 86_400, " d"), (2 * 3_600, " h"), (2 * 60, " min"), (1, " s"))
        case Measure.BYTES:
            units = ((1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " KB"), (1, " B"))
    least, suffix = next((one for one in units if largest >= one[0]), units[-1])
    lengths = {" d": 86_400, " h": 3_600, " min": 60, "k": _KILO}
    return lengths.get(suffix, least), suffix
