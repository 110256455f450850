"""kill -9 at the worst moments: what was acknowledged stays, and nothing is half there.

The server process is killed and started again on the same data; `affineur fsck` then
compares every byte with what the database says.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import httpx2
import pytest

from support.clients import Desk
from support.dists import Dist, sdist, wheel
from support.running import Person, Server, running_server, until
from support.upstream_server import Fault, LoopbackUpstream

NOISE = Random(20)  # noqa: S311  bytes that do not shrink, the same every time
_MOMENTS = (0.15, 0.25, 0.3, 0.35, 0.5)
"""When the power is cut, as parts of the time that a promotion takes from its sending on."""


@pytest.fixture(scope="module")
def house_of_module(
    tmp_path_factory: pytest.TempPathFactory, upstream: LoopbackUpstream
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, upstream.url, AFFINEUR_JOB_LEASE_S="1.5") as server:
        yield server


@pytest.fixture(autouse=True)
def living(server: Server, upstream: LoopbackUpstream) -> Iterator[None]:
    """Begin with a server that lives, and leave no fault behind."""
    server.revive()
    yield
    upstream.heal()


def test_half_an_upload_leaves_nothing(server: Server) -> None:
    builder = server.person("tool-builder", "publisher@internal", "reader@internal")
    kept, torn = wheel("own-tool", "1.0"), _large("own-tool", "2.0")
    assert builder.uploads(kept).status_code == 200

    with _half_an_upload(builder, torn):
        until(lambda: _staged_bytes(server) > 1_000_000, lambda: "nothing was staged")
        server.kill()
    server.start()

    assert set(builder.page("own-tool")) == {kept.filename}
    assert builder.gets(torn.sha256, torn.filename).status_code == 404
    assert builder.uploads(torn).status_code == 200
    assert builder.gets(torn.sha256, torn.filename).content == torn.data
    assert _is_sound(server)


def test_acknowledged_uploads_survive(server: Server) -> None:
    builder = server.person("builder", "publisher@internal", "reader@internal")
    acknowledged: list[Dist] = []

    def publishing() -> None:
        for number in range(1000):
            dist = wheel("own-series", f"1.{number}")
            try:
                answer = builder.uploads(dist)
            except httpx2.TransportError:
                return
            if answer.status_code == 200:
                acknowledged.append(dist)

    _while(publishing, lambda: _kill_when(server, lambda: len(acknowledged) >= 5))

    server.start()
    page = builder.page("own-series")
    assert {one.filename for one in acknowledged} <= set(page)
    assert len(page) <= len(acknowledged) + 1  # one may have been done, but not yet said so
    last = acknowledged[-1]
    assert builder.gets(last.sha256, last.filename).content == last.data
    assert _is_sound(server)


def test_a_fetch_that_was_cut_is_begun_anew(server: Server, upstream: LoopbackUpstream) -> None:
    dist = _large("spam", "1.0")
    upstream.add(dist)
    admin = server.admin
    upstream.misbehave(Fault.STALL, "/files/")

    def downloading() -> None:
        with pytest.raises(httpx2.TransportError):
            admin.gets(dist.sha256, dist.filename, "unapproved")

    _while(downloading, lambda: _kill_when(server, lambda: _staged_bytes(server) > 1_000_000))
    upstream.heal()

    server.start()
    assert admin.gets(dist.sha256, dist.filename, "unapproved").content == dist.data
    assert _is_sound(server)


def test_vetting_goes_on_by_itself(server: Server, upstream: LoopbackUpstream, desk: Desk) -> None:
    # Given an sdist, which nobody fetches before vetting, as the wheel tells enough,
    late = sdist("base", "1.0")
    upstream.add(wheel("app", "1.0", requires=["base"]), wheel("base", "1.0"), late)
    upstream.misbehave(Fault.STALL, f"/files/{late.filename}")
    admin = server.admin
    number = admin.requests("app")
    admin.awaits(number, "vetting")
    upstream.wait_for(f"/files/{late.filename}")

    server.kill()
    upstream.heal()
    server.start()

    admin.approves(number)
    installed = desk.uv_install(desk.venv(), server.index(), "app")
    assert installed.code == 0, installed.output
    assert _is_sound(server)


def test_resolving_goes_on_by_itself(server: Server, upstream: LoopbackUpstream) -> None:
    upstream.add(wheel("tower", "1.0", requires=["ground"]), wheel("ground", "1.0"))
    upstream.misbehave(Fault.WAIT, "/simple/ground/")
    admin = server.admin
    number = admin.requests("tower")
    upstream.wait_for("/simple/ground/")

    server.kill()
    upstream.heal()
    server.start()

    told = admin.approves(number)
    assert {item["name"] for item in told["items"]} == {"tower", "ground"}


def test_a_closure_is_promoted_whole_or_not_at_all(
    server: Server, upstream: LoopbackUpstream
) -> None:
    closures = [
        [f"part-{number}-{letter}" for letter in "abcdef"] for number in range(len(_MOMENTS) + 1)
    ]
    for names in closures:
        upstream.add(wheel(names[0], "1.0", requires=names[1:]))
        upstream.add(*(wheel(name, "1.0") for name in names[1:]))
    requests = [server.admin.requests(names[0]) for names in closures]
    for request in requests:
        server.admin.awaits(request, "review")
    server.restart()  # the first decision of a new process takes longer, as those below do
    usual_s = _time_of_promotion(server, requests.pop(), closures.pop())
    moments = [usual_s * part for part in _MOMENTS]

    for request, names, moment_s in zip(requests, closures, moments, strict=True):
        acknowledged = _kill_in_promotion(server, request, moment_s)
        server.start()
        state = server.admin.sees(request)["state"]
        assert state in {"review", "approved"}
        assert state == "approved" or not acknowledged
        assert [_is_served(server.admin, name) for name in names] == [state == "approved"] * 6

    assert _is_sound(server)
    assert server.admin.tells("GET", "/audit/verify")["ok"]


def _time_of_promotion(server: Server, request: int, names: list[str]) -> float:
    """Approve a request in peace; say how long that took."""
    begun = time.monotonic()
    server.admin.tells("POST", f"/requests/{request}/approve", comment="yes")
    took_s = time.monotonic() - begun
    assert [_is_served(server.admin, name) for name in names] == [True] * len(names)
    return took_s


def _kill_in_promotion(server: Server, request: int, delay_s: float) -> bool:
    """Approve a request and kill the server after a moment; say whether it answered."""
    answers: list[int] = []

    def approving() -> None:
        path = f"/api/v1/requests/{request}/approve"
        with suppress(httpx2.TransportError):
            answers.append(server.admin.calls("POST", path, {"comment": "yes"}).status_code)

    def kill() -> None:
        time.sleep(delay_s)
        server.kill()

    _while(approving, kill)
    assert set(answers) <= {200}
    return bool(answers)


def _is_served(person: Person, project: str) -> bool:
    page = person.page(project)
    return any(not file.get("yanked") for file in page.values())


def _half_an_upload(person: Person, dist: Dist) -> socket.socket:
    """Send the first half of an upload, and keep the connection open."""
    body, headers = person.upload_of(dist)
    headers |= {"host": "affineur", "content-length": str(len(body))}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST /pypi/internal/legacy/ HTTP/1.1", *lines, "", ""])
    connection = socket.create_connection(("127.0.0.1", person.server.port), timeout=30)
    connection.sendall(head.encode() + body[: len(body) // 2])
    return connection


def _large(name: str, version: str) -> Dist:
    return wheel(name, version, files={f"{name}.bin": NOISE.randbytes(6_000_000)})


def _staged_bytes(server: Server) -> int:
    staging = server.data / "blobs" / "staging"
    return sum(path.stat().st_size for path in staging.iterdir())


def _is_sound(server: Server) -> bool:
    done = server.runs("fsck", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return bool(json.loads(done.stdout)["is_sound"])


def _kill_when(server: Server, holds: Callable[[], bool]) -> None:
    until(holds, lambda: f"the moment never came\n{server.output}")
    server.kill()


def _while(work: Callable[[], None], then: Callable[[], None]) -> None:
    """Do `then` while `work` is under way; fail with what either fails with."""
    failed: list[BaseException] = []

    def working() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  told below, in the test's own thread
            failed.append(error)

    thread = threading.Thread(target=working)
    thread.start()
    try:
        then()
    finally:
        thread.join(60)
    assert not failed, failed
