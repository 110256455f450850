"""Connectors and filters: what they may be, and that a password never comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.feeds import Connector
from affineur.core.files import FileKind
from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, NamePattern
from affineur.core.pages import Show
from affineur.core.permissions import OPERATOR
from affineur.core.ports import Clock
from affineur.services import connectors, feeds
from affineur.services.connectors import KnownConnector, NewConnector, NewFilter
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store.database import Database
from support.gear import FEED, OTHER, bare_gear, make_gear, somebody

URL = "https://index.example/simple"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    return made


@pytest.fixture
def nothing(clock: Clock, tmp_path: Path) -> Gear:
    return bare_gear(clock, tmp_path)


def _events(gear: Gear) -> str:
    with gear.db.reading() as conn:
        return repr(audit.events(conn, 0, 1000))


def test_a_connector_to_an_index_is_made_and_shown_without_its_password(gear: Gear) -> None:
    new = NewConnector("out", None, URL, ("HTTPS://Files.example:443/",), "dora", PASSWORD)
    made = connectors.add_connector(gear, OPERATOR, FEED, new)
    assert made == KnownConnector(
        Connector(made.connector.id, "out", url=f"{URL}/", has_login=True),
        origins=("https://files.example:443",),
        username="dora",
        has_password=True,
    )
    assert connectors.connectors(gear, OPERATOR, FEED) == (made,)


def test_an_event_says_that_there_is_a_password_but_not_which(gear: Gear) -> None:
    new = NewConnector("out", url=URL, username="dora", password=PASSWORD)
    connectors.add_connector(gear, OPERATOR, FEED, new)
    connectors.end_connector(gear, OPERATOR, FEED, "out")
    events = _events(gear)
    assert events.count("'password': 'set'") == 2
    assert PASSWORD not in events


def test_a_lone_username_may_be_a_secret_and_is_not_shown(gear: Gear) -> None:
    made = connectors.add_connector(
        gear, OPERATOR, FEED, NewConnector("out", url=URL, username="a-token-in-truth")
    )
    assert made.username is None
    assert "a-token-in-truth" not in _events(gear)


@pytest.mark.parametrize("value", ["repr", "str", "format"])
def test_printing_a_connector_does_not_print_its_password(value: str) -> None:
    new = NewConnector("out", url=URL, username="dora", password=PASSWORD)
    assert PASSWORD not in {"repr": repr(new), "str": str(new), "format": f"{new}"}[value]


def test_the_name_of_a_connector_that_ended_is_free_again(gear: Gear) -> None:
    first = connectors.add_connector(gear, OPERATOR, FEED, NewConnector("out", url=URL))
    with pytest.raises(Conflict, match="'team' has a connector 'out' already"):
        connectors.add_connector(gear, OPERATOR, FEED, NewConnector("out", url=URL))
    connectors.end_connector(gear, OPERATOR, FEED, "out")
    again = connectors.add_connector(gear, OPERATOR, FEED, NewConnector("out", url=URL))
    assert again.connector.id != first.connector.id
    connectors.end_connector(gear, OPERATOR, FEED, "out")
    with pytest.raises(NotFound, match="'team' has no connector 'out'"):
        connectors.end_connector(gear, OPERATOR, FEED, "out")


def test_a_target_that_the_manager_cannot_read_is_refused_as_absent(gear: Gear) -> None:
    manager, absent = somebody("manager@team"), FeedName("absent")
    with pytest.raises(NotFound, match="There is no feed 'other'"):
        connectors.add_connector(gear, manager, FEED, NewConnector("in", target=OTHER))
    with pytest.raises(NotFound, match="There is no feed 'absent'"):
        connectors.add_connector(gear, manager, FEED, NewConnector("in", target=absent))


def test_a_manager_who_reads_the_target_connects_to_it(gear: Gear) -> None:
    manager = somebody("manager@team", "reader@other")
    made = connectors.add_connector(gear, manager, FEED, NewConnector("in", target=OTHER))
    assert made.connector.target == OTHER


@pytest.mark.parametrize(
    "url",
    [
        "ftp://index.example/",
        "file:///etc/passwd",
        "index.example/simple",
        "https://",
        "https:///simple",
        "https://index.example:99999/",
        "https://index.example:0/",
        "https://dora@index.example/",
        "https://dora:secret@index.example/",
        "https://@index.example/",
        "https://index.example/#part",
        "https://index.example/#",
        "https://index.example/?q=1",
        "https://index.example/?",
        "https://index.example/a b",
        "https://index.example\\@elsewhere.example/",
        "https://index.example/\r\nHost: elsewhere.example",
        "https://[::1/",
        "https://ind\u00e9x.example/",
    ],
)
def test_a_url_that_is_no_index_is_refused_and_not_repeated(nothing: Gear, url: str) -> None:
    with pytest.raises(BadInput) as caught:
        connectors.add_connector(nothing, OPERATOR, FEED, NewConnector("out", url=url))
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "new",
    [
        NewConnector("out"),
        NewConnector("out", OTHER, URL),
        NewConnector("Out!", url=URL),
        NewConnector("x" * 65, url=URL),
        NewConnector("in", OTHER, username="dora", password="x"),
        NewConnector("in", OTHER, origins=("https://files.example",)),
        NewConnector("out", url=URL, origins=("https://files.example/path",)),
        NewConnector("out", url=URL, origins=("https://dora@files.example",)),
        NewConnector("out", url=URL, origins=("files.example",)),
        NewConnector("out", url=URL, username="do\nra", password="x"),
        NewConnector("out", url=URL, username="dora", password=""),
    ],
)
def test_a_connector_that_makes_no_sense_is_refused(nothing: Gear, new: NewConnector) -> None:
    with pytest.raises(BadInput):
        connectors.add_connector(nothing, OPERATOR, FEED, new)


# --- filters -----------------------------------------------------------------------------


def test_a_filter_comes_back_as_it_was_meant(gear: Gear) -> None:
    connectors.add_connector(gear, OPERATOR, FEED, NewConnector("out", url=URL))
    new = NewFilter("allow", " ripe wheels ", ("Flask", "acme_*"), " <3, >=2 ", 30, "wheel", "hide")
    standing = connectors.add_filter(gear, OPERATOR, FEED, "out", new)
    assert standing.filter == Filter(
        Action.ALLOW,
        "ripe wheels",
        (NamePattern("flask"), NamePattern("acme-*")),
        SpecifierSet(">=2,<3"),
        30,
        FileKind.WHEEL,
        Show.HIDE,
    )
    assert connectors.filters(gear, OPERATOR, FEED, "out") == (standing,)
    assert feeds.show(gear, OPERATOR, FEED).connectors[0].filters == (standing.filter,)


def test_a_filter_is_ended_by_its_number_at_its_own_connector(gear: Gear) -> None:
    connectors.add_connector(gear, OPERATOR, FEED, NewConnector("out", url=URL))
    connectors.add_connector(gear, OPERATOR, OTHER, NewConnector("out", url=URL))
    standing = connectors.add_filter(gear, OPERATOR, FEED, "out", NewFilter("deny", "no"))
    with pytest.raises(NotFound, match=f"has no filter {standing.id}"):
        connectors.end_filter(gear, somebody("manager@other"), OTHER, "out", standing.id)
    connectors.end_filter(gear, OPERATOR, FEED, "out", standing.id)
    with pytest.raises(NotFound, match=f"has no filter {standing.id}"):
        connectors.end_filter(gear, OPERATOR, FEED, "out", standing.id)
    assert connectors.filters(gear, OPERATOR, FEED, "out") == ()


def test_a_filter_at_an_absent_connector_is_refused(gear: Gear) -> None:
    with pytest.raises(NotFound, match="'team' has no connector 'out'"):
        connectors.add_filter(gear, OPERATOR, FEED, "out", NewFilter("deny", "no"))


@pytest.mark.parametrize(
    "new",
    [
        NewFilter("refuse", "no"),
        NewFilter("deny", ""),
        NewFilter("deny", "   "),
        NewFilter("deny", "two\nlines"),
        NewFilter("deny", "x" * 501),
        NewFilter("deny", "no", ("a b",)),
        NewFilter("deny", "no", ("a",) * 1001),
        NewFilter("deny", "no", versions="newest"),
        NewFilter("deny", "no", min_age_days=-1),
        NewFilter("deny", "no", min_age_days=3651),
        NewFilter("deny", "no", kind="egg"),
        NewFilter("deny", "no", show="whisper"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(nothing: Gear, new: NewFilter) -> None:
    with pytest.raises(BadInput):
        connectors.add_filter(nothing, OPERATOR, FEED, "out", new)
