"""Webhooks are made, tested and ended by administrators alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from affineur.core.errors import Conflict, Forbidden, NotFound
from affineur.core.permissions import OPERATOR, Actor, Grant, Permission, Role, Scope
from affineur.notify import HttpNotifier
from affineur.services import audit, webhooks
from affineur.services.gear import Gear
from affineur.services.webhooks import NewlyMade
from affineur.store.database import Database
from affineur.store.webhooks import Delivery
from support.clocks import SetClock
from support.gear import make_gear, somebody
from support.present import states
from support.receiver import Receiver, webhook_receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as listening:
        yield listening


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path, notify=HttpNotifier(timeout_s=5.0))


def made(gear: Gear, receiver: Receiver, *actions: str, name: str = "chat") -> NewlyMade:
    return webhooks.add_webhook(gear, OPERATOR, name, receiver.url, actions or ("user.*",))


def deliveries(gear: Gear, number: int) -> tuple[Delivery, ...]:
    return webhooks.deliveries(gear, OPERATOR, number)


def test_making_and_ending_stand_in_the_log_without_secret_and_path(
    gear: Gear, receiver: Receiver
) -> None:
    new = made(gear, receiver, "block.*")
    webhooks.end_webhook(gear, OPERATOR, new.webhook.id)

    events = [one.event for one in audit.log(gear, OPERATOR, 0, 10)]

    assert [(one.action, one.subject, one.before, one.after) for one in events] == [
        (
            "webhook.made",
            "webhook:1",
            None,
            {
                "name": "chat",
                "origin": receiver.url.removesuffix("/hook?key=1"),
                "actions": ["block.*"],
            },
        ),
        ("webhook.ended", "webhook:1", {"name": "chat"}, None),
    ]


def test_replaying_the_log_gives_the_webhooks_that_stand(gear: Gear, receiver: Receiver) -> None:
    made(gear, receiver)
    ended = made(gear, receiver, name="other")
    webhooks.end_webhook(gear, OPERATOR, ended.webhook.id)

    by_log, by_tables = states(gear)

    assert by_log == by_tables
    assert list(by_log.webhooks) == [1]


def test_a_test_is_sent_once_and_recorded(gear: Gear, receiver: Receiver) -> None:
    new = made(gear, receiver)

    told = asyncio.run(webhooks.test_webhook(gear, OPERATOR, new.webhook.id))

    assert (told.event_seq, told.status, told.error) == (0, 204, None)
    assert receiver.types == ["webhook.test"]
    assert receiver.got[0].is_signed_with(new.secret)
    assert deliveries(gear, new.webhook.id) == (told,)


def test_a_test_that_fails_says_why(gear: Gear, receiver: Receiver) -> None:
    new = made(gear, receiver)
    receiver.status = 404

    told = asyncio.run(webhooks.test_webhook(gear, OPERATOR, new.webhook.id))

    assert (told.status, told.error) == (404, "The receiver answered 404.")


def test_two_webhooks_have_two_names(gear: Gear, receiver: Receiver) -> None:
    made(gear, receiver)

    with pytest.raises(Conflict, match="There is a webhook 'chat' already"):
        made(gear, receiver)


def test_there_are_not_too_many(gear: Gear, receiver: Receiver) -> None:
    for number in range(50):
        made(gear, receiver, name=f"chat {number}")

    with pytest.raises(Conflict, match="There are 50 webhooks already"):
        made(gear, receiver, name="one more")


@pytest.mark.parametrize("grant", ["reader", "approver", "manager", "admin@team"])
def test_only_administrators_have_to_do_with_webhooks(
    gear: Gear, receiver: Receiver, grant: str
) -> None:
    new = made(gear, receiver)
    actor = somebody(grant)

    with pytest.raises(Forbidden):
        webhooks.webhooks(gear, actor)
    with pytest.raises(Forbidden):
        webhooks.webhook(gear, actor, new.webhook.id)
    with pytest.raises(Forbidden):
        webhooks.add_webhook(gear, actor, "mine", receiver.url, ["*"])
    with pytest.raises(Forbidden):
        webhooks.end_webhook(gear, actor, new.webhook.id)
    with pytest.raises(Forbidden):
        webhooks.deliveries(gear, actor, new.webhook.id)
    with pytest.raises(Forbidden):
        asyncio.run(webhooks.test_webhook(gear, actor, new.webhook.id))


def test_who_may_not_read_the_log_cannot_have_it_sent(gear: Gear, receiver: Receiver) -> None:
    scope = Scope(permissions=frozenset({Permission.SERVER_ADMIN}))
    limited = Actor("ada", user_id=1, grants=(Grant(Role.ADMIN),), scope=scope)

    with pytest.raises(Forbidden, match="audit:read"):
        webhooks.add_webhook(gear, limited, "mine", receiver.url, ["*"])


@pytest.mark.parametrize("number", [0, -1, 2, 2**40])
def test_there_is_no_other_webhook(gear: Gear, receiver: Receiver, number: int) -> None:
    made(gear, receiver)

    with pytest.raises(NotFound, match="There is no webhook"):
        webhooks.webhook(gear, OPERATOR, number)
