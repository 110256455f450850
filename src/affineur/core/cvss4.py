"""The CVSS 4.0 score of a vector, by its MacroVector (specification, sections 7 and 8).

The six equivalence classes of a vector name a MacroVector, whose score FIRST's experts gave.
From it is taken how far the vector lies below the worst of its class, in proportion to the
distance to the next lower MacroVector, and on the average of all classes that have one.
Threat and environmental metrics count when a vector gives them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

_SCORES = """
0000 10 9.8 9.5 10 9.3 9.1 9.3 8.9 8.1
0001 9.9 9.5 9.2 9.6 8.7 8.1 9 8 6.8
0010 9.8 9.5 9 9.3 8.9 8.1 8.8 7.8 6.9
0011 9.5 9.2 8.4 9.2 8.1 6.5 8 7 4.8
0021 9.2 8.2 7.2 7.9 6.9 5 6.9 5.5 2.7
0100 9.9 9.5 9.2 9.5 9 8.4 9.2 8.2 7.2
0101 9.7 9.2 8.5 9.1 8.3 7.1 8.1 7.1 5.3
0110 9.5 9.2 8.5 9.2 8 7 8.4 7.1 5
0111 9.3 8.5 7.3 8.2 7.2 5.9 7 5.2 3
0121 8.6 7.5 5.2 7.1 5.2 2.9 6.3 2.9 1.7
1000 9.8 9.4 9.1 9.4 8.6 7.7 8.7 7.4 6.3
1001 9.5 8.7 8.1 8.9 7.4 6.4 7.5 6.3 4.9
1010 9.4 8.8 7.6 8.6 7.4 5.9 7.2 5.7 5.2
1011 8.9 7.7 6.7 7.6 5.8 5 5.7 5.2 2.5
1021 8.3 7 5.4 6.5 5.8 2.6 5.3 2.1 1.3
1100 9.5 8.8 7.6 9 7.5 6.1 7.7 6.8 5.2
1101 9 7.6 7 7.7 6.2 5.3 6.6 5.9 3
1110 8.9 7.6 6.2 7.4 5.7 4.7 6.1 5.7 2.4
1111 7.8 6.7 5.8 5.9 5.7 2.3 5.2 2.9 1.6
1121 7.1 5.9 3 5.8 2.6 1.5 2.3 1.3 0.6
2000 9.3 8.6 7.5 8.6 7.4 5.6 7 5.2 4
2001 8.7 7.2 5.8 7.4 6.1 3.4 5.4 4 2.2
2010 8.5 7.4 6.2 7.2 5.5 4.6 5.3 3.4 1.9
2011 7.5 5.5 5.1 5.7 4.1 1.9 3.6 1.9 0.8
2021 6.4 5.1 2 4.7 2.1 1.1 2.4 0.9 0.4
2100 8.8 7.3 6 7.3 5.9 4.1 5.4 4.5 2
2101 7.5 5.3 5 5.5 4 2 4.3 2.2 1.1
2110 7.5 5.8 4 6.1 4.8 2 4.6 1.7 0.8
2111 5.5 4.5 2.1 5.1 1.8 0.9 1.8 0.7 0.2
2121 5.3 2.4 1.4 2.4 1.2 0.5 1 0.3 0.1
"""
"""The specification's table: a row for each of EQ1, EQ2, EQ3 and EQ6; in it EQ4 by EQ5."""

_TABLE: Mapping[str, tuple[float, ...]] = {
    row.split()[0]: tuple(float(score) for score in row.split()[1:])
    for row in _SCORES.strip().splitlines()
}

_ORDER: Mapping[str, str] = {
    "AV": "NALP",
    "AC": "LH",
    "AT": "NP",
    "PR": "NLH",
    "UI": "NPA",
    "VC": "HLN",
    "VI": "HLN",
    "VA": "HLN",
    "SC": "SHLN",
    "SI": "SHLN",
    "SA": "SHLN",
    "CR": "HML",
    "IR": "HML",
    "AR": "HML",
    "E": "APU",
}
"""The values of each metric, the worst first."""
_OPTIONAL: Mapping[str, str] = {"E": "A", "CR": "H", "IR": "H", "AR": "H"}
"""What a metric that may be left out counts as."""
_ONLY_MODIFIED = {("SI", "S"), ("SA", "S")}
_NEVER = {("SC", "S")}
_IMPACT = ("VC", "VI", "VA", "SC", "SI", "SA")

# The worst vectors of each level of each class, and how deep the level is, in steps.
_EQ1 = (
    ("AV PR UI", ("N N N",), 1),
    ("AV PR UI", ("A N N", "N L N", "N N P"), 4),
    ("AV PR UI", ("P N N", "A L P"), 5),
)
_EQ2 = (("AC AT", ("L N",), 1), ("AC AT", ("H N", "L P"), 2))
_EQ36_METRICS = "VC VI VA CR IR AR"
_EQ36: Mapping[str, tuple[str, tuple[str, ...], int]] = {
    "00": (_EQ36_METRICS, ("H H H H H H",), 7),
    "01": (_EQ36_METRICS, ("H H L M M H", "H H H M M M"), 6),
    "10": (_EQ36_METRICS, ("L H H H H H", "H L H H H H"), 8),
    "11": (
        _EQ36_METRICS,
        ("L H L H M H", "L H H H M M", "H L H M H M", "H L L M H H", "L L H H H M"),
        8,
    ),
    "21": (_EQ36_METRICS, ("L L L H H H",), 10),
}
_EQ4 = (
    ("SC SI SA", ("H S S",), 6),
    ("SC SI SA", ("H H H",), 5),
    ("SC SI SA", ("L L L",), 4),
)
_BELOW: Mapping[str, tuple[str, ...]] = {
    "00": ("01", "10"),
    "01": ("11",),
    "10": ("11",),
    "11": ("21",),
    "21": (),
}
"""The next lower levels of EQ3 and EQ6 together."""


