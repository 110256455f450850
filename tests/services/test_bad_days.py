"""Bad days outside: nobody waits for what is known, and nobody is asked in vain for long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from affineur.core.breakers import Allowance
from affineur.core.errors import NotFound, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.services import serve
from affineur.store.schema import metadata
from support.approving import UNAPPROVED, Office
from support.dists import wheel
from support.gear import settled, with_settings
from support.upstream_server import Fault
from support.values import versions

SPAM = wheel("spam", "1.0")
SPAM_2 = wheel("spam", "2.0")
EGGS = wheel("eggs", "1.0")
ASK = "not approved in 'approved'; ask for it with: affineur request spam"


def _later(office: Office) -> None:
    """Let what was asked of external indexes grow old."""
    office.clock.move(hours=1)


def impatient(office: Office) -> Office:
    """Give the office clients that wait for half a second at most."""
    return replace(office, gear=with_settings(office.gear, unknown_wait_s=0.5))


def everything(office: Office) -> dict[str, int]:
    """Count the rows of all tables."""
    with office.gear.db.reading() as conn:
        return {
            name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


# --- known and unknown projects ----------------------------------------------------------


def test_a_known_project_is_not_waited_for_and_an_unknown_one_not_for_long(
    small_office: Office,
) -> None:
    office = impatient(small_office)
    office.upstream.add(SPAM, EGGS)
    office.page("spam")
    _later(office)
    office.upstream.misbehave(Fault.WAIT, "/simple/")

    assert office.page("spam") == {"1.0": ASK}
    with pytest.raises(UpstreamTrouble, match="has not answered yet about 'eggs'") as trouble:
        office.page("eggs", UNAPPROVED)

    assert trouble.value.retry_after_s == 2
    office.upstream.heal()
    office.run(settled(office.gear))
    assert office.page("eggs", UNAPPROVED) == {"1.0": "served"}
    assert office.upstream.paths().count("/simple/eggs/") == 1


def test_a_file_that_does_not_come_is_not_waited_for_long(small_office: Office) -> None:
    office = impatient(small_office)
    office.upstream.add(SPAM)
    office.page("spam")
    office.upstream.misbehave(Fault.WAIT, "/files/")

    with pytest.raises(UpstreamTrouble, match=f"has not given anything of {SPAM.filename}"):
        office.fetch(SPAM, UNAPPROVED)

    office.upstream.heal()
    assert office.fetch(SPAM, UNAPPROVED) == SPAM.data
    assert office.upstream.downloads(SPAM.filename) == 1


def test_the_server_s_own_work_waits_for_news(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.page("spam", UNAPPROVED)
    office.upstream.add(SPAM_2)
    _later(office)

    page = office.run(serve.page_for_server(office.gear, UNAPPROVED, ProjectName("spam")))

    assert versions(page) == {"1.0": "served", "2.0": "served"}


def test_the_server_s_own_work_takes_the_old_page_when_there_are_no_news(
    small_office: Office,
) -> None:
    office = impatient(small_office)
    office.upstream.add(SPAM)
    office.page("spam", UNAPPROVED)
    _later(office)
    office.upstream.misbehave(Fault.WAIT)

    page = office.run(serve.page_for_server(office.gear, UNAPPROVED, ProjectName("spam")))

    assert versions(page) == {"1.0": "served"}


# --- indexes that are left alone ---------------------------------------------------------


def fail(office: Office, *projects: str) -> UpstreamTrouble:
    """Ask in vain for projects that are not known; give the last trouble."""
    for project in projects:
        with pytest.raises(UpstreamTrouble) as trouble:
            office.page(project)
    return trouble.value


def test_an_index_that_failed_three_times_is_left_alone_by_all(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.page("spam")
    _later(office)
    office.upstream.misbehave(Fault.STATUS)
    office.upstream.forget_requests()

    fail(office, "a", "b", "c")
    refused = fail(office, "d")

    assert office.page("spam") == {"1.0": ASK}
    assert office.upstream.paths() == ("/simple/a/", "/simple/b/", "/simple/c/")
    assert refused.message.startswith(
        f"The index {office.upstream.origin} is away (answered 500); it is asked again in "
    )
    assert 0.5 < (refused.retry_after_s or 0) < 2


def test_an_index_that_is_back_is_found_by_one_question(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, EGGS)
    office.upstream.misbehave(Fault.STATUS)
    fail(office, "a", "b", "c")
    office.upstream.heal()
    office.clock.move(seconds=2)

    assert office.page("spam") == {"1.0": ASK}
    assert office.page("eggs", UNAPPROVED) == {"1.0": "served"}


def test_an_index_that_says_when_to_come_back_is_left_alone_until_then(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.misbehave(Fault.STATUS, status=429, to="30")

    assert fail(office, "a").retry_after_s == 30
    office.upstream.heal()
    office.clock.move(seconds=29)
    assert fail(office, "spam").retry_after_s == 1
    office.clock.move(seconds=1)
    assert office.page("spam") == {"1.0": ASK}


def test_one_page_that_cannot_be_read_does_not_keep_others_away(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.misbehave(Fault.STATUS, "/simple/odd", status=403)

    fail(office, "odd-a", "odd-b", "odd-c", "odd-d")

    assert office.page("spam") == {"1.0": ASK}


def test_a_trouble_names_no_path_of_the_index_since_some_hold_a_token(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.misbehave(Fault.STATUS)

    trouble = fail(office, "a")

    assert trouble.message == (
        f"The index {office.upstream.origin} cannot tell about 'a': answered 500."
    )


# --- names that nobody has ---------------------------------------------------------------


def test_names_that_nobody_has_leave_nothing_in_the_database(office: Office) -> None:
    before = everything(office)
    for number in range(20):
        with pytest.raises(NotFound):
            office.page(f"nothing-{number}")

    assert everything(office) == before
    assert len(office.upstream.requests) == 20


def test_a_name_that_nobody_has_is_asked_for_again_after_a_while(small_office: Office) -> None:
    office = small_office
    for seconds in (0, 30, 40):
        office.clock.move(seconds=seconds)
        with pytest.raises(NotFound):
            office.page("spam")
    office.upstream.add(SPAM)
    office.clock.move(seconds=61)

    assert office.page("spam") == {"1.0": ASK}
    assert office.upstream.paths().count("/simple/spam/") == 3


def test_whoever_asks_for_names_at_random_is_stopped_and_others_are_not(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM, EGGS)
    office.page("spam")
    office.gear.outside.unknown = Allowance(most=2, per_s=1)
    for number in range(2):
        with pytest.raises(NotFound):
            office.page(f"nothing-{number}")

    assert fail(office, "nothing-3").retry_after_s == 1
    assert office.page("spam") == {"1.0": ASK}
    office.clock.move(seconds=1)
    assert office.page("eggs", UNAPPROVED) == {"1.0": "served"}


# --- many questions at once --------------------------------------------------------------


def test_a_burst_of_old_pages_asks_a_few_questions_at_a_time(small_office: Office) -> None:
    office = impatient(small_office)
    names = [f"spam-{number}" for number in range(12)]
    office.upstream.add(*(wheel(name, "1.0") for name in names), EGGS)
    for name in names:
        office.page(name, UNAPPROVED)
    _later(office)
    office.upstream.misbehave(Fault.WAIT, "/simple/spam")
    office.upstream.forget_requests()
    for name in names:
        assert office.page(name, UNAPPROVED) == {"1.0": "served"}

    # then a question that somebody waits for is not behind them
    assert office.page("eggs", UNAPPROVED) == {"1.0": "served"}
    assert len(office.upstream.paths()) == 5
    office.upstream.heal()
    office.run(settled(office.gear))
    assert len(office.upstream.paths()) == 13


def test_an_old_page_that_somebody_waits_for_overtakes_the_others(small_office: Office) -> None:
    office = small_office
    names = [f"spam-{number}" for number in range(12)]
    office.upstream.add(*(wheel(name, "1.0") for name in names))
    for name in names:
        office.page(name, UNAPPROVED)
    _later(office)
    last = wheel("spam-11", "2.0")
    office.upstream.add(last)
    office.upstream.misbehave(Fault.WAIT, "/simple/spam-")
    office.upstream.misbehave(Fault.SLOW, "/simple/spam-11", delay_s=0)
    for name in names:
        office.page(name, UNAPPROVED)

    page = office.run(serve.page_for_server(office.gear, UNAPPROVED, ProjectName("spam-11")))

    assert versions(page) == {"1.0": "served", "2.0": "served"}
