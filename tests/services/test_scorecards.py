"""Scorecards: asked for where the operator wants it, and never worth a failed vetting."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from affineur.core.errors import BadInput
from affineur.core.files import Filename
from affineur.core.requests import RequestFile
from affineur.core.scorecards import parse_scorecard, repository_in
from affineur.services import scorecards
from support.approving import Office
from support.dists import wheel
from support.gear import with_settings

CARD = {"date": "2026-11-16", "score": 7.5, "checks": [{"name": "Maintained", "score": 10}]}
HOME = "Project-URL: Source, https://github.com/Acme/Spam/tree/main\n"
SPAM = wheel("spam", "1.0", metadata_extra=HOME)
FILE = RequestFile(Filename.parse(SPAM.filename), SPAM.sha256)


@dataclass
class Cards:
    """A service that gives the same answer to everything."""

    body: bytes = json.dumps(CARD).encode()
    status: int = 200
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(cards: Cards) -> Iterator[Cards]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # named by http.server
            cards.asked.append(self.path)
            self.send_response(cards.status)
            self.send_header("content-length", str(len(cards.body)))
            self.end_headers()
            self.wfile.write(cards.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cards.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield cards
        finally:
            server.shutdown()


@pytest.fixture
def holding(small_office: Office) -> Office:
    """An office that has fetched the wheel."""
    small_office.upstream.add(SPAM)
    small_office.vetted(SPAM)
    return small_office


def card_of(office: Office, cards: Cards) -> object:
    gear = with_settings(office.gear, scorecard_url=cards.url)
    return office.run(scorecards.of_vetted(gear, FILE))


def test_the_card_of_the_repository_that_the_metadata_names_is_asked_for(holding: Office) -> None:
    with serving(Cards()) as cards:
        found = card_of(holding, cards)

    assert cards.asked == ["/projects/github.com/acme/spam"]
    assert found == {
        "repository": "github.com/acme/spam",
        "score": 7.5,
        "date": "2026-11-16",
        "checks": {"Maintained": 10},
    }


@pytest.mark.parametrize(
    "cards",
    [
        Cards(status=404),
        Cards(b"<html>"),
        Cards(b"[]"),
        Cards(b'{"score": 99}'),
        Cards(b"[" * 100_000),
        Cards(b"x" * (1024 * 1024 + 1)),
    ],
    ids=["absent", "html", "list", "too-high", "deep", "large"],
)
def test_whatever_goes_wrong_is_a_card_that_is_not_known(holding: Office, cards: Cards) -> None:
    with serving(cards):
        assert card_of(holding, cards) is None


def test_nobody_is_asked_unless_the_operator_names_a_service(holding: Office) -> None:
    assert holding.gear.settings.scorecard_url == ""
    assert holding.run(scorecards.of_vetted(holding.gear, FILE)) is None


def test_a_repository_that_no_card_is_made_of_is_not_asked_for() -> None:
    assert repository_in(b"Name: x\nHome-page: https://example.invalid/x\n\n") is None
    assert repository_in(b"\xff\xfe") is None
    assert repository_in(b"Name: x\nHome-page: https://github.com/acme\n\n") is None


def test_a_card_without_a_score_is_none() -> None:
    with pytest.raises(BadInput, match="no Scorecard"):
        parse_scorecard(b'{"checks": []}')
