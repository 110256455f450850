"""The pairs of `squats.txt`: a squat, its target, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affineur.core.names import ProjectName

_PAIRS = Path(__file__).with_name("squats.txt")


@dataclass(frozen=True, slots=True)
class Squat:
    """A name that was made to be taken for another."""

    name: ProjectName
    target: ProjectName
    kind: str


def squats() -> tuple[Squat, ...]:
    """Read them all."""
    lines = [line.split() for line in _PAIRS.read_text("utf-8").splitlines() if line[0] != "#"]
    return tuple(Squat(ProjectName(a), ProjectName(b), kind) for a, b, kind in lines)
