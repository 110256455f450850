"""Whatever happens in whatever order: what is needed is there, the rest is within its limit."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from affineur.blobs import LocalBlobs
from affineur.config import Settings
from affineur.core.blocks import Target
from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.core.requests import Ask, Release, Request, RequestFile, RequestState
from affineur.services import blocks, cache, eviction, fsck, prefetch
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector
from affineur.services.setup import initialise
from affineur.store import feeds, listings, requests, sights
from affineur.store.listings import HeldFile, NewListing
from affineur.store.snapshots import Key
from support.clocks import SetClock
from support.databases import sqlite_database
from support.gear import make_gear

LIMIT = 3000
FILES = st.integers(0, 7)
MINUTE = timedelta(minutes=1)


def _body(number: int) -> bytes:
    return bytes([number]) * (400 + 300 * number)


def _filename(number: int) -> Filename:
    return Filename.parse(f"p{number}-1.0-py3-none-any.whl")


class Histories(RuleBasedStateMachine):
    """A server's disk, and a model of what should be on it."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        database = self.open.enter_context(sqlite_database(folder / "affineur.db"))
        self.clock = SetClock()
        limits = Settings(data=folder, cache_bytes=LIMIT, keep_free_bytes=0)
        self.blobs = LocalBlobs(folder / "blobs")
        self.gear = make_gear(database, self.clock, folder, settings=limits, blobs=self.blobs)
        upstream = NewConnector("upstream", url="http://127.0.0.1:9/simple/")
        initialise(self.gear, upstream, serving_on_loopback=False)
        self.digests = [self._see(number) for number in range(8)]
        self.used: dict[int, datetime] = {}
        """The files that we hold, with their last use."""
        self.asked: dict[int, int] = {}
        """The number of the request that is open for a file."""
        self.listed: set[int] = set()
        self.blocked: set[int] = set()

    def teardown(self) -> None:
        self.open.close()

    def _see(self, number: int) -> Sha256:
        """Let an external index list a file; give its digest."""
        staged = self.blobs.stage()
        staged.write(_body(number))
        sha256 = staged.sha256()
        staged.discard()
        key = Key(1, ProjectName(f"p{number}"))
        with self.gear.db.writing() as conn:
            file = IndexFile(_filename(number), sha256)
            sights.remember(conn, key, [file], self.clock.now())
        return sha256

    @property
    def needed(self) -> set[int]:
        return self.listed | set(self.asked) | (self.blocked & set(self.used))

    # What happens

    @rule(number=FILES)
    def fetch(self, number: int) -> None:
        sha256 = self.digests[number]
        if cache.is_held(self.gear, sha256):
            self.gear.uses.note(sha256, self.clock.now())
            eviction.write_down_uses(self.gear)
        else:
            staged = self.blobs.stage()
            staged.write(_body(number))
            staged.commit()
            with self.gear.db.writing() as conn:
                cache.record(conn, self.gear, HeldFile(sha256, len(_body(number))))
        self.used[number] = self.clock.now()

    @rule(number=FILES)
    def ask(self, number: int) -> None:
        if number in self.asked or number in self.listed:
            return
        self.fetch(number)
        file = RequestFile(_filename(number), self.digests[number])
        release = Release(file.filename.project, file.filename.version, (file,))
        now = self.clock.now()
        new = Request(
            0, FeedName("approved"), Ask((), None, None), "dev", "x", RequestState.REVIEW, now
        )
        with self.gear.db.writing() as conn:
            self.asked[number] = requests.add(conn, self._feed_id(), new)
            requests.add_item(conn, self.asked[number], release)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.asked)))
        name, sha256 = _filename(number), self.digests[number]
        with self.gear.db.writing() as conn:
            prefetch.require(conn, self.gear, [(name, sha256)])
            new = NewListing(name, sha256, None)
            listings.add(conn, self.clock.now(), "approver", self._feed_id(), [new])
        self._end(number, RequestState.APPROVED)
        self.listed.add(number)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.asked)))
        self._end(number, RequestState.REJECTED)

    @rule(number=FILES)
    def block(self, number: int) -> None:
        order = BlockOrder(ProjectName(f"p{number}"), None, "bad")
        blocks.block(self.gear, OPERATOR, order)
        self.blocked.add(number)

    @precondition(lambda self: self.blocked)
    @rule(data=st.data())
    def unblock(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.blocked)))
        blocks.unblock(self.gear, OPERATOR, Target(ProjectName(f"p{number}")), "good")
        self.blocked.discard(number)

    @rule(seconds=st.sampled_from([1, 11, 61, 300]))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    @rule()
    def evict(self) -> None:
        going = self._who_goes()

        done = eviction.evict(self.gear, eviction.state(self.gear).excess_bytes)

        assert (done.files, done.size_bytes) == (len(going), sum(len(_body(n)) for n in going))
        for number in going:
            del self.used[number]
        held = eviction.state(self.gear).holdings
        settling = [n for n in self.used if self._is_settling(n) and n not in self.needed]
        assert held.cached_bytes <= LIMIT or held.cached_files == len(settling)

    @rule()
    def delete_bytes(self) -> None:
        eviction.delete_bytes(self.gear)

    @rule()
    def delete_bytes_and_die(self) -> None:
        """Some bytes are gone when the power goes, and nothing of it was committed."""
        self.clock.move(seconds=11)
        held = {self.digests[number] for number in self.used}
        for digest in sorted(set(self.blobs.digests()) - held)[:1]:
            self.blobs.delete(digest)

    # What must hold

    @invariant()
    def what_is_held_is_there(self) -> None:
        assert [n for n in self.used if not self.blobs.has(self.digests[n])] == []
        assert self.needed <= set(self.used)

    @invariant()
    def the_database_says_the_same(self) -> None:
        with self.gear.db.reading() as conn:
            held = listings.held_sizes(conn)
        assert held == {self.digests[n]: len(_body(n)) for n in self.used}
        assert fsck.fsck(self.gear, deep=False).is_sound

    # The model

    def _who_goes(self) -> list[int]:
        """Those not used for longest, until the rest is within the limit."""
        cached = [n for n in self.used if n not in self.needed]
        excess = sum(len(_body(n)) for n in cached) - LIMIT
        going = []
        for number in sorted(cached, key=lambda n: (self.used[n], self.digests[n])):
            if excess > 0 and not self._is_settling(number):
                going.append(number)
                excess -= len(_body(number))
        return going

    def _is_settling(self, number: int) -> bool:
        return self.clock.now() - self.used[number] <= MINUTE

    def _end(self, number: int, state: RequestState) -> None:
        with self.gear.db.writing() as conn:
            step = (RequestState.REVIEW, state)
            assert requests.move(conn, self.clock.now(), self.asked.pop(number), step)

    def _feed_id(self) -> int:
        with self.gear.db.reading() as conn:
            feed = feeds.load(conn, FeedName("approved"))
        assert feed is not None
        return feed.id


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
