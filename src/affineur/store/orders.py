"""In which order a feed's connectors are asked, and whether it merges: now, and at a moment.

What was before a change stands in the change's event, so that a view at a date never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from affineur.core.feeds import Connector, Feed
from affineur.store.schema import audit_event, connector


def positions(conn: Connection, feed_id: int) -> dict[int, int]:
    """Give where each current connector of a feed stands among them."""
    current = (connector.c.feed_id == feed_id) & connector.c.ended_at.is_(None)
    rows = conn.execute(select(connector.c.id, connector.c.position).where(current))
    return {row.id: row.position for row in rows}


def place(conn: Connection, places: Mapping[int, int]) -> None:
    """Put connectors where they are to stand from now on."""
    for number, position in places.items():
        conn.execute(update(connector).where(connector.c.id == number).values(position=position))


def merged(conn: Connection, one: Feed, at: datetime) -> bool:
    """Whether a feed merged at a moment: as it was before its first change after that moment."""
    before = _before_change(conn, one, "feed.changed", at)
    return one.merge if before is None else bool(before.get("merge", one.merge))


def ordered(conn: Connection, one: Feed, at: datetime) -> tuple[Connector, ...]:
    """Put connectors in the order of a moment: as before the first change after that moment.

    Those that ended before that change stand where they stood at their end.
    """
    before = _before_change(conn, one, "connectors.ordered", at)
    if before is None:
        return one.connectors
    told = {int(number): position for number, position in before["places"].items()}
    rows = conn.execute(
        select(connector.c.id, connector.c.position).where(connector.c.feed_id == one.id)
    )
    places = {row.id: told.get(row.id, row.position) for row in rows}
    return tuple(sorted(one.connectors, key=lambda link: (places[link.id], link.id)))


def _before_change(
    conn: Connection, one: Feed, action: str, at: datetime
) -> Any | None:  # Any: the JSON of an event
    """Give what was before the first change of this kind to a feed after a moment."""
    later = (
        select(audit_event.c.before)
        .where(
            audit_event.c.subject == f"feed:{one.name}",
            audit_event.c.action == action,
            audit_event.c.at > at,
        )
        .order_by(audit_event.c.seq)
        .limit(1)
    )
    return conn.scalar(later)
