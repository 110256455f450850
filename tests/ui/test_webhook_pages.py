"""Webhooks on pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.browsing import Seen, Visitor
from support.house import House
from support.receiver import Receiver, webhook_receiver

HERE = "/settings/webhooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as listening:
        yield listening


def add(admin: Visitor, receiver: Receiver, **more: str | list[str]) -> Seen:
    fields = {"name": "chat", "url": receiver.url, "actions": ["block.*"]} | more
    return admin.submit(admin.get(HERE), fields, button="Add webhook")


def test_a_webhook_is_made_and_its_secret_shown_once(house: House, receiver: Receiver) -> None:
    admin = Visitor(house, "admin")
    shown = add(admin, receiver, more="user.made, grant.*")
    secret = shown.says("#secret")

    assert secret.startswith("whsec_")
    assert shown.headers["cache-control"] == "no-store"
    page = admin.get(shown.links()["Go on, and send a test"])
    assert page.all(".facts code")[1:] == ["block.*", "user.made", "grant.*"]
    assert secret not in page.text + admin.get(HERE).text


def test_a_test_is_sent_and_told(house: House, receiver: Receiver) -> None:
    admin = Visitor(house, "admin")
    shown = add(admin, receiver)

    page = admin.submit(admin.get(f"{HERE}/1"), button="Send a test")

    assert page.says(".said") == "The receiver took the test, and answered 204."
    assert receiver.got[0].is_signed_with(shown.says("#secret"))
    assert "a test ✓" not in page.text
    assert page.says("tbody tr").startswith("a test taken 204")


def test_a_test_that_fails_says_why(house: House, receiver: Receiver) -> None:
    admin = Visitor(house, "admin")
    add(admin, receiver)
    receiver.status = 500

    page = admin.submit(admin.get(f"{HERE}/1"), button="Send a test")

    assert page.says("[role=alert]").startswith("The receiver answered 500.")
    assert "failed" in admin.get(HERE).says("tbody tr")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("url", "http://169.254.169.254/", "out of reach"),
        ("url", "javascript:alert(1)", "is not the URL of a receiver"),
        ("name", " ", "needs a name"),
        ("more", "<script>", "names no kind of event"),
    ],
)
def test_what_cannot_be_used_is_shown_again(
    house: House, receiver: Receiver, field: str, value: str, reason: str
) -> None:
    page = add(Visitor(house, "admin"), receiver, **{field: value})

    assert page.status == 400
    assert reason in page.says("[role=alert]")
    assert "checked" in page.html.css_first("input[value='block.*']").attributes  # type: ignore[union-attr]  # it is there
    assert "<script>" not in page.says("main form") or value == "<script>"


def test_a_webhook_is_ended(house: House, receiver: Receiver) -> None:
    admin = Visitor(house, "admin")
    add(admin, receiver)

    page = admin.submit(admin.get(f"{HERE}/1"), button="End chat")

    assert (page.path, page.says(".said")) == (HERE, "The webhook tells nobody any more.")
    assert admin.get(f"{HERE}/1").status == 404


def test_a_hostile_name_is_only_text(house: House, receiver: Receiver) -> None:
    admin = Visitor(house, "admin")
    add(admin, receiver, name="<img src=x onerror=alert(1)>")

    page = admin.get(f"{HERE}/1")

    assert page.title == "<img src=x onerror=alert(1)>"
    assert "<img src=x" not in page.text
