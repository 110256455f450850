"""The page of what is approved and has something against it."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.concerns import Concern, Level, Source
from affineur.core.names import ProjectName
from affineur.services import standing
from affineur.store.concerns import Progress, note, replace
from support.browsing import Visitor
from support.house import House

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def worried(house: House) -> House:
    """A house with two concerns about what is approved."""
    bad = Concern(
        Source.ADVISORY,
        "GHSA-1",
        Level.CRITICAL,
        EVIL,
        (Version("2.0"),),
        2,
        None,
        is_news=True,
        fixed="3.0",
    )
    odd = Concern(
        Source.FINDING,
        "licence.unknown",
        Level.MEDIUM,
        "none",
        (Version("1.0"),),
        1,
        None,
        is_news=False,
    )
    now = house.gear.clock.now()
    eggs, ham = ProjectName("eggs"), ProjectName("ham")
    with house.gear.db.writing() as conn:
        replace(conn, [eggs, ham], [(2, eggs, bad, (3, 1)), (2, ham, odd, (90, 8))])
        note(conn, now, Progress(0, counted_at=now))
    return house


def test_the_worst_stands_first_and_leads_to_a_block(worried: House) -> None:
    seen = Visitor(worried, "admin").get("/security")

    assert [one.partition(" ")[0] for one in seen.all("tbody th")] == ["eggs", "ham"]
    assert seen.all("tbody td[data-label=Level]") == ["Critical", "Medium"]
    assert EVIL in seen.says("tbody")
    assert "Fixed in 3.0" in seen.says("tbody")
    assert "/security/block?project=eggs" in seen.links("tbody tr:first-child a").values()


def test_the_most_used_come_first_when_asked_so(worried: House) -> None:
    security = Visitor(worried, "admin")

    seen = security.submit(security.get("/security"), {"sort": "use"}, button="Show")

    assert [one.partition(" ")[0] for one in seen.all("tbody th")] == ["ham", "eggs"]
    assert "90 by 8" in seen.says("tbody")


def test_it_is_narrowed_by_level_source_and_news(worried: House) -> None:
    security = Visitor(worried, "admin")
    paths = ("?level=medium", "?source=advisory", "?news=yes", "?project=ha", "?feed=internal")

    found = [
        [one.partition(" ")[0] for one in security.get(f"/security{path}").all("tbody th")]
        for path in paths
    ]

    assert found == [["ham"], ["eggs"], ["eggs"], ["ham"], []]
    assert security.get("/security?level=bad").status == 400
    assert security.get("/security?after=x").status == 400


def test_who_reads_no_approved_feed_sees_nothing_of_it(worried: House) -> None:
    seen = Visitor(worried, "stranger").get("/security")

    assert "Nothing speaks against what is approved" in seen.says()
    assert not seen.offers(action="/security/block")


def test_a_list_that_is_not_whole_yet_says_so(house: House) -> None:
    before = Visitor(house, "admin").get("/security").says()
    house.run(standing.follow(house.gear, ""))
    after = Visitor(house, "admin").get("/security").says()

    assert "still looking" in before
    assert "still looking" not in after
