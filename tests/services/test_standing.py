"""What is approved and has something against it now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from packaging.version import Version

from affineur.core.advisories import Advisory
from affineur.core.blocks import Target
from affineur.core.concerns import Level, Source
from affineur.core.errors import BadInput
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.usage import Count, Kind, Use
from affineur.services import blocks, standing, waiving
from affineur.services.blocks import BlockOrder
from affineur.services.standing import Ask
from affineur.services.waiving import WaiverOrder
from affineur.store import advisories, usage
from affineur.store.concerns import mark
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, Office
from support.dists import Dist, wheel
from support.gear import somebody

EGGS = wheel("eggs", "2.0")
NEW_EGGS = wheel("eggs", "3.0")
HAM = wheel("ham", "1.0", licence=None)
PROJECT = ProjectName("eggs")


def _record(project: str, fixed: str, level: str = "HIGH") -> Mapping[str, object]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    package = {"ecosystem": "PyPI", "name": project}
    return {
        "id": f"GHSA-{project}",
        "published": "2026-11-01T00:00:00Z",
        "summary": f"{project} believes every header",
        "database_specific": {"severity": level},
        "affected": [{"package": package, "ranges": ranges}],
    }


def _advise(office: Office, project: str, fixed: str, level: str = "HIGH") -> None:
    now = office.gear.clock.now()
    name = ProjectName(project)
    one = Advisory(f"GHSA-{project}", name, now, _record(project, fixed, level))
    with office.gear.db.writing() as conn:
        advisories.replace(conn, [(one.id, [one])])
        mark(conn, now, [name])


def _follow(office: Office) -> None:
    office.run(standing.follow(office.gear, ""))


def _took(office: Office, who: str, dist: Dist, days_ago: int, times: int = 1) -> None:
    at = office.gear.clock.now() - timedelta(days=days_ago)
    use = Use(INTERNAL, Kind.FILE, who, 0, ProjectName(dist.project), dist.filename, dist.sha256)
    with office.gear.db.writing() as conn:
        usage.add_downloads(conn, {(at.date().isoformat(), use): Count(times, 0, at, at)})


def _told(office: Office, asked: Ask = Ask()) -> list[tuple[str, str, Level, list[str]]]:  # noqa: B008  frozen
    found = standing.standing(office.gear, OPERATOR, asked)
    return [
        (one.project, one.concern.key, one.concern.level, [str(v) for v in one.concern.versions])
        for one in found
    ]


def _approved(office: Office) -> None:
    office.upstream.add(EGGS, NEW_EGGS, HAM)
    office.approved(EGGS, NEW_EGGS, HAM)


def test_what_is_known_of_approved_releases_is_listed_the_worst_first(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "3.0", "CRITICAL")
    _advise(office, "spam", "3.0", "CRITICAL")
    _follow(office)

    told = _told(office, Ask(source=Source.ADVISORY))
    (one,) = standing.standing(office.gear, OPERATOR, Ask(project="eggs", level=Level.CRITICAL))

    assert told == [("eggs", "GHSA-eggs", Level.CRITICAL, ["2.0"])]
    assert (one.feed, one.concern.fixed, one.concern.files) == (APPROVED, "3.0", 1)
    assert one.concern.what == "eggs believes every header"


def test_an_advisory_that_comes_later_is_followed(office: Office) -> None:
    _approved(office)
    _follow(office)
    before = _told(office, Ask(project="eggs", source=Source.ADVISORY))

    _advise(office, "eggs", "9.0")
    office.work()

    assert before == []
    assert _told(office, Ask(project="eggs", source=Source.ADVISORY)) == [
        ("eggs", "GHSA-eggs", Level.HIGH, ["3.0", "2.0"])
    ]


def test_what_was_found_before_approval_is_no_news(office: Office) -> None:
    _approved(office)
    _follow(office)

    (one,) = standing.standing(office.gear, OPERATOR, Ask(project="ham", source=Source.FINDING))

    assert (one.concern.key, one.concern.level, one.concern.is_news) == (
        "licence.unknown",
        Level.MEDIUM,
        False,
    )
    assert _told(office, Ask(project="ham", only_news=True)) == []


def test_what_is_accepted_is_left_out_until_the_waiver_expires(office: Office) -> None:
    _approved(office)
    until = office.gear.clock.now() + timedelta(days=9)
    order = WaiverOrder(ProjectName("ham"), None, None, "licence.unknown", "it is MIT", until)
    waiving.add(office.gear, APPROVER, INTERNAL, order)
    office.work()
    accepted = _told(office, Ask(project="ham"))
    (one,) = standing.standing(office.gear, OPERATOR, Ask(project="ham", with_waived=True))
    office.clock.move(days=10)

    assert (accepted, one.concern.waived_until) == ([], until)
    assert [told[1] for told in _told(office, Ask(project="ham"))] == ["licence.unknown"]


def test_what_is_blocked_is_no_concern_until_that_ends(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "9.0")
    blocks.block(office.gear, OPERATOR, BlockOrder(PROJECT, Version("2.0"), "no"))
    _follow(office)
    blocked = _told(office, Ask(project="eggs", source=Source.ADVISORY))
    blocks.unblock(office.gear, OPERATOR, Target(PROJECT, Version("2.0")), "fine")
    _follow(office)

    assert blocked == [("eggs", "GHSA-eggs", Level.HIGH, ["3.0"])]
    assert _told(office, Ask(project="eggs", source=Source.ADVISORY)) == [
        ("eggs", "GHSA-eggs", Level.HIGH, ["3.0", "2.0"])
    ]


def test_the_most_used_come_first_when_asked_so(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "9.0", "CRITICAL")
    _took(office, "dev", HAM, 3, times=5)
    _took(office, "ada", HAM, 2)
    _took(office, "dev", EGGS, 40, times=99)
    _follow(office)

    worst, used = Ask(limit=1), Ask(limit=1, by_use=True)
    (first,) = standing.standing(office.gear, OPERATOR, used)

    assert [one[0] for one in _told(office, worst)] == ["eggs"]
    assert (first.project, first.uses, first.takers) == ("ham", 6, 2)


def test_uses_are_counted_again_after_an_hour(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "9.0")
    _follow(office)
    _took(office, "dev", EGGS, 0, times=4)
    _follow(office)
    before = standing.standing(office.gear, OPERATOR, Ask(project="eggs"))[0].uses
    office.clock.move(hours=1)
    _follow(office)

    assert before == 0
    assert standing.standing(office.gear, OPERATOR, Ask(project="eggs"))[0].uses == 4


def test_a_list_goes_on_behind_the_last_one(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "9.0")
    _advise(office, "ham", "9.0")
    _follow(office)
    every = standing.standing(office.gear, OPERATOR, Ask())

    first = standing.standing(office.gear, OPERATOR, Ask(limit=1))
    rest = standing.standing(office.gear, OPERATOR, Ask(after=first[0].place))

    assert (*first, *rest) == every
    assert standing.read_place(standing.write_place(every[0].place)) == every[0].place


def test_only_feeds_that_somebody_reads_are_told_of(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "9.0")
    _follow(office)
    reader = somebody("reader@internal", name="ada")

    assert standing.standing(office.gear, reader, Ask()) == ()
    assert standing.standing(office.gear, DEV, Ask(feed="approved")) == ()
    assert standing.overview(office.gear, reader, Ask()).counts == {}
    assert standing.standing(office.gear, APPROVER, Ask(feed=FeedName("approved"))) != ()


def test_everything_is_looked_at_once_and_counted(office: Office) -> None:
    _approved(office)
    _advise(office, "eggs", "9.0")
    before = standing.overview(office.gear, OPERATOR, Ask())
    _follow(office)
    after = standing.overview(office.gear, OPERATOR, Ask())

    assert (before.is_whole, after.is_whole) == (False, True)
    assert after.of_level(Level.HIGH) == 1
    assert after.of_source(Source.ADVISORY) == 1


@pytest.mark.parametrize("text", ["1", "1.2", "a.b.c", "1.2.3.4", "-1.2.3", "1.2." + "9" * 30])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no place in the list"):
        standing.read_place(text)
