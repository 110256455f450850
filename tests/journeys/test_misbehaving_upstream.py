"""An upstream that is slow, broken or hostile, seen through the real server.

Whatever it does, nothing wrong is kept or served, and what was approved goes on being served.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import httpx2
import pytest

from support.clients import Desk
from support.dists import Dist, wheel
from support.running import Person, Server, running_server, until
from support.upstream_server import Fault, LoopbackUpstream, upstream_server

KEPT = wheel("kept", "1.0")
FILE_FAULTS = [
    Fault.TRUNCATED,
    Fault.CUT_SHORT,
    Fault.OTHER_BYTES,
    Fault.OVERSIZED,
    Fault.GARBAGE,
    Fault.LOGIN_PAGE,
    Fault.STATUS,
    Fault.STALL,
    Fault.WAIT,
    Fault.REDIRECT,
]
PAGE_FAULTS = [
    Fault.TRUNCATED,
    Fault.GARBAGE,
    Fault.LOGIN_PAGE,
    Fault.STATUS,
    Fault.OTHER_BYTES,
    Fault.OVERSIZED,
    Fault.STALL,
    Fault.WAIT,
    Fault.REDIRECT,
]


_NAMES = count()


@pytest.fixture(scope="module")
def house_of_module(
    tmp_path_factory: pytest.TempPathFactory, upstream: LoopbackUpstream
) -> Iterator[Server]:
    settings = {
        "AFFINEUR_UPSTREAM_TIMEOUT_S": "1",
        "AFFINEUR_PAGE_FRESH_S": "1",
        "AFFINEUR_MAX_PAGE_BYTES": "10000000",
        "AFFINEUR_MAX_FILE_BYTES": "10000000",
    }
    with running_server(tmp_path_factory.mktemp("server"), upstream.url, **settings) as server:
        upstream.add(KEPT)
        server.admin.brings_in("kept")
        yield server


@pytest.fixture
def elsewhere(upstream: LoopbackUpstream) -> Iterator[LoopbackUpstream]:
    """Another origin, to which nothing may lead."""
    with upstream_server("json") as other:
        yield other
        upstream.heal()


@pytest.fixture(autouse=True)
def is_back(server: Server, upstream: LoopbackUpstream) -> None:
    """Wait until an index that failed in the test before is asked again."""
    upstream.heal()
    path = f"/pypi/unapproved/simple/back-{next(_NAMES)}/"
    until(lambda: server.admin.calls("GET", path).status_code == 404, lambda: "it stays away")


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_spoilt_file_is_neither_served_nor_kept(
    server: Server, upstream: LoopbackUpstream, elsewhere: LoopbackUpstream, fault: Fault
) -> None:
    admin = server.admin
    dist = wheel(f"spoilt-{fault}", "1.0", files={"spoilt.py": b"# spoilt\n" * 2000})
    upstream.add(dist)
    evil = wheel(f"spoilt-{fault}", "1.0", files={"evil.py": b"# evil\n"})
    elsewhere.add(evil)
    assert dist.filename in admin.page(_name(dist), "unapproved")
    upstream.misbehave(fault, "/files/", to=elsewhere.location(dist.filename))

    got = _download(admin, dist)

    assert got is None
    assert elsewhere.requests == ()
    assert admin.gets(KEPT.sha256, KEPT.filename).content == KEPT.data
    assert _staged(server) == []
    upstream.heal()
    until(lambda: _comes(admin, dist), lambda: "the file never comes, although all is well again")


def _comes(admin: Person, dist: Dist) -> bool:
    """Whether a file comes whole; an index that failed often is left alone for a moment."""
    told = admin.gets(dist.sha256, dist.filename, "unapproved")
    return told.status_code == 200 and told.content == dist.data


@pytest.mark.parametrize("fault", PAGE_FAULTS)
def test_a_spoilt_page_is_trouble_and_never_an_empty_project(
    server: Server, upstream: LoopbackUpstream, elsewhere: LoopbackUpstream, fault: Fault
) -> None:
    admin = server.admin
    dist = wheel(f"unread-{fault}", "1.0")
    upstream.add(dist)
    elsewhere.add(dist)
    upstream.misbehave(fault, "/simple/", to=f"{elsewhere.url}{_name(dist)}/")

    answer = admin.calls("GET", f"/pypi/unapproved/simple/{_name(dist)}/")

    assert answer.status_code == 503, answer.text
    assert elsewhere.requests == ()
    assert admin.gets(KEPT.sha256, KEPT.filename).content == KEPT.data
    assert set(admin.page("kept")) == {KEPT.filename}


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.STATUS, Fault.WAIT])
def test_clients_install_what_is_approved_while_upstream_misbehaves(
    server: Server,
    desk: Desk,
    upstream: LoopbackUpstream,
    elsewhere: LoopbackUpstream,
    fault: Fault,
) -> None:
    assert elsewhere.requests == ()
    upstream.misbehave(fault, "/")

    by_pip = desk.pip_install(desk.venv(), server.index(), "kept")
    by_uv = desk.uv_install(desk.venv(), server.index(), "kept")

    assert by_pip.code == 0, by_pip.output
    assert by_uv.code == 0, by_uv.output


def test_a_page_that_was_read_before_outlives_the_trouble(
    server: Server, upstream: LoopbackUpstream, elsewhere: LoopbackUpstream
) -> None:
    dist = wheel("steady", "1.0")
    upstream.add(dist)
    before = server.admin.page("steady", "unapproved")
    assert elsewhere.requests == ()
    upstream.misbehave(Fault.GARBAGE, "/simple/")
    upstream.forget_requests()

    until(
        lambda: (
            server.admin.page("steady", "unapproved") == before
            and "/simple/steady/" in upstream.paths()
        ),
        lambda: "it was never asked again",
    )

    assert server.admin.page("steady", "unapproved") == before


def test_bytes_that_change_upstream_change_nothing_here(
    server: Server, desk: Desk, upstream: LoopbackUpstream
) -> None:
    admin = server.admin
    reviewed = wheel("shifty", "1.0")
    changed = wheel("shifty", "1.0", files={"shifty.py": b"__version__ = 'changed'\n"})
    upstream.add(reviewed)
    admin.brings_in("shifty")
    upstream.add(changed)

    until(
        lambda: bool(_withheld(admin, reviewed.filename, "unapproved")),
        lambda: f"nobody noticed: {admin.page('shifty', 'unapproved')}",
    )

    python = desk.venv()
    said = desk.uv_install(python, server.index(), "shifty")
    assert said.code == 0, said.output
    assert desk.imports(python, "shifty") == "1.0"
    assert "changed" in _withheld(admin, reviewed.filename, "unapproved")
    assert admin.gets(reviewed.sha256, reviewed.filename).content == reviewed.data
    assert admin.gets(changed.sha256, changed.filename).status_code == 404
    assert admin.gets(changed.sha256, changed.filename, "unapproved").status_code == 403
    assert [one["project"] for one in _incidents(admin)] == ["shifty"]


def test_a_page_of_ten_thousand_files_is_borne(
    server: Server, desk: Desk, upstream: LoopbackUpstream
) -> None:
    upstream.flood("flood", 10_000)
    wanted = wheel("flood", "2.0")
    upstream.add(wanted)

    server.admin.brings_in("flood==2.0")

    python = desk.venv()
    said = desk.uv_install(python, server.index(), "flood")
    assert said.code == 0, said.output
    assert desk.imports(python, "flood") == "2.0"
    assert len(server.admin.page("flood")) == 10_001


def test_a_slow_upstream_is_waited_for(
    server: Server, upstream: LoopbackUpstream, elsewhere: LoopbackUpstream
) -> None:
    dist = wheel("slow", "1.0")
    upstream.add(dist)
    assert elsewhere.requests == ()
    upstream.misbehave(Fault.SLOW, "/", delay_s=0.5)

    assert dist.filename in server.admin.page("slow", "unapproved")
    assert _download(server.admin, dist) == dist.data


def test_after_all_of_it_the_server_is_sound(server: Server) -> None:
    done = server.runs("fsck", "--json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["is_sound"]


def _download(person: Person, dist: Dist) -> bytes | None:
    """Give the file, or None when it was refused or broke off."""
    try:
        answer = person.gets(dist.sha256, dist.filename, "unapproved")
    except httpx2.TransportError:
        return None
    return answer.content if answer.status_code == 200 else None


def _withheld(person: Person, filename: str, feed: str) -> str:
    return str(person.page("shifty", feed)[filename].get("yanked") or "")


def _incidents(person: Person) -> list[dict[str, object]]:
    incidents: list[dict[str, object]] = person.tells("GET", "/incidents")["incidents"]
    return incidents


def _staged(server: Server) -> list[str]:
    return [path.name for path in (server.data / "blobs" / "staging").iterdir()]


def _name(dist: Dist) -> str:
    return dist.project.replace("_", "-")
