from __future__ import annotations

import asyncio
import gzip
import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Forbidden
from affineur.core.known_names import KnownNames
from affineur.core.names import NamePattern, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import feeds, name_lists, names
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store.database import Database
from affineur.upstream import HttpUpstream
from support.clocks import SetClock
from support.dists import Dist
from support.gear import FEED, make_gear, somebody
from support.upstream_server import upstream_server

TOP = {
    "last_update": "2026-05-01 06:34:06",
    "rows": [
        {"download_count": 5, "project": "Numpy"},
        {"download_count": 9, "project": "requests"},
        {"download_count": 1, "project": "not a name"},
    ],
}
MADE = datetime(2026, 5, 1, 6, 34, 6, tzinfo=UTC)


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path)


def take(gear: Gear, path: Path) -> names.NamesReport:
    return asyncio.run(names.sync(gear, OPERATOR, str(path)))


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "list"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_published_list_is_taken_in_by_downloads(
    gear: Gear, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    report = take(gear, written(tmp_path, pack(json.dumps(TOP).encode())))

    assert (report.popular, report.skipped, report.as_of) == (2, 1, MADE)
    assert names.known(gear).popular == ("requests", "numpy")
    assert names.known(gear).popular_as_of == MADE


def test_a_text_with_a_name_a_line_is_taken_in_as_old_as_its_file(
    gear: Gear, tmp_path: Path
) -> None:
    report = take(gear, written(tmp_path, b"# mine\nrequests\n\nNum_Py\nrequests\n"))

    assert names.known(gear).popular == ("requests", "num-py")
    assert report.as_of <= gear.clock.now()


def test_before_the_first_time_the_shipped_list_is_used(gear: Gear) -> None:
    report = names.status(gear, OPERATOR)

    assert (report.source, report.popular) == ("shipped with affineur", 15_000)
    assert names.known(gear).popular == name_lists.shipped().popular


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{}",
        b'{"rows": 5}',
        b"[[[]]]",
        b"[" * 100_000,
        b"\x1f\x8bnonsense",
        b"\xff\xfe\x00",
        b"<!doctype html>\n<title>Log in</title>\n",
    ],
)
def test_what_is_no_list_changes_nothing(gear: Gear, tmp_path: Path, content: bytes) -> None:
    take(gear, written(tmp_path, b"requests"))

    with pytest.raises(BadInput):
        take(gear, written(tmp_path, content))

    assert names.known(gear).popular == ("requests",)


def test_a_missing_file_is_told(gear: Gear, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        take(gear, tmp_path / "missing")


def test_a_list_from_the_future_is_as_old_as_now(gear: Gear, tmp_path: Path) -> None:
    ahead = TOP | {"last_update": (gear.clock.now() + timedelta(days=9)).isoformat()}

    report = take(gear, written(tmp_path, json.dumps(ahead).encode()))

    assert report.as_of == gear.clock.now()


def test_a_synchronisation_is_in_the_audit_log(gear: Gear, tmp_path: Path) -> None:
    take(gear, written(tmp_path, b"requests"))

    with gear.db.reading() as conn:
        (event,) = audit.events(conn, 0, 2)
    told = event.event.after or {}
    assert (event.event.action, told["source"], told["names"]) == (
        "names.synced",
        str(tmp_path / "list"),
        1,
    )


def test_only_who_runs_the_server_may_do_this(gear: Gear, tmp_path: Path) -> None:
    manager = somebody("manager@internal")

    with pytest.raises(Forbidden):
        asyncio.run(names.sync(gear, manager, str(tmp_path)))
    with pytest.raises(Forbidden):
        names.status(gear, manager)


def test_the_names_of_the_house_are_known_as_soon_as_they_are(gear: Gear) -> None:
    before = names.known(gear)
    feeds.create(gear, OPERATOR, NewFeed(FEED))
    feeds.reserve(gear, OPERATOR, FEED, NamePattern("acme-*"))

    assert before.reserved == ()
    assert names.known(gear).reserved == ("acme-*",)
    assert names.known(gear) is names.known(gear)


def test_a_new_name_of_the_house_needs_no_new_index_of_the_popular_ones() -> None:
    known = KnownNames((ProjectName("requests"),))

    other = known.with_house(frozenset({ProjectName("flask")}), frozenset(), ())

    assert other.ranked is known.ranked
    assert [one.name for one in other.resemblances.of(ProjectName("flasks"))] == ["flask"]
    assert other.version != known.version


def test_a_url_is_fetched_and_its_query_is_told_nobody(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    async def run(url: str) -> names.NamesReport:
        upstream = HttpUpstream()
        try:
            gear = make_gear(database, clock, tmp_path, upstream=upstream)
            return await names.sync(gear, OPERATOR, url)
        finally:
            await upstream.aclose()

    with upstream_server("json") as server:
        server.add(Dist("names.txt", b"requests\n", b""))
        report = asyncio.run(run(server.location("names.txt") + "?signature=secret"))

    assert (report.popular, report.as_of) == (1, clock.now())
    assert report.source.endswith("/files/names.txt")


PACKAGES = b"""\
Package: python3-Numpy
Version: 1

Package: libc6
Version: 2

Package: python3-requests
"""


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_what_debian_ships_is_read_from_its_list_of_packages(
    gear: Gear, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    source = str(written(tmp_path, pack(PACKAGES)))
    report = asyncio.run(names.sync(gear, OPERATOR, source, "debian"))
    known = names.known(gear)

    assert (report.debian, report.popular) == (2, 15_000)
    assert known.is_in_debian(ProjectName("requests")) is True
    assert known.is_in_debian(ProjectName("flask")) is False


def test_what_debian_ships_is_not_known_before_somebody_tells(gear: Gear) -> None:
    assert names.known(gear).is_in_debian(ProjectName("requests")) is None
    with pytest.raises(BadInput, match="has no source of its own"):
        asyncio.run(names.sync(gear, OPERATOR, None, "debian"))
