"""What every notifier keeps: one signed message, to where it was sent and nowhere else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from affineur.core.notifier import Answered, Letter, Notifier, Unreached
from affineur.core.notifier import Receiver as Address
from affineur.core.webhooks import make_secret
from affineur.notify import HttpNotifier
from support.clocks import NOON
from support.receiver import Receiver, webhook_receiver

SECRET = make_secret(b"\x01" * 32)
LETTER = Letter("evt_1", NOON, b'{"type": "block.made"}')


@pytest.fixture(params=[HttpNotifier], ids=["http"])
def notifier(request: pytest.FixtureRequest) -> Notifier:
    made: Notifier = request.param(timeout_s=1.0)
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as listening:
        yield listening


def send(notifier: Notifier, url: str) -> Answered | Unreached:
    return asyncio.run(notifier.send(Address(url, SECRET), LETTER))


def test_a_message_arrives_as_it_is_and_signed(notifier: Notifier, receiver: Receiver) -> None:
    came = send(notifier, receiver.url)

    assert came == Answered(204)
    (got,) = receiver.got
    assert (got.path, got.body) == ("/hook?key=1", LETTER.body)
    assert (got.id, got.headers["webhook-timestamp"]) == ("evt_1", str(int(NOON.timestamp())))
    assert got.headers["content-type"] == "application/json"
    assert got.is_signed_with(SECRET)
    assert not got.is_signed_with(make_secret(b"\x02" * 32))


def test_no_credentials_and_no_cookies_are_sent(notifier: Notifier, receiver: Receiver) -> None:
    send(notifier, receiver.url)

    assert {"authorization", "cookie"} & set(receiver.got[0].headers) == set()


@pytest.mark.parametrize("status", [200, 301, 400, 410, 429, 500, 503])
def test_what_the_receiver_answers_is_told(
    notifier: Notifier, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    receiver.body = b"x" * 1_000_000

    assert send(notifier, receiver.url) == Answered(status)


def test_a_redirect_is_not_followed(notifier: Notifier, receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, "/elsewhere"

    assert send(notifier, receiver.url) == Answered(302)
    assert [one.path for one in receiver.got] == ["/hook?key=1"]


def test_a_receiver_that_says_nothing_is_left(notifier: Notifier, receiver: Receiver) -> None:
    receiver.healed.clear()

    assert send(notifier, receiver.url) == Unreached("it did not answer within 1 s")


def test_a_port_where_nobody_listens_is_no_error_but_an_answer(notifier: Notifier) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        came = send(notifier, f"http://127.0.0.1:{bound.getsockname()[1]}/")

    assert isinstance(came, Unreached)
    assert came.reason.startswith("it cannot be reached")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "224.0.0.1"]
)
def test_addresses_out_of_reach_are_not_connected_to(notifier: Notifier, host: str) -> None:
    came = send(notifier, f"http://{host}:9/latest/meta-data/")

    assert isinstance(came, Unreached)
    assert "out of reach" in came.reason


def test_a_name_is_judged_by_where_it_leads(
    notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lead_inside(*_args: object, **_more: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", lead_inside)

    came = send(notifier, "http://harmless.example/")

    assert isinstance(came, Unreached)
    assert "has the address 169.254.169.254, out of reach" in came.reason


def test_a_name_that_leads_nowhere_is_told(notifier: Notifier) -> None:
    came = send(notifier, "http://nowhere.example/")

    assert came == Unreached("it cannot be reached: the name nowhere.example cannot be resolved")