def score(vector: str) -> float | None:
    """Compute the score, 0.0 to 10.0; None when it is no whole CVSS 4.0 vector."""
    prefix, *parts = vector.strip().split("/")
    if prefix != "CVSS:4.0":
        return None
    given = dict(part.partition(":")[::2] for part in parts)
    if len(given) != len(parts):
        return None
    metrics = {metric: _counted(given, metric) for metric in _ORDER}
    if any(value is None for value in metrics.values()):
        return None
    return _score({metric: str(value) for metric, value in metrics.items()})


def _counted(given: Mapping[str, str], metric: str) -> str | None:
    """Give what counts for a metric: what was modified, else what is said, else the default."""
    said = given.get(metric, "X" if metric in _OPTIONAL else None)
    modified = given.get(f"M{metric}", "X")
    if said is None or (said == "X" and metric not in _OPTIONAL):
        return None
    if (metric, said) in _ONLY_MODIFIED | _NEVER or (metric, modified) in _NEVER:
        return None
    value = _OPTIONAL[metric] if said == "X" else said
    counted = value if modified == "X" else modified
    is_known = value in _ORDER[metric] and counted in _ORDER[metric]
    return counted if is_known and len(counted) == 1 else None


def _score(metrics: Mapping[str, str]) -> float:
    if all(metrics[metric] == "N" for metric in _IMPACT):
        return 0.0
    eq1, eq2, eq36, eq4, eq5 = _classes(metrics)
    whole = _at(eq1, eq2, eq36, eq4, eq5)
    ways = (
        (_at(eq1 + 1, eq2, eq36, eq4, eq5), _depth(metrics, _EQ1[eq1])),
        (_at(eq1, eq2 + 1, eq36, eq4, eq5), _depth(metrics, _EQ2[eq2])),
        (_highest(_below(eq1, eq2, eq36, eq4, eq5)), _depth(metrics, _EQ36[eq36])),
        (_at(eq1, eq2, eq36, eq4 + 1, eq5), _depth(metrics, _EQ4[eq4])),
        (_at(eq1, eq2, eq36, eq4, eq5 + 1), 0.0),
    )
    drops = [(whole - lower) * depth for lower, depth in ways if not math.isnan(lower)]
    below = sum(drops) / len(drops) if drops else 0.0
    # Half up to one decimal, and free of float noise: 8.6 - 7.15 is 1.45, which is 1.5.
    return math.floor(min(10.0, max(0.0, whole - below)) * 10 + 0.5 + 1e-5) / 10


def _classes(metrics: Mapping[str, str]) -> tuple[int, int, str, int, int]:
    easy = [metrics["AV"] == "N", metrics["PR"] == "N", metrics["UI"] == "N"]
    is_one = any(easy) and metrics["AV"] != "P"
    eq1 = 0 if all(easy) else 1 if is_one else 2
    eq2 = 0 if (metrics["AC"], metrics["AT"]) == ("L", "N") else 1
    high = [metrics[metric] == "H" for metric in ("VC", "VI", "VA")]
    eq3 = 0 if high[0] and high[1] else 1 if any(high) else 2
    wanted = [metrics[metric] == "H" for metric in ("CR", "IR", "AR")]
    eq6 = 0 if any(one and other for one, other in zip(high, wanted, strict=True)) else 1
    is_safety = "S" in (metrics["SI"], metrics["SA"])
    is_high = "H" in (metrics["SC"], metrics["SI"], metrics["SA"])
    eq4 = 0 if is_safety else 1 if is_high else 2
    return eq1, eq2, f"{eq3}{eq6}", eq4, _ORDER["E"].index(metrics["E"])


def _at(eq1: int, eq2: int, eq36: str, eq4: int, eq5: int) -> float:
    """Look a MacroVector up; not a number when there is none such."""
    row = _TABLE.get(f"{eq1}{eq2}{eq36}")
    return math.nan if row is None or eq4 > 2 or eq5 > 2 else row[eq4 * 3 + eq5]


def _below(eq1: int, eq2: int, eq36: str, eq4: int, eq5: int) -> Iterator[float]:
    return (_at(eq1, eq2, lower, eq4, eq5) for lower in _BELOW[eq36])


def _highest(scores: Iterator[float]) -> float:
    return max(scores, default=math.nan)


def _depth(metrics: Mapping[str, str], level: tuple[str, tuple[str, ...], int]) -> float:
    """Say how far down in its level a vector is, from 0 to 1."""
    names, worst, steps = level
    for one in worst:
        downs = [
            _ORDER[name].index(metrics[name]) - _ORDER[name].index(value)
            for name, value in zip(names.split(), one.split(), strict=True)
        ]
        if min(downs) >= 0:
            return sum(downs) / steps
    return 0.0
