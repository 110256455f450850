"""Who sees what was wanted in vain, what became of it, and how it goes from the list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version
from sqlalchemy import insert, update

from affineur.core.blocks import Target
from affineur.core.errors import BadInput, Forbidden, NotFound, Unauthenticated
from affineur.core.files import Filename
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Rule
from affineur.core.permissions import ANONYMOUS, OPERATOR, Actor
from affineur.core.usage import UNKNOWN, Lack, Wish
from affineur.core.wanted import Became, Wanted, Wisher
from affineur.services import audit, blocks, feeds, wanted
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector, add_connector
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.services.wanted import WantedQuery
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.database import Database
from affineur.store.listings import HeldFile, NewListing
from affineur.store.schema import listing, request, request_item
from support.clocks import NOON, SetClock
from support.counts import wishes
from support.gear import make_gear, somebody
from support.values import digest

APPROVED, INTERNAL = FeedName("approved"), FeedName("internal")
SPAM = ProjectName("spam")
LACK = Lack(Rule.NOT_APPROVED, "not approved")
DEV = somebody("reader@internal", name="dev")
APPROVER = somebody("approver@internal", "approver@approved", name="approver")


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    """Make feeds as `init` does: internal reads approved, which has a source."""
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FeedName("unapproved")))
    feeds.create(made, OPERATOR, NewFeed(APPROVED, source=FeedName("unapproved")))
    feeds.create(made, OPERATOR, NewFeed(INTERNAL))
    add_connector(made, OPERATOR, INTERNAL, NewConnector("approved", target=APPROVED))
    return made


def want(
    gear: Gear, project: str = "spam", version: str = "", who: str = "dev", lack: Lack = LACK
) -> None:
    wish = Wish(INTERNAL, ProjectName(project), version, who, 0, lack)
    gear.usage.want(gear.clock.now(), wish)


def names(gear: Gear, actor: Actor, query: WantedQuery | None = None) -> list[str]:
    found = wanted.listed(gear, actor, query or WantedQuery())
    return [one.requirement for one in found.wanted]


def only(gear: Gear, actor: Actor = APPROVER, query: WantedQuery | None = None) -> Wanted:
    (found,) = wanted.listed(gear, actor, query or WantedQuery()).wanted
    return found


def approve(gear: Gear, filename: str = "spam-1.0-py3-none-any.whl") -> None:
    new = NewListing(Filename.parse(filename), digest(filename), None, is_upload=False)
    with gear.db.writing() as conn:
        feed = feed_store.load(conn, APPROVED)
        assert feed is not None
        listings.keep_file(conn, gear.clock.now(), HeldFile(new.sha256, 1))
        listings.add(conn, gear.clock.now(), "approver", feed.id, [new])


def ask(gear: Gear, state: str, *, is_draft: bool = False) -> int:
    """Keep a request of spam 1.0 in a state."""
    with gear.db.writing() as conn:
        feed = feed_store.load(conn, APPROVED)
        assert feed is not None
        row = {
            "feed_id": feed.id,
            "state": state,
            "requirements": ["spam"],
            "reason": "work",
            "requester": "dev",
            "is_draft": is_draft,
            "created_at": NOON,
            "changed_at": NOON,
        }
        key = conn.execute(insert(request).values(row)).inserted_primary_key
        assert key is not None
        item = {"request_id": key[0], "project": "spam", "version": "1.0", "state": "vetted"}
        conn.execute(insert(request_item).values(item))
        return int(key[0])


def test_a_wish_is_told_whole_to_whoever_reads_the_requests(gear: Gear, clock: SetClock) -> None:
    want(gear, version="1.0")
    clock.move(minutes=5)
    want(gear, version="1.0")
    want(gear, version="1.0", who="erin")
    later = clock.now()
    assert only(gear) == Wanted(
        id=1,
        feed=INTERNAL,
        project=SPAM,
        version="1.0",
        rule="not-approved",
        why="not approved",
        is_hidden=False,
        count=3,
        first_at=NOON,
        last_at=later,
        people=2,
        wishers=(Wisher("dev", 2, later), Wisher("erin", 1, later)),
    )


def test_others_see_what_they_wanted_themselves(gear: Gear, clock: SetClock) -> None:
    want(gear)
    want(gear, "eggs", who="erin")
    clock.move(minutes=5)
    want(gear, who="erin")
    found = only(gear, DEV)
    assert (found.project, found.count, found.people, found.last_at) == (SPAM, 1, 1, NOON)
    assert found.wishers == (Wisher("dev", 1, NOON),)
    assert names(gear, replace(DEV, name="zoe")) == []


def test_nobody_in_particular_is_asked_for_credentials(gear: Gear) -> None:
    with pytest.raises(Unauthenticated):
        wanted.listed(gear, ANONYMOUS, WantedQuery())


def test_a_feed_that_is_hidden_from_somebody_shows_nothing_of_its_own(gear: Gear) -> None:
    want(gear)
    assert names(gear, somebody("approver@unapproved", name="other")) == []


def test_what_can_be_installed_by_now_drops_out(gear: Gear) -> None:
    want(gear, version="1.0")
    want(gear, version="2.0")
    want(gear, "eggs")
    approve(gear)
    assert names(gear, APPROVER) == ["eggs", "spam==2.0"]
    everything = wanted.listed(gear, APPROVER, WantedQuery(with_given=True)).wanted
    assert [(one.requirement, one.became) for one in everything] == [
        ("eggs", Became.OPEN),
        ("spam==2.0", Became.OPEN),
        ("spam==1.0", Became.GIVEN),
    ]


def test_what_was_approved_and_blocked_stays_until_the_block_ends(gear: Gear) -> None:
    want(gear, version="1.0", lack=Lack(Rule.BLOCK, "blocked: it steals"))
    approve(gear)
    blocks.block(gear, OPERATOR, BlockOrder(SPAM, None, "it steals"))
    assert names(gear, APPROVER) == ["spam==1.0"]
    blocks.unblock(gear, OPERATOR, Target(SPAM), "a false alarm")
    assert names(gear, APPROVER) == []


def test_a_block_of_one_version_leaves_the_others(gear: Gear) -> None:
    want(gear)
    approve(gear)
    blocks.block(gear, OPERATOR, BlockOrder(SPAM, Version("2.0"), "it steals"))
    assert names(gear, APPROVER) == []


def test_what_was_asked_for_names_its_request(gear: Gear) -> None:
    want(gear, version="1.0")
    want(gear, version="2.0")
    ask(gear, "review", is_draft=True)
    assert only_of(gear, "1.0") == (Became.OPEN, None, True)
    refused = ask(gear, "rejected")
    assert only_of(gear, "1.0") == (Became.REFUSED, refused, True)
    waiting = ask(gear, "review")
    ask(gear, "denied")
    assert only_of(gear, "1.0") == (Became.ASKED, waiting, False)
    assert only_of(gear, "2.0") == (Became.OPEN, None, True)


def only_of(gear: Gear, version: str) -> tuple[Became, int | None, bool]:
    found = wanted.listed(gear, APPROVER, WantedQuery()).wanted
    (one,) = [one for one in found if one.version == version]
    return one.became, one.request_id, one.may_be_asked


def test_a_hidden_rule_is_told_only_to_those_who_decide(gear: Gear) -> None:
    want(gear, version="1.0", lack=Lack(Rule.MALWARE, "it steals", is_hidden=True))
    found, told = only(gear), only(gear, DEV)
    assert (found.rule, found.why, found.is_hidden) == ("malware", "it steals", True)
    assert (told.rule, told.is_hidden) == (UNKNOWN, False)
    assert told.why == "Nobody knows a project 'spam' in 'internal'."
    malware, unknown = WantedQuery(rule="malware"), WantedQuery(rule=UNKNOWN)
    assert (names(gear, DEV, malware), names(gear, DEV, unknown)) == ([], ["spam==1.0"])
    assert (names(gear, APPROVER, malware), names(gear, APPROVER, unknown)) == (["spam==1.0"], [])


def test_the_list_is_filtered_and_paged_in_both_orders(gear: Gear, clock: SetClock) -> None:
    for project, times in (("often", 3), ("sometimes", 2), ("once", 1)):
        for _ in range(times):
            want(gear, project)
            clock.move(minutes=2)
    want(gear, "100%", lack=Lack(UNKNOWN, "nobody has it"))
    last = WantedQuery(limit=2, rule="not-approved")
    page = wanted.listed(gear, APPROVER, last)
    assert [one.project for one in page.wanted] == ["once", "sometimes"]
    assert names(gear, APPROVER, replace(last, after=page.next)) == ["often"]

    most = replace(last, by_count=True)
    page = wanted.listed(gear, APPROVER, most)
    assert [one.project for one in page.wanted] == ["often", "sometimes"]
    rest = wanted.listed(gear, APPROVER, replace(most, after=page.next))
    assert ([one.project for one in rest.wanted], rest.next) == (["once"], "")

    assert names(gear, APPROVER, WantedQuery(text=" OFT ")) == ["often"]
    assert names(gear, APPROVER, WantedQuery(text="%")) == ["100%"]
    assert names(gear, APPROVER, WantedQuery(feed=APPROVED)) == []
    assert names(gear, APPROVER, WantedQuery(mine=True)) == []


@pytest.mark.parametrize("mark", ["x", "1.2", "2026-13-01T00:00:00+00:00_1", "2026-11-01T00:00_1"])
def test_a_mark_that_is_none_is_refused(gear: Gear, mark: str) -> None:
    with pytest.raises(BadInput):
        wanted.listed(gear, APPROVER, WantedQuery(after=mark))


def test_who_decides_takes_something_from_the_list_with_an_event(gear: Gear) -> None:
    want(gear, version="1.0")
    number = only(gear).id
    wanted.dismiss(gear, APPROVER, number)
    assert wishes(gear) == []
    event = audit.log(gear, OPERATOR, 0, 100)[-1]
    assert (event.actor, event.event.action, event.event.subject) == (
        "approver",
        "wanted.dismissed",
        "project:spam",
    )
    assert event.event.before == {
        "feed": "internal",
        "version": "1.0",
        "rule": "not-approved",
        "count": 1,
    }
    with pytest.raises(NotFound):
        wanted.dismiss(gear, APPROVER, number)


def test_others_cannot_take_anything_from_the_list(gear: Gear) -> None:
    want(gear)
    number = only(gear).id
    with pytest.raises(NotFound):
        wanted.dismiss(gear, DEV, number)
    with pytest.raises(Forbidden):
        wanted.dismiss(gear, somebody("reader@internal", "reader@approved"), number)
    with pytest.raises(Unauthenticated):
        wanted.dismiss(gear, ANONYMOUS, number)
    assert names(gear, APPROVER) == ["spam"]


def test_what_ended_does_not_count_as_given(gear: Gear) -> None:
    want(gear, version="1.0")
    approve(gear)
    with gear.db.writing() as conn:
        conn.execute(update(listing).values(ended_at=NOON))
    assert names(gear, APPROVER) == ["spam==1.0"]
