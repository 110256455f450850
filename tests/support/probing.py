"""Probing an index that stands on loopback, and telling what came out otherwise than usual."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from affineur.probe.asking import Credentials, Limits
from affineur.probe.rows import Outcome
from affineur.probe.run import Report, probe
from support.index_server import Spoil, index_server, untouched

SHORT = Limits(answer_s=2.0, all_s=20.0)
NOT_KEPT_BY_THE_BEST = {
    "metadata-unannounced": Outcome.NOT_APPLICABLE,
    "challenge": Outcome.NOT_APPLICABLE,
    "private": Outcome.NOT_APPLICABLE,
}
"""What comes out otherwise than kept when nothing is spoiled, and no token is given."""
_WITH_TOKEN = {"challenge", "private"}


def look_at(
    url: str,
    *,
    token: str | None = None,
    projects: Sequence[str] = ("spam", "eggs-and-ham"),
    limits: Limits = SHORT,
) -> Report:
    """Probe an index, for seconds only."""
    credentials = Credentials("__token__", token) if token else None
    return asyncio.run(probe(url, credentials, projects=projects, limits=limits))


def outcomes(report: Report) -> dict[str, Outcome]:
    """What came out otherwise than kept."""
    told = {finding.row.id: finding.verdict.outcome for finding in report.findings}
    return {name: outcome for name, outcome in told.items() if outcome is not Outcome.KEPT}


def flipped(
    *, early: Spoil = untouched, late: Spoil = untouched, token: str | None = None
) -> dict[str, str]:
    """Which rows come out otherwise when an index is spoiled, and how."""
    with index_server(early=early, late=late, needs_token=token is not None) as index:
        found = outcomes(look_at(index.url, token=token))
    usual = {
        name: outcome
        for name, outcome in NOT_KEPT_BY_THE_BEST.items()
        if not (token and name in _WITH_TOKEN)
    }
    changed = {**dict.fromkeys(usual, Outcome.KEPT), **found}
    return {name: str(now) for name, now in sorted(changed.items()) if now is not usual.get(name)}
