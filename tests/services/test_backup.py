"""Backup and restore: everything comes back, also in the other kind of database."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from affineur.blobs import LocalBlobs
from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.names import Sha256, parse_project
from affineur.core.permissions import OPERATOR
from affineur.services import audit, blocks, eviction, fsck, requests, setup
from affineur.services.backup import backup, restore
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.store import dump
from affineur.store.database import Database
from affineur.store.migrate import newest
from support.approving import APPROVER, BUILDER, DEV, INTERNAL, UNAPPROVED, Office
from support.databases import postgres_database, sqlite_database
from support.dists import wheel
from support.present import states

SPAM = wheel("spam", "1.0", requires=["eggs"])
EGGS = wheel("eggs", "2.0")
OURS = wheel("acme-tools", "1.0")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, small_office: Office) -> Iterator[Gear]:
    """A new server with nothing in it; its database is of either kind."""
    gear = replace(small_office.gear, blobs=LocalBlobs(tmp_path / "other-blobs"))
    if request.param == "sqlite":
        with sqlite_database(tmp_path / "other.db") as sqlite:
            yield replace(gear, db=sqlite)
    else:
        with postgres_database(request.getfixturevalue("postgres")) as postgresql:
            yield replace(gear, db=postgresql)


def rows(database: Database) -> dict[str, list[bytes]]:
    with database.reading() as conn:
        return {name: list(dump.lines(conn, name)) for name in dump.table_names()}


def lived_in(office: Office) -> Office:
    office.upstream.add(SPAM, EGGS)
    office.publish(OURS)
    office.approved(SPAM, EGGS)
    order = BlockOrder(parse_project("eggs"), None, "broken", is_malware=False)
    blocks.block(office.gear, OPERATOR, order)
    return office


def altered(source: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write the backup again with what `change` makes of each member; None leaves it out."""
    target = source.with_suffix(".altered.tar")
    with tarfile.open(source) as before, tarfile.open(target, "w") as after:
        for member in before:
            stream = before.extractfile(member)
            body = change(member.name, stream.read() if stream else b"")
            if body is not None:
                member.size = len(body)
                after.addfile(member, io.BytesIO(body))
    return target


def test_a_restored_server_is_the_one_that_was_backed_up(
    small_office: Office, empty: Gear, tmp_path: Path
) -> None:
    office = lived_in(small_office)
    before = rows(office.gear.db)

    backup(office.gear, tmp_path / "all.tar")
    restore(empty, tmp_path / "all.tar")

    after = rows(empty.db)
    restored = json.loads(after["audit_event"].pop())
    assert after == before
    assert (restored["action"], restored["actor"]) == ("server.restored", OPERATOR.name)
    assert audit.verify(empty, OPERATOR).ok
    assert fsck.fsck(empty).is_sound
    assert states(empty)[0] == states(empty)[1]


def test_life_goes_on_after_a_restoration(
    small_office: Office, empty: Gear, tmp_path: Path
) -> None:
    office = lived_in(small_office)
    backup(office.gear, tmp_path / "all.tar")
    restore(empty, tmp_path / "all.tar")
    home = replace(office, gear=empty)
    new = wheel("ham", "1.0")
    home.upstream.add(new)

    asked = home.approved(new)
    home.publish(wheel("acme-tools", "1.1"))

    assert asked.id == 2
    assert home.page("ham") == {"1.0": "served"}
    assert home.fetch(SPAM) == SPAM.data
    assert home.page("eggs") == {"2.0": "blocked: broken"}
    assert home.page("acme-tools") == {"1.0": "served", "1.1": "served"}
    assert requests.show(home.gear, DEV, 1).decisions[0].by == APPROVER.name


def test_a_server_that_is_not_empty_is_not_restored_into(
    small_office: Office, empty: Gear, tmp_path: Path
) -> None:
    backup(lived_in(small_office).gear, tmp_path / "all.tar")
    setup.initialise(
        empty, NewConnector("upstream", url="http://127.0.0.1:9/"), serving_on_loopback=True
    )
    before = rows(empty.db)

    with pytest.raises(Conflict, match="not empty"):
        restore(empty, tmp_path / "all.tar")

    assert rows(empty.db) == before


class LettingGo(LocalBlobs):
    """Blobs from which the cache is let go as soon as somebody begins to read."""

    office: Office | None = None

    @contextmanager
    def as_file(self, sha256: Sha256) -> Iterator[Path]:
        office, self.office = self.office, None
        if office is not None:
            eviction.evict(office.gear, 1 << 40)
            office.clock.move(seconds=11)
            eviction.delete_bytes(office.gear)
        with super().as_file(sha256) as path:
            yield path


