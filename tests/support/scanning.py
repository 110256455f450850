"""Scanning files as a wheel would have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from affineur.core.archives import ArchiveReport
from affineur.core.findings import Severity

Scan = Callable[[Mapping[str, str | bytes]], ArchiveReport]


def signals_of(report: ArchiveReport) -> list[tuple[str, Severity, int | None]]:
    """Give rule, severity and line of each signal."""
    return [(one.rule, one.severity, one.where.line) for one in report.scan.signals]
