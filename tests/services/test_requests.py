"""Requests from asking to serving, with everything real, and the ways in which they end."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.errors import BadInput, Conflict, DomainError, Forbidden, NotFound, Refused
from affineur.core.findings import Verdict
from affineur.core.names import NamePattern, ProjectName
from affineur.core.permissions import ANONYMOUS, OPERATOR
from affineur.core.requests import Ask, ItemState, RequestState
from affineur.services import blocks, feeds, requests
from affineur.services.blocks import BlockOrder
from affineur.services.feeds import FeedChange
from affineur.services.resolution import resolve_request
from affineur.store import jobs
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, Office, lock_of
from support.dists import sdist, wheel
from support.gear import somebody
from support.racing import at_once

SPAM = wheel("spam", "1.0", requires=["eggs>=2"])
SPAM_SDIST = sdist("spam", "1.0", requires=["eggs>=2"])
EGGS = wheel("eggs", "2.0")
OLD_EGGS = wheel("eggs", "1.0")


def _releases(office: Office, request_id: int) -> dict[str, list[str]]:
    items = office.show(request_id).items
    return {
        f"{item.release.project}=={item.release.version}": sorted(
            file.filename.text for file in item.release.files
        )
        for item in items
    }


def test_a_release_is_asked_for_vetted_reviewed_approved_and_served(office: Office) -> None:
    # given an index with a project, its dependency, and more than is needed
    office.upstream.add(SPAM, SPAM_SDIST, EGGS, OLD_EGGS)
    withheld = "not approved in 'approved'; ask for it with: affineur request spam"
    assert office.page("spam") == {"1.0": withheld}

    # when somebody asks for it by name
    asked = requests.create(office.gear, DEV, INTERNAL, Ask(("spam",)), "for the app")
    assert (asked.state, asked.feed) == (RequestState.RESOLVING, APPROVED)
    office.work_with_index()

    # then its closure is vetted, with every wanted file, and waits for a person
    seen = office.show(asked.id)
    assert seen.state is RequestState.REVIEW
    assert _releases(office, asked.id) == {
        "eggs==2.0": [EGGS.filename],
        "spam==1.0": [SPAM.filename, SPAM_SDIST.filename],
    }
    assert {item.state for item in seen.items} == {ItemState.VETTED}
    assert {item.verdict for item in seen.items} == {Verdict.REVIEW}
    with pytest.raises(Refused):
        office.fetch(SPAM)

    # and when a person approves it, exactly that is served, its bytes unchanged
    done = requests.approve(office.gear, APPROVER, asked.id, "looked at")
    assert done.state is RequestState.APPROVED
    assert set(done.decisions[0].digests) == {SPAM.sha256, SPAM_SDIST.sha256, EGGS.sha256}
    assert office.page("spam") == {"1.0": "served"}
    assert office.page("eggs") == {
        "2.0": "served",
        "1.0": withheld.replace("spam", "eggs"),
    }
    assert office.fetch(SPAM) == SPAM.data
    assert office.fetch(SPAM_SDIST) == SPAM_SDIST.data
    with pytest.raises(Refused):
        office.fetch(OLD_EGGS)


def test_what_is_approved_already_is_not_put_on_a_request_again(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    office.approved(EGGS)
    again = office.vetted(SPAM, EGGS)

    assert _releases(office, again.id) == {"spam==1.0": [SPAM.filename]}
    assert again.notes == ("Approved before: eggs 2.0.",)


def test_a_request_for_what_is_all_approved_is_approved_at_once(office: Office) -> None:
    office.upstream.add(EGGS)
    office.approved(EGGS)
    again = office.vetted(EGGS)

    assert again.state is RequestState.APPROVED
    assert [one.by for one in again.decisions] == ["system"]


def test_asking_for_what_does_not_exist_fails_with_the_resolver_s_words(
    small_office: Office,
) -> None:
    asked = requests.create(
        small_office.gear, DEV, INTERNAL, Ask(("no-such-project",)), "for the app"
    )
    small_office.work_with_index()

    seen = small_office.show(asked.id)
    assert seen.state is RequestState.FAILED
    assert "no-such-project" in seen.notes[0]


def test_a_lock_file_with_other_bytes_than_the_source_fails(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    other = wheel("eggs", "2.0", files={"eggs.py": b"other"})
    asked = small_office.vetted(other)

    assert asked.state is RequestState.FAILED
    told = f"{EGGS.filename} has sha256 {EGGS.sha256} in the source feed, not {other.sha256}"
    assert asked.notes == (f"{told} as asked for.",)


def test_one_file_of_a_lock_that_the_source_has_not_fails_the_whole(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    asked = small_office.vetted(EGGS, SPAM)

    assert asked.state is RequestState.FAILED
    assert asked.items == ()


def test_a_request_is_never_resolved_twice(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    asked = small_office.vetted(EGGS)
    with small_office.gear.db.writing() as conn:
        jobs.enqueue(conn, small_office.clock.now(), requests.RESOLVE, str(asked.id))
    small_office.work()

    assert small_office.show(asked.id) == asked


# --- who may ask, and for what -----------------------------------------------------------


@pytest.mark.parametrize("name", ["acme-tools", "Acme_Tools", "acme.tools", "ACME--tools"])
def test_a_name_of_the_house_is_not_asked_for_in_any_spelling(
    small_office: Office, name: str
) -> None:
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))

    with pytest.raises(Conflict, match="your organisation's own"):
        requests.create(small_office.gear, DEV, INTERNAL, Ask((f"{name}>=1",)), "why not")
    assert small_office.upstream.requests == ()


def test_a_closure_that_needs_a_name_of_the_house_fails_and_asks_nobody(
    small_office: Office,
) -> None:
    ours = wheel("acme-tools", "1.0")
    small_office.upstream.add(ours)
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))
    asked = small_office.vetted(ours)

    assert asked.state is RequestState.FAILED
    assert "never looked up outside" in asked.notes[0]
    assert small_office.upstream.requests == ()


def test_a_name_that_became_ours_meanwhile_is_not_approved(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)
    feeds.reserve(office.gear, OPERATOR, INTERNAL, NamePattern("eggs"))

    with pytest.raises(Conflict, match="now belongs to feed 'internal'"):
        requests.approve(office.gear, APPROVER, asked.id, "")
    assert office.show(asked.id) == asked


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("eggs @ https://evil.example/eggs.whl", "names a URL"),
        ("eggs @ file:///etc/passwd", "names a URL"),
        ("-r /etc/passwd", "is not a requirement"),
        ("--index-url https://evil.example", "is not a requirement"),
        ("./here", "is not a requirement"),
    ],
)
def test_only_names_and_versions_can_be_asked_for(
    small_office: Office, line: str, told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        requests.create(small_office.gear, DEV, INTERNAL, Ask((line,)), "why not")


def test_nobody_may_ask_without_saying_who(small_office: Office) -> None:
    with pytest.raises(DomainError):
        requests.create(small_office.gear, ANONYMOUS, INTERNAL, lock_of(EGGS), "why not")


def test_too_much_at_once_is_refused(small_office: Office) -> None:
    many = Ask(tuple(f"project-{number}" for number in range(1001)))
    with pytest.raises(BadInput, match="at most 1000"):
        requests.create(small_office.gear, DEV, INTERNAL, many, "all of it")
    large = Ask((), "#" * (8 * 1024 * 1024 + 1), "requirements.txt")
    with pytest.raises(BadInput, match="larger than 8 MiB"):
        requests.create(small_office.gear, DEV, INTERNAL, large, "all of it")


def test_a_request_says_which_application_it_is_for(small_office: Office) -> None:
    office = small_office
    made = requests.create(office.gear, DEV, INTERNAL, lock_of(EGGS), "a site", "the  web\nshop ")

    assert (made.used_in, office.show(made.id).used_in) == ("the web shop", "the web shop")


@pytest.mark.parametrize("name", ["a\x00b", "x" * 129])
def test_an_application_is_named_in_one_readable_line(small_office: Office, name: str) -> None:
    with pytest.raises(BadInput, match="named in one line of at most 128"):
        requests.create(small_office.gear, DEV, INTERNAL, lock_of(EGGS), "a site", name)


# --- deciding ----------------------------------------------------------------------------


def test_whoever_may_only_read_decides_nothing(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    asked = small_office.vetted(EGGS)
    reader = somebody("reader@approved", name="reader")

    with pytest.raises(Forbidden):
        requests.approve(small_office.gear, reader, asked.id, "")
    with pytest.raises(Forbidden):
        requests.reject(small_office.gear, reader, asked.id, "no")
    with pytest.raises(NotFound):
        requests.approve(small_office.gear, somebody("approver@unapproved"), asked.id, "")
    assert small_office.show(asked.id) == asked


def test_a_requester_approves_his_own_request_only_where_the_feed_lets_him(
    office: Office,
) -> None:
    office.upstream.add(EGGS, SPAM)
    mine = office.vetted(EGGS, by=APPROVER)
    other = office.vetted(SPAM, by=APPROVER)
    assert requests.approve(office.gear, APPROVER, mine.id, "").state is RequestState.APPROVED

    feeds.update(office.gear, OPERATOR, APPROVED, FeedChange(requester_may_approve=False))
    with pytest.raises(Forbidden, match="somebody else approves"):
        requests.approve(office.gear, APPROVER, other.id, "")
    second = somebody("approver@approved", name="second")
    assert requests.approve(office.gear, second, other.id, "").state is RequestState.APPROVED


def test_of_many_approvals_at_once_exactly_one_wins(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)

    def approve() -> str:
        try:
            return requests.approve(office.gear, APPROVER, asked.id, "").state
        except Conflict:
            return "conflict"

    answers = at_once(20, approve)

    assert sorted(answers) == ["approved"] + 19 * ["conflict"]
    assert len(office.show(asked.id).decisions) == 1
    assert office.page("eggs") == {"2.0": "served"}


def test_of_an_approval_and_a_rejection_at_once_one_wins_whole(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)
    acts = [
        lambda: requests.approve(office.gear, APPROVER, asked.id, ""),
        lambda: requests.reject(office.gear, APPROVER, asked.id, "no"),
    ] * 5

    def act() -> str:
        try:
            return acts.pop()().state
        except Conflict:
            return "conflict"

    answers = at_once(10, act)

    seen = office.show(asked.id)
    assert sorted(answers, key="conflict".__eq__) == [seen.state] + 9 * ["conflict"]
    served = office.page("eggs")["2.0"] == "served"
    assert served == (seen.state is RequestState.APPROVED)


def test_a_rejected_request_says_why_and_serves_nothing(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)
    done = requests.reject(office.gear, APPROVER, asked.id, "we have bacon")

    assert [(one.verdict, one.comment) for one in done.decisions] == [("rejected", "we have bacon")]
    with pytest.raises(Refused):
        office.fetch(EGGS)
    with pytest.raises(Conflict, match="is rejected, so there is nothing to decide"):
        requests.approve(office.gear, APPROVER, asked.id, "")


@pytest.mark.parametrize("reason", ["", "  \n ", "a\x00b", "x" * 501])
def test_rejecting_needs_a_reason_that_can_be_read(small_office: Office, reason: str) -> None:
    small_office.upstream.add(EGGS)
    asked = small_office.vetted(EGGS)
    with pytest.raises(BadInput):
        requests.reject(small_office.gear, APPROVER, asked.id, reason)


def test_a_requester_takes_his_request_back_but_nobody_else_s(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.asked(EGGS)
    stranger = somebody("reader@internal", "reader@approved", name="stranger")
    with pytest.raises(Forbidden):
        requests.withdraw(office.gear, stranger, asked.id, "not his")
    assert requests.withdraw(office.gear, DEV, asked.id, "found another").notes == (
        "Withdrawn: found another",
    )
    office.work()

    seen = office.show(asked.id)
    assert (seen.state, seen.items) == (RequestState.WITHDRAWN, ())


def test_a_request_that_is_withdrawn_while_it_is_vetted_stays_withdrawn(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.asked(EGGS)
    office.run(resolve_request(office.gear, str(asked.id)))
    requests.withdraw(office.gear, DEV, asked.id, "")
    office.work()

    assert office.show(asked.id).state is RequestState.WITHDRAWN
    with pytest.raises(Refused):
        office.fetch(EGGS)


def test_a_version_says_itself_however_it_is_written(small_office: Office) -> None:
    odd = wheel("eggs", "2.0.post1")
    small_office.upstream.add(odd)
    done = small_office.approved(odd)
    assert [one.release.version for one in done.items] == [Version("2.0.post1")]
    assert [one.release.project for one in done.items] == [ProjectName("eggs")]


def test_what_is_approved_is_not_asked_for_again_in_a_newer_version(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, EGGS)
    office.approved(SPAM, EGGS)
    office.upstream.add(wheel("spam", "2.0"), wheel("eggs", "3.0"))
    office.clock.move(days=1)

    anything = requests.create(office.gear, DEV, INTERNAL, Ask(("spam",)), "for the app")
    newer = requests.create(office.gear, DEV, INTERNAL, Ask(("spam>=2",)), "for the app")
    office.work_with_index()

    assert office.show(anything.id).state is RequestState.APPROVED
    assert set(_releases(office, newer.id)) == {"spam==2.0"}


def test_what_is_approved_and_blocked_is_asked_for_in_a_newer_version(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM, EGGS)
    office.approved(SPAM, EGGS)
    office.upstream.add(wheel("eggs", "3.0"))
    office.clock.move(days=1)
    order = BlockOrder(ProjectName("eggs"), Version("2.0"), "broken")
    blocks.block(office.gear, OPERATOR, order)

    asked = requests.create(office.gear, DEV, INTERNAL, Ask(("spam",)), "for the app")
    office.work_with_index()

    assert set(_releases(office, asked.id)) == {"eggs==3.0"}
