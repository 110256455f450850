"""Bringing our copy of the advisories up to date, on both databases."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from affineur.core.errors import BadInput, Forbidden, NotFound, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.services.advisories import SyncReport, sync
from affineur.services.gear import Gear
from affineur.store import advisories, audit
from affineur.store.database import Database
from affineur.upstream import HttpUpstream
from support.clocks import SetClock
from support.dists import Dist
from support.gear import make_gear, somebody
from support.upstream_server import Fault, upstream_server

SPAM, EGGS = ProjectName("spam"), ProjectName("eggs")
OLD, NEW = "2026-01-02T03:04:05Z", "2026-02-03T04:05:06.789Z"


def osv(record_id: str, *names: str, modified: str = OLD, **fields: Any) -> dict[str, Any]:
    affected = [{"package": {"ecosystem": "PyPI", "name": name}} for name in names]
    return {"id": record_id, "modified": modified, "affected": affected} | fields


def zipped(path: Path, *records: dict[str, Any] | bytes, date: int = 1) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for number, record in enumerate(records):
            entry = zipfile.ZipInfo(f"{number}.json", (2026, 1, date, 0, 0, 0))
            body = record if isinstance(record, bytes) else json.dumps(record).encode()
            archive.writestr(entry, body)
    return str(path)


def synced(gear: Gear, source: str) -> SyncReport:
    return asyncio.run(sync(gear, None, source))


def held(gear: Gear, project: ProjectName) -> list[tuple[str, Any]]:
    with gear.db.reading() as conn:
        known = advisories.known_to(conn, project).known
    return [(one.id, one.record.get("summary")) for one in known]


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path)


def test_records_are_kept_for_each_project_that_they_affect(gear: Gear, tmp_path: Path) -> None:
    source = zipped(
        tmp_path / "osv.zip",
        osv("PYSEC-1", "Spam", "eggs", "spam", summary="one"),
        osv("PYSEC-2", "spam", modified=NEW, withdrawn=NEW, summary="two\u0000"),
        osv("GHSA-1", affected=[{"package": {"ecosystem": "npm", "name": "spam"}}]),
    )

    report = synced(gear, source)

    as_of = datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
    assert report == SyncReport(
        source, records=2, changed=2, projects=2, withdrawn=1, skipped=0, as_of=as_of
    )
    assert held(gear, SPAM) == [("PYSEC-1", "one"), ("PYSEC-2", "two\u0000")]
    assert held(gear, EGGS) == [("PYSEC-1", "one")]
    with gear.db.reading() as conn:
        known = advisories.known_to(conn, SPAM)
        assert advisories.count(conn) == 2
    assert known.as_of == known.known[1].withdrawn_at == known.known[1].modified_at == as_of


def test_nothing_is_known_and_no_age_claimed_before_the_first_time(gear: Gear) -> None:
    with gear.db.reading() as conn:
        known = advisories.known_to(conn, SPAM)

    assert (known.known, known.as_of) == ((), None)


def test_records_only_become_newer_and_the_age_of_the_data_never_goes_back(
    gear: Gear, tmp_path: Path
) -> None:
    newer = zipped(tmp_path / "newer.zip", osv("PYSEC-1", "eggs", modified=NEW, summary="new"))
    older = zipped(
        tmp_path / "older.zip",
        osv("PYSEC-1", "spam", summary="old"),
        osv("PYSEC-2", "spam", summary="other"),
    )

    first = synced(gear, newer)
    second = synced(gear, older)

    assert (first.changed, second.changed) == (1, 1)
    assert second.as_of == first.as_of
    assert held(gear, SPAM) == [("PYSEC-2", "other")]
    assert held(gear, EGGS) == [("PYSEC-1", "new")]


def test_a_project_that_a_record_no_longer_affects_loses_it(gear: Gear, tmp_path: Path) -> None:
    synced(gear, zipped(tmp_path / "1.zip", osv("A", "spam", "eggs"), osv("B", "spam")))
    synced(gear, zipped(tmp_path / "2.zip", osv("A", "eggs", modified=NEW), osv("B", modified=NEW)))

    assert (held(gear, SPAM), held(gear, EGGS)) == ([], [("A", None)])


def test_a_broken_record_is_counted_and_the_others_taken(gear: Gear, tmp_path: Path) -> None:
    source = zipped(
        tmp_path / "osv.zip",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        osv("", "spam"),
        osv("PYSEC-9", "spam", modified="yesterday"),
        osv("PYSEC-9", "spam", modified=7),  # type: ignore[arg-type]  # that is the fault
        osv("PYSEC-9", affected=["spam"]),
        b" " * 9_000_000,
        osv("PYSEC-1", "spam", "not a name!"),
    )

    report = synced(gear, source)

    assert (report.records, report.skipped) == (1, 9)
    assert held(gear, SPAM) == [("PYSEC-1", None)]


def test_hostile_records_are_left_out_or_taken_for_what_they_say(
    gear: Gear, tmp_path: Path
) -> None:
    package = {"ecosystem": "PyPI", "name": "spam"}
    events = [{"introduced": "0"}] + [{"fixed": f"1.{number}"} for number in range(100_000)]
    circle = [f"PYSEC-{number}" for number in range(20_000)]
    source = zipped(
        tmp_path / "osv.zip",
        b'{"id": "DEEP-1", "modified": "2026-01-01T00:00:00Z", "affected": ' + b"[" * 100_000,
        osv("PYSEC-1\u202e", "spam"),
        osv("x" * 200, "spam"),
        osv("PYSEC-3", "spam", modified="9999-12-31T23:59:59-23:59"),
        osv("PYSEC-4", "spam", aliases=circle, related=circle),
        osv(
            "PYSEC-5",
            affected=[
                {
                    "package": package,
                    "ranges": [{"type": "ECOSYSTEM", "events": events}],
                    "versions": ["9" * 100_000, "1." * 50_000],
                }
            ],
        ),
    )

    report = synced(gear, source)

    assert (report.records, report.skipped) == (2, 4)
    assert [record_id for record_id, _ in held(gear, SPAM)] == ["PYSEC-4", "PYSEC-5"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: b"<!doctype html>" + body[:0],
        lambda body: body[:0],
        lambda body: body[:-40],
        lambda body: body.replace(b"PYSEC-2", b"PYSEC-3", 1),  # its checksum is wrong then
    ],
)
def test_a_broken_source_changes_nothing(
    gear: Gear, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    synced(gear, zipped(tmp_path / "good.zip", osv("PYSEC-1", "spam", summary="kept")))
    bad = tmp_path / "bad.zip"
    zipped(bad, osv("PYSEC-1", "spam", modified=NEW), osv("PYSEC-2", "spam", modified=NEW))
    bad.write_bytes(damage(bad.read_bytes()))

    with pytest.raises(BadInput) as refusal:
        synced(gear, str(bad))

    assert refusal.value.hint.startswith("Nothing was changed.")
    assert held(gear, SPAM) == [("PYSEC-1", "kept")]
    with gear.db.reading() as conn:
        assert len(audit.events(conn, 0, 10)) == 1


def test_a_zip_without_a_record_about_pypi_changes_nothing(gear: Gear, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no advisory about a PyPI package"):
        synced(gear, zipped(tmp_path / "osv.zip", osv("GHSA-1"), b"{"))

    with gear.db.reading() as conn:
        assert advisories.as_of(conn) is None


def test_a_zip_is_as_old_as_its_newest_content_and_the_future_dates_nothing(
    gear: Gear, clock: SetClock, tmp_path: Path
) -> None:
    fresh_file = zipped(tmp_path / "a.zip", osv("A", "spam", modified=OLD), date=20)
    future = zipped(tmp_path / "b.zip", osv("B", "spam", modified="2999-01-01T00:00:00Z"), date=21)

    assert synced(gear, fresh_file).as_of == datetime(2026, 1, 20, tzinfo=UTC)
    assert synced(gear, future).as_of == datetime(2026, 1, 21, tzinfo=UTC)
    assert clock.now() > datetime(2026, 1, 21, tzinfo=UTC)


def test_each_synchronisation_is_one_audit_event(gear: Gear, tmp_path: Path) -> None:
    source = zipped(tmp_path / "osv.zip", osv("A", "spam"), b"{")

    synced(gear, source)

    with gear.db.reading() as conn:
        (sealed,) = audit.events(conn, 0, 10)
    assert (sealed.actor, sealed.event.action) == ("operator", "advisories.synced")
    assert sealed.event.before == {"as_of": None}
    assert sealed.event.after == {
        "as_of": "2026-01-02T03:04:05+00:00",
        "source": source,
        "records": 1,
        "changed": 1,
        "skipped": 1,
    }


def test_progress_is_told(gear: Gear, tmp_path: Path) -> None:
    source = zipped(tmp_path / "osv.zip", osv("A", "spam"), osv("B", "spam"))
    told: list[tuple[str, int, int | None]] = []

    asyncio.run(sync(gear, None, source, lambda *step: told.append(step)))

    assert told == [("read", 2, 2), ("store", 2, 2)]


def test_only_a_server_administrator_may(gear: Gear, tmp_path: Path) -> None:
    source = zipped(tmp_path / "osv.zip", osv("A", "spam"))

    with pytest.raises(Forbidden):
        asyncio.run(sync(gear, somebody("admin@internal"), source))
    assert asyncio.run(sync(gear, somebody("admin"), source)).records == 1


def test_a_source_that_is_not_there_is_named(gear: Gear, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"absent\.zip cannot be read: No such file"):
        synced(gear, str(tmp_path / "absent.zip"))


def fetched(database: Database, clock: SetClock, tmp_path: Path, fault: Fault | None) -> SyncReport:
    body = Path(zipped(tmp_path / "osv.zip", osv("A", "spam"))).read_bytes()

    async def run(url: str) -> SyncReport:
        upstream = HttpUpstream()
        try:
            gear = make_gear(database, clock, tmp_path, upstream=upstream)
            return await sync(gear, None, url)
        finally:
            await upstream.aclose()

    with upstream_server("json") as server:
        server.add(Dist("all.zip", body, b""))
        if fault is not None:
            server.misbehave(fault)
        return asyncio.run(run(server.location("all.zip") + "?signature=secret"))


def test_a_url_is_fetched_and_dated_by_the_moment_of_the_fetch(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    report = fetched(database, clock, tmp_path, None)

    assert (report.records, report.as_of) == (1, clock.now())
    assert report.source.endswith("/files/all.zip")
    assert list(tmp_path.glob("advisories-*")) == []


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.STATUS, Fault.REDIRECT])
def test_a_download_that_fails_changes_nothing(
    database: Database, clock: SetClock, tmp_path: Path, fault: Fault
) -> None:
    with pytest.raises(UpstreamTrouble):
        fetched(database, clock, tmp_path, fault)

    assert list(tmp_path.glob("advisories-*")) == []
    with database.reading() as conn:
        assert advisories.as_of(conn) is None
