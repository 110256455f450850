"""Judging again: what a changed policy or waiver says of requests that wait for a person.

By what their vetting found then; nothing is fetched and no check looks again. What the policy
denies now is denied. What it would allow now stays with the people who were asked: it was vetted
a while ago, and their answer is one word.
"""

from __future__ import annotations

from sqlalchemy import Connection

from affineur.core.findings import Verdict
from affineur.core.requests import ItemState, RequestState, verdict_of
from affineur.services import approval, judging
from affineur.services.gear import Gear
from affineur.services.snapshots import SYSTEM
from affineur.store import feeds as feed_store
from affineur.store import requests


async def rejudge(gear: Gear, key: str) -> None:
    """Judge all requests into a feed that wait for a person; the key is the feed's id."""
    for request_id in await gear.db.read(requests.in_review, int(key)):
        await gear.db.write(_again, gear, request_id)


def rejudge_one(gear: Gear, request_id: int) -> None:
    """Judge one request again at once, for whoever looks at it."""
    with gear.db.writing() as conn:
        _again(conn, gear, request_id)


def rejudging_parked(_gear: Gear, _key: str, _error: str) -> None:
    """Judging again kept failing: the requests keep the verdicts that they had."""


def _again(conn: Connection, gear: Gear, request_id: int) -> None:
    request = requests.load(conn, request_id)
    feed = feed_store.load(conn, request.feed) if request is not None else None
    if request is None or feed is None or request.state is not RequestState.REVIEW:
        return
    judged = [
        judging.judged(conn, gear, feed, item)
        for item in request.items
        if item.state is not ItemState.WAITING
    ]
    for item in judged:
        requests.rejudge_item(conn, item)
    if verdict_of(tuple(judged)) is Verdict.DENY:
        approval.move(conn, gear, SYSTEM, request, RequestState.DENIED)
