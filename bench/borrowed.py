"""What the benchmarks take from the tests: wheels built in memory, look-alikes, free ports."""

from __future__ import annotations

import sys

from bench.places import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from support.dists import Dist, sdist, wheel
from support.lookalikes.corpus import FIRST, LATER, Lookalike, lookalikes
from support.lookalikes.judging import alarms, found_by, subject_of, weighty
from support.osv_source import osv_source, zipped
from support.ports import free_port
from support.signed import GITHUB, GITHUB_PROVENANCE
from support.squats import squats

__all__ = [
    "FIRST",
    "GITHUB",
    "GITHUB_PROVENANCE",
    "LATER",
    "Dist",
    "Lookalike",
    "alarms",
    "found_by",
    "free_port",
    "lookalikes",
    "osv_source",
    "sdist",
    "squats",
    "subject_of",
    "weighty",
    "wheel",
    "zipped",
]
