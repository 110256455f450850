"""Which plots the numbers are drawn as, and what each comes to in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from affineur.core.numbers import IndexDay, Numbers, StorageDay, Week, monday_of
from affineur.core.requests import RequestState
from affineur.web.ui.plots import Data, Measure, Plot, Series, lined, stacked, written
from affineur.web.ui.wording import counted, size

_MOST_DAYS = 100
"""Beyond, days are put together to weeks: bars would be thinner than a line."""
_GREEN, _RED, _AMBER, _BLUE, _VIOLET, _GREY, _TEAL, _ROSE = range(8)
"""Looks of rows, as `static/css/usage.css` colours them."""
_OUTCOMES: Sequence[tuple[str, int, frozenset[RequestState]]] = (
    ("approved", _GREEN, frozenset({RequestState.APPROVED})),
    ("rejected", _RED, frozenset({RequestState.REJECTED})),
    ("denied by policy", _AMBER, frozenset({RequestState.DENIED})),
    ("failed", _ROSE, frozenset({RequestState.FAILED})),
    ("withdrawn", _GREY, frozenset({RequestState.WITHDRAWN})),
    ("open", _BLUE, frozenset({RequestState.RESOLVING, RequestState.VETTING, RequestState.REVIEW})),
)
_ANSWERS = (
    ("pages", "page", _BLUE),
    ("unchanged", "unchanged", _GREY),
    ("files", "file", _GREEN),
    ("metadata", "metadata", _VIOLET),
)
_RULES: Mapping[str, int] = {
    "not-approved": _AMBER,
    "unknown": _GREY,
    "filter": _BLUE,
    "block": _RED,
    "malware": _ROSE,
    "quarantined": _VIOLET,
}


@dataclass(frozen=True, slots=True)
class _Span:
    """A day or a week of answers."""

    name: str
    label: str
    days: Sequence[IndexDay]

    def count(self, of: Callable[[IndexDay], Mapping[str, int]], kind: str) -> int:
        """Count one kind over its days."""
        return sum(of(day).get(kind, 0) for day in self.days)


def plots(found: Numbers) -> tuple[Plot, ...]:
    """Draw everything that somebody may see."""
    spans, place = _spans(found.days)
    drawn = (
        stacked(_requests(found.weeks)),
        lined(_waits(found.weeks)),
        stacked(_deciders(found.weeks)),
        stacked(_refusals(spans, place)),
        stacked(_traffic(spans, place)),
    )
    return drawn if found.storage is None else (*drawn, lined(_storage(found.storage)))


# --- requests ----------------------------------------------------------------------------


def _requests(weeks: Sequence[Week]) -> Data:
    series = [
        Series(name, [sum(week.made.get(state, 0) for state in states) for week in weeks], look)
        for name, look, states in _OUTCOMES
    ]
    total = sum(week.count for week in weeks)
    about = "Nothing was asked for in this time."
    if total:
        about = f"{counted(total, 'request')} in {counted(len(weeks), 'week')}, as they stand now."
    return _weekly("requests", "Requests per week", about, weeks, _some(series))


def _waits(weeks: Sequence[Week]) -> Data:
    series = (
        Series("median", [week.median_s for week in weeks], _BLUE),
        Series("9 of 10 within", [week.slow_s for week in weeks], _VIOLET),
    )
    waited = [week for week in weeks if week.median_s is not None]
    about = "Nobody had to decide anything in this time."
    if waited:
        last = waited[-1]
        median = written(Measure.SECONDS, last.median_s)
        slow = written(Measure.SECONDS, last.slow_s)
        about = (
            f"Half of what people decided in the week of {_label(last.monday)} waited no longer "
            f"than {median}, nine of ten no longer than {slow}."
        )
    return _weekly("waits", "Time to decision", about, weeks, series, measure=Measure.SECONDS)


def _deciders(weeks: Sequence[Week]) -> Data:
    series = (
        Series("policy", [week.by_policy for week in weeks], _BLUE),
        Series("people", [week.by_people for week in weeks], _VIOLET),
    )
    policy, people = (one.total for one in series)
    about = "Nothing was decided in this time."
    if policy + people:
        share = policy / (policy + people)
        about = (
            f"The policy decided {share:.0%} of {counted(round(policy + people), 'request')}, "
            f"people {1 - share:.0%}."
        )
    shares = [f"{one.policy_share:.0%}" if one.policy_share is not None else "-" for one in weeks]
    data = _weekly("deciders", "Decided by policy and by people", about, weeks, series)
    return replace(data, beside=(("share of policy", shares),))


def _weekly(
    id_: str,
    title: str,
    about: str,
    weeks: Sequence[Week],
    series: Sequence[Series],
    *,
    measure: Measure = Measure.COUNT,
) -> Data:
    names = [week.monday.isoformat() for week in weeks]
    labels = [_label(week.monday) for week in weeks]
    return Data(id_, title, about, "week of", names, labels, series, measure)


# --- the index ---------------------------------------------------------------------------


def _refusals(spans: Sequence[_Span], place: str) -> Data:
    kinds = {kind for span in spans for day in span.days for kind in day.refusals}
    series = [
        Series(
            _spoken(kind),
            [span.count(lambda day: day.refusals, kind) for span in spans],
            _RULES.get(kind, _TEAL),
        )
        for kind in kinds
    ]
    series.sort(key=lambda one: (-one.total, one.name))
    total = round(sum(one.total for one in series))
    about = "Nothing was refused in this time."
    if total:
        about = f"{counted(total, 'refusal')}, most of them: {series[0].name}."
    return _of_index("refusals", f"Refusals per {place}", about, spans, series)


def _traffic(spans: Sequence[_Span], place: str) -> Data:
    series = [
        Series(name, [span.count(lambda day: day.answers, kind) for span in spans], look)
        for name, kind, look in _ANSWERS
    ]
    total = round(sum(one.total for one in series))
    sent = sum(day.size_bytes for span in spans for day in span.days)
    about = "Nobody has asked the index for anything in this time."
    if total:
        about = f"{counted(total, 'answer')}, {size(sent)}."
    return _of_index("traffic", f"Answers of the index per {place}", about, spans, series)


def _of_index(
    id_: str, title: str, about: str, spans: Sequence[_Span], series: Sequence[Series]
) -> Data:
    place = "day" if all(len(span.days) == 1 for span in spans) else "week of"
    names, labels = [span.name for span in spans], [span.label for span in spans]
    return Data(id_, title, about, place, names, labels, series)


def _spans(days: Sequence[IndexDay]) -> tuple[Sequence[_Span], str]:
    """Take days as they are, or put them together to weeks when they are many."""
    if len(days) <= _MOST_DAYS:
        return [_Span(one.day.isoformat(), _label(one.day), (one,)) for one in days], "day"
    weeks: dict[date, list[IndexDay]] = {}
    for one in days:
        weeks.setdefault(monday_of(one.day), []).append(one)
    return [_Span(key.isoformat(), _label(key), week) for key, week in weeks.items()], "week"


# --- what is held ------------------------------------------------------------------------


def _storage(held: Sequence[StorageDay]) -> Data:
    series = (
        Series("all files", [one.size_bytes for one in held], _BLUE),
        Series("cached, may go", [one.cached_bytes for one in held], _GREY),
    )
    about = "Nobody looked yet; it is looked at every hour."
    if held:
        last = held[-1]
        about = f"{counted(last.files, 'file')} with {size(last.size_bytes)}. {_growth(held)}"
    names = [one.day.isoformat() for one in held]
    labels = [_label(one.day) for one in held]
    return Data("storage", "What is held", about, "day", names, labels, series, Measure.BYTES)


def _growth(held: Sequence[StorageDay]) -> str:
    last = held[-1]
    since = last.day - timedelta(days=30)
    before = next((one for one in held if one.day >= since and one is not last), None)
    if before is None:
        return "How it grows is known tomorrow."
    grown = last.size_bytes - before.size_bytes
    words = "grew by" if grown >= 0 else "shrank by"
    return f"Since {_label(before.day)} it {words} {size(abs(grown))}."


def _some(series: Sequence[Series]) -> list[Series]:
    """Leave out rows of nothing but zeros."""
    return [one for one in series if one.total]


def _label(day: date) -> str:
    return f"{day.day} {day:%b}"


def _spoken(kind: str) -> str:
    return {"unknown": "nobody has it"}.get(kind, kind.replace("-", " "))
