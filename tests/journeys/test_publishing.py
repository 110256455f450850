"""Publishing internal packages with the real twine and uv, and installing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.clients import Desk
from support.dists import Dist, sdist, wheel
from support.running import Person, Server
from support.upstream_server import LoopbackUpstream


@pytest.fixture(scope="module")
def publisher(house_of_module: Server) -> Person:
    return house_of_module.person("builds", "publisher@internal")


@pytest.fixture(scope="module")
def developer(house_of_module: Server) -> Person:
    return house_of_module.person("dev", "reader@internal")


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A name of the test's own."""
    name: str = request.node.name
    return name.removeprefix("test_").split("[")[0].replace("_", "-")


@pytest.fixture(params=["twine", "uv"])
def tool(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_twine_publishes_a_wheel_and_an_sdist(
    server: Server, desk: Desk, publisher: Person, project: str
) -> None:
    dists = wheel(project, "1.0"), sdist(project, "1.0")

    said = desk.twine_upload(server.uploads(), publisher.token, *_files(desk, *dists))

    assert said.code == 0, said.output
    assert _published(server, project) == {one.filename: one.sha256 for one in dists}


def test_uv_publishes_a_wheel_and_an_sdist(
    server: Server, desk: Desk, publisher: Person, project: str
) -> None:
    dists = wheel(project, "1.0"), sdist(project, "1.0")

    said = desk.uv_publish(server.uploads(), publisher.token, *_files(desk, *dists))

    assert said.code == 0, said.output
    assert _published(server, project) == {one.filename: one.sha256 for one in dists}


def test_publishing_the_same_bytes_again_changes_nothing(
    server: Server, desk: Desk, publisher: Person, project: str
) -> None:
    dist = wheel(project, "1.0")
    files = _files(desk, dist)
    first = desk.twine_upload(server.uploads(), publisher.token, *files)
    events = _events(server)

    by_twine = desk.twine_upload(server.uploads(), publisher.token, *files)
    by_uv = desk.uv_publish(server.uploads(), publisher.token, *files)

    assert [one.code for one in (first, by_twine, by_uv)] == [0, 0, 0]
    assert _published(server, project) == {dist.filename: dist.sha256}
    assert _events(server) == events


def test_other_bytes_under_a_used_filename_are_refused_in_words(
    server: Server, desk: Desk, publisher: Person, project: str
) -> None:
    dist, other = wheel(project, "1.0"), wheel(project, "1.0", files={"other.py": b"1\n"})
    desk.twine_upload(server.uploads(), publisher.token, *_files(desk, dist))
    changed = _files(desk, other)

    refused = desk.twine_upload(server.uploads(), publisher.token, "--verbose", *changed)
    by_uv = desk.uv_publish(server.uploads(), publisher.token, *changed)

    assert refused.code != 0
    assert f"File already exists: {dist.filename} stands, or stood, in 'internal'" in refused.line
    assert by_uv.code != 0
    assert "File already exists" in by_uv.line
    assert _published(server, project) == {dist.filename: dist.sha256}


def test_uv_publish_skips_what_the_index_has(
    server: Server, desk: Desk, publisher: Person, project: str
) -> None:
    first, second = wheel(project, "1.0"), wheel(project, "1.1")
    desk.uv_publish(server.uploads(), publisher.token, *_files(desk, first))
    check = ("--check-url", server.index())

    both = _files(desk, first, second)
    again = desk.uv_publish(server.uploads(), publisher.token, *check, *both)
    changed = _files(desk, wheel(project, "1.0", files={"other.py": b"1\n"}))
    clash = desk.uv_publish(server.uploads(), publisher.token, *check, *changed)

    assert again.code == 0, again.output
    assert "already exists" in again.line
    assert clash.code != 0
    assert set(_published(server, project)) == {first.filename, second.filename}


@pytest.mark.parametrize("feed", ["approved", "unapproved"])
def test_nothing_is_published_where_only_reviewed_files_go(
    server: Server, desk: Desk, publisher: Person, project: str, feed: str
) -> None:
    files = _files(desk, wheel(project, "1.0"))

    by_publisher = desk.twine_upload(server.uploads(feed), publisher.token, *files)
    by_admin = desk.twine_upload(server.uploads(feed), server.admin.token, "--verbose", *files)

    assert by_publisher.code != 0
    assert by_admin.code != 0
    assert f"'{feed}' takes reviewed files only" in by_admin.line
    assert server.admin.page(project, feed) == {}


def test_a_developer_publishes_nowhere(
    server: Server, desk: Desk, developer: Person, project: str, tool: str
) -> None:
    files = _files(desk, wheel(project, "1.0"))
    upload = desk.twine_upload if tool == "twine" else desk.uv_publish

    codes = [
        upload(server.uploads(feed), developer.token, *files).code
        for feed in ("internal", "approved", "unapproved")
    ]

    assert 0 not in codes
    assert _published(server, project) == {}


def test_a_publishers_token_only_publishes(
    server: Server, publisher: Person, upstream: LoopbackUpstream, project: str
) -> None:
    upstream.add(wheel(project, "1.0"))
    number = server.admin.requests(project)
    server.admin.awaits(number, "review")

    asked = [
        publisher.calls("GET", "/api/v1/requests"),
        publisher.calls("GET", f"/api/v1/requests/{number}"),
        publisher.calls("POST", f"/api/v1/requests/{number}/approve", {"comment": "me"}),
        publisher.calls("POST", "/api/v1/requests", {"requirements": [project]}),
        publisher.calls("POST", "/api/v1/blocks", {"name": project, "reason": "me"}),
        publisher.calls("GET", "/api/v1/audit"),
        publisher.calls("POST", "/api/v1/users", {"name": "friend", "grants": ["admin"]}),
    ]

    assert [one.status_code in {403, 404} or _lists_nothing(one.json()) for one in asked] == [
        True
    ] * len(asked)
    assert number not in {one["id"] for one in asked[0].json().get("requests", [])}
    assert server.admin.sees(number)["state"] == "review"


def test_an_internal_package_installs_together_with_an_approved_one(
    server: Server, desk: Desk, publisher: Person, upstream: LoopbackUpstream, project: str
) -> None:
    upstream.add(wheel("third-party", "3.0"))
    server.admin.brings_in("third-party")
    own = wheel(project, "1.0", requires=["third-party>=3"])
    desk.twine_upload(server.uploads(), publisher.token, *_files(desk, own))
    by_pip, by_uv = desk.venv(), desk.venv()

    pip = desk.pip_install(by_pip, server.index(), project)
    uv = desk.uv_install(by_uv, server.index(), project)

    assert pip.code == 0, pip.output
    assert uv.code == 0, uv.output
    module = project.replace("-", "_")
    assert desk.imports(by_pip, module) == desk.imports(by_uv, module) == "1.0"
    assert desk.imports(by_pip, "third_party") == desk.imports(by_uv, "third_party") == "3.0"


def _files(desk: Desk, *dists: Dist) -> list[str]:
    """Put distributions into a folder; give their paths."""
    written: list[Path] = [desk.write(f"dist/{one.filename}", one.data) for one in dists]
    return [str(path) for path in written]


def _published(server: Server, project: str) -> dict[str, str]:
    page = server.admin.page(project)
    return {filename: file["hashes"]["sha256"] for filename, file in page.items()}


def _events(server: Server) -> int:
    return len(server.admin.tells("GET", "/audit?limit=1000")["events"])


def _lists_nothing(told: dict[str, list[object]]) -> bool:
    return told.get("requests") == []
