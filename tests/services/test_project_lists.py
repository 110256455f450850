"""Lists of a feed's projects say what its pages say: searched, sorted, filtered, paged by key."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert

from affineur.core.errors import BadInput, NotFound
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Finding, Outcome, Severity
from affineur.core.names import FeedName, NamePattern, ProjectName, Sha256
from affineur.core.permissions import OPERATOR, Actor
from affineur.core.project_lists import Sort, Source, Wanted
from affineur.core.views import View
from affineur.services import blocks, connectors, feed_use, feeds, projects, roots
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.services.projects import ProjectPage
from affineur.store import assessments, listings, project_lists, yanks
from affineur.store import feeds as feed_store
from affineur.store.database import Database
from affineur.store.listings import HeldFile, NewListing
from affineur.store.schema_lists import feed_project
from affineur.store.schema_usage import download
from support.approving import Office
from support.clocks import SetClock
from support.dists import wheel
from support.gear import make_gear, somebody

OWN, REVIEWED, OUTER = FeedName("internal"), FeedName("approved"), FeedName("unapproved")
DEV = somebody("reader@internal")


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    """Three feeds: `internal` reads `approved`, whose source is `unapproved`."""
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(OUTER))
    feeds.create(made, OPERATOR, NewFeed(REVIEWED, source=OUTER))
    feeds.create(made, OPERATOR, NewFeed(OWN))
    connectors.add_connector(made, OPERATOR, OWN, NewConnector("approved", REVIEWED))
    return made


def put(gear: Gear, feed: FeedName, *filenames: str, is_upload: bool = False) -> None:
    """List files in a feed, as an approval or an upload does."""
    with gear.db.writing() as conn:
        found = feed_store.load(conn, feed)
        assert found is not None
        new = [
            NewListing(Filename.parse(name), digest(name), None, is_upload=is_upload)
            for name in filenames
        ]
        for one in new:
            listings.keep_file(conn, gear.clock.now(), HeldFile(one.sha256, 1))
        listings.add(conn, gear.clock.now(), "dora", found.id, new)


def digest(filename: str) -> Sha256:
    return Sha256(filename.encode().hex()[:64].rjust(64, "0"))


def whl(name: str, version: str = "1.0") -> str:
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def look(gear: Gear, feed: FeedName = OWN, who: Actor = OPERATOR, **wanted: Any) -> ProjectPage:
    return projects.listed(gear, who, feed, Wanted(**wanted))


def names(page: ProjectPage) -> list[str]:
    return [one.shown.row.project for one in page.projects]


def mended(gear: Gear) -> int:
    with gear.db.writing() as conn:
        return project_lists.mend(conn)


# --- what a list says --------------------------------------------------------------------


def test_a_row_sums_up_what_stands_of_a_project(gear: Gear, clock: SetClock) -> None:
    put(gear, REVIEWED, whl("flask", "3.0"), "flask-3.0.tar.gz")
    clock.move(days=1)
    put(gear, REVIEWED, whl("flask", "3.1"), whl("flask", "4.0rc1"))

    (flask,) = look(gear, REVIEWED).projects

    row = flask.shown.row
    assert (row.project, str(row.latest), row.versions, row.files) == ("flask", "3.1", 3, 4)
    assert (row.latest_at, row.changed_at) == (clock.now(), clock.now())
    assert (flask.shown.source, row.yanked, row.severity) == (Source.OWN, 0, None)


def test_a_feed_shows_its_own_names_and_those_that_it_reads(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"), whl("acme-tools"))
    put(gear, OWN, whl("acme-tools", "2.0"), is_upload=True)

    page = look(gear)

    shown = {
        one.shown.row.project: (one.shown.source, str(one.shown.row.latest))
        for one in page.projects
    }
    assert shown == {"acme-tools": (Source.OWN, "2.0"), "flask": (Source.REVIEWED, "1.0")}


def test_the_list_names_what_the_index_names(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"), whl("acme-x"), whl("torch"), whl("held"))
    put(gear, OWN, whl("held", "3.0"), whl("mine"), is_upload=True)
    end(gear, OWN, whl("held", "3.0"))
    feeds.reserve(gear, OPERATOR, OWN, NamePattern("acme-*"))
    hide = NewFilter("deny", "no torch here", ("torch",), show="hide")
    connectors.add_filter(gear, OPERATOR, OWN, "approved", hide)

    listed = asyncio.run(roots.root(gear, OPERATOR, View(OWN))).known_names()

    assert names(look(gear)) == list(listed) == ["flask", "mine"]


def end(gear: Gear, feed: FeedName, filename: str) -> None:
    with gear.db.writing() as conn:
        found = feed_store.load(conn, feed)
        assert found is not None
        listings.end(conn, gear.clock.now(), "dora", found.id, (filename, "a mistake"))


def test_what_a_filter_denies_by_its_name_is_listed_with_the_reason(gear: Gear) -> None:
    put(gear, REVIEWED, whl("torch"))
    deny = NewFilter("deny", "use the build of team ML", ("torch*",))
    connectors.add_filter(gear, OPERATOR, OWN, "approved", deny)

    (torch,) = look(gear).projects

    assert torch.shown.withheld == "use the build of team ML"


def test_of_feeds_that_are_merged_the_newest_version_is_told(gear: Gear) -> None:
    team = FeedName("team")
    feeds.create(gear, OPERATOR, NewFeed(team, merge=True))
    connectors.add_connector(gear, OPERATOR, team, NewConnector("approved", REVIEWED))
    connectors.add_connector(gear, OPERATOR, team, NewConnector("outer", OUTER))
    put(gear, REVIEWED, whl("flask", "1.0"))
    put(gear, OUTER, whl("flask", "2.0"))

    (flask,) = look(gear, team, sort=Sort.CHANGED).projects

    assert str(flask.shown.row.latest) == "2.0"


def test_a_blocked_project_is_listed_as_blocked_and_malware_not_at_all(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"), whl("evil"), whl("jinja2"))
    block(gear, "flask", "1.0")
    block(gear, "evil", is_malware=True)

    page = look(gear)

    assert [(one.blocked, one.is_wholly_blocked) for one in page.projects] == [
        ("it sends secrets away", False),
        (None, False),
    ]
    assert names(page) == ["flask", "jinja2"]
    assert names(look(gear, is_blocked=True)) == ["flask"]


def block(
    gear: Gear, project: str, version: str | None = None, *, is_malware: bool = False
) -> None:
    parsed = Filename.parse(whl("x", version)).version if version else None
    reason = "it sends secrets away"
    order = BlockOrder(ProjectName(project), parsed, reason, is_malware=is_malware)
    blocks.block(gear, OPERATOR, order)


def test_yanks_and_findings_are_found(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"), whl("jinja2"), whl("click"))
    yank(gear, "flask")
    assess(gear, whl("jinja2"), Severity.REVIEW)
    assess(gear, whl("click"), Severity.INFO)

    assert names(look(gear, is_yanked=True)) == ["flask"]
    assert names(look(gear, has_findings=True)) == ["jinja2"]
    assert [one.shown.row.severity for one in look(gear).projects] == [0, None, 1]


def yank(gear: Gear, project: str) -> None:
    with gear.db.writing() as conn:
        found = yanks.standing(conn, ProjectName(project))
        yanks.yank(conn, gear.clock.now(), found, "broken", is_own_saying=True)


def assess(gear: Gear, filename: str, severity: Severity) -> None:
    finding = Finding("licence.unknown", "licence", severity, "It has no licence.")
    outcome = Outcome("licence", 1, (finding,))
    with gear.db.writing() as conn:
        new = Assessment(digest(filename), gear.clock.now(), (outcome,))
        assessments.keep(conn, new)


# --- searching, sorting, paging ----------------------------------------------------------


@pytest.mark.parametrize("typed", ["Flask_SQL", "flask.sql", " flask-sql ", "SQLALCHEMY", "sk sql"])
def test_a_part_of_a_name_is_found_however_it_is_spelled(gear: Gear, typed: str) -> None:
    put(gear, REVIEWED, whl("flask-sqlalchemy"), whl("django"))

    assert names(look(gear, search=typed)) == ["flask-sqlalchemy"]


def test_names_that_begin_with_it_come_first(gear: Gear) -> None:
    put(gear, REVIEWED, whl("a-flask"), whl("flask-sql"), whl("flask"), whl("b-flask"))

    assert names(look(gear, search="flask")) == ["flask", "flask-sql", "a-flask", "b-flask"]


@pytest.mark.parametrize("typed", ["%", "fl_sk%", "ß", "'; --", "flask'", "\0"])
def test_what_is_in_no_name_finds_nothing(gear: Gear, typed: str) -> None:
    put(gear, REVIEWED, whl("flask"))

    assert names(look(gear, search=typed)) == []


@pytest.mark.parametrize("search", ["", "a", "flask"])
@pytest.mark.parametrize("sort", [Sort.NAME, Sort.CHANGED])
def test_pages_by_key_give_each_project_once_in_order(gear: Gear, sort: Sort, search: str) -> None:
    put(gear, REVIEWED, *[whl(f"{letter}-flask") for letter in "abcdefg"])
    put(gear, OWN, *[whl(f"flask-{letter}") for letter in "abc"], whl("c-flask"), is_upload=True)
    whole = names(look(gear, search=search, sort=sort, limit=100))

    assert walked(gear, Wanted(search=search, sort=sort, limit=3)) == whole
    assert len(set(whole)) == len(whole) >= 10


def walked(gear: Gear, wanted: Wanted) -> list[str]:
    page = projects.listed(gear, OPERATOR, OWN, wanted)
    if page.next is None:
        return names(page)
    return names(page) + walked(gear, replace(wanted, after=page.next))


def test_what_changed_last_comes_first(gear: Gear, clock: SetClock) -> None:
    put(gear, REVIEWED, whl("old"))
    clock.move(days=1)
    put(gear, REVIEWED, whl("new"), whl("newer"))
    clock.move(days=1)
    yank(gear, "old")

    assert names(look(gear, sort=Sort.CHANGED)) == ["old", "new", "newer"]
    assert names(look(gear, changed_since=clock.now())) == ["old"]


def test_what_was_taken_most_comes_first(gear: Gear, clock: SetClock) -> None:
    put(gear, REVIEWED, whl("flask"), whl("click"), whl("unused"))
    take(gear, "flask", 2)
    take(gear, "click", 3)
    feed_use.count_use(gear)
    clock.move(days=20)
    take(gear, "flask", 4)
    feed_use.count_use(gear)

    page = look(gear, sort=Sort.DOWNLOADS)
    clock.move(days=15)
    feed_use.count_use(gear)
    later = look(gear, sort=Sort.DOWNLOADS)

    assert [(one.shown.row.project, one.downloads) for one in page.projects] == [
        ("flask", 6),
        ("click", 3),
    ]
    assert [(one.shown.row.project, one.downloads) for one in later.projects] == [("flask", 4)]


def take(gear: Gear, project: str, count: int) -> None:
    now = gear.clock.now()
    with gear.db.writing() as conn:
        feed = feed_store.load(conn, OWN)
        assert feed is not None
        row = {
            "day": now.date().isoformat(),
            "feed_id": feed.id,
            "sha256": digest(project),
            "taker": "dev",
            "project": project,
            "filename": whl(project),
            "count": count,
            "last_at": now,
        }
        conn.execute(insert(download).values(**row))


def test_only_what_is_from_one_source_is_given(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"))
    put(gear, OWN, whl("mine"), is_upload=True)

    assert names(look(gear, source=Source.OWN)) == ["mine"]
    assert names(look(gear, source=Source.REVIEWED)) == ["flask"]
    assert look(gear).counts == {Source.OWN: 1, Source.REVIEWED: 1}


@pytest.mark.parametrize(
    "after", ["flask", "0~Flask", "x~flask", "0~" + "a" * 129, "9" * 18 + "~a"]
)
def test_a_place_in_a_list_that_nobody_gave_is_refused(gear: Gear, after: str) -> None:
    with pytest.raises(BadInput, match="not where a page of a list ends"):
        look(gear, after=after)


def test_a_feed_that_may_not_be_read_has_no_list(gear: Gear) -> None:
    with pytest.raises(NotFound):
        look(gear, REVIEWED, DEV)


# --- kept as the listings are ------------------------------------------------------------


def test_rows_are_what_listings_make_of_them_after_every_change(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"), whl("flask", "2.0"), whl("click"))
    end(gear, REVIEWED, whl("flask", "2.0"))
    yank(gear, "click")
    assess(gear, whl("click"), Severity.BLOCK)
    end(gear, REVIEWED, whl("click"))

    assert mended(gear) == 0


def test_rows_that_are_wrong_are_mended(gear: Gear) -> None:
    put(gear, REVIEWED, whl("flask"), whl("click"))
    with gear.db.writing() as conn:
        conn.execute(delete(feed_project).where(feed_project.c.project == "flask"))

    assert mended(gear) == 1
    assert names(look(gear)) == ["click", "flask"]


# --- behind an external index ------------------------------------------------------------


def test_behind_an_external_index_is_what_it_was_asked_for(office: Office) -> None:
    office.upstream.add(wheel("flask", "1.0"))
    office.upstream.add(wheel("flask", "2.0"))
    office.page("flask", OUTER)

    (flask,) = look(office.gear, OUTER).projects

    assert (flask.shown.source, str(flask.shown.row.latest)) == (Source.OUTSIDE, "2.0")
    assert names(look(office.gear)) == []


def test_a_name_is_looked_up_outside_as_an_install_would(office: Office) -> None:
    office.upstream.add(wheel("flask", "1.0"))

    found = office.run(projects.look_up(office.gear, DEV, OWN, ProjectName("flask")))

    assert (found.newest_served, str(found.newest_known)) == (None, "1.0")
    assert "not approved in 'approved'" in found.reasons[0]


def test_a_reserved_name_is_never_looked_up_outside(office: Office) -> None:
    office.upstream.add(wheel("acme-tools", "1.0"))
    feeds.reserve(office.gear, OPERATOR, OWN, NamePattern("acme-*"))

    with pytest.raises(NotFound):
        office.run(projects.look_up(office.gear, DEV, OWN, ProjectName("acme-tools")))

    assert [path for path in office.upstream.paths() if "acme" in path] == []
