"""What may be a webhook, what it is told, and how its receiver knows us."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from affineur.core import webhooks
from affineur.core.errors import BadInput
from affineur.core.events import GENESIS, Event, seal
from affineur.core.notifier import Letter
from support.clocks import NOON

HERE = "https://affineur.example"
BLOCKED = seal(
    Event("block.made", "project:flask", None, {"id": 1, "reason": "malware"}, ("a" * 64,)),
    seq=7,
    at=NOON,
    who=("ada", None),
    previous=GENESIS,
)


def test_the_signature_is_that_of_the_standard() -> None:
    # the example of the Standard Webhooks specification
    assert (
        webhooks.signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_an_event_is_told_as_it_stands_in_the_log() -> None:
    letter = webhooks.letter(BLOCKED, NOON + timedelta(minutes=1), HERE)

    assert letter.id == f"evt_{BLOCKED.hash[:32]}"
    assert letter.sent_at == NOON + timedelta(minutes=1)
    assert json.loads(letter.body) == {
        "type": "block.made",
        "timestamp": "2026-11-01T12:00:00+00:00",
        "text": "ada: block.made project:flask https://affineur.example/audit/events/7",
        "url": "https://affineur.example/audit/events/7",
        "data": {
            "seq": 7,
            "actor": "ada",
            "subject": "project:flask",
            "before": None,
            "after": {"id": 1, "reason": "malware"},
            "digests": ["a" * 64],
        },
    }


@pytest.mark.parametrize(
    ("subject", "url"),
    [
        ("request:7", f"{HERE}/requests/7"),
        ("feed:team-a", f"{HERE}/feeds/team-a"),
        ("user:ada@example.org", f"{HERE}/settings/users/ada%40example.org"),
        ("token:7", f"{HERE}/audit/events/1"),
    ],
)
def test_a_message_leads_to_the_page_of_what_it_tells_of(subject: str, url: str) -> None:
    event = Event("thing.happened", subject)
    sealed = seal(event, seq=1, at=NOON, who=("ada", None), previous=GENESIS)

    told = json.loads(webhooks.letter(sealed, NOON, HERE).body)

    assert told["url"] == url
    assert told["text"] == f"ada: thing.happened {subject} {url}"


def test_an_event_that_is_sent_again_is_the_same_message() -> None:
    first = webhooks.letter(BLOCKED, NOON, HERE)
    again = webhooks.letter(BLOCKED, NOON + timedelta(hours=1), HERE)

    assert (first.id, first.body) == (again.id, again.body)


def test_the_headers_carry_the_id_the_time_and_the_signature() -> None:
    secret = webhooks.make_secret(b"\x07" * 32)
    letter = Letter("evt_1", NOON, b"{}")

    assert webhooks.headers(secret, letter) == {
        "webhook-id": "evt_1",
        "webhook-timestamp": "1793534400",
        "webhook-signature": webhooks.signature(secret, "evt_1", "1793534400", b"{}"),
    }


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("*", ["block.made", "block.ended", "incident.new-advisory"]),
        ("block.*", ["block.made", "block.ended"]),
        ("block.made", ["block.made"]),
        ("incident.*", ["incident.new-advisory"]),
        ("blo.*", []),
    ],
)
def test_a_pattern_names_events(pattern: str, told: list[str]) -> None:
    actions = ["block.made", "block.ended", "incident.new-advisory"]
    assert [one for one in actions if webhooks.matches([pattern], one)] == told


def test_patterns_are_read_once_each() -> None:
    assert webhooks.parse_patterns([" request.* ", "block.made", "request.*", ""]) == (
        "request.*",
        "block.made",
    )


@pytest.mark.parametrize(
    "texts", [[], [" "], ["block"], ["block.%"], ["*.made"], ["Block.made"], ["a.b"] * 1 + ["a b"]]
)
def test_what_names_no_event_is_refused(texts: list[str]) -> None:
    with pytest.raises(BadInput):
        webhooks.parse_patterns(texts)


def test_there_are_not_too_many_patterns() -> None:
    with pytest.raises(BadInput, match="1 to 20"):
        webhooks.parse_patterns([f"thing-{'a' * n}.made" for n in range(1, 22)])


@pytest.mark.parametrize(
    "url",
    [
        "https://chat.example.org/hooks/abc?x=1",
        "http://127.0.0.1:9000/",
        "http://10.0.0.7/hook",
        "http://[::1]:9000/hook",
    ],
)
def test_receivers_stand_anywhere_in_the_house_or_outside(url: str) -> None:
    assert webhooks.parse_url(f" {url} ") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "chat.example.org",
        "ftp://chat.example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http://chat.example.org:0/",
        "http://chat.example.org:99999/",
        "http://ada:pw@chat.example.org/",
        "http://chat.example.org/#part",
        "http://chat.example.org/a b",
        "http://chat.example.org\\@other.example/",
        "http://chat.example.org/\r\nx: y",
        "http://chät.example.org/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0:8080/",
        "http://224.0.0.1/",
        "http://chat.example.org/" + "a" * 2000,
    ],
)
def test_what_is_no_receiver_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        webhooks.parse_url(url)


def test_of_a_url_the_log_gets_its_origin_alone() -> None:
    assert webhooks.origin("https://chat.example.org:8443/hooks/secret?key=1") == (
        "https://chat.example.org:8443"
    )


def test_pauses_grow_to_half_an_hour() -> None:
    assert [webhooks.pause_after(attempts).total_seconds() for attempts in (1, 2, 3, 4, 5, 6)] == [
        5,
        30,
        120,
        600,
        1800,
        1800,
    ]


@pytest.mark.parametrize(
    ("attempts", "status", "given_up"),
    [(9, 400, False), (10, 400, True), (10, 302, True), (99, 503, False), (99, 429, False)],
)
def test_only_what_is_not_wanted_is_given_up(
    attempts: int,
    status: int,
    given_up: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    assert webhooks.is_given_up(attempts, status) is given_up
    assert webhooks.is_given_up(attempts, None) is False


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a" * 65])
def test_a_webhook_needs_a_printable_name(name: str) -> None:
    with pytest.raises(BadInput):
        webhooks.parse_name(name)
