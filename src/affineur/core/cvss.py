"""The CVSS score of a vector, of whatever version.

The base scores of CVSS 3.0 and 3.1 are by the formula of the specification (3.1, section 7.1),
those of CVSS 2 by its section 3.2.1; CVSS 4.0 stands in `cvss4.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from affineur.core import cvss4

_LONGEST = 512
_EXPLOITABILITY: Mapping[str, Mapping[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
}
_PRIVILEGES: Mapping[str, Mapping[str, float]] = {
    "U": {"N": 0.85, "L": 0.62, "H": 0.27},
    "C": {"N": 0.85, "L": 0.68, "H": 0.5},
}
_IMPACT: Mapping[str, float] = {"H": 0.56, "L": 0.22, "N": 0.0}
_EASE_2: Mapping[str, Mapping[str, float]] = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
}
_IMPACT_2: Mapping[str, float] = {"N": 0.0, "P": 0.275, "C": 0.66}


def base_score(vector: str) -> float | None:
    """Compute the score, 0.0 to 10.0; None when it is no CVSS vector that we know."""
    text = vector.strip()
    if len(text) > _LONGEST:
        return None
    if text.startswith("CVSS:4.0/"):
        return cvss4.score(text)
    prefix, *parts = text.split("/")
    is_3 = prefix in ("CVSS:3.0", "CVSS:3.1")
    metrics = dict(part.partition(":")[::2] for part in (parts if is_3 else text.split("/")))
    try:
        return _score(metrics) if is_3 else _score_2(metrics)
    except KeyError:
        return None


def level_of_score(score: float) -> str:
    """Name the qualitative level of a score; a score of 0 is a low one here."""
    steps = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))
    return next((level for least, level in steps if score >= least), "low")


def _score(metrics: Mapping[str, str]) -> float:
    is_changed = {"U": False, "C": True}[metrics["S"]]
    missed = 1.0
    for metric in ("C", "I", "A"):
        missed *= 1.0 - _IMPACT[metrics[metric]]
    reach = 1.0 - missed
    impact = 7.52 * (reach - 0.029) - 3.25 * (reach - 0.02) ** 15 if is_changed else 6.42 * reach
    ease = 8.22 * _PRIVILEGES[metrics["S"]][metrics["PR"]]
    for metric, values in _EXPLOITABILITY.items():
        ease *= values[metrics[metric]]
    if impact <= 0:
        return 0.0
    return _rounded_up(min((1.08 if is_changed else 1.0) * (impact + ease), 10.0))


def _score_2(metrics: Mapping[str, str]) -> float:
    missed = 1.0
    for metric in ("C", "I", "A"):
        missed *= 1.0 - _IMPACT_2[metrics[metric]]
    impact = 10.41 * (1.0 - missed)
    ease = 20.0
    for metric, values in _EASE_2.items():
        ease *= values[metrics[metric]]
    if impact == 0:
        return 0.0
    return round((0.6 * impact + 0.4 * ease - 1.5) * 1.176 + 1e-9, 1)


def _rounded_up(value: float) -> float:
    """Round up to one decimal as the specification's appendix A says, free of float noise."""
    scaled = round(value * 100_000)
    if scaled % 10_000 == 0:
        return scaled / 100_000
    return (scaled // 10_000 + 1) / 10.0
