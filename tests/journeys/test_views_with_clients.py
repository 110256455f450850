"""Real pip and uv against views of a feed at a date."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from affineur.core.permissions import OPERATOR
from affineur.services import access
from affineur.services.access import TokenOrder
from affineur.store.database import Database
from support.approving import Office, approval_office
from support.clients import Desk, Said
from support.dists import wheel

THEN = "2026-11-01T12:30:00Z"


@pytest.fixture
def office(sqlite: Database, tmp_path: Path) -> Iterator[Office]:
    """An office that published demo 1.0 at noon, and 2.0 an hour later; an hour ago."""
    with approval_office(sqlite, tmp_path) as opened:
        opened.publish(wheel("demo", "1.0", requires=["dep"]))
        opened.publish(wheel("dep", "1.0"))
        opened.clock.move(hours=1)
        opened.publish(wheel("demo", "2.0", requires=["dep"]))
        opened.clock.move(hours=1)
        yield opened


def _pip_freezes(office: Office, desk: Desk, view: str) -> str:
    """Have pip install demo from a view, and tell what is there then."""
    python = desk.venv()
    done = _serving(office, desk.pip_install, python, _index(office, view), "demo")
    assert done.code == 0, done.output
    return desk.pip("--python", str(python), "freeze").output


def _uv_installs(office: Office, desk: Desk, view: str) -> Said:
    return _serving(office, desk.uv_install, desk.venv(), _index(office, view), "demo")


def _serving(office: Office, act: Callable[..., Said], *arguments: object) -> Said:
    """Let a client act while the index is open."""

    async def acting() -> Said:
        async with office.serving():
            return await asyncio.to_thread(act, *arguments)

    return office.run(acting())


def _index(office: Office, view: str) -> str:
    secret = access.create_token(office.gear, OPERATOR, TokenOrder("admin", view[:20])).secret
    host = office.gear.public_url.removeprefix("http://")
    return f"http://__token__:{secret}@{host}/pypi/{view}/simple/"


def test_pip_installs_what_there_was_then(office: Office, desk: Desk) -> None:
    assert "demo==1.0\ndep==1.0" in _pip_freezes(office, desk, f"internal@{THEN}")


def test_uv_installs_what_there_was_then(office: Office, desk: Desk) -> None:
    done = _uv_installs(office, desk, f"internal@{THEN}")

    assert (done.code, "demo==1.0" in done.output) == (0, True), done.output


def test_uv_says_why_a_view_that_may_still_change_is_refused(office: Office, desk: Desk) -> None:
    done = _uv_installs(office, desk, "internal@2026-11-05")

    assert (done.code, "may still change" in done.line) == (2, True), done.output
