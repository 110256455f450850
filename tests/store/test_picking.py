"""One file out of a snapshot: the same as if all of them had been read."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.files import IndexFile
from affineur.core.names import FeedName, ProjectName
from affineur.store import feeds, snapshots
from affineur.store.database import Database
from affineur.store.feeds import Link
from affineur.store.picking import pick
from affineur.store.snapshots import Key, Snapshot
from support.clocks import NOON
from support.values import index_file

SPAM = ProjectName("spam")
TRICK = '{"filename":"spam-1.7.tar.gz"} \\" \u00fc'
FILES = tuple(
    replace(index_file(f"spam-1.{number}.tar.gz"), yanked=TRICK, location="x" * 500)
    for number in range(300)
)


@pytest.fixture
def connector_id(database: Database) -> int:
    """A connector whose index listed all these files."""
    with database.writing() as conn:
        feed_id = feeds.insert_feed(conn, NOON, FeedName("team"))
        link = Link("out", url="https://index.example/simple/")
        made = feeds.insert_connector(conn, NOON, feed_id, link)
        new = Snapshot(NOON, is_missing=False, files=FILES)
        snapshots.keep(conn, Key(made, SPAM), new)
        return made


@pytest.mark.parametrize("file", [FILES[0], FILES[7], FILES[-1]])
def test_the_file_that_is_asked_for_is_given_alone(
    database: Database, connector_id: int, file: IndexFile
) -> None:
    with database.reading() as conn:
        every = snapshots.snapshots_of(conn, SPAM)[connector_id]
        one = snapshots.snapshots_of(conn, SPAM, file.filename.text)[connector_id]

    assert every.files == FILES
    assert one == replace(every, files=(file,))


def test_a_file_that_is_not_listed_is_not_there(database: Database, connector_id: int) -> None:
    with database.reading() as conn:
        found = snapshots.snapshots_of(conn, SPAM, "spam-1.3.tar.g")[connector_id]

    assert found.files == ()


_TRICKS = st.sampled_from(['{"filename":"a"', '"a"', "a", 'a"', "\\"])
_TEXTS = st.one_of(st.text(max_size=5), _TRICKS)


@given(st.lists(_TEXTS, unique=True), _TEXTS, _TEXTS)
def test_only_the_file_of_that_very_name_is_picked(
    names: list[str], yanked: str, wanted: str
) -> None:
    files = [{"filename": name, "yanked": yanked} for name in names]

    found = pick(orjson.dumps(files).decode(), wanted)

    assert found == [file for file in files if file["filename"] == wanted]
