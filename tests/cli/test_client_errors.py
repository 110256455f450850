from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from affineur.cli.main import run

_HOSTILE = "bad \x1b[31mred\x1b[0m \x07 \u202edrowssap"


@contextmanager
def server_that_answers(
    status: int, body: object, content_type: str = "application/json"
) -> Iterator[str]:
    """A server on loopback that answers everything alike."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_DELETE = do_PUT = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def problem(status: int, code: str, detail: str = "It cannot be done.") -> dict[str, object]:
    return {"status": status, "code": code, "detail": detail, "hint": "Do this.", "title": "No"}


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (400, "bad-input", 2),
        (413, "too-large", 2),
        (401, "unauthenticated", 2),
        (403, "forbidden", 1),
        (403, "refused", 1),
        (404, "not-found", 1),
        (409, "conflict", 1),
        (409, "filename-taken", 1),
        (422, "resolution-failed", 1),
        (502, "upstream-trouble", 3),
        (503, "unavailable", 3),
        (500, "internal", 3),
        (404, "a-code-of-a-later-version", 1),
        (507, "a-code-of-a-later-version", 3),
    ],
)
def test_a_refusal_of_the_server_has_the_exit_code_of_its_kind(
    status: int, code: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server_that_answers(status, problem(status, code)) as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        assert run(["approve", "1"]) == exit_code


def test_the_servers_sentence_and_hint_are_told_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = problem(409, "conflict", "Request 1 is approved.")
    with server_that_answers(409, refusal) as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        run(["approve", "1", "--json"])
    told = capsys.readouterr()
    assert told.err == "affineur: Request 1 is approved.\n  Do this.\n"
    assert told.out == ""


def test_who_has_no_token_is_told_where_it_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with server_that_answers(401, problem(401, "unauthenticated")) as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        run(["whoami"])
    assert "Set AFFINEUR_TOKEN" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_trouble_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:  # bound, but it does not listen
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("AFFINEUR_URL", url)
        assert run(["whoami"]) == 3
    told = capsys.readouterr().err
    assert f"Nothing answers at {url}" in told
    assert "affineur serve" in told


@pytest.mark.parametrize(
    "body", [b"<html>a login page</html>", b"[]", b'"text"', b"\xff\xfe", b"", b"{}"]
)
def test_a_server_that_is_no_affineur_is_trouble(
    body: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with server_that_answers(418, body, "text/html") as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        assert run(["whoami"]) == 3
    assert "not as an affineur server does" in capsys.readouterr().err


def test_a_redirect_is_not_followed_with_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with server_that_answers(302, b"", "text/html") as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        monkeypatch.setenv("AFFINEUR_TOKEN", "aff_secret")
        assert run(["whoami"]) == 3


@pytest.mark.parametrize(
    "url", ["ftp://here", "127.0.0.1:8080", "http://", "http://[::1", "http://\x00/", "", "x"]
)
def test_what_is_no_url_is_wrong_use(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["whoami", "--url", url]) == 2
    assert "\x00" not in capsys.readouterr().err


def test_a_url_with_credentials_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["whoami", "--url", "http://me:hunter2@127.0.0.1"]) == 2
    told = capsys.readouterr()
    assert "hunter2" not in told.err + told.out


def test_a_hostile_refusal_cannot_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with server_that_answers(409, problem(409, "conflict", _HOSTILE)) as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        run(["approve", "1"])
    told = capsys.readouterr().err
    assert not set(told) & set("\x1b\x07\u202e")
    assert "drowssap" in told


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_hostile_answer_cannot_steer_the_terminal(
    options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    incident = {
        "id": 1,
        "happened_at": "2026-11-21T00:00",
        "kind": "x",
        "project": "p",
        "what": _HOSTILE,
    }
    with server_that_answers(200, {"incidents": [incident]}) as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        assert run(["incidents", *options]) == 0
    assert not set(capsys.readouterr().out) & set("\x1b\x07\u202e")


def test_with_json_there_is_exactly_one_document_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"name": "ada", "grants": [], "scope": {"feeds": None, "permissions": None}}
    with server_that_answers(200, document) as url:
        monkeypatch.setenv("AFFINEUR_URL", url)
        assert run(["whoami", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == document