def test_what_the_cache_lets_go_meanwhile_is_left_out(
    small_office: Office, empty: Gear, tmp_path: Path
) -> None:
    office = lived_in(small_office)
    ham = wheel("ham", "1.0")
    office.upstream.add(ham)
    office.fetch(ham, UNAPPROVED)
    office.clock.move(minutes=2)
    blobs = LettingGo(tmp_path / "blobs")
    blobs.office = office

    backup(replace(office.gear, blobs=blobs), tmp_path / "all.tar")
    restore(empty, tmp_path / "all.tar")

    assert not office.gear.blobs.has(ham.sha256)
    home = replace(office, gear=empty)
    assert (home.fetch(SPAM), fsck.fsck(empty).is_sound) == (SPAM.data, True)
    assert home.fetch(ham, UNAPPROVED) == ham.data


def test_a_backup_overwrites_nothing(small_office: Office, tmp_path: Path) -> None:
    (tmp_path / "all.tar").write_text("precious", "utf-8")

    with pytest.raises(Conflict, match="exists"):
        backup(small_office.gear, tmp_path / "all.tar")

    assert (tmp_path / "all.tar").read_text("utf-8") == "precious"


def test_only_its_owner_can_read_a_backup(small_office: Office, tmp_path: Path) -> None:
    backup(small_office.gear, tmp_path / "all.tar")

    assert (tmp_path / "all.tar").stat().st_mode & 0o777 == 0o600


def test_damaged_bytes_are_not_backed_up_as_sound(small_office: Office, tmp_path: Path) -> None:
    path = lived_in(small_office).gear.blobs.local_path(OURS.sha256)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"other bytes")

    with pytest.raises(NotFound, match="damaged"):
        backup(small_office.gear, tmp_path / "all.tar")

    assert not list(tmp_path.glob("all.tar*"))


def without(name: str) -> Callable[[str, bytes], bytes | None]:
    return lambda member, body: None if member == name else body


def with_row(name: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes | None]:
    return lambda member, body: body.replace(old, new) if member == name else body


def with_other_bytes(member: str, body: bytes) -> bytes:
    return body + b"!" if member.startswith("blobs/") else body


def with_list(body: bytes) -> Callable[[str, bytes], bytes | None]:
    return lambda member, old: body if member == "affineur-backup.json" else old


@pytest.mark.parametrize(
    "change",
    [
        without("affineur-backup.json"),
        without("tables/block.jsonl"),
        without(f"blobs/{OURS.sha256}"),
        with_row("tables/block.jsonl", b"broken", b"better"),
        with_row("affineur-backup.json", f'"schema": "{newest()}"'.encode(), b'"schema": "9999"'),
        with_other_bytes,
        with_list(b"[]"),
        with_list(b"{}"),
        with_list(b"no json"),
        with_list(b'{"form": 1, "schema": "0001", "tables": 3, "files": "x"}'),
    ],
)
def test_an_altered_backup_is_refused_and_nothing_restored(
    small_office: Office, tmp_path: Path, change: Callable[[str, bytes], bytes | None]
) -> None:
    backup(lived_in(small_office).gear, tmp_path / "all.tar")
    with sqlite_database(tmp_path / "other.db") as other:
        gear = replace(small_office.gear, db=other, blobs=LocalBlobs(tmp_path / "other-blobs"))

        with pytest.raises(BadInput):
            restore(gear, altered(tmp_path / "all.tar", change))

        assert not any(rows(other).values())


@pytest.mark.parametrize(
    "name", ["../../climb", "/etc/passwd", "tables/alembic_version.jsonl", "blobs/short", "other"]
)
def test_what_does_not_belong_in_a_backup_is_refused(
    small_office: Office, tmp_path: Path, name: str
) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with sqlite_database(tmp_path / "other.db") as other, pytest.raises(BadInput):
        restore(replace(small_office.gear, db=other), tmp_path / "bad.tar")


def test_what_is_no_backup_is_refused(small_office: Office, tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(b"nothing of the kind" * 100)
    with (
        sqlite_database(tmp_path / "other.db") as other,
        pytest.raises(BadInput, match="cannot be read as a backup"),
    ):
        restore(replace(small_office.gear, db=other), tmp_path / "bad.tar")


def test_a_published_name_is_still_ours_after_a_restoration(
    small_office: Office, empty: Gear, tmp_path: Path
) -> None:
    backup(lived_in(small_office).gear, tmp_path / "all.tar")
    restore(empty, tmp_path / "all.tar")
    home = replace(small_office, gear=empty)
    home.upstream.forget_requests()

    assert home.page("acme-tools", INTERNAL, BUILDER) == {"1.0": "served"}
    assert [path for path in home.upstream.paths() if "acme" in path] == []
