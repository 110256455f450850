"""Waivers in a feed: who makes them, what they change, and that they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from packaging.version import Version

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.findings import Verdict
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.requests import RequestState
from affineur.services import waiving
from affineur.services.waiving import WaiverOrder
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, LENIENT, UNAPPROVED, Office
from support.dists import Flaw, wheel
from support.gear import somebody
from support.present import states

SLOPPY = wheel("eggs", "2.0", flaw=Flaw.UNRECORDED_FILE)
FINDING = "archive.record-extra"


def _order(office: Office, days: int = 30, **more: object) -> WaiverOrder:
    until = office.gear.clock.now() + timedelta(days=days)
    order = WaiverOrder(ProjectName("eggs"), None, None, FINDING, "they are slow", until)
    return WaiverOrder(**({name: getattr(order, name) for name in order.__slots__} | more))


def test_what_an_approver_waived_weighs_nothing_any_more(office: Office) -> None:
    office.upstream.add(SLOPPY)
    office.policy(LENIENT)
    waiving.add(office.gear, APPROVER, INTERNAL, _order(office))

    asked = office.vetted(SLOPPY)

    assert asked.state is RequestState.APPROVED
    assert [one for one in asked.items[0].reasons if "they are slow" in one]


def test_a_waiver_is_asked_about_what_waits_for_a_person_and_so_is_its_end(
    office: Office,
) -> None:
    office.upstream.add(SLOPPY)
    office.policy(LENIENT)
    asked = office.vetted(SLOPPY)
    assert asked.items[0].verdict is Verdict.REVIEW

    made = waiving.add(office.gear, APPROVER, INTERNAL, _order(office))
    office.work()
    waived = office.show(asked.id)
    waiving.end(office.gear, APPROVER, INTERNAL, made.id)
    office.work()

    assert (waived.state, waived.items[0].verdict) == (RequestState.REVIEW, Verdict.ALLOW)
    assert office.show(asked.id).items[0].verdict is Verdict.REVIEW


def test_an_expired_waiver_counts_no_more(small_office: Office) -> None:
    small_office.upstream.add(SLOPPY)
    waiving.add(small_office.gear, APPROVER, INTERNAL, _order(small_office, days=1))
    small_office.clock.move(hours=25)
    small_office.policy(LENIENT)

    assert small_office.vetted(SLOPPY).state is RequestState.REVIEW
    assert waiving.current(small_office.gear, APPROVER, INTERNAL, None) == ()
    (expired,) = waiving.current(small_office.gear, APPROVER, INTERNAL, None, every=True)
    assert expired.finding == FINDING


def test_waivers_are_listed_newest_first_and_by_project(office: Office) -> None:
    order = _order(office)
    waiving.add(office.gear, APPROVER, INTERNAL, order)
    other = _order(office, project=ProjectName("spam"), version=Version("1.0"))
    waiving.add(office.gear, APPROVER, APPROVED, other)

    told = waiving.current(office.gear, APPROVER, INTERNAL, None)

    assert [(one.project, one.scope, one.by) for one in told] == [
        ("spam", "release", "approver"),
        ("eggs", "project", "approver"),
    ]
    assert len(waiving.current(office.gear, APPROVER, INTERNAL, ProjectName("eggs"))) == 1
    by_log, by_tables = states(office.gear)
    assert by_log == by_tables


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"finding": "malware.MAL-1"}, "malware cannot be waived"),
        ({"finding": "a b"}, "neither the key nor the id"),
        ({"reason": " "}, "needs a reason"),
        ({"reason": "a\x1b[31m"}, "needs a reason"),
        ({"days": 367}, "not within the next 366 days"),
        ({"days": 0}, "not within the next 366 days"),
    ],
)
def test_a_waiver_must_be_sensible(
    small_office: Office, wrong: dict[str, int], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        waiving.add(small_office.gear, APPROVER, INTERNAL, _order(small_office, **wrong))
    assert waiving.current(small_office.gear, APPROVER, INTERNAL, None, every=True) == ()


def test_only_approvers_waive(small_office: Office) -> None:
    reader = somebody("reader")
    with pytest.raises(Forbidden):
        waiving.add(small_office.gear, reader, INTERNAL, _order(small_office))
    with pytest.raises(NotFound):
        waiving.add(small_office.gear, DEV, INTERNAL, _order(small_office))
    made = waiving.add(small_office.gear, APPROVER, INTERNAL, _order(small_office))
    with pytest.raises(Forbidden):
        waiving.end(small_office.gear, reader, INTERNAL, made.id)
    with pytest.raises(Conflict, match="neither it nor a feed it reads has a source"):
        waiving.add(small_office.gear, OPERATOR, UNAPPROVED, _order(small_office))


def test_a_waiver_ends_once(small_office: Office) -> None:
    made = waiving.add(small_office.gear, APPROVER, INTERNAL, _order(small_office))
    waiving.end(small_office.gear, APPROVER, INTERNAL, made.id)

    with pytest.raises(Conflict, match="had ended before"):
        waiving.end(small_office.gear, APPROVER, INTERNAL, made.id)
    with pytest.raises(NotFound, match="There is no waiver 99"):
        waiving.end(small_office.gear, APPROVER, INTERNAL, 99)
