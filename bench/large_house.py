"""`python -m bench.large_house DIR [--small]`: make the data directory of a large house.

100,000 projects with 1,000,000 listed files, 10,000 requests, 1,000,000 chained events, and
all that hangs on them, for whoever wants to see how a page does there. The bytes are there of
three projects only. Copy the directory when it is at rest, and serve it:

    AFFINEUR_DATA=DIR AFFINEUR_ADVISORIES_EVERY_S=0 affineur serve

The token of the administrator is in DIR/admin-token, some others are in DIR/tokens.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from affineur.store import feed_use, feeds, project_lists
from affineur.store.database import open_database
from bench.house import afterwards, asking, files, log, people
from bench.house.rows import Rows, filling, moment
from bench.house.shape import SMALL, House, Scale

_DATABASE = "affineur.db"
_RATED = """
    UPDATE assessment SET severity = CASE
        WHEN outcomes LIKE '%"severity":"block"%' THEN 2
        WHEN outcomes LIKE '%"severity":"review"%' THEN 1 ELSE 0 END
"""


def main() -> int:
    """Make the house; 2 when there is something already."""
    parser = argparse.ArgumentParser(prog="python -m bench.large_house", description=__doc__)
    parser.add_argument("folder", type=Path, help="the data directory, which is made")
    parser.add_argument("--small", action="store_true", help="a hundredth of everything")
    asked = parser.parse_args()
    if (asked.folder / _DATABASE).exists():
        print(f"{asked.folder} has a database already.", file=sys.stderr)
        return 2
    began = time.monotonic()
    make(asked.folder, SMALL if asked.small else Scale(), tell=print)
    print(f"{asked.folder} was made in {time.monotonic() - began:.0f} s")
    return 0


def make(folder: Path, scale: Scale, tell: Callable[[str], None] = lambda _text: None) -> None:
    """Make the data directory of a house of this scale."""
    house = House(scale, datetime.now(UTC).replace(microsecond=0))
    folder.mkdir(parents=True, exist_ok=True)
    tell("people, feeds and tokens")
    opened = people.open_house(folder, house)
    names = people.keep_names(folder, house)
    with filling(folder / _DATABASE) as rows:
        tell("files and listings")
        files.fill(rows, house, opened)
        tell("requests and assessments")
        asking.fill(rows, house, opened)
        tell("what came afterwards, and use")
        afterwards.fill(rows, house, opened)
        tell("events")
        log.fill(rows, house, opened)
        tell("indexes")
        _keep_names(rows, house, opened, names)
    tell("lists of projects")
    _sum_up(folder)
    _keep_secrets(folder, opened)


def epoch() -> datetime:
    """Give a moment for whoever needs names and versions alone: they are the same at any."""
    return datetime(2026, 11, 21, tzinfo=UTC)


def _keep_names(rows: Rows, house: House, opened: people.Opened, names: tuple[str, int]) -> None:
    digest, count = names
    row = (opened.upstream, digest, count, moment(house.now))
    rows.put("root_list", "connector_id names_sha256 count fetched_at", [row])


def _sum_up(folder: Path) -> None:
    """Make what is kept of listings and downloads for lists of projects."""
    database = open_database(f"sqlite:///{folder / _DATABASE}")
    with database.writing() as conn:
        conn.execute(text(_RATED))
        project_lists.mend(conn)
        for feed in feeds.load_all(conn):
            feed_use.keep(conn, feed.id, feed_use.counted(conn, feed.id, datetime.now(UTC)), ())
    database.close()


def _keep_secrets(folder: Path, opened: people.Opened) -> None:
    for name, told in (
        ("admin-token", opened.secrets["admin"] + "\n"),
        ("tokens.json", json.dumps(dict(opened.secrets), indent=2) + "\n"),
    ):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(told, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
