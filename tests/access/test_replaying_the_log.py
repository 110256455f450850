"""The audit log alone rebuilds what stands in the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from affineur.blobs import LocalBlobs
from affineur.checks.archive import Archive
from affineur.checks.reading import ChildReader
from affineur.core.blocks import Target
from affineur.core.names import FeedName, NamePattern, ProjectName, Sha256
from affineur.core.permissions import OPERATOR, Grant, Permission, Role
from affineur.core.ports import Clock, Vetting
from affineur.core.requests import RequestState, parse_ask
from affineur.resolve.uv import UvResolver
from affineur.services import (
    access,
    blocks,
    connectors,
    feeds,
    policies,
    requests,
    resolution,
    setup,
    upload,
    vetting,
    waiving,
)
from affineur.services.access import TokenOrder
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.services.upload import UploadForm
from affineur.services.waiving import WaiverOrder
from affineur.store.database import Database
from affineur.upstream.client import HttpUpstream
from support.dists import Dist, sdist, wheel
from support.gear import make_gear
from support.present import states
from support.upstream_server import LoopbackUpstream, upstream_server

UNAPPROVED, APPROVED, INTERNAL = (
    FeedName("unapproved"),
    FeedName("approved"),
    FeedName("internal"),
)
TEAM = FeedName("team")


@pytest.fixture
def upstream() -> Iterator[LoopbackUpstream]:
    with upstream_server() as server:
        yield server


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path, upstream: LoopbackUpstream) -> Gear:
    """A new server of real parts, on a loopback upstream."""
    reader = ChildReader(timeout_s=20, memory_bytes=1 << 30, total_bytes=1 << 30)
    made = make_gear(
        database,
        clock,
        tmp_path,
        blobs=LocalBlobs(tmp_path / "blobs"),
        upstream=HttpUpstream(),
        vetting=Vetting(reader, (Archive(),)),
        resolve=UvResolver(lowest_python="3.12", timeout_s=30),
    )
    connector = NewConnector("upstream", url=upstream.url)
    setup.initialise(made, connector, serving_on_loopback=True)
    return made


def _upload(gear: Gear, dist: Dist) -> None:
    staged = upload.receive(gear, OPERATOR, INTERNAL)
    staged.write(dist.data)
    kind = "bdist_wheel" if dist.is_wheel else "sdist"
    form = UploadForm(dist.project, "1.0", dist.filename, kind, sha256=dist.sha256)
    upload.finish(gear, OPERATOR, INTERNAL, staged, form)


def _ask(gear: Gear, dist: Dist) -> int:
    lock = f"""
