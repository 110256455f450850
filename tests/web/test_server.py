"""The real server on loopback: what only a real connection shows."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx2
import pytest

from affineur.core.errors import Unavailable
from affineur.web.server import serve
from support.dists import Dist, wheel
from support.forms import CONTENT_TYPE, form, upload_parts
from support.house import House
from support.upstream_origin import Fault

BIG = wheel("demo", "1.0", files={"demo.bin": Random(1).randbytes(5_000_000)})  # noqa: S311


class Serving:
    """A server in a thread, on a loop of its own."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._url: Future[str] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run)
        self.beside: list[str] = []
        self.ended = threading.Event()

    def start(self) -> str:
        self._thread.start()
        return self._url.result(20)

    def stop(self) -> None:
        if self._thread.is_alive() and self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(40)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        serving = asyncio.create_task(
            serve(self._house.gear, "127.0.0.1", 0, self._beside, self._url.set_result)
        )
        await self._stop.wait()
        serving.cancel()
        await asyncio.wait([serving])
        await self._house.gear.upstream.aclose()

    async def _beside(self) -> None:
        self.beside.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            self.beside.append("ended")
            self.ended.set()


@pytest.fixture
def serving(house: House) -> Iterator[Serving]:
    server = Serving(house)
    yield server
    server.stop()


@pytest.fixture
def url(serving: Serving) -> str:
    return serving.start()


def get(house: House, url: str, who: str = "dev", **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(url, headers={"authorization": f"Bearer {house.tokens[who]}", **named})


def upload(house: House, url: str, dist: Dist) -> httpx2.Response:
    fields = {"name": "demo", "version": "1.0", "filetype": "bdist_wheel"}
    headers = {
        "authorization": f"Bearer {house.tokens['builder']}",
        "content-type": CONTENT_TYPE,
    }
    body = form(upload_parts(dist.filename, dist.data, fields))
    return httpx2.post(f"{url}/pypi/internal/legacy/", content=body, headers=headers)


def test_files_are_sent_whole_and_in_part(house: House, url: str) -> None:
    upload(house, url, BIG)
    place = f"{url}/pypi/internal/files/{BIG.sha256}/{BIG.filename}"

    whole, part = get(house, place), get(house, place, range="bytes=5-9")
    again = get(house, place, if_none_match=whole.headers["etag"])

    assert (whole.status_code, whole.content) == (200, BIG.data)
    assert whole.headers["content-length"] == str(len(BIG.data))
    assert (part.status_code, part.content) == (206, BIG.data[5:10])
    assert (again.status_code, again.content) == (304, b"")


def test_a_first_download_comes_through_whole_however_small(house: House, url: str) -> None:
    small, big = wheel("small", "1.0"), wheel("big", "1.0", files={"big.bin": BIG.data})
    house.upstream.add(small, big)
    places = [f"{url}/pypi/unapproved/files/{dist.sha256}/{dist.filename}" for dist in (small, big)]

    got = [get(house, place, "approver") for place in places]

    assert [answer.content for answer in got] == [small.data, big.data]
    assert got[1].headers["content-length"] == str(len(big.data))


def test_a_download_that_breaks_off_upstream_breaks_off_here(house: House, url: str) -> None:
    house.upstream.add(BIG)
    get(house, f"{url}/pypi/unapproved/simple/demo/", "approver")
    house.upstream.misbehave(Fault.TRUNCATED, at=f"/files/{BIG.filename}")
    place = f"{url}/pypi/unapproved/files/{BIG.sha256}/{BIG.filename}"

    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        get(house, place, "approver").raise_for_status()

    assert not house.gear.blobs.has(BIG.sha256)


def test_a_client_that_leaves_in_the_middle_of_an_upload_leaves_nothing(
    house: House, url: str
) -> None:
    staging = house.gear.settings.data / "blobs" / "staging"
    parts = upload_parts(BIG.filename, BIG.data, {"name": "demo"})
    body = form(parts)
    host, port = url.removeprefix("http://").split(":")
    head = (
        f"POST /pypi/internal/legacy/ HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: Bearer {house.tokens['builder']}\r\nContent-Type: {CONTENT_TYPE}\r\n\r\n"
    )

    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])
        _wait_until(staging, count=1)
    _wait_until(staging, count=0)

    assert get(house, f"{url}/pypi/internal/simple/demo/").status_code == 404


def _wait_until(folder: Path, *, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(list(folder.iterdir())) != count:
        assert time.monotonic() < deadline, f"never {count} files in {folder}"
        time.sleep(0.02)


def _twine(url: str, token: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "twine",
        "upload",
        "--non-interactive",
        "--disable-progress-bar",
    ]
    target = ["--repository-url", f"{url}/pypi/internal/legacy/", "-u", "__token__", "-p", token]
    return subprocess.run(
        [*command, *target, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_twine_publishes_and_understands_every_refusal(
    house: House, url: str, tmp_path: Path
) -> None:
    path = tmp_path / BIG.filename
    path.write_bytes(BIG.data)
    token = house.tokens["builder"]

    wrong = _twine(url, "aff_wrong", path)
    forbidden = _twine(url, house.tokens["dev"], path)
    first, again = _twine(url, token, path), _twine(url, token, path)
    path.write_bytes(wheel("demo", "1.0").data)
    taken = _twine(url, token, path)

    assert (wrong.returncode, "401" in wrong.stdout + wrong.stderr) == (1, True)
    assert (forbidden.returncode, "403" in forbidden.stdout + forbidden.stderr) == (1, True)
    assert (first.returncode, again.returncode) == (0, 0)
    assert (taken.returncode, "400" in taken.stdout + taken.stderr) == (1, True)


def test_a_port_that_is_taken_is_refused(house: House, url: str) -> None:
    port = int(url.rsplit(":", 1)[1])

    with pytest.raises(Unavailable, match="Nobody can listen"):
        asyncio.run(serve(house.gear, "127.0.0.1", port))


def test_what_runs_beside_ends_with_the_server(serving: Serving) -> None:
    serving.start()

    serving.stop()

    assert serving.beside == ["began", "ended"]


def test_what_runs_beside_ends_before_the_last_answers_do(house: House, serving: Serving) -> None:
    house.upstream.add(BIG)
    house.upstream.misbehave(Fault.WAIT, at="/simple/")
    url = serving.start()
    with ThreadPoolExecutor(2) as threads:
        answer = threads.submit(get, house, f"{url}/pypi/unapproved/simple/demo/", "approver")
        house.upstream.wait_for("/simple/demo/")
        stopped = threads.submit(serving.stop)

        assert serving.ended.wait(20)
        assert not answer.done()

        house.upstream.heal()
        assert answer.result(40).status_code == 200
        stopped.result(40)
