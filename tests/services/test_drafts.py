"""Drafts: looked at by their requester alone, decided by nobody until they are sent."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.errors import BadInput, Conflict, DomainError, Forbidden, NotFound
from affineur.core.findings import Verdict
from affineur.core.given_files import read_file, read_text
from affineur.core.names import NamePattern
from affineur.core.permissions import ANONYMOUS, OPERATOR, Actor
from affineur.core.requests import Ask, LeftOut, Request, RequestState
from affineur.services import drafts, feeds, housekeeping, requests
from affineur.services.drafts import MOST_DRAFTS, NewDraft
from affineur.services.requests import RequestQuery
from support.approving import APPROVER, DEV, INTERNAL, LENIENT, UNAPPROVED, Office, lock_of
from support.dists import Dist, sdist, wheel
from support.gear import somebody
from support.present import states

SPAM = wheel("spam", "1.0")
SPAM_SDIST = sdist("spam", "1.0")
EGGS = wheel("eggs", "2.0")
OTHER_DEV = somebody("reader@internal", name="other")


def _drafted(office: Office, *dists: Dist, by: Actor = DEV) -> Request:
    """Make a draft, and do what can be done about it."""
    made = drafts.create(office.gear, by, NewDraft(INTERNAL, lock_of(*dists)))
    office.work()
    return drafts.show(office.gear, by, made.id)


def _actions(office: Office) -> list[str]:
    log, _ = states(office.gear)
    return sorted(log.requests.values())


def test_a_draft_is_resolved_and_vetted_and_waits_to_be_sent(office: Office) -> None:
    office.upstream.add(SPAM)
    office.policy(LENIENT)

    draft = _drafted(office, SPAM)

    assert (draft.is_draft, draft.state) == (True, RequestState.VETTING)
    assert [item.verdict for item in draft.items] == [Verdict.ALLOW]
    assert draft.decisions == ()
    assert "served" not in office.page("spam").values()


def test_a_draft_that_the_policy_allows_is_approved_when_it_is_sent(office: Office) -> None:
    office.upstream.add(SPAM)
    office.policy(LENIENT)
    draft = _drafted(office, SPAM)

    sent = drafts.send(office.gear, DEV, draft.id, "the shop needs it", "shop")

    assert (sent.is_draft, sent.state) == (False, RequestState.APPROVED)
    assert sent.reason == "the shop needs it"
    assert [one.by for one in sent.decisions] == ["policy"]
    assert office.page("spam") == {"1.0": "served"}


def test_a_draft_that_needs_a_person_is_put_before_one_when_it_is_sent(office: Office) -> None:
    office.upstream.add(SPAM)
    draft = _drafted(office, SPAM)

    sent = drafts.send(office.gear, DEV, draft.id, "the shop needs it")

    assert sent.state is RequestState.REVIEW
    assert office.show(sent.id) == sent


def test_a_draft_that_is_sent_early_goes_on_as_any_request(office: Office) -> None:
    office.upstream.add(SPAM)
    made = drafts.create(office.gear, DEV, NewDraft(INTERNAL, lock_of(SPAM)))

    sent = drafts.send(office.gear, DEV, made.id, "the shop needs it")
    assert sent.state is RequestState.RESOLVING
    office.work()

    assert office.show(made.id).state is RequestState.REVIEW


def test_what_is_sent_is_judged_by_the_policy_of_that_moment(office: Office) -> None:
    office.upstream.add(SPAM)
    draft = _drafted(office, SPAM)
    assert [item.verdict for item in draft.items] == [Verdict.REVIEW]
    office.policy('otherwise = "deny"')

    sent = drafts.send(office.gear, DEV, draft.id, "the shop needs it")

    assert sent.state is RequestState.DENIED
    assert [item.verdict for item in sent.items] == [Verdict.DENY]


def test_a_draft_shows_what_was_approved_before(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    office.approved(EGGS)

    draft = _drafted(office, SPAM, EGGS)

    assert draft.approved_before == (("eggs", Version("2.0")),)
    assert [item.release.project for item in draft.items] == ["spam"]


def test_a_draft_of_what_is_all_approved_stays_a_draft_and_is_approved_when_sent(
    office: Office,
) -> None:
    office.upstream.add(EGGS)
    office.approved(EGGS)

    draft = _drafted(office, EGGS)
    assert (draft.is_draft, draft.state, draft.items) == (True, RequestState.VETTING, ())
    sent = drafts.send(office.gear, DEV, draft.id, "all the same")

    assert sent.state is RequestState.APPROVED
    assert [one.by for one in sent.decisions] == ["system"]


def test_what_was_left_out_of_what_was_given_stays_with_the_draft(small_office: Office) -> None:
    left_out = (LeftOut("line 2: -e .", "a folder is nothing that an index has"),)
    made = drafts.create(
        small_office.gear,
        DEV,
        NewDraft(INTERNAL, Ask(("spam",)), left_out, ("Read as a requirements file.",)),
    )

    seen = drafts.show(small_office.gear, DEV, made.id)

    assert (seen.left_out, seen.notes) == (left_out, ("Read as a requirements file.",))


# --- whose it is -------------------------------------------------------------------------


@pytest.mark.parametrize("who", [OPERATOR, APPROVER, OTHER_DEV], ids=lambda who: who.name)
def test_nobody_else_sees_a_draft(small_office: Office, who: Actor) -> None:
    small_office.upstream.add(SPAM)
    draft = _drafted(small_office, SPAM)

    assert drafts.mine(small_office.gear, who) == ()
    assert requests.recent(small_office.gear, who, RequestQuery()) == ()
    with pytest.raises(NotFound, match=f"no request {draft.id}"):
        requests.show(small_office.gear, who, draft.id)
    with pytest.raises(NotFound, match=f"no draft {draft.id}"):
        drafts.send(small_office.gear, who, draft.id, "mine now")
    with pytest.raises(NotFound):
        drafts.discard(small_office.gear, who, draft.id)
    with pytest.raises(NotFound):
        requests.reject(small_office.gear, who, draft.id, "no")


def test_nobody_in_particular_has_no_drafts(small_office: Office) -> None:
    with pytest.raises(DomainError, match="credentials"):
        drafts.mine(small_office.gear, ANONYMOUS)
    with pytest.raises(DomainError, match="credentials"):
        drafts.show(small_office.gear, ANONYMOUS, 1)


def test_its_requester_sees_it_but_no_list_of_requests_has_it(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    draft = _drafted(small_office, SPAM)

    assert requests.show(small_office.gear, DEV, draft.id) == draft
    assert requests.recent(small_office.gear, DEV, RequestQuery(mine=True)) == ()
    assert [one.id for one in drafts.mine(small_office.gear, DEV)] == [draft.id]


def test_an_approver_does_not_decide_a_draft_of_his_own(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    draft = _drafted(small_office, SPAM, by=OPERATOR)

    with pytest.raises(Conflict, match="is a draft"):
        requests.approve(small_office.gear, OPERATOR, draft.id, "quick")
    with pytest.raises(Conflict, match="is a draft"):
        requests.reject(small_office.gear, OPERATOR, draft.id, "no")


def test_who_may_not_ask_any_more_may_not_send(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    draft = _drafted(small_office, SPAM)
    demoted = somebody("publisher@internal", name=DEV.name)

    with pytest.raises(Forbidden):
        drafts.send(small_office.gear, demoted, draft.id, "the shop needs it")


def test_drafts_are_made_only_where_one_may_ask(small_office: Office) -> None:
    new = NewDraft(UNAPPROVED, Ask(("spam",)))
    with pytest.raises(NotFound):
        drafts.create(small_office.gear, DEV, new)


def test_a_name_of_the_house_is_not_asked_for_by_a_draft(small_office: Office) -> None:
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))

    with pytest.raises(Conflict, match="your organisation's own"):
        drafts.create(small_office.gear, DEV, NewDraft(INTERNAL, Ask(("acme-tools",))))


# --- how it ends -------------------------------------------------------------------------


def test_a_draft_is_sent_once_and_with_a_reason(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    draft = _drafted(small_office, SPAM)

    with pytest.raises(BadInput, match="needs a reason"):
        drafts.send(small_office.gear, DEV, draft.id, "  ")
    drafts.send(small_office.gear, DEV, draft.id, "the shop needs it")
    with pytest.raises(Conflict, match="sent already"):
        drafts.send(small_office.gear, DEV, draft.id, "again")
    with pytest.raises(Conflict, match="sent already"):
        drafts.discard(small_office.gear, DEV, draft.id)


def test_what_cannot_be_resolved_cannot_be_sent(small_office: Office) -> None:
    draft = _drafted(small_office, wheel("absent", "1.0"))

    assert draft.state is RequestState.FAILED
    with pytest.raises(Conflict, match="failed and cannot be sent"):
        drafts.send(small_office.gear, DEV, draft.id, "the shop needs it")


def test_another_draft_takes_the_place_of_the_one_that_is_changed(small_office: Office) -> None:
    small_office.upstream.add(SPAM, EGGS)
    first = _drafted(small_office, SPAM)

    second = drafts.create(
        small_office.gear, DEV, NewDraft(INTERNAL, lock_of(EGGS), instead_of=first.id)
    )

    assert drafts.show(small_office.gear, DEV, first.id).state is RequestState.WITHDRAWN
    assert [one.id for one in drafts.mine(small_office.gear, DEV)] == [second.id]


def test_a_discarded_draft_ends(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    draft = _drafted(small_office, SPAM)

    assert drafts.discard(small_office.gear, DEV, draft.id).state is RequestState.WITHDRAWN
    assert drafts.mine(small_office.gear, DEV) == ()


def test_somebody_has_a_bounded_number_of_drafts(small_office: Office) -> None:
    new = NewDraft(INTERNAL, Ask(("spam",)))
    made = [drafts.create(small_office.gear, DEV, new) for _ in range(MOST_DRAFTS)]

    with pytest.raises(Conflict, match=f"has {MOST_DRAFTS} drafts"):
        drafts.create(small_office.gear, DEV, new)
    drafts.create(small_office.gear, DEV, NewDraft(INTERNAL, Ask(("x",)), instead_of=made[0].id))


def test_a_draft_that_nobody_sends_ends_after_a_week(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    old = _drafted(office, SPAM)
    office.clock.move(days=6)
    young = _drafted(office, EGGS)
    office.clock.move(days=1, seconds=1)

    office.run(housekeeping.keep_house(office.gear, ""))

    assert drafts.show(office.gear, DEV, old.id).state is RequestState.WITHDRAWN
    assert drafts.show(office.gear, DEV, young.id).state is RequestState.VETTING


def test_replaying_the_log_gives_drafts_and_what_became_of_them(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    office.policy(LENIENT)
    _drafted(office, SPAM)
    drafts.discard(office.gear, DEV, _drafted(office, EGGS).id)
    drafts.send(office.gear, DEV, _drafted(office, EGGS).id, "the shop needs it")

    log, tables = states(office.gear)

    assert log == tables
    assert _actions(office) == ["approved", "vetting", "withdrawn"]


# --- made of what was pasted -------------------------------------------------------------


def test_a_draft_is_made_of_what_was_pasted_without_the_house_s_own_names(
    small_office: Office,
) -> None:
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))

    made = drafts.create_given(small_office.gear, DEV, INTERNAL, read_text("spam>=1\nacme-tools"))

    own = "it is your organisation's own and needs no approval"
    assert made.ask == Ask(("spam>=1",))
    assert made.left_out == (LeftOut("acme-tools", own),)
    assert made.notes == ("Read as requirements.",)


def test_nothing_but_names_of_the_house_is_nothing_to_ask_for(small_office: Office) -> None:
    feeds.reserve(small_office.gear, OPERATOR, INTERNAL, NamePattern("acme-*"))

    with pytest.raises(BadInput, match="nothing in it to ask for"):
        drafts.create_given(small_office.gear, DEV, INTERNAL, read_text("acme-tools"))


def test_a_draft_of_a_lock_file_is_of_exactly_its_files(office: Office) -> None:
    office.upstream.add(SPAM, SPAM_SDIST)
    lock = f'[[package]]\nname = "spam"\nversion = "1.0"\nfiles = [{{file = "{SPAM.filename}", '
    lock += f'hash = "sha256:{SPAM.sha256}"}}]\n'

    made = drafts.create_given(office.gear, DEV, INTERNAL, read_file("poetry.lock", lock.encode()))
    office.work()

    seen = drafts.show(office.gear, DEV, made.id)
    assert seen.state is RequestState.VETTING
    assert [file.sha256 for item in seen.items for file in item.release.files] == [SPAM.sha256]


def test_names_that_were_published_here_are_told_apart_as_reserved_ones_are(
    small_office: Office,
) -> None:
    small_office.publish(wheel("house-made", "1.0"))

    made = drafts.create_given(small_office.gear, DEV, INTERNAL, read_text("House.Made>=1\nspam"))

    assert [one.what for one in made.left_out] == ["house-made"]
