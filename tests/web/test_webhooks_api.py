"""Webhooks over the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.house import House
from support.receiver import Receiver, webhook_receiver

HOOKS = "/api/v1/webhooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as listening:
        yield listening


def order(receiver: Receiver) -> dict[str, object]:
    return {"name": "chat", "url": receiver.url, "actions": ["request.*", "block.made"]}


def test_the_secret_is_told_once(house: House, receiver: Receiver) -> None:
    made = house.ask("POST", HOOKS, "admin", json=order(receiver))
    listed = house.get(HOOKS, "admin")

    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert {**listed.json()["webhooks"][0], "secret": secret} == made.json()
    assert secret not in listed.text


def test_a_test_tells_what_came_of_it(house: House, receiver: Receiver) -> None:
    number = house.ask("POST", HOOKS, "admin", json=order(receiver)).json()["id"]

    told = house.ask("POST", f"{HOOKS}/{number}/test", "admin").json()

    assert (told["event_seq"], told["status"], told["error"]) == (None, 204, None)
    assert house.get(f"{HOOKS}/{number}/deliveries", "admin").json() == {"deliveries": [told]}
    assert house.get(f"{HOOKS}/{number}", "admin").json()["last"] == told


def test_an_ended_webhook_is_not_there(house: House, receiver: Receiver) -> None:
    number = house.ask("POST", HOOKS, "admin", json=order(receiver)).json()["id"]
    house.ask("DELETE", f"{HOOKS}/{number}", "admin")

    assert house.get(f"{HOOKS}/{number}", "admin").status_code == 404
    assert house.get(HOOKS, "admin").json() == {"webhooks": []}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://169.254.169.254/latest"),
        ("url", "gopher://x/"),
        ("name", ""),
        ("actions", []),
        ("actions", ["%"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    house: House, receiver: Receiver, field: str, value: object
) -> None:
    refused = house.ask("POST", HOOKS, "admin", json=order(receiver) | {field: value})

    assert (refused.status_code, refused.json()["code"]) == (400, "bad-input")
    assert refused.json()["hint"]


@pytest.mark.parametrize("who", ["dev", "approver", "builder", "stranger"])
def test_nobody_else_sees_them(house: House, who: str) -> None:
    assert house.get(HOOKS, who).status_code == 403
