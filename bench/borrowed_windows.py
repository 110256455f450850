"""What is taken from the tests of pages: Chromium, and an office in which work goes on."""

from __future__ import annotations

import sys

from bench.places import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from support.offices import BusyOffice, busy_office
from support.windows import DESKTOP, PHONE, Scheme, chromium, window

__all__ = ["DESKTOP", "PHONE", "BusyOffice", "Scheme", "busy_office", "chromium", "window"]
