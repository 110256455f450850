"""What changed, so that nobody has to look whether it did.

A page is true until the rules of its feed change (`raise_revision`), until something about its
project changes (`pages_changed`), or until a moment that the page itself names. Who may read it
changes with an audit event alone. `watermarks` gives how far all of that is, in two small
queries; while it stays the same, everything that was made under it is still true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from affineur.core.names import FeedName, ProjectName
from affineur.store.schema import audit_event, connector, feed, project_change

_BATCH = 500
_DOORS = select(feed.c.name, feed.c.reads_anonymous, feed.c.revision)
_HEADS = select(
    select(func.max(audit_event.c.seq)).scalar_subquery(),
    select(func.max(project_change.c.seq)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Door:
    """As much of a feed as tells who may read it, and whether its rules changed."""

    name: FeedName
    reads_anonymous: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Watermarks:
    """How far the log of events, the changes of projects and the revisions of feeds are."""

    audit: int = 0
    changes: int = 0
    doors: Mapping[FeedName, Door] | None = None

    def door(self, name: FeedName) -> Door | None:
        """Give the door of a feed; None when there is no such feed."""
        return None if self.doors is None else self.doors.get(name)


def watermarks(conn: Connection) -> Watermarks:
    """Read all of them in one consistent view."""
    audit, changes = conn.execute(_HEADS).one()
    doors = {
        FeedName(row.name): Door(FeedName(row.name), row.reads_anonymous, row.revision)
        for row in conn.execute(_DOORS)
    }
    return Watermarks(audit or 0, changes or 0, doors)


def latest(conn: Connection) -> int:
    """Give how far the changes of projects are."""
    return conn.execute(select(func.max(project_change.c.seq))).scalar_one() or 0


def changed_since(conn: Connection, seq: int, limit: int) -> dict[ProjectName, int]:
    """Give the projects that changed after a watermark, with theirs; at most so many."""
    question = (
        select(project_change.c.project, project_change.c.seq)
        .where(project_change.c.seq > seq)
        .order_by(project_change.c.seq)
        .limit(limit)
    )
    return {ProjectName(row.project): row.seq for row in conn.execute(question)}


def serial(conn: Connection, name: FeedName, project: ProjectName) -> int:
    """Give a number that rises with every change to a project's page in a feed, but for time."""
    of_feed = select(feed.c.revision).where(feed.c.name == name)
    of_project = select(project_change.c.seq).where(project_change.c.project == project)
    return (conn.scalar(of_feed) or 0) + (conn.scalar(of_project) or 0)


def fingerprint(conn: Connection) -> object:
    """Give a value that differs whenever another connection has committed something since.

    On SQLite it means something only between two calls on the same connection.
    """
    if conn.dialect.name == "sqlite":
        return conn.execute(text("PRAGMA data_version")).scalar_one()
    return conn.execute(text("SELECT pg_current_snapshot()::text")).scalar_one()


# --- saying that something changed -------------------------------------------------------


def pages_changed(conn: Connection, projects: Iterable[ProjectName]) -> None:
    """Say that pages of these projects changed, in whatever feeds."""
    names = sorted(set(projects))
    if not names:
        return
    last = conn.execute(select(func.max(project_change.c.seq))).scalar_one() or 0
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(names), _BATCH):
        rows = [{"project": name, "seq": last + 1} for name in names[start : start + _BATCH]]
        new = insert(project_change).values(rows)
        conn.execute(
            new.on_conflict_do_update(
                index_elements=[project_change.c.project], set_={"seq": new.excluded.seq}
            )
        )


def raise_revision(conn: Connection, feed_id: int) -> None:
    """Say that a feed's rules changed: for it, and for all feeds that read it, however far."""
    reads = _reads()
    changed = select(feed.c.id).where(feed.c.id == feed_id).cte("changed", recursive=True)
    further = select(reads.c.reader_id).join(changed, reads.c.read_id == changed.c.id)
    reached = changed.union(further)  # a union, so that a cycle comes to an end
    conn.execute(
        update(feed).where(feed.c.id.in_(select(reached.c.id))).values(revision=feed.c.revision + 1)
    )


def raise_all(conn: Connection) -> None:
    """Say that a rule changed which holds for every feed."""
    conn.execute(update(feed).values(revision=feed.c.revision + 1))


def _reads() -> Any:  # Any: a subquery with the columns reader_id and read_id
    by_connector = select(
        connector.c.feed_id.label("reader_id"), connector.c.target_id.label("read_id")
    ).where(connector.c.ended_at.is_(None), connector.c.target_id.is_not(None))
    by_source = select(feed.c.id, feed.c.source_id).where(feed.c.source_id.is_not(None))
    return by_connector.union_all(by_source).subquery("reads")
