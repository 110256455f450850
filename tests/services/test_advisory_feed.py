"""Following a remote source of advisories: all of it first, then what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Forbidden, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.jobs.runner import Runner
from affineur.services.advisories import SYNC_ADVISORIES, SyncReport, status, sync, sync_again
from affineur.services.advisory_feed import shown_url
from affineur.services.gear import Gear
from affineur.services.jobs import job_kinds
from affineur.services.modified_ids import read_modified_ids
from affineur.store import advisories, audit, jobs
from affineur.store.database import Database
from affineur.upstream import HttpUpstream
from support.clocks import SetClock
from support.gear import make_gear, somebody, with_settings
from support.osv_source import NEW, NEWER, OsvSource, about, osv, osv_source

SPAM = ProjectName("spam")


@pytest.fixture
def source() -> Iterator[OsvSource]:
    with osv_source() as opened:
        opened.put(osv("PYSEC-1", "spam"), osv("PYSEC-2", "spam"))
        yield opened


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path, source: OsvSource) -> Gear:
    made = make_gear(database, clock, tmp_path)
    return with_settings(made, advisories_url=source.url)


def synced(gear: Gear, where: str | None = None) -> SyncReport:
    async def run() -> SyncReport:
        upstream = HttpUpstream()
        try:
            return await sync(replace(gear, upstream=upstream), None, where)
        finally:
            await upstream.aclose()

    return asyncio.run(run())


def held(gear: Gear) -> dict[str, object]:
    with gear.db.reading() as conn:
        return {one.id: one.record.get("summary") for one in advisories.known_to(conn, SPAM).known}


def asked_since(source: OsvSource, number: int) -> list[str]:
    return sorted(source.asked[number:])


def test_the_first_time_everything_is_fetched(gear: Gear, source: OsvSource) -> None:
    report = synced(gear)

    assert (report.records, report.changed, report.is_delta) == (2, 2, False)
    assert source.asked == ["all.zip"]
    assert report.as_of == gear.clock.now()


def test_then_only_what_changed_is_fetched_record_by_record(
    gear: Gear, source: OsvSource, clock: SetClock
) -> None:
    synced(gear)
    source.put(osv("PYSEC-2", "spam", modified=NEW, summary="new"), osv("PYSEC-3", "spam"))
    clock.move(hours=1)

    report = synced(gear)

    assert (report.records, report.changed, report.is_delta) == (2, 2, True)
    assert asked_since(source, 1) == ["PYSEC-2.json", "PYSEC-3.json", "modified_id.csv"]
    assert held(gear) == {"PYSEC-1": None, "PYSEC-2": "new", "PYSEC-3": None}
    assert report.as_of == clock.now()


def test_what_did_not_change_is_not_fetched_and_is_as_new_as_the_question(
    gear: Gear, source: OsvSource, clock: SetClock
) -> None:
    synced(gear)
    synced(gear)
    clock.move(hours=1)

    report = synced(gear)

    assert source.asked == ["all.zip", "modified_id.csv", "modified_id.csv="]
    assert (report.records, report.changed, report.as_of) == (0, 0, clock.now())
    with gear.db.reading() as conn:
        assert len(audit.events(conn, 0, 10)) == 1


def test_without_a_list_the_zip_is_asked_for_unless_it_is_as_it_was(
    gear: Gear, source: OsvSource
) -> None:
    source.has_list = False
    synced(gear)
    synced(gear)
    source.put(osv("PYSEC-3", "spam"))

    report = synced(gear)

    assert source.asked == [
        "all.zip", "modified_id.csv", "all.zip=", "modified_id.csv", "all.zip",
    ]  # fmt: skip
    assert (report.records, report.changed) == (3, 1)


def test_without_states_everything_works_likewise(gear: Gear, source: OsvSource) -> None:
    source.tells_states = False
    source.names_folder = False
    synced(gear)
    source.put(osv("PYSEC-3", "spam"))

    assert [synced(gear).changed, synced(gear).changed] == [1, 0]


def test_where_too_much_changed_the_zip_is_fetched(
    gear: Gear, source: OsvSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("affineur.services.advisory_feed._MOST_SINGLE", 2)
    synced(gear)
    source.put(*(osv(f"PYSEC-{number}", "spam") for number in range(10, 13)))

    assert synced(gear).changed == 3
    assert source.asked[1:] == ["modified_id.csv", "all.zip"]


def test_a_record_that_the_list_names_and_nobody_has_is_asked_for_again(
    gear: Gear, source: OsvSource
) -> None:
    synced(gear)
    source.put(osv("PYSEC-3", "spam"), osv("PYSEC-4", "spam"))
    source.forget("PYSEC-3")

    first = synced(gear)
    source.failing.clear()
    second = synced(gear)

    assert (first.changed, first.skipped) == (1, 1)
    assert (second.changed, second.skipped) == (1, 0)
    assert set(held(gear)) == {"PYSEC-1", "PYSEC-2", "PYSEC-3", "PYSEC-4"}


def test_trouble_midway_keeps_what_came_and_claims_no_new_age(
    gear: Gear, source: OsvSource, clock: SetClock
) -> None:
    before = synced(gear).as_of
    source.put(osv("MAL-1", "spam", modified=NEWER), osv("PYSEC-4", "spam", modified=NEW))
    source.failing["PYSEC-4.json"] = 500
    clock.move(hours=1)

    with pytest.raises(UpstreamTrouble, match="answered 500"):
        synced(gear)
    failed = status(gear)
    source.failing.clear()
    synced(gear)

    assert "answered 500" in failed.trouble
    assert failed.as_of == before
    assert failed.tried_at == clock.now()
    assert (status(gear).trouble, status(gear).as_of) == ("", clock.now())
    assert set(held(gear)) == {"PYSEC-1", "PYSEC-2", "MAL-1", "PYSEC-4"}


@pytest.mark.parametrize("name", ["modified_id.csv", "all.zip"])
def test_a_source_that_fails_loses_nothing_and_is_told(
    gear: Gear, source: OsvSource, name: str
) -> None:
    source.has_list = name == "modified_id.csv"
    synced(gear)
    source.failing[name] = 503

    with pytest.raises(UpstreamTrouble):
        synced(gear)

    assert set(held(gear)) == {"PYSEC-1", "PYSEC-2"}
    assert "answered 503" in status(gear).trouble


def test_a_list_that_is_none_is_no_list(gear: Gear, source: OsvSource) -> None:
    synced(gear)
    source.put({"id": "no id", "modified": NEW}, osv("PYSEC-3", "spam"))

    assert synced(gear).changed == 1
    assert source.asked[1:] == ["modified_id.csv", "all.zip"]


def test_another_source_is_followed_from_its_beginning(gear: Gear) -> None:
    synced(gear)
    with osv_source() as other:
        other.put(osv("PYSEC-1", "spam"), osv("PYSEC-2", "spam", modified=NEW))
        report = synced(gear, other.url.removesuffix("all.zip"))

        assert (report.changed, report.source) == (1, other.url)
        assert other.asked == ["modified_id.csv", "PYSEC-2.json"]


def test_a_source_may_want_credentials_and_nobody_is_told_them() -> None:
    url = "https://ada:pa55@mirror.example/osv/?signature=secret"

    assert shown_url(url) == "https://mirror.example/osv/all.zip"


def test_a_zip_of_what_changed_is_taken_in_from_the_disk(
    gear: Gear, source: OsvSource, tmp_path: Path
) -> None:
    synced(gear)
    source.put(osv("PYSEC-2", "spam", modified=NEW, summary="new"))
    (tmp_path / "changed.zip").write_bytes(source.answer("all.zip") or b"")

    assert synced(gear, str(tmp_path / "changed.zip")).changed == 1
    assert held(gear) == {"PYSEC-1": None, "PYSEC-2": "new"}


def test_the_server_asks_by_itself_and_goes_on_after_trouble(
    gear: Gear, source: OsvSource, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    source.failing["all.zip"] = 503

    async def turn() -> None:
        upstream = HttpUpstream()
        working = replace(gear, upstream=upstream)
        with gear.db.writing() as conn:
            jobs.plan(conn, clock.now(), [SYNC_ADVISORIES])
        for _attempt in range(3):
            await Runner(working, job_kinds(gear.settings)).run_until_idle()
            clock.move(minutes=1)
        source.failing.clear()
        clock.move(hours=1)
        await Runner(working, job_kinds(gear.settings)).run_until_idle()
        await upstream.aclose()

    asyncio.run(turn())

    assert "Advisories could not be brought up to date" in caplog.text
    assert source.asked == ["all.zip"] * 4
    told = status(gear)
    assert (told.records, told.trouble) == (2, "")


def test_with_0_it_never_asks_by_itself(gear: Gear, source: OsvSource) -> None:
    asyncio.run(sync_again(with_settings(gear, advisories_every_s=0.0), ""))

    assert source.asked == []


def test_the_status_tells_age_source_and_numbers(gear: Gear, source: OsvSource) -> None:
    assert (status(gear).as_of, status(gear).records) == (None, 0)
    source.put(about("MAL-1", "eggs", "1.0", modified=NEW), osv("MAL-2", "ham", withdrawn=NEW))

    synced(gear)

    told = status(gear, somebody("approver"))
    assert (told.as_of, told.source, told.url) == (gear.clock.now(), source.url, source.url)
    assert (told.records, told.malware, told.every_s) == (4, 1, 3600.0)
    assert told.newest is not None
    assert told.newest.isoformat() == "2026-02-03T04:05:06.789000+00:00"
    with pytest.raises(Forbidden):
        status(gear, somebody("reader@internal"))


def test_a_zip_without_a_record_about_pypi_is_refused_and_told(gear: Gear) -> None:
    with osv_source() as empty, pytest.raises(BadInput, match="holds no advisory"):
        synced(gear, empty.url)

    assert "holds no advisory" in status(gear).trouble


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"yesterday,PyPI/A-1\n", b"2026-01-01T00:00:00Z,PyPI/a b\n", b"x"]
)
def test_what_is_no_list_of_changes_is_not_taken_for_one(content: bytes) -> None:
    assert read_modified_ids(content) is None


def test_of_a_list_of_all_ecosystems_only_ours_is_read() -> None:
    told = read_modified_ids(
        b"2026-01-02T00:00:00Z,npm/GHSA:1\n\n2026-01-01T00:00:00.123456Z,PyPI/PYSEC-1\r\n"
    )

    assert told is not None
    assert [(one.id, one.has_folder) for one in told.values()] == [("PYSEC-1", True)]
