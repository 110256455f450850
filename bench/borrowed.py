"""What the benchmarks take from the tests: wheels built in memory, and ports that are free."""

from __future__ import annotations

import sys

from bench.places import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from support.dists import Dist, wheel
from support.ports import free_port

__all__ = ["Dist", "free_port", "wheel"]
