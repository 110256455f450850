"""The upstream fails in every way it can: what is known installs, and all is well by itself after.

The clients read `unapproved` here, where nothing but the upstream's own packages is.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Server, running_server, until
from support.upstream_server import Fault, LoopbackUpstream

APP, BASE = wheel("app", "1.0", requires=["base>=1"]), wheel("base", "1.2")
DAYS = ["down", Fault.WAIT, Fault.STATUS, Fault.DRIP, Fault.GARBAGE]
day = pytest.mark.parametrize("trouble", DAYS)


@pytest.fixture(scope="module")
def house_of_module(
    tmp_path_factory: pytest.TempPathFactory, upstream: LoopbackUpstream
) -> Iterator[Server]:
    settings = {
        "AFFINEUR_UPSTREAM_TIMEOUT_S": "1",
        "AFFINEUR_UNKNOWN_WAIT_S": "1",
        "AFFINEUR_PAGE_FRESH_S": "0",
        "AFFINEUR_MISSING_FRESH_S": "0",
    }
    with running_server(tmp_path_factory.mktemp("server"), upstream.url, **settings) as server:
        upstream.add(APP, BASE)
        for dist in (APP, BASE):
            server.admin.page(dist.project, "unapproved")
            assert server.admin.gets(dist.sha256, dist.filename, "unapproved").is_success
        yield server


@contextmanager
def bad_day(upstream: LoopbackUpstream, trouble: str) -> Iterator[None]:
    """Let the upstream be in trouble for the length of a `with`."""
    if trouble == "down":
        upstream.go_down()
    else:
        upstream.misbehave(Fault(trouble), delay_s=0.3)
    try:
        yield
    finally:
        upstream.heal()


def index(server: Server) -> str:
    """The feed that reads the upstream."""
    return server.index("unapproved", server.admin.token)


def ask(server: Server, project: str) -> httpx2.Response:
    """Ask for a project's page."""
    return server.admin.calls("GET", f"/pypi/unapproved/simple/{project}/")


def is_well(server: Server) -> bool:
    """Whether the upstream is asked for pages and for files, as its connector's status says."""
    (told,) = server.admin.tells("GET", "/connectors/status")["connectors"]
    return {told["pages"]["state"], told["files"]["state"]} == {"closed"}


@day
def test_what_is_known_installs(
    server: Server, desk: Desk, upstream: LoopbackUpstream, trouble: str
) -> None:
    with bad_day(upstream, trouble):
        by_pip = desk.pip_install(desk.venv(), index(server), "app")
        by_uv = desk.uv_install(desk.venv(), index(server), "app")

    assert by_pip.code == 0, by_pip.output
    assert by_uv.code == 0, by_uv.output


@day
def test_what_is_not_known_is_said_to_be_trouble_and_comes_by_itself_after(
    server: Server, desk: Desk, upstream: LoopbackUpstream, trouble: str
) -> None:
    new = wheel(f"new-{trouble}", "1.0")
    project = new.project.replace("_", "-")
    upstream.add(new)
    with bad_day(upstream, trouble):
        answer = ask(server, project)
        by_uv = desk.uv_install(desk.venv(), index(server), project)
        by_pip = desk.pip_install(desk.venv(), index(server), project)

    assert (answer.status_code, answer.json()["code"]) == (503, "upstream-trouble")
    assert int(answer.headers["retry-after"]) > 0
    assert "Server message: Service Unavailable, The " in by_uv.line, by_uv.output
    assert 0 not in {by_uv.code, by_pip.code}
    until(lambda: ask(server, project).is_success, lambda: ask(server, project).text)
    said = desk.uv_install(desk.venv(), index(server), project)
    assert said.code == 0, said.output
    assert is_well(server)


def test_the_operator_sees_that_the_upstream_is_away_and_that_it_is_back(
    server: Server, upstream: LoopbackUpstream
) -> None:
    with bad_day(upstream, "down"):
        for name in ("a", "b", "c"):
            assert ask(server, f"unknown-{name}").status_code == 503
        away = server.is_told("connector", "status", "unapproved")
        ready = server.client.get(f"{server.url}/readyz")
    until(lambda: ask(server, "app").is_success and is_well(server), lambda: server.output)
    back = server.is_told("connector", "status")

    assert (away.returncode, back.returncode) == (1, 0), away.stdout + back.stdout + back.stderr
    assert "unapproved/upstream: no pages since" in away.stdout
    assert ready.status_code == 200
    assert "connector 1: " in ready.text
    assert "no pages since" not in back.stdout


def test_pip_comes_back_by_itself_when_it_is_told_to(
    server: Server, desk: Desk, upstream: LoopbackUpstream
) -> None:
    upstream.add(wheel("late", "1.0"))
    with ThreadPoolExecutor(1) as pool:
        with bad_day(upstream, Fault.STATUS):
            upstream.forget_requests()
            said = pool.submit(
                desk.pip_install, desk.venv(), index(server), "late", "--retries", "9"
            )
            upstream.wait_for("/simple/late/", timeout_s=60)

        assert said.result().code == 0, said.result().output
