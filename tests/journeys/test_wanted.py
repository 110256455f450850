"""What real clients tried and did not get stands on the list, once each, and who took what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Person, Server
from support.upstream_server import LoopbackUpstream

Told = dict[str, Any]  # Any: JSON
PINNED, ANY = wheel("pinned", "1.0"), wheel("loose", "1.0")
DEEP = wheel("deep", "1.0", requires=("loose",))
GIVEN = wheel("given", "1.0")


@pytest.fixture(scope="module")
def dev(house_of_module: Server, upstream: LoopbackUpstream) -> Person:
    """Somebody who may install; one package is approved, two are not."""
    for dist in (PINNED, ANY, GIVEN, DEEP):
        upstream.add(dist)
    house_of_module.admin.brings_in("given==1.0")
    return house_of_module.person("dev", "reader@internal")


def wanted(server: Server, *arguments: str) -> list[Told]:
    """Ask the command for what stands there, and clear it for the next test."""
    said = server.is_told("wanted", "--json", "--order", "count", *arguments)
    assert said.returncode == 0, said.stderr
    found: list[Told] = json.loads(said.stdout)["wanted"]
    dismissals = [server.is_told("wanted", "--dismiss", str(one["id"])) for one in found]
    assert [one.returncode for one in dismissals] == [0] * len(found)
    return sorted(found, key=lambda one: str(one["name"]))


def brief(found: list[Told]) -> list[tuple[Any, ...]]:  # Any: JSON
    return [
        (
            one["name"],
            one["version"],
            one["rule"],
            one["count"],
            [w["name"] for w in one["wishers"]],
        )
        for one in found
    ]


def test_what_pip_tries_is_wanted_once(server: Server, desk: Desk, dev: Person) -> None:
    index = server.index(token=dev.token)
    for requirement in ("pinned==1.0", "loose", "no-such-thing"):
        assert desk.pip_install(desk.venv(), index, requirement).code != 0
    found = wanted(server)
    assert brief(found) == [
        ("loose", None, "not-approved", 1, ["dev"]),
        ("no-such-thing", None, "unknown", 1, ["dev"]),
        ("pinned", "1.0", "not-approved", 1, ["dev"]),
    ]
    assert "ask for it with: affineur request pinned" in found[2]["why"]


@pytest.mark.usefixtures("dev")
def test_what_uv_tries_is_wanted_once(server: Server, desk: Desk) -> None:
    index = server.index(token=server.token("dev"))
    for requirement in ("pinned==1.0", "loose", "no-such-thing"):
        assert desk.uv_install(desk.venv(), index, requirement).code != 0
    assert brief(wanted(server)) == [
        ("loose", None, "not-approved", 1, ["dev"]),
        ("no-such-thing", None, "unknown", 1, ["dev"]),
        ("pinned", "1.0", "not-approved", 1, ["dev"]),
    ]


@pytest.mark.usefixtures("dev")
def test_what_uv_gives_up_for_a_dependency_is_wanted_in_its_version(
    server: Server, desk: Desk
) -> None:
    index = server.index(token=server.token("dev"))
    assert desk.uv_install(desk.venv(), index, "deep==1.0").code != 0
    assert brief(wanted(server)) == [
        ("deep", "1.0", "not-approved", 1, ["dev"]),
        ("loose", None, "not-approved", 1, ["dev"]),
    ]


def test_what_is_installed_is_not_wanted_but_taken(server: Server, desk: Desk, dev: Person) -> None:
    index = server.index(token=dev.token)
    assert desk.pip_install(desk.venv(), index, "given").code == 0
    assert desk.uv_install(desk.venv(), index, "given").code == 0
    assert wanted(server) == []
    said = server.is_told("takers", "given", "--json")
    (taker,) = json.loads(said.stdout)["takers"]
    assert (taker["taker"], taker["count"]) == ("dev", 2)


@pytest.mark.usefixtures("dev")
def test_the_commands_tell_people_what_they_tell_programs(server: Server, desk: Desk) -> None:
    index = server.index(token=server.token("dev"))
    assert desk.uv_install(desk.venv(), index, "loose").code != 0
    told = server.is_told("wanted", "--search", "loose")
    (line,) = told.stdout.splitlines()
    assert line.split("\t")[1:5] == ["loose", "internal", "1", "1"]
    assert wanted(server) != []
    empty = server.is_told("wanted")
    assert empty.stdout == "Nothing was wanted that was not given.\n"

    numbers = server.is_told("numbers", "--weeks", "1", "--json")
    (week,) = json.loads(numbers.stdout)["weeks"]
    assert (week["requests"], week["decided_by_people"]) == (1, 1)
    lines = server.is_told("numbers", "--weeks", "1").stdout.splitlines()
    assert lines[0].split("\t")[:4] == [week["monday"], "1", "0", "1"]
    assert any(one.startswith("internal\t") for one in lines)


def test_what_was_gathered_is_written_down_when_the_server_stops(
    server: Server, desk: Desk
) -> None:
    index = server.index(token=server.token("dev"))
    assert desk.uv_install(desk.venv(), index, "pinned==1.0").code != 0
    server.stop()
    server.start()
    assert brief(wanted(server)) == [("pinned", "1.0", "not-approved", 1, ["dev"])]
