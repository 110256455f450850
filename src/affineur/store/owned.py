"""Which of many names are the house's own, asked at once; `store.feeds.owners` asks about one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from affineur.core.names import NamePattern, ProjectName
from affineur.store.feed_questions import NOW
from affineur.store.schema import listing

_AT_ONCE = 500


def owned_names(conn: Connection, projects: Iterable[ProjectName]) -> set[ProjectName]:
    """Give those names that ever had an upload in any feed, or that a pattern reserves."""
    wanted = sorted(set(projects))
    patterns = [NamePattern(row.pattern) for row in conn.execute(NOW.patterns)]
    found = {one for one in wanted if any(pattern.matches(one) for pattern in patterns)}
    for start in range(0, len(wanted), _AT_ONCE):
        uploaded = select(listing.c.project).where(
            listing.c.project.in_(wanted[start : start + _AT_ONCE]), listing.c.is_upload.is_(True)
        )
        found |= {ProjectName(name) for name in conn.scalars(uploaded.distinct())}
    return found
