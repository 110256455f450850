"""Users, tokens, feeds and the server's state on the command line, of a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from affineur.cli.main import run
from support.running import Server, running_server
from support.upstream_server import upstream_server

Told = Callable[..., Any]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with upstream_server() as upstream, running_server(tmp_path, upstream.url) as running:
        monkeypatch.setenv("AFFINEUR_URL", running.url)
        monkeypatch.setenv("AFFINEUR_TOKEN", running.admin.token)
        yield running


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def asked(*arguments: str) -> Any:  # Any: JSON
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return asked


def test_people_get_passwords_and_make_their_own_tokens(
    server: Server, told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = told("user", "add", "dora", "--grant", "reader@internal", "--password")
    again = told("user", "password", "dora")
    assert {made["name"], again["name"]} == {"dora"}
    assert made["password"] != again["password"]
    assert run(["user", "add", "erin", "--password"]) == 0
    assert "First password: " in capsys.readouterr().out

    given = told("token", "create", "dora", "--expires-in-days", "10")
    monkeypatch.setenv("AFFINEUR_TOKEN", given["secret"])
    own = told("token", "create", "--name", "laptop")

    monkeypatch.setenv("AFFINEUR_TOKEN", own["secret"])
    assert told("whoami")["name"] == "dora"
    assert own["expires_at"] == given["expires_at"]
    assert told("session", "list") == {"sessions": []}
    assert run(["session", "end", "1"]) != 0
    assert server.url


def test_a_team_gets_its_feed_and_its_build_token(
    server: Server, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told("feed", "create", "team-a", "--reads", "approved")["connectors"] == ["approved"]
    assert run(["token", "build", "team-a-ci", "--feed", "team-a", "--no-read"]) == 0
    printed = capsys.readouterr()

    assert printed.out.startswith("aff_")
    assert "of team-a-ci holds until" in printed.err
    assert told("token", "list")["tokens"][0]["scope"] == {
        "feeds": ["team-a"],
        "permissions": ["feed:publish"],
    }
    assert server.url


def test_the_server_tells_how_it_is(
    server: Server, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told("server", "status")
    assert (found["public_url"], found["database"]) == (server.url, "SQLite")

    assert run(["server", "status"]) == 0
    assert "Free on the disk: " in capsys.readouterr().out
    assert run(["server", "retry", "999"]) != 0
