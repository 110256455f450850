"""From a refusal to an installed package, with the real pip and uv and one index URL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clients import Desk
from support.dists import sdist, wheel
from support.running import Person, Server
from support.upstream_server import Kind, LoopbackUpstream, upstream_server

APP = wheel("spam-app", "2.1", requires=["spam-base>=1", "spam.windows; sys_platform == 'win32'"])
BASE = wheel("spam_base", "1.4")
BASE_SDIST = sdist("spam_base", "1.4")
WINDOWS = wheel("spam.windows", "0.3")
LONE = wheel("lone-wolf", "3.0")
CLOSURE = {"spam-app": "2.1", "spam-base": "1.4", "spam-windows": "0.3"}


@pytest.fixture(scope="module", params=["json", "html"])
def upstream(request: pytest.FixtureRequest) -> Iterator[LoopbackUpstream]:
    kind: Kind = request.param
    with upstream_server(kind) as running:
        running.add(APP, BASE, BASE_SDIST, WINDOWS, LONE)
        yield running


@pytest.fixture(scope="module")
def people(house_of_module: Server) -> tuple[Person, Person]:
    dev = house_of_module.person("dev", "reader@internal")
    return dev, house_of_module.person("ann", "approver@approved")


def test_uv_says_why_a_package_is_refused(server: Server, desk: Desk) -> None:
    said = desk.uv_install(desk.venv(), server.index(), "lone-wolf")

    assert said.code != 0
    assert "not approved in 'approved'; ask for it with: affineur request lone-wolf" in said.line


def test_uv_says_why_a_pinned_package_is_refused(server: Server, desk: Desk) -> None:
    said = desk.uv_install(desk.venv(), server.index(), "lone-wolf==3.0")

    assert said.code != 0
    assert "not approved in 'approved'; ask for it with: affineur request lone-wolf" in said.line


def test_pip_says_why_a_pinned_package_is_refused(server: Server, desk: Desk) -> None:
    said = desk.pip_install(desk.venv(), server.index(), "lone-wolf==3.0")

    assert said.code != 0
    assert "not approved in 'approved'; ask for it with: affineur request lone-wolf" in said.line
    assert "403" in said.line


def test_pip_does_not_install_what_is_refused(server: Server, desk: Desk) -> None:
    said = desk.pip_install(desk.venv(), server.index(), "lone-wolf")

    assert said.code != 0


def test_a_closure_is_asked_for_approved_and_installed(
    server: Server, desk: Desk, people: tuple[Person, Person], tmp_path: Path
) -> None:
    dev, approver = people
    # Given a package that is refused,
    refused = desk.uv_install(desk.venv(), server.index(), "spam-app")
    assert refused.code != 0
    assert "affineur request spam-app" in refused.line

    # when it is asked for,
    number = dev.requests("spam-app")
    waiting = dev.awaits(number, "review")
    assert {item["name"]: item["version"] for item in waiting["items"]} == CLOSURE
    assert desk.uv_install(desk.venv(), server.index(), "spam-app").code != 0

    # and approved,
    approved = approver.approves(number)
    digests = {
        file["filename"]: file["sha256"] for item in approved["items"] for file in item["files"]
    }
    assert digests == {one.filename: one.sha256 for one in (APP, BASE, BASE_SDIST, WINDOWS)}

    # then pip installs these very bytes from the one index,
    report = tmp_path / "report.json"
    python = desk.venv()
    by_pip = desk.pip_install(python, server.index(), "spam-app", "--report", str(report))
    assert by_pip.code == 0, by_pip.output
    assert _installed(report) == {"spam-app": APP.sha256, "spam-base": BASE.sha256}
    assert desk.imports(python, "spam_app") == "2.1"

    # and so does uv.
    pins = f"spam-app==2.1 --hash=sha256:{APP.sha256}\nspam-base==1.4 --hash=sha256:{BASE.sha256}\n"
    locked = desk.write("requirements.txt", pins)
    python = desk.venv()
    by_uv = desk.uv_install(python, server.index(), "--require-hashes", "-r", str(locked))
    assert by_uv.code == 0, by_uv.output
    assert desk.imports(python, "spam_base") == "1.4"


def _installed(report: Path) -> dict[str, str]:
    told = json.loads(report.read_text())
    return {
        one["metadata"]["name"].replace("_", "-"): one["download_info"]["archive_info"]["hashes"][
            "sha256"
        ]
        for one in told["install"]
    }
