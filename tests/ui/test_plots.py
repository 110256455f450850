"""Plots as geometry: round marks, bars that add up, lines that break, labels that fit."""

from __future__ import annotations

import pytest

from affineur.web.ui.plots import HEIGHT, WIDTH, Data, Measure, Series, lined, stacked, written


def data(*series: Series, measure: Measure = Measure.COUNT) -> Data:
    names = [f"2026-11-{day:02}" for day in range(1, len(series[0].values) + 1)]
    return Data("id", "Title", "About.", "day", names, names, series, measure)


def marks(largest: float, measure: Measure = Measure.COUNT) -> list[str]:
    return [one.text for one in stacked(data(Series("a", [largest]), measure=measure)).up]


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (7, ["0", "2", "4", "6", "8"]),
        (101, ["0", "25", "50", "75", "100", "125"]),
        (88_000, ["0", "20k", "40k", "60k", "80k", "100k"]),
        (4_200_000, ["0", "1M", "2M", "3M", "4M", "5M"]),
    ],
)
def test_counts_get_round_marks(largest: float, expected: list[str]) -> None:
    assert marks(largest) == expected


@pytest.mark.parametrize(
    ("largest", "measure", "expected"),
    [
        (50, Measure.SECONDS, ["0", "10 s", "20 s", "30 s", "40 s", "50 s"]),
        (5 * 3600, Measure.SECONDS, ["0", "1 h", "2 h", "3 h", "4 h", "5 h"]),
        (20 * 86_400, Measure.SECONDS, ["0", "5 d", "10 d", "15 d", "20 d"]),
        (528e9, Measure.BYTES, ["0", "200 GB", "400 GB", "600 GB"]),
        (12, Measure.BYTES, ["0", "2.5 B", "5 B", "7.5 B", "10 B", "12.5 B"]),
    ],
)
def test_times_and_sizes_get_round_marks_in_their_unit(
    largest: float, measure: Measure, expected: list[str]
) -> None:
    assert marks(largest, measure) == expected


def test_bars_stand_on_each_other_and_nothing_is_drawn_for_nothing() -> None:
    plot = stacked(data(Series("low", [2, 0]), Series("high", [3, 4])))
    low, high, alone = plot.bars
    assert low.y + low.height == plot.floor
    assert high.y + high.height == pytest.approx(low.y)
    assert alone.y + alone.height == plot.floor
    assert (low.title, alone.title) == ("2026-11-01: 2 low", "2026-11-02: 4 high")
    assert [one.series for one in plot.bars] == [0, 1, 1]


def test_a_line_breaks_where_there_are_no_numbers() -> None:
    (line,) = lined(data(Series("a", [1, 2, None, 3]))).lines
    assert [part[0] for part in line.path.split() if part[0] in "ML"] == ["M", "L", "M"]
    assert [one.title for one in line.dots] == [
        "2026-11-01: a 1",
        "2026-11-02: a 2",
        "2026-11-04: a 3",
    ]


@pytest.mark.parametrize("places", [1, 2, 12, 26, 84, 365])
def test_everything_is_within_the_drawing_and_the_last_place_is_labelled(places: int) -> None:
    names = [str(number) for number in range(places)]
    values = [float(number) for number in range(1, places + 1)]
    plot = stacked(Data("id", "Title", "About.", "day", names, names, [Series("a", values)]))
    assert plot.across[-1].text == names[-1]
    assert len(plot.across) <= 6
    assert min(one.x for one in plot.bars) >= plot.left
    assert max(one.x + one.width for one in plot.bars) <= WIDTH
    assert min(one.y for one in plot.bars) >= 0
    assert max(one.y + one.height for one in plot.bars) <= HEIGHT


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        (Measure.COUNT, 1234.0, "1,234"),
        (Measure.COUNT, None, "-"),
        (Measure.SECONDS, 59.0, "59 s"),
        (Measure.SECONDS, 5400.0, "90 min"),
        (Measure.SECONDS, 9000.0, "2.5 h"),
        (Measure.SECONDS, 3 * 86_400.0, "3 d"),
        (Measure.BYTES, 1_500_000.0, "1.5 MB"),
    ],
)
def test_numbers_are_written_with_their_unit(
    measure: Measure, value: float | None, text: str
) -> None:
    assert written(measure, value) == text
