"""Settling: what becomes of a request when the last of its items is judged.

A draft is not settled: nobody decides it, neither people nor the policy, until it is sent.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from affineur.core.findings import Verdict
from affineur.core.requests import Decision, Request, RequestState, verdict_of
from affineur.services import approval
from affineur.services.gear import Gear
from affineur.services.snapshots import SYSTEM
from affineur.store import requests


def settle(conn: Connection, gear: Gear, request_id: int) -> None:
    """Let a request of which nothing waits for vetting go on: allowed, denied, or to a person."""
    if requests.is_waiting(conn, request_id):
        return
    request = requests.load(conn, request_id)
    if request is None or request.is_draft or request.state is not RequestState.VETTING:
        return
    if not request.items:
        nothing_new(conn, gear, request)
        return
    match verdict_of(request.items):
        case Verdict.ALLOW:
            _by_policy(conn, gear, request)
        case Verdict.DENY:
            approval.move(conn, gear, SYSTEM, request, RequestState.DENIED)
        case Verdict.REVIEW:
            approval.move(conn, gear, SYSTEM, request, RequestState.REVIEW)


def nothing_new(conn: Connection, gear: Gear, request: Request) -> None:
    """Approve a request whose closure was approved before, whole."""
    comment = "Everything asked for was approved before."
    decision = Decision(0, RequestState.APPROVED, comment, SYSTEM.name, gear.clock.now(), ())
    approval.list_closure(conn, gear, SYSTEM, request, decision)


def _by_policy(conn: Connection, gear: Gear, request: Request) -> None:
    decision = Decision(
        0,
        RequestState.APPROVED,
        "Allowed by the policy.",
        "policy",
        gear.clock.now(),
        approval.digests(request),
    )
    approval.list_closure(conn, gear, replace(SYSTEM, name="policy"), request, decision)
