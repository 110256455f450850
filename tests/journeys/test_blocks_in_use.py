"""A block, seen by the clients that have installed, cached or pinned what it withdraws."""

from __future__ import annotations

import pytest

from support.clients import Desk
from support.dists import Dist, wheel
from support.running import Person, Server
from support.upstream_server import LoopbackUpstream

REASON = "it phones home"


@pytest.fixture(scope="module")
def security(house_of_module: Server) -> Person:
    return house_of_module.person("sam", "approver")


@pytest.fixture
def approved(request: pytest.FixtureRequest, server: Server, upstream: LoopbackUpstream) -> Dist:
    """A wheel of a project of the test's own, approved."""
    dist = wheel(f"ham-{request.node.name.removeprefix('test_').replace('_', '-')}", "1.0")
    upstream.add(dist)
    server.admin.brings_in(_name(dist))
    return dist


def test_the_next_install_is_refused_with_the_reason(
    server: Server, desk: Desk, approved: Dist, security: Person
) -> None:
    name = _name(approved)
    assert desk.pip_install(desk.venv(), server.index(), name).code == 0

    security.tells("POST", "/blocks", name=name, version="1.0", reason=REASON)

    by_uv = desk.uv_install(desk.venv(), server.index(), name)
    by_pip = desk.pip_install(desk.venv(), server.index(), f"{name}==1.0")
    assert by_uv.code != 0
    assert f"blocked: {REASON}" in by_uv.line
    assert by_pip.code != 0
    assert f"blocked: {REASON}" in by_pip.line


def test_no_url_and_no_header_gets_at_blocked_bytes(approved: Dist, security: Person) -> None:
    etag = security.gets(approved.sha256, approved.filename).headers["etag"]
    security.tells("POST", "/blocks", name=_name(approved), reason=REASON)

    plain = security.gets(approved.sha256, approved.filename)
    ranged = security.gets(approved.sha256, approved.filename, range="bytes=0-9")
    revalidated = security.gets(approved.sha256, approved.filename, if_none_match=etag)
    anything = security.gets(approved.sha256, approved.filename, if_none_match="*")
    from_approved = security.gets(approved.sha256, approved.filename, "approved")
    from_unapproved = security.gets(approved.sha256, approved.filename, "unapproved")
    path = f"/pypi/internal/files/{approved.sha256}/{approved.filename}"
    head = security.calls("HEAD", path)

    assert plain.status_code == 403
    assert REASON in plain.json()["detail"]
    assert ranged.status_code == 403
    assert revalidated.status_code == 403
    assert anything.status_code == 403
    assert from_approved.status_code == 403
    assert from_unapproved.status_code == 403
    assert head.status_code == 403
    assert approved.data not in {plain.content, ranged.content, revalidated.content}


def test_a_page_from_before_the_block_is_never_confirmed(approved: Dist, security: Person) -> None:
    path = f"/pypi/internal/simple/{_name(approved)}/"
    before = security.calls("GET", path).headers["etag"]
    security.tells("POST", "/blocks", name=_name(approved), reason=REASON)

    after = security.calls("GET", path, headers={"if-none-match": before})

    assert after.status_code == 200
    assert f"blocked: {REASON}" in after.text
    assert after.headers["etag"] != before


def test_metadata_of_an_explained_file_is_still_told(approved: Dist, security: Person) -> None:
    security.tells("POST", "/blocks", name=_name(approved), reason=REASON)

    told = security.gets(approved.sha256, f"{approved.filename}.metadata")

    assert told.status_code == 200
    assert told.content == approved.metadata


def test_malware_looks_as_if_it_had_never_been(approved: Dist, security: Person) -> None:
    security.tells("POST", "/blocks", name=_name(approved), reason=REASON, malware=True)

    file = security.gets(approved.sha256, approved.filename)
    metadata = security.gets(approved.sha256, f"{approved.filename}.metadata")
    never = security.gets(approved.sha256, "never_was-1.0-py3-none-any.whl")

    assert security.page(_name(approved)) == {}
    assert (file.status_code, metadata.status_code, never.status_code) == (404, 404, 404)
    assert REASON not in file.text


def test_lifting_the_block_restores_the_package(
    server: Server, desk: Desk, approved: Dist, security: Person
) -> None:
    name = _name(approved)
    security.tells("POST", "/blocks", name=name, reason=REASON)
    assert desk.uv_install(desk.venv(), server.index(), name).code != 0

    security.tells("POST", "/blocks/end", name=name, reason="a false alarm")

    by_uv = desk.uv_install(desk.venv(), server.index(), "--no-cache", name)
    by_pip = desk.pip_install(desk.venv(), server.index(), name)
    assert by_uv.code == 0, by_uv.output
    assert by_pip.code == 0, by_pip.output


def test_what_is_blocked_cannot_be_asked_back_in(approved: Dist, security: Person) -> None:
    security.tells("POST", "/blocks", name=_name(approved), reason=REASON)

    number = security.requests(_name(approved))

    told = security.awaits(number, "failed", "review", "approved", "denied")
    assert told["state"] != "approved"
    assert security.gets(approved.sha256, approved.filename).status_code == 403


def _name(dist: Dist) -> str:
    return dist.project.replace("_", "-")
