"""How severe what an advisory tells is: by its CVSS vectors, else by its database's own word.

Records that are aliases of each other rate it together: what one leaves out another may tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from affineur.core.cvss import base_score, level_of_score
from affineur.core.names import ProjectName
from affineur.core.osv import Table, ratings

LEVELS = ("unknown", "low", "medium", "high", "critical")
"""From the least to the most; what nobody rated stands first."""

_WORDS: Mapping[str, str] = {
    "low": "low",
    "moderate": "medium",
    "medium": "medium",
    "important": "high",
    "high": "high",
    "critical": "critical",
}
_MOST_VECTORS = 100


@dataclass(frozen=True, slots=True)
class Rating:
    """A level, and the score and vector behind it; None where a word is all there is."""

    level: str
    score: float | None = None
    vector: str | None = None


def rate(records: Iterable[Table], project: ProjectName) -> Rating:
    """Rate what some records tell of a project together: the highest score, else the worst word."""
    told = [ratings(record, project) for record in records]
    vectors = [vector for some, _ in told for vector in some][:_MOST_VECTORS]
    scores = [(score, vector) for vector in vectors if (score := base_score(vector)) is not None]
    if scores:
        score, vector = max(scores)
        return Rating(level_of_score(score), score, vector)
    levels = [_WORDS.get(word.lower(), "unknown") for _, words in told for word in words]
    return Rating(max(levels, key=LEVELS.index, default="unknown"))
