"""Waivers: accepting a finding in a feed, with a reason and until a day, and ending that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from packaging.version import Version

from affineur.core.errors import Conflict, NotFound
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import Actor, Permission
from affineur.core.waivers import Scope, Waiver, check_expiry, parse_finding
from affineur.services.blocks import one_line
from affineur.services.feeds import deciding_feed
from affineur.services.gear import Gear
from affineur.services.judging import REJUDGE
from affineur.store import audit, concerns, jobs, waivers


@dataclass(frozen=True, slots=True)
class WaiverOrder:
    """What is to be accepted, where, why, and until when."""

    project: ProjectName
    version: Version | None
    sha256: Sha256 | None
    finding: str
    reason: str
    expires_at: datetime

    @property
    def scope(self) -> Scope:
        """How far it reaches: as far as it names."""
        if self.sha256 is not None:
            return Scope.FILE
        return Scope.PROJECT if self.version is None else Scope.RELEASE


def add(gear: Gear, actor: Actor, name: FeedName, order: WaiverOrder) -> Waiver:
    """Accept a finding in the feed that approves what is asked for at `name`."""
    now = gear.clock.now()
    reason = one_line(order.reason, "A waiver needs a reason")
    finding = parse_finding(order.finding)
    expires_at = check_expiry(now, order.expires_at)
    with gear.db.writing() as conn:
        feed = deciding_feed(conn, actor, Permission.WAIVE, name)
        if len(waivers.standing(conn, feed.id, now)) >= waivers.MOST:
            raise Conflict(f"'{feed.name}' has {waivers.MOST} waivers already.")
        new = Waiver(
            id=0,
            finding=finding,
            scope=order.scope,
            project=order.project,
            version=order.version,
            sha256=order.sha256,
            reason=reason,
            by=actor.name,
            at=now,
            expires_at=expires_at,
        )
        made = replace(new, id=waivers.add(conn, feed.id, new))
        concerns.mark(conn, now, [made.project])
        jobs.enqueue(conn, now, REJUDGE, str(feed.id))
        event = Event("waiver.made", f"feed:{feed.name}", after=_facts(made))
        audit.record(conn, now, actor, event)
    return made


def end(gear: Gear, actor: Actor, name: FeedName, waiver_id: int) -> Waiver:
    """End a waiver: the finding weighs again from now on."""
    now = gear.clock.now()
    with gear.db.writing() as conn:
        feed = deciding_feed(conn, actor, Permission.WAIVE, name)
        found = waivers.load(conn, waiver_id)
        if found is None or found[0] != feed.id:
            raise NotFound(
                f"There is no waiver {waiver_id} in '{feed.name}'.",
                hint=f"See: affineur waiver list --feed {feed.name}",
            )
        if not waivers.end(conn, now, actor.name, waiver_id):
            raise Conflict(f"Waiver {waiver_id} had ended before.")
        concerns.mark(conn, now, [found[1].project])
        jobs.enqueue(conn, now, REJUDGE, str(feed.id))
        event = Event("waiver.ended", f"feed:{feed.name}", _facts(found[1]))
        audit.record(conn, now, actor, event)
    return replace(found[1], ended_at=now, ended_by=actor.name)


def current(
    gear: Gear, actor: Actor, name: FeedName, project: ProjectName | None, *, every: bool = False
) -> tuple[Waiver, ...]:
    """List the waivers that hold, newest first; with `every` also ended and expired ones."""
    now = gear.clock.now()
    with gear.db.reading() as conn:
        feed = deciding_feed(conn, actor, Permission.REQUEST_READ, name)
        found = waivers.of_feed(conn, feed.id, project)
    return found if every else tuple(one for one in found if one.holds_at(now))


def _facts(one: Waiver) -> dict[str, Fact]:
    return {
        "id": one.id,
        "finding": one.finding,
        "scope": str(one.scope),
        "project": one.project,
        "version": str(one.version) if one.version else None,
        "sha256": one.sha256,
        "reason": one.reason,
        "expires_at": one.expires_at.isoformat(),
    }
