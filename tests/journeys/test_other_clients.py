"""poetry and pdm, with internal as the only source of their projects."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

APP = wheel("app", "1.0", requires=["base"])
BASE = wheel("base", "2.0")
REFUSED = wheel("refused", "1.0")


@pytest.fixture(scope="module", autouse=True)
def approved(house_of_module: Server, upstream: LoopbackUpstream) -> None:
    upstream.add(APP, BASE, REFUSED)
    house_of_module.admin.brings_in("app")


@pytest.fixture
def project(desk: Desk, server: Server) -> Path:
    """A project whose only source, for poetry and for pdm, is internal."""
    written = desk.write(
        "project/pyproject.toml",
        f"""\
        [project]
        name = "shop"
        version = "0.1"
        requires-python = ">=3.11,<4"
        dependencies = []

        [tool.poetry]
        package-mode = false

        [[tool.poetry.source]]
        name = "house"
        url = "{server.index()}"
        priority = "primary"

        [tool.pdm]
        distribution = false

        [[tool.pdm.source]]
        name = "pypi"
        url = "{server.index()}"
        """,
    )
    return written.parent


def test_poetry_adds_an_approved_package_with_its_digests(desk: Desk, project: Path) -> None:
    said = desk.poetry(project, "add", "app==1.0")

    assert said.code == 0, said.output
    assert _locked(project / "poetry.lock") == {
        APP.filename: APP.sha256,
        BASE.filename: BASE.sha256,
    }
    assert desk.imports(project / ".venv" / "bin" / "python", "base") == "2.0"


def test_poetry_does_not_add_what_is_refused(desk: Desk, project: Path) -> None:
    said = desk.poetry(project, "add", "refused==1.0")

    assert said.code != 0
    assert "not approved in 'approved'; ask for it with: affineur request refused" in said.line


def test_pdm_adds_an_approved_package_with_its_digests(desk: Desk, project: Path) -> None:
    said = desk.pdm(project, "add", "app==1.0")

    assert said.code == 0, said.output
    assert _locked(project / "pdm.lock") == {APP.filename: APP.sha256, BASE.filename: BASE.sha256}
    assert desk.imports(project / ".venv" / "bin" / "python", "base") == "2.0"


def test_pdm_does_not_add_what_is_refused(desk: Desk, project: Path) -> None:
    said = desk.pdm(project, "add", "refused==1.0")

    assert said.code != 0
    assert "Install refused 1.0 failed" in said.line


def _locked(lock: Path) -> dict[str, str]:
    """Read the digests of a lock; poetry's and pdm's say them alike."""
    packages = tomllib.loads(lock.read_text())["package"]
    files = [file for package in packages for file in package["files"]]
    return {file["file"]: file["hash"].removeprefix("sha256:") for file in files}
