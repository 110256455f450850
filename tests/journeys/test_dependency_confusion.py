"""An internal name is the house's own: no other package takes its place, and nobody is asked."""

from __future__ import annotations

import pytest

from support.clients import Desk
from support.dists import Dist, wheel
from support.running import Person, Server
from support.upstream_server import LoopbackUpstream

EVIL = {"evil.py": b"raise SystemExit('confused')\n"}
SPELLINGS = ["own-parser", "own_parser", "Own.Parser", "OWN--PARSER", "own-_.parser"]


@pytest.fixture(scope="module")
def own(house_of_module: Server, upstream: LoopbackUpstream) -> Dist:
    """An internal package, and a higher version of its name outside."""
    upstream.add(wheel("own-parser", "99.0", files=EVIL))
    upstream.add(wheel("mycompany-secret", "99.0", files=EVIL))
    admin = house_of_module.admin
    admin.tells("POST", "/feeds/internal/reserved", pattern="mycompany-*")
    dist = wheel("own-parser", "1.0")
    _publish(admin, dist)
    upstream.forget_requests()
    return dist


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_internal_package_is_installed_and_nobody_is_asked(
    server: Server, desk: Desk, upstream: LoopbackUpstream, own: Dist, spelling: str
) -> None:
    by_uv, by_pip = desk.venv(), desk.venv()

    uv = desk.uv_install(by_uv, server.index(), spelling)
    pip = desk.pip_install(by_pip, server.index(), spelling)

    assert uv.code == 0, uv.output
    assert pip.code == 0, pip.output
    assert desk.imports(by_uv, "own_parser") == desk.imports(by_pip, "own_parser") == "1.0"
    assert set(server.admin.page("own-parser")) == {own.filename}
    assert _asked(upstream, "parser") == []


@pytest.mark.parametrize("version", ["own-parser>1.0", "own-parser==99.0"])
def test_the_higher_version_outside_cannot_be_had(
    server: Server, desk: Desk, upstream: LoopbackUpstream, own: Dist, version: str
) -> None:
    assert own.filename == "own_parser-1.0-py3-none-any.whl"
    assert desk.uv_install(desk.venv(), server.index(), version).code != 0
    assert desk.pip_install(desk.venv(), server.index(), version).code != 0
    assert server.admin.page("own-parser", "unapproved") == {}
    assert _asked(upstream, "parser") == []


@pytest.mark.parametrize("name", ["mycompany-secret", "MyCompany_Secret", "mycompany.secret"])
def test_a_reserved_name_is_never_asked_outside(
    server: Server, desk: Desk, upstream: LoopbackUpstream, own: Dist, name: str
) -> None:
    by_pip = desk.pip_install(desk.venv(), server.index(), name)
    asked_for = server.admin.calls("POST", "/api/v1/requests", {"requirements": [name]})

    assert own is not None
    assert by_pip.code != 0
    assert asked_for.status_code == 409
    assert server.admin.page("mycompany-secret", "unapproved") == {}
    assert _asked(upstream, "mycompany") == []


def test_a_dependency_with_an_internal_name_is_not_looked_up_outside(
    server: Server, upstream: LoopbackUpstream, own: Dist
) -> None:
    upstream.add(wheel("lure", "1.0", requires=["own-parser>=50"]))

    number = server.admin.requests("lure")
    told = server.admin.awaits(number, "failed", "review")

    assert own is not None
    assert told["state"] == "failed"
    assert _asked(upstream, "parser") == []


def test_an_internal_name_stays_taken_when_its_release_is_blocked(
    server: Server, desk: Desk, upstream: LoopbackUpstream, own: Dist
) -> None:
    later = wheel("own-printer", "1.0")
    upstream.add(wheel("own-printer", "99.0", files=EVIL))
    _publish(server.admin, later)

    server.admin.tells("POST", "/blocks", name="own-printer", reason="a bad release")

    assert own is not None
    said = desk.uv_install(desk.venv(), server.index(), "own-printer")
    assert said.code != 0
    assert "blocked: a bad release" in said.line
    assert _asked(upstream, "printer") == []


def _asked(upstream: LoopbackUpstream, word: str) -> list[str]:
    return [path for path in upstream.paths() if word in path.lower()]


def _publish(person: Person, dist: Dist) -> None:
    answer = person.uploads(dist)
    assert answer.status_code == 200, answer.text
