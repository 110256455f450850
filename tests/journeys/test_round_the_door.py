"""Attempts to get bytes out of a real server by ways that nobody meant.

Requests are sent as raw lines, because good clients tidy up what is tried here.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Person, Server, running_server
from support.upstream_server import LoopbackUpstream

APPROVED = wheel("good.cheese", "1.0")
APPROVED_SDISTLESS = wheel("good.cheese", "1.1")
UNAPPROVED = wheel("bad-cheese", "6.6", files={"bad.py": b"MARK = 'unapproved bytes'\n" * 50})
HIDDEN = wheel("ugly-cheese", "6.7", files={"ugly.py": b"MARK = 'hidden bytes'\n" * 50})


@pytest.fixture(scope="module")
def house_of_module(
    tmp_path_factory: pytest.TempPathFactory, upstream: LoopbackUpstream
) -> Iterator[Server]:
    upstream.add(APPROVED, APPROVED_SDISTLESS, UNAPPROVED, HIDDEN)
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, upstream.url, AFFINEUR_ANONYMOUS_INTERNAL="no") as server:
        yield server


@dataclass(frozen=True)
class Town:
    """Who lives here, and what they hold."""

    dev: Person
    stranger: Person
    narrow: Person
    gone: Person


@pytest.fixture(scope="module")
def town(house_of_module: Server) -> Town:
    house = house_of_module
    admin = house.admin
    admin.brings_in("good.cheese==1.0")
    admin.tells("POST", "/feeds", name="team")
    stranger = house.person("stranger", "reader@team", "publisher@team")
    dev = house.person("dev", "reader@internal")
    narrow = Person(house, house.token("dev", feeds=["team"]))
    gone = house.person("gone", "reader@internal")
    admin.tells("DELETE", "/users/gone")
    # Bytes of all kinds are on this server's disk: only the door keeps them in.
    assert admin.gets(UNAPPROVED.sha256, UNAPPROVED.filename, "unapproved").status_code == 200
    assert admin.gets(HIDDEN.sha256, HIDDEN.filename, "unapproved").status_code == 200
    admin.tells("POST", "/blocks", name="ugly-cheese", reason="a worm", malware=True)
    return Town(dev, stranger, narrow, gone)


@pytest.mark.parametrize(
    "path",
    [
        "/pypi/internal/files/{sha}/{name}",
        "/pypi/internal/files/{SHA}/{name}",
        "/pypi/internal/files/{sha}/{NAME}",
        "/pypi/internal/files/{sha}/%62ad_cheese-6.6-py3-none-any.whl",
        "/pypi/internal/files/{sha}/bad-cheese-6.6-py3-none-any.whl",
        "/pypi/internal/files/{sha}/Bad.Cheese-6.6-py3-none-any.whl",
        "/pypi/internal/files/{sha}/{name}/",
        "/pypi/internal/files/{sha}/{name}?download=1",
        "/pypi/internal/files/{sha}/{name}%00.metadata",
        "/pypi/internal/files/{sha}/{name};.metadata",
        "/pypi/internal/files/{sha}/good_cheese-1.0-py3-none-any.whl",
        "/pypi/internal/files/{sha}/..%2f{sha}%2f{name}",
        "/pypi/internal/files/{sha}/%2e%2e/{sha}/{name}",
        "/pypi/internal/files/{good}/../{sha}/{name}",
        "/pypi/internal/files/{good}/..%2f{sha}/{name}",
        "/pypi/internal/files//{sha}/{name}",
        "/pypi/internal//files/{sha}/{name}",
        "//pypi/internal/files/{sha}/{name}",
        "/pypi/INTERNAL/files/{sha}/{name}",
        "/pypi/internal/../unapproved/files/{sha}/{name}",
        "/pypi/internal/%2e%2e/unapproved/files/{sha}/{name}",
        "/pypi/internal%2f..%2funapproved/files/{sha}/{name}",
        "/pypi/unapproved/files/{sha}/{name}",
        "/pypi/approved/files/{sha}/{name}",
        "/pypi/internal@2026-11-01/files/{sha}/{name}",
        "/pypi/internal/simple/../files/{sha}/{name}",
        "/pypi/internal/files/{sha}",
        "/blobs/{sha}",
        "/../affineur-data/blobs/{sha}",
        "/pypi/internal/files/..%2f..%2fadmin-token/{name}",
    ],
)
def test_unapproved_bytes_are_not_given_to_a_reader(server: Server, town: Town, path: str) -> None:
    asked = path.format(
        sha=UNAPPROVED.sha256,
        SHA=UNAPPROVED.sha256.upper(),
        name=UNAPPROVED.filename,
        NAME=UNAPPROVED.filename.upper(),
        good=APPROVED.sha256,
    )

    status, body = _raw(server, asked, town.dev.token)

    assert status in {301, 400, 403, 404}
    assert UNAPPROVED.data[:60] not in body


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "get"])
def test_no_method_gets_unapproved_bytes(server: Server, town: Town, method: str) -> None:
    path = f"/pypi/internal/files/{UNAPPROVED.sha256}/{UNAPPROVED.filename}"

    status, body = _raw(server, path, town.dev.token, method=method)

    assert status in {400, 403, 404, 405}
    assert UNAPPROVED.data[:60] not in body


def test_a_right_digest_under_another_approved_name_is_refused(town: Town) -> None:
    swapped = town.dev.gets(APPROVED_SDISTLESS.sha256, APPROVED.filename)
    renamed = town.dev.gets(APPROVED.sha256, APPROVED_SDISTLESS.filename)

    assert (swapped.status_code, renamed.status_code) == (404, 404)


def test_another_version_of_an_approved_project_is_refused(town: Town) -> None:
    answer = town.dev.gets(APPROVED_SDISTLESS.sha256, APPROVED_SDISTLESS.filename)

    assert answer.status_code == 403
    assert "not approved" in answer.json()["detail"]


@pytest.mark.parametrize("feed", ["internal", "approved", "unapproved"])
@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_a_hidden_file_is_hidden_in_every_feed(
    town: Town, server: Server, feed: str, suffix: str
) -> None:
    by_dev = town.dev.gets(HIDDEN.sha256, HIDDEN.filename + suffix, feed)
    by_admin = server.admin.gets(HIDDEN.sha256, HIDDEN.filename + suffix, feed)

    assert (by_dev.status_code, by_admin.status_code) == (404, 404)
    assert "worm" not in by_dev.text + by_admin.text


@pytest.mark.parametrize("feed", ["approved", "unapproved", "team", "no-such-feed"])
def test_a_feed_that_one_may_not_read_looks_absent(town: Town, feed: str) -> None:
    absent = town.dev.calls("GET", "/pypi/never-was/simple/good-cheese/")

    page = town.dev.calls("GET", f"/pypi/{feed}/simple/good-cheese/")
    file = town.dev.gets(APPROVED.sha256, APPROVED.filename, feed)
    metadata = town.dev.gets(APPROVED.sha256, f"{APPROVED.filename}.metadata", feed)

    assert page.status_code == file.status_code == metadata.status_code == 404
    assert page.json()["detail"].replace(feed, "never-was") == absent.json()["detail"]


def test_other_tokens_do_not_open_the_house(server: Server, town: Town) -> None:
    path = f"/pypi/internal/files/{APPROVED.sha256}/{APPROVED.filename}"
    changed = town.dev.token[:-1] + ("a" if town.dev.token[-1] != "a" else "b")

    assert _raw(server, path, town.dev.token)[0] == 200
    assert _raw(server, path, None)[0] == 401
    assert _raw(server, path, changed)[0] == 401
    assert _raw(server, path, town.gone.token)[0] == 401
    assert _raw(server, path, town.stranger.token)[0] == 404
    assert _raw(server, path, town.narrow.token)[0] == 404
    assert _raw(server, f"{path}?token={town.dev.token}", None)[0] == 401


def test_pages_of_the_house_are_closed_to_strangers(server: Server, town: Town) -> None:
    page = "/pypi/internal/simple/good-cheese/"

    assert _raw(server, page, town.dev.token)[0] == 200  # now it is in the page cache
    assert _raw(server, page, None)[0] == 401
    assert _raw(server, page, town.stranger.token)[0] == 404
    assert _raw(server, "/pypi/internal/simple/", None)[0] == 401


def test_installers_get_in_with_a_token_in_the_index_url(
    server: Server, town: Town, desk: Desk
) -> None:
    by_pip, by_uv = desk.venv(), desk.venv()

    pip = desk.pip_install(by_pip, server.index(token=town.dev.token), "good-cheese==1.0")
    uv = desk.uv_install(by_uv, server.index(token=town.dev.token), "good-cheese==1.0")

    assert pip.code == 0, pip.output
    assert uv.code == 0, uv.output
    assert desk.imports(by_pip, "good_cheese") == desk.imports(by_uv, "good_cheese") == "1.0"
    assert town.dev.token not in server.output


def test_installers_without_a_good_token_get_nothing(
    server: Server, town: Town, desk: Desk
) -> None:
    indexes = [
        server.index(),
        server.index(token=town.gone.token),
        server.index(token=town.stranger.token),
        server.index(token=town.narrow.token),
    ]

    by_pip = [desk.pip_install(desk.venv(), index, "good-cheese").code for index in indexes]
    by_uv = [desk.uv_install(desk.venv(), index, "good-cheese").code for index in indexes]

    assert 0 not in by_pip
    assert 0 not in by_uv


@pytest.mark.parametrize(
    "path", ["/requests", "/users", "/tokens", "/audit", "/blocks", "/feeds/approved/policy"]
)
def test_the_api_tells_nothing_without_a_token(server: Server, town: Town, path: str) -> None:
    status, body = _raw(server, f"/api/v1{path}", None)

    assert town is not None
    assert status == 401
    assert b"cheese" not in body


def test_the_door_is_open_for_what_is_approved(town: Town) -> None:
    file = town.dev.gets(APPROVED.sha256, APPROVED.filename)

    assert file.status_code == 200
    assert file.content == APPROVED.data


def _raw(server: Server, path: str, token: str | None, *, method: str = "GET") -> tuple[int, bytes]:
    """Send a path exactly as it is written here."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
