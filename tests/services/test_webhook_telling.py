"""A webhook is told every matching event, in order, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from affineur.core.errors import BadInput, NotFound
from affineur.core.events import Event
from affineur.core.notifier import Answered, Letter, Unreached
from affineur.core.notifier import Receiver as Address
from affineur.core.permissions import OPERATOR, Grant, Role
from affineur.jobs.runner import Runner
from affineur.notify import HttpNotifier
from affineur.services import access, housekeeping, webhooks
from affineur.services.gear import Gear
from affineur.services.jobs import JobKind
from affineur.services.webhook_telling import (
    TELL,
    tell_webhook,
    telling_parked,
    webhooks_behind,
)
from affineur.services.webhooks import NewlyMade
from affineur.store import audit as log
from affineur.store.database import Database
from affineur.store.schema_webhooks import webhook
from affineur.store.webhooks import Delivery
from support.clocks import SetClock
from support.gear import make_gear
from support.receiver import Receiver, webhook_receiver

KINDS = {TELL: JobKind(tell_webhook, telling_parked, behind=webhooks_behind)}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as listening:
        yield listening


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path, notify=HttpNotifier(timeout_s=5.0))


def made(gear: Gear, receiver: Receiver, *actions: str, name: str = "chat") -> NewlyMade:
    return webhooks.add_webhook(gear, OPERATOR, name, receiver.url, actions or ("user.*",))


def add_users(gear: Gear, *names: str) -> None:
    for name in names:
        access.add_user(gear, OPERATOR, name, ())


def work(gear: Gear) -> None:
    asyncio.run(Runner(gear, KINDS).run_until_idle())


def deliveries(gear: Gear, number: int) -> tuple[Delivery, ...]:
    return webhooks.deliveries(gear, OPERATOR, number)


def subjects(receiver: Receiver) -> list[str]:
    return [one.content["data"]["subject"] for one in receiver.got]


def test_matching_events_are_told_in_their_order(gear: Gear, receiver: Receiver) -> None:
    new = made(gear, receiver, "user.*", "grant.made")
    access.add_user(gear, OPERATOR, "dora", (Grant(Role.READER),))
    access.end_user(gear, OPERATOR, "dora")

    work(gear)

    assert receiver.types == ["user.made", "grant.made", "user.ended"]
    assert [one.is_signed_with(new.secret) for one in receiver.got] == [True, True, True]


def test_what_does_not_match_and_what_was_before_is_not_told(
    gear: Gear, receiver: Receiver
) -> None:
    add_users(gear, "before")
    new = made(gear, receiver, "block.*")
    add_users(gear, "after")

    work(gear)

    assert receiver.got == []
    assert deliveries(gear, new.webhook.id) == ()


def test_everything_is_told_but_its_own_making(gear: Gear, receiver: Receiver) -> None:
    made(gear, receiver, "*")
    add_users(gear, "dora")

    work(gear)

    assert receiver.types == ["user.made"]


def test_each_webhook_is_told_of_its_own(gear: Gear, receiver: Receiver) -> None:
    with webhook_receiver() as other:
        made(gear, receiver, "user.made")
        made(gear, other, "user.ended", name="other")
        add_users(gear, "dora")
        access.end_user(gear, OPERATOR, "dora")
        work(gear)

        assert (receiver.types, other.types) == (["user.made"], ["user.ended"])


def test_what_was_told_is_not_told_again(gear: Gear, receiver: Receiver) -> None:
    made(gear, receiver)
    add_users(gear, "dora")
    work(gear)
    work(gear)

    assert len(receiver.got) == 1


def test_a_delivery_is_recorded(gear: Gear, receiver: Receiver, clock: SetClock) -> None:
    new = made(gear, receiver)
    add_users(gear, "dora")
    work(gear)

    (told,) = deliveries(gear, new.webhook.id)

    assert (told.action, told.subject, told.attempts) == ("user.made", "user:dora", 1)
    assert (told.status, told.error, told.tried_at, told.done_at) == (
        204,
        None,
        clock.now(),
        clock.now(),
    )
    assert webhooks.webhook(gear, OPERATOR, new.webhook.id).last == told


def test_what_the_receiver_cannot_take_is_sent_again_after_growing_pauses(
    gear: Gear, receiver: Receiver, clock: SetClock
) -> None:
    new = made(gear, receiver)
    receiver.status = 503
    add_users(gear, "dora", "erin")
    work(gear)
    clock.move(seconds=4)
    work(gear)
    assert subjects(receiver) == ["user:dora"]

    clock.move(seconds=1)
    work(gear)
    clock.move(seconds=29)
    work(gear)
    assert subjects(receiver) == ["user:dora", "user:dora"]

    receiver.status = 200
    clock.move(seconds=1)
    work(gear)

    assert subjects(receiver) == ["user:dora", "user:dora", "user:dora", "user:erin"]
    assert len({one.id for one in receiver.got[:3]}) == 1
    assert [(one.attempts, one.status) for one in deliveries(gear, new.webhook.id)] == [
        (1, 200),
        (3, 200),
    ]


def test_what_is_tried_again_says_so(gear: Gear, receiver: Receiver) -> None:
    new = made(gear, receiver)
    receiver.status = 500
    add_users(gear, "dora")
    work(gear)

    (told,) = deliveries(gear, new.webhook.id)

    assert (told.status, told.error, told.done_at) == (500, "The receiver answered 500.", None)


def test_a_message_that_is_not_wanted_holds_up_no_others_for_ever(
    gear: Gear, receiver: Receiver, clock: SetClock
) -> None:
    new = made(gear, receiver)
    receiver.refuses = frozenset({"user.ended"})
    add_users(gear, "dora")
    access.end_user(gear, OPERATOR, "dora")
    add_users(gear, "erin")

    for _ in range(10):
        work(gear)
        clock.move(minutes=30)

    assert receiver.types == ["user.made", *["user.ended"] * 10, "user.made"]
    given_up = deliveries(gear, new.webhook.id)[1]
    assert (given_up.error, given_up.attempts) == ("The receiver answered 400.", 10)
    assert given_up.done_at is not None


def test_a_receiver_that_is_away_is_waited_for_three_days(
    gear: Gear, receiver: Receiver, clock: SetClock
) -> None:
    made(gear, receiver)
    receiver.status = 502
    add_users(gear, "dora")
    clock.move(days=2)
    add_users(gear, "erin")
    work(gear)
    clock.move(days=1, seconds=1)
    work(gear)
    receiver.status = 200
    clock.move(minutes=30)
    work(gear)

    assert subjects(receiver)[0] == "user:dora"
    assert subjects(receiver)[-1] == "user:erin"


def test_what_is_older_than_that_is_left_out_and_the_record_says_so(
    gear: Gear, receiver: Receiver, clock: SetClock
) -> None:
    new = made(gear, receiver)
    add_users(gear, "dora", "erin")
    clock.move(days=3, seconds=1)
    add_users(gear, "finn")
    work(gear)

    assert subjects(receiver) == ["user:finn"]
    assert [one.error for one in deliveries(gear, new.webhook.id)] == [
        None,
        "What happened up to event 3 was not told: it is older than 3 days.",
    ]


def test_an_ended_webhook_is_told_nothing_and_its_secret_is_gone(
    gear: Gear, receiver: Receiver
) -> None:
    new = made(gear, receiver)
    add_users(gear, "dora")
    webhooks.end_webhook(gear, OPERATOR, new.webhook.id)
    work(gear)

    assert receiver.got == []
    assert webhooks.webhooks(gear, OPERATOR) == ()
    with gear.db.reading() as conn:
        assert conn.scalars(select(webhook.c.secret)).all() == [""]


def test_what_ends_while_it_is_told_is_not_recorded(gear: Gear, receiver: Receiver) -> None:
    new = made(gear, receiver)
    add_users(gear, "dora")
    ending = _Ending(gear, new.webhook.id)
    work(make_gear(gear.db, gear.clock, gear.settings.data, notify=ending))

    with pytest.raises(NotFound):
        deliveries(gear, new.webhook.id)


class _Ending:
    """A notifier while whose work somebody ends the webhook."""

    def __init__(self, gear: Gear, number: int) -> None:
        self._gear = gear
        self._number = number

    async def send(self, receiver: Address, letter: Letter) -> Answered | Unreached:
        assert (receiver.secret, letter.id) != ("", "")
        await asyncio.to_thread(webhooks.end_webhook, self._gear, OPERATOR, self._number)
        return Answered(200)


def test_what_was_sent_but_not_noted_is_sent_again_under_the_same_id(
    gear: Gear, receiver: Receiver, clock: SetClock
) -> None:
    made(gear, receiver)
    add_users(gear, "dora")
    dying = make_gear(gear.db, clock, gear.settings.data, notify=_Dying(gear.notify))
    with pytest.raises(asyncio.CancelledError):
        work(dying)

    clock.move(seconds=gear.settings.job_lease_s)
    work(gear)

    assert len(receiver.got) == 2
    assert receiver.got[0].id == receiver.got[1].id


class _Dying:
    """A notifier whose process dies just after it sent a message."""

    def __init__(self, inner: object) -> None:
        assert isinstance(inner, HttpNotifier)
        self._inner = inner

    async def send(self, receiver: Address, letter: Letter) -> Answered | Unreached:
        await self._inner.send(receiver, letter)
        for task in asyncio.all_tasks():
            task.cancel()
        raise asyncio.CancelledError


def test_deliveries_are_paged(gear: Gear, receiver: Receiver) -> None:
    new = made(gear, receiver)
    add_users(gear, "dora", "erin", "finn")
    work(gear)

    first = webhooks.deliveries(gear, OPERATOR, new.webhook.id, limit=2)
    rest = webhooks.deliveries(gear, OPERATOR, new.webhook.id, before=first[-1].id, limit=2)

    assert [one.subject for one in first + rest] == ["user:finn", "user:erin", "user:dora"]
    with pytest.raises(BadInput):
        webhooks.deliveries(gear, OPERATOR, new.webhook.id, limit=201)


def test_deliveries_are_forgotten_after_thirty_days(
    gear: Gear, receiver: Receiver, clock: SetClock
) -> None:
    new = made(gear, receiver)
    add_users(gear, "dora")
    work(gear)
    clock.move(days=29)
    add_users(gear, "erin")
    work(gear)
    clock.move(days=2)

    housekeeping.forget(gear)

    assert [one.subject for one in deliveries(gear, new.webhook.id)] == ["user:erin"]


def test_a_quiet_log_writes_nothing(gear: Gear, receiver: Receiver) -> None:
    made(gear, receiver, "block.*")
    add_users(gear, "dora")
    before = gear.db.commits
    work(gear)

    assert gear.db.commits == before


def test_a_webhook_that_wants_little_does_not_fall_far_behind(
    gear: Gear, receiver: Receiver
) -> None:
    new = made(gear, receiver, "block.*")
    with gear.db.writing() as conn:
        for number in range(501):
            log.record(conn, gear.clock.now(), OPERATOR, Event("user.made", f"user:{number}"))
    work(gear)

    assert webhooks.webhook(gear, OPERATOR, new.webhook.id).webhook.seen_seq == 502
