"""Uploads without a tool that knows how: curl as documented, bare sockets, clients that leave."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
from pathlib import Path

import pytest

from support.attestations import attestation
from support.clients import Desk, Said
from support.dists import Dist, sdist, wheel
from support.running import Person, Server, until

DOCS = Path(__file__).parents[2] / "docs" / "uploads.md"
NOISE = hashlib.shake_256(b"noise").digest(3_000_000)
LARGE = wheel("shop", "2.0", files={"shop/noise": NOISE})


@pytest.fixture(scope="module")
def publisher(house_of_module: Server) -> Person:
    return house_of_module.person("builds", "publisher@internal")


@pytest.fixture
def documented() -> str:
    """The command for curl that the documentation shows."""
    if shutil.which("curl", path="/usr/bin:/bin") is None:
        pytest.skip("there is no curl on this machine")
    shown = re.search(r"```sh\n(curl .+?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert shown is not None
    return shown[1]


def curl(desk: Desk, command: str, url: str, token: str) -> Said:
    return desk.shell(desk.home, command, UPLOADS=url, TOKEN=token)


def test_curl_uploads_as_documented(
    server: Server, desk: Desk, publisher: Person, documented: str
) -> None:
    dist = wheel("shop", "1.0")
    desk.write(f"dist/{dist.filename}", dist.data)

    said = curl(desk, documented, server.uploads(), publisher.token)
    other = curl(desk, documented, server.uploads("nowhere"), publisher.token)

    assert (said.code, f"{dist.filename} published" in said.output) == (0, True), said.output
    assert server.admin.page("shop")[dist.filename]["hashes"] == {"sha256": dist.sha256}
    assert (other.code != 0, "There is no feed 'nowhere'" in other.output) == (True, True)


@pytest.mark.parametrize("how", ["--expect100-timeout 60", "-H Transfer-Encoding:chunked"])
def test_curl_uploads_a_large_file(
    server: Server, desk: Desk, publisher: Person, documented: str, how: str
) -> None:
    desk.write(f"dist/{LARGE.filename}", LARGE.data)
    command = documented.replace("1.0", "2.0").replace("curl ", f"curl --verbose {how} ", 1)

    said = curl(desk, command, server.uploads(), publisher.token)

    assert said.code == 0, said.output
    assert "HTTP/1.1 100 Continue" in said.output
    assert server.admin.page("shop")[LARGE.filename]["hashes"] == {"sha256": LARGE.sha256}


def test_curl_sends_nothing_of_a_large_file_that_is_refused(
    server: Server, desk: Desk, documented: str
) -> None:
    desk.write(f"dist/{LARGE.filename}", LARGE.data)
    command = documented.replace("1.0", "2.0").replace("curl ", "curl -w '%{size_upload} sent' ", 1)

    said = curl(desk, command, server.uploads(), "not-a-token")

    assert said.code != 0
    assert "unknown, expired or revoked" in said.output
    assert "0 sent" in said.output.split("}")[-1]


def test_uv_shows_why_a_large_file_is_refused(server: Server, desk: Desk) -> None:
    file = str(desk.write(f"dist/{LARGE.filename}", LARGE.data))

    said = desk.uv_publish(server.uploads(), "not-a-token", file)

    assert said.code != 0
    assert "unknown, expired or revoked" in said.line


@pytest.mark.parametrize("chunked", [False, True], ids=["with-a-length", "chunked"])
def test_a_client_that_leaves_midway_leaves_nothing_behind(
    server: Server,
    publisher: Person,
    chunked: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    dist = wheel("left", "1.0", files={"left.py": NOISE[:400_000]})
    body, headers = publisher.upload_of(dist)
    half = body[: len(body) // 2]
    sent = b"%x\r\n%b\r\n" % (len(half), half) if chunked else half
    length = {"transfer-encoding": "chunked"} if chunked else {"content-length": str(len(body))}
    staging = server.data / "blobs" / "staging"

    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(_head(server, headers | length) + sent)
        until(lambda: _bytes_in(staging) > 0, lambda: "Nothing arrives")

    until(lambda: list(staging.iterdir()) == [], lambda: f"Left: {list(staging.iterdir())}")
    assert server.admin.page("left") == {}


def test_uv_and_twine_bring_attestations_that_lie_beside_the_file(
    server: Server, desk: Desk, publisher: Person
) -> None:
    by_uv, by_twine = wheel("vouched", "1.0"), sdist("vouched", "1.0")
    files = {dist.filename: _beside(desk, dist) for dist in (by_uv, by_twine)}
    uploads, token = server.uploads(), publisher.token

    uv = desk.uv_publish(uploads, token, *files[by_uv.filename])
    twine = desk.twine_upload(uploads, token, "--attestations", *files[by_twine.filename])

    assert (uv.code, twine.code) == (0, 0), uv.output + twine.output
    assert [list(one["files"]) for one in _with_provenance(server)] == [
        [by_uv.filename],
        [by_twine.filename],
    ]


def test_attestations_of_another_file_are_refused_in_words(
    server: Server, desk: Desk, publisher: Person
) -> None:
    dist = wheel("forged", "1.0")
    files = _beside(desk, dist, about=wheel("forged", "1.0", files={"x.py": b"1\n"}))

    said = desk.uv_publish(server.uploads(), publisher.token, *files)

    assert said.code != 0
    assert f"An attestation of {dist.filename} is about another file." in said.line
    assert server.admin.page("forged") == {}


def _beside(desk: Desk, dist: Dist, about: Dist | None = None) -> list[str]:
    """Write a file and its attestation; give their paths."""
    told = json.dumps(attestation(about or dist))
    beside = desk.write(f"dist/{dist.filename}.publish.attestation", told)
    return [str(desk.write(f"dist/{dist.filename}", dist.data)), str(beside)]


def _with_provenance(server: Server) -> list[dict[str, str]]:
    events = server.admin.tells("GET", "/audit?limit=1000")["events"]
    return [event["after"] for event in events if "provenance" in (event["after"] or {})]


def _head(server: Server, headers: dict[str, str]) -> bytes:
    told = {"host": f"127.0.0.1:{server.port}"} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST /pypi/internal/legacy/ HTTP/1.1\r\n{lines}\r\n".encode()


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
