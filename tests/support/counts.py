"""What was written down of use, as plain rows that tests compare."""

from __future__ import annotations

from sqlalchemy import select

from affineur.services.counting import write_down
from affineur.services.gear import Gear
from affineur.store.schema import feed
from affineur.store.schema_usage import download, traffic, wanted, wanted_by


def traffic_of(gear: Gear) -> dict[tuple[str, str], tuple[int, int]]:
    """Count and bytes by feed and kind, over all days."""
    write_down(gear)
    question = select(feed.c.name, traffic).join(feed, feed.c.id == traffic.c.feed_id)
    with gear.db.reading() as conn:
        rows = conn.execute(question).mappings().all()
    return {(row["name"], row["kind"]): (row["count"], row["bytes"]) for row in rows}


def downloads(gear: Gear) -> list[tuple[str, str, str, int]]:
    """Day, filename, taker, count."""
    write_down(gear)
    with gear.db.reading() as conn:
        rows = conn.execute(select(download).order_by(download.c.filename, download.c.taker))
        return [(r["day"], r["filename"], r["taker"], r["count"]) for r in rows.mappings()]


def wishes(gear: Gear) -> list[tuple[str, str, str, int]]:
    """Project, version, rule, count."""
    write_down(gear)
    with gear.db.reading() as conn:
        rows = conn.execute(select(wanted).order_by(wanted.c.project, wanted.c.version))
        return [(r["project"], r["version"], r["rule"], r["count"]) for r in rows.mappings()]


def wishers(gear: Gear) -> list[tuple[str, str, int]]:
    """Project, who, count."""
    write_down(gear)
    question = (
        select(wanted.c.project, wanted_by)
        .join(wanted, wanted.c.id == wanted_by.c.wanted_id)
        .order_by(wanted.c.project, wanted_by.c.who)
    )
    with gear.db.reading() as conn:
        rows = conn.execute(question).mappings().all()
    return [(row["project"], row["who"], row["count"]) for row in rows]
