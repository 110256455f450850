"""`affineur probe`: what it tells, how it ends, and to whom it gives a token."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from affineur.cli.main import run
from support.index_flaws import FILE, answered, says, swap
from support.index_server import BASIC, TOKEN, index_server
from support.ports import free_port

Told = dict[str, Any]  # Any: JSON


def test_an_index_that_keeps_what_it_must_exits_with_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with index_server() as index:
        assert run(["probe", index.url]) == 0
    told = capsys.readouterr()
    assert (
        "kept\tmust\troot: The root lists every project, linked by its name (PEP 503)\t" in told.out
    )
    assert "Every row that must be kept is kept." in told.out
    assert "Looking at: files" in told.err


def test_a_broken_must_exits_with_1_and_is_told_with_its_evidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil = swap(f"{FILE}.metadata", b"Summary", b"Summery")
    with index_server(early=spoil) as index:
        assert run(["probe", index.url, "--project", "spam"]) == 1
    told = capsys.readouterr().out
    assert f"GET {FILE}.metadata -> announced sha256=" in told
    assert "Not kept, although they must be: metadata-digest, metadata-true." in told


def test_a_broken_should_is_told_and_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    with index_server(late=answered(404, says(500))) as index:
        assert run(["probe", index.url, "--project", "spam"]) == 0
    assert (
        "broken\tshould\tunknown: A project that is not there is a 404" in capsys.readouterr().out
    )


def test_json_tells_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    with index_server() as index:
        assert run(["probe", index.url, "--project", "Spam", "--json"]) == 0
        url = index.url
    told: Told = json.loads(capsys.readouterr().out)
    assert (told["url"], told["ok"], told["projects"]) == (url, True, ["spam"])
    assert sum(told["counts"].values()) == len(told["rows"]) > 60
    assert told["rows"][3] == {
        "group": "Where things are",
        "id": "page",
        "title": "A project's page is served at a URL that ends in /",
        "source": "PEP 503",
        "level": "must",
        "outcome": "kept",
        "request": "GET /simple/spam/, Accept: text/html",
        "answer": "200, Content-Type: text/html, 3 files",
    }


def test_the_index_upstream_is_probed_when_none_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with index_server() as index:
        monkeypatch.setenv("AFFINEUR_UPSTREAM", index.url)
        assert run(["probe", "--json"]) == 0
        url = index.url
    assert json.loads(capsys.readouterr().out)["url"] == url


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://127.0.0.1/simple/"], "not the URL of an index"),
        (["http://user:secret@127.0.0.1/simple/"], "holds credentials"),
        (["http://127.0.0.1/simple/", "--project", "a b"], "not a project name"),
        (["http://127.0.0.1/simple/", "--timeout", "0"], "not in the range"),
        (["http://127.0.0.1/simple/", "--token", " "], "token is empty"),
    ],
)
def test_wrong_use_exits_with_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["probe", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_index_that_cannot_be_reached_exits_with_3(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["probe", f"http://127.0.0.1:{free_port()}/simple/"]) == 3
    assert "cannot be reached" in capsys.readouterr().err


def test_an_index_that_lets_nobody_in_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with index_server(needs_token=True) as index:
        assert run(["probe", index.url]) == 2
    assert "--token" in capsys.readouterr().err


def test_a_token_is_given_as_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    with index_server(needs_token=True) as index:
        assert run(["probe", index.url, "--token", TOKEN]) == 0
    assert TOKEN not in capsys.readouterr().out


def test_a_token_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{TOKEN}\n"))
    with index_server(needs_token=True) as index:
        assert run(["probe", index.url, "--token", "-"]) == 0


def test_the_token_of_our_server_goes_to_our_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFINEUR_TOKEN", TOKEN)
    with index_server(needs_token=True) as index:
        monkeypatch.setenv("AFFINEUR_URL", index.origin)
        assert run(["probe", index.url]) == 0
        assert BASIC in {one.header("authorization") for one in index.asked}


def test_the_token_of_our_server_goes_to_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFINEUR_TOKEN", TOKEN)
    monkeypatch.setenv("AFFINEUR_URL", "https://packages.example.com")
    with index_server() as index:
        assert run(["probe", index.url, "--project", "spam"]) == 0
        assert {one.header("authorization") for one in index.asked} == {""}