lock-version = "1.0"
created-by = "a test"
[[packages]]
name = "{dist.project}"
version = "1.0"
[[packages.wheels]]
name = "{dist.filename}"
url = "https://elsewhere.example/{dist.filename}"
hashes = {{sha256 = "{dist.sha256}"}}
"""
    ask = parse_ask([], lock, "pylock.toml")
    return requests.create(gear, OPERATOR, INTERNAL, ask, "for the shop").id


async def _resolve_and_vet(gear: Gear, request_id: int) -> None:
    try:
        await resolution.resolve_request(gear, str(request_id))
        [item] = requests.show(gear, OPERATOR, request_id).items
        await vetting.vet_item(gear, str(item.id))
    finally:
        await gear.upstream.aclose()


def test_a_new_server_is_rebuilt(gear: Gear) -> None:
    by_log, by_tables = states(gear)
    assert by_log == by_tables
    assert set(by_log.feeds) == {UNAPPROVED, APPROVED, INTERNAL}


def test_changes_of_feeds_and_all_that_is_theirs_are_rebuilt(gear: Gear) -> None:
    feeds.create(gear, OPERATOR, NewFeed(TEAM, source=APPROVED, reads_anonymous=True))
    feeds.update(gear, OPERATOR, TEAM, FeedChange(source=UNAPPROVED, merge=True))
    feeds.update(gear, OPERATOR, TEAM, FeedChange(source=None))
    feeds.update(gear, OPERATOR, APPROVED, FeedChange(requester_may_approve=False))
    policies.set_policy(gear, OPERATOR, TEAM, 'otherwise = "deny"')
    accepted = WaiverOrder(
        ProjectName("spam"),
        None,
        None,
        "contents.odd",
        "looked at",
        gear.clock.now() + timedelta(days=9),
    )
    waiving.add(gear, OPERATOR, APPROVED, accepted)
    ended = waiving.add(gear, OPERATOR, APPROVED, accepted)
    waiving.end(gear, OPERATOR, APPROVED, ended.id)
    feeds.reserve(gear, OPERATOR, TEAM, NamePattern("acme-*"))
    feeds.reserve(gear, OPERATOR, TEAM, NamePattern("emca-*"))
    feeds.unreserve(gear, OPERATOR, TEAM, NamePattern("acme-*"))
    login = NewConnector("out", None, "https://a.example/", (), "dora", "s3cret")
    connectors.add_connector(gear, OPERATOR, TEAM, login)
    connectors.add_connector(gear, OPERATOR, TEAM, NewConnector("in", target=APPROVED))
    connectors.add_filter(gear, OPERATOR, TEAM, "out", NewFilter("deny", "no", ("games-*",)))
    gone = connectors.add_filter(gear, OPERATOR, TEAM, "out", NewFilter("allow", "ok", ("a",)))
    connectors.end_filter(gear, OPERATOR, TEAM, "out", gone.id)
    connectors.add_filter(gear, OPERATOR, TEAM, "in", NewFilter("deny", "ends with its connector"))
    connectors.end_connector(gear, OPERATOR, TEAM, "in")
    by_log, by_tables = states(gear)
    assert by_log == by_tables
    assert by_log.reserved == {(TEAM, "emca-*")}
    assert len(by_log.filters) == 1
    assert "team/out" in by_log.connectors


def test_changes_of_users_and_tokens_are_rebuilt(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "dora", (Grant(Role.READER, INTERNAL), Grant(Role.APPROVER)))
    access.end_grant(gear, OPERATOR, "dora", Grant(Role.APPROVER))
    access.add_grant(gear, OPERATOR, "dora", Grant(Role.PUBLISHER, INTERNAL))
    access.add_user(gear, OPERATOR, "emil", (Grant(Role.READER),))
    scoped = TokenOrder(
        "dora", "ci", frozenset({INTERNAL}), frozenset({Permission.FEED_PUBLISH}), 30
    )
    access.create_token(gear, OPERATOR, scoped)
    revoked = access.create_token(gear, OPERATOR, TokenOrder("dora", "lost"))
    access.revoke_token(gear, OPERATOR, revoked.id)
    access.create_token(gear, OPERATOR, TokenOrder("emil", "laptop"))
    access.end_user(gear, OPERATOR, "emil")
    by_log, by_tables = states(gear)
    assert by_log == by_tables
    assert by_log.users == {
        "admin": {"admin"},
        "dora": {"reader@internal", "publisher@internal"},
    }
    assert len(by_log.tokens) == 2


def test_uploads_and_blocks_are_rebuilt(gear: Gear) -> None:
    own = wheel("acme-tools", "1.0")
    _upload(gear, own)
    _upload(gear, sdist("acme-tools", "1.0"))
    blocks.block(gear, OPERATOR, BlockOrder(ProjectName("flask"), None, "bad", is_malware=True))
    blocks.block(gear, OPERATOR, BlockOrder(ProjectName("acme-tools"), None, "oops"))
    blocks.unblock(gear, OPERATOR, Target(ProjectName("acme-tools")), "was a mistake")
    by_log, by_tables = states(gear)
    assert by_log == by_tables
    assert by_log.listings[INTERNAL, own.filename] == Sha256(own.sha256)
    assert len(by_log.listings) == 2
    assert [block["project"] for block in by_log.blocks.values()] == ["flask"]


def test_an_approved_request_is_rebuilt_with_what_it_listed(
    gear: Gear, upstream: LoopbackUpstream
) -> None:
    flask = wheel("flask", "1.0")
    upstream.add(flask)
    request_id = _ask(gear, flask)
    withdrawn_id = _ask(gear, flask)
    asyncio.run(_resolve_and_vet(gear, request_id))
    requests.approve(gear, OPERATOR, request_id, "reviewed")
    requests.withdraw(gear, OPERATOR, withdrawn_id, "asked twice")
    by_log, by_tables = states(gear)
    assert by_log == by_tables
    assert by_log.requests == {
        request_id: RequestState.APPROVED,
        withdrawn_id: RequestState.WITHDRAWN,
    }
    assert by_log.listings == {(APPROVED, flask.filename): Sha256(flask.sha256)}
