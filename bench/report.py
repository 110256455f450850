"""The tables: printed, kept for each part as it was last measured, and written for readers."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.figures import PEERS, Bound, Figure, Of
from bench.places import DOCUMENT, RESULTS, ROOT
from bench.servers import FLOOR, OURS

_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
_HEAD = ("what", "affineur", "nginx", "best Python peer", "ratio (range)", "to reach", "reached")
_URL = re.compile(r"\bhttps?://[^\s'\"]+")
_BUSY = 2.0
_SERVERS = (OURS, FLOOR, *PEERS)

Results = dict[str, Any]  # Any: JSON, by the name of the part


@dataclass(frozen=True, slots=True)
class Run:
    """One part's run."""

    part: str
    command: str
    took_s: float
    figures: Sequence[Figure]
    left_out: Mapping[str, str]
    load: float
    """The load of the machine just before."""
    trouble: str = ""
    """Why there are no figures."""


def keep(run: Run) -> None:
    """Keep what a part measured, in place of what it measured before."""
    results = _kept()
    results[run.part] = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": run.command,
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "rows": [row(figure) for figure in run.figures],
        "medians": [_medians(figure) for figure in run.figures],
        "notes": [f"{one.what}: {one.note}" for one in run.figures if one.note],
        "left_out": dict(run.left_out),
        "trouble": run.trouble,
        "load": run.load,
    }
    RESULTS.write_text(json.dumps(results, indent=1), "utf-8")


def show(run: Run) -> None:
    """Print what a part measured."""
    for figure in run.figures:
        cells = row(figure)
        told = ", ".join(f"{name}: {cell}" for name, cell in zip(_HEAD[1:], cells[1:], strict=True))
        print(f"  {figure.what} [{figure.unit}]\n    {told}")
        print(f"    {' | '.join(_medians(figure)[1:])}   {figure.note}")
    told = f"{run.part} took {run.took_s:.0f} s, beginning at load {run.load:.1f}"
    print(f"  ({told}){run.trouble}", flush=True)


def write(parts: Sequence[str]) -> None:
    """Put the kept tables into the document, the parts in this order."""
    results = _kept()
    known = {name: results[name] for name in parts if name in results}
    DOCUMENT.write_text(filled(DOCUMENT.read_text("utf-8"), known), "utf-8")


def filled(document: str, results: Results) -> str:
    """Give the document with these results between its marks, whatever stood there before."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        message = f"the document has no {_BEGIN} and {_END}"
        raise ValueError(message)
    told = "\n".join(_tables(results))
    return f"{before}{_BEGIN}\n{told}\n{_END}{after}"


def plainly(error: Exception) -> str:
    """Say in one line what went wrong, without the paths and hosts of this machine."""
    told = " ".join(f"{type(error).__name__}: {error}".split())
    bare = _URL.sub("(a URL)", told.replace(f"{ROOT}/", ""))
    return bare.replace("|", "/")[:300]


def row(figure: Figure) -> list[str]:
    """Give the cells of a figure."""
    ratios = [_ratio(figure, bound) for bound in figure.bounds if bound.of is not Of.UNIT]
    if not figure.bounds:
        ratios = [_ratio(figure, Bound(0, Of.FLOOR))]
    kept = [figure.keeps(bound) for bound in figure.bounds]
    return [
        f"{figure.what} [{figure.unit}]",
        _number(figure.middle(OURS)),
        _number(figure.middle(FLOOR)),
        _best(figure),
        "; ".join(ratio for ratio in ratios) or "-",
        "; ".join(_bound(figure, bound) for bound in figure.bounds) or "-",
        "; ".join({True: "yes", False: "**no**", None: "not compared"}[one] for one in kept) or "-",
    ]


def _tables(results: Results) -> list[str]:
    lines = _table(_HEAD, (row for result in results.values() for row in result["rows"]))
    lines += ["", "The median of each server's rounds, in the same units:", ""]
    heads = ("what", *_SERVERS, "others")
    lines += _table(heads, (row for result in results.values() for row in result["medians"]))
    lines += [""]
    notes = [note for result in results.values() for note in result["notes"]]
    lines += [f"- Bodies: {note}." for note in notes]
    for name, result in results.items():
        lines += [f"- `{name}` failed: {result['trouble']}"] if result["trouble"] else []
        lines += [f"- `{name}` without {peer}: {why}" for peer, why in result["left_out"].items()]
    return [*lines, *_told_when(results), *_told_busy(results)]


def _told_when(results: Results) -> list[str]:
    """Say when and how the parts were measured; once, if all were measured alike."""
    by_run: dict[tuple[str, str, str], list[str]] = {}
    for name, result in results.items():
        how = (result["date"], result["command"], result["machine"])
        by_run.setdefault(how, []).append(name)
    if len(by_run) == 1:
        (date, command, machine) = next(iter(by_run))
        return [f"- Measured {date} with `{command}`: {machine}."]
    return [
        f"- {', '.join(f'`{name}`' for name in names)}: {date} with `{command}`, {machine}."
        for (date, command, machine), names in by_run.items()
    ]


def _told_busy(results: Results) -> list[str]:
    """Warn where others had the machine: our own idle servers leave no load behind."""
    limit = _BUSY * (os.cpu_count() or 1)
    before = {name: result.get("load", 0.0) for name, result in results.items()}
    busy = {name: load for name, load in before.items() if load > limit}
    if not busy:
        return []
    which = ", ".join(f"`{name}`" for name in busy) if len(busy) < len(results) else "every part"
    loads = f"a load of {min(busy.values()):.0f} to {max(busy.values()):.0f} before {which}"
    return [f"- **Others had the machine busy, with {loads}: times by the clock mean little.**"]


def _table(head: Sequence[str], rows: Any) -> list[str]:  # Any: an iterable of JSON rows
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(cells)} |" for cells in rows]


def _medians(figure: Figure) -> list[str]:
    others = [name for name in figure.samples if name not in _SERVERS]
    told = ", ".join(f"{name} {_number(figure.middle(name))}" for name in others)
    return [figure.what, *(_number(figure.middle(name)) for name in _SERVERS), told or "-"]


def _ratio(figure: Figure, bound: Bound) -> str:
    other = figure.best_peer if bound.of is Of.PEER else figure.names.get(bound.of, bound.of.value)
    ratio = figure.ratio(other)
    return f"{ratio} of {other}" if ratio else "-"


def _bound(figure: Figure, bound: Bound) -> str:
    sign = ">=" if bound.is_least else "<="
    return f"{sign} {bound.value:g} " + (figure.unit if bound.of is Of.UNIT else f"of {bound.of}")


def _best(figure: Figure) -> str:
    name = figure.best_peer
    return "-" if name is None else f"{_number(figure.middle(name))} ({name})"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _kept() -> Results:
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
