"""The tools that publish: how each builds a project with its own backend, and uploads it.

Everything is built without any network: each backend stands in its tool's own environment.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.clients import Desk, Said, client_python

Upload = Callable[[Desk, Path, str, str], Said]
"""Uploads what lies in a project's `dist` to a URL with a token."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that builds and publishes."""

    name: str
    backend: tuple[str, str]
    """The package that its backend is in, and the backend."""
    build: Callable[[Desk, Path], Said]
    upload: Upload

    @property
    def project(self) -> str:
        """The name of the project that it publishes."""
        return f"made-by-{self.name}"

    def start(self, desk: Desk) -> Path:
        """Write a project that its backend can build; give its folder."""
        module = self.project.replace("-", "_")
        package, backend = self.backend
        told = _PYPROJECT.format(name=self.project, package=package, backend=backend)
        desk.write(f"{self.name}/README.md", f"# {self.project}, with *ümlauts*\n")
        desk.write(f"{self.name}/LICENSE", "MIT\n")
        desk.write(f"{self.name}/src/{module}/__init__.py", _MODULE)
        return desk.write(f"{self.name}/pyproject.toml", told).parent


_PYPROJECT = """\
[build-system]
requires = ["{package}"]
build-backend = "{backend}"

[project]
name = "{name}"
version = "1.0"
description = "A package made for a test"
readme = "README.md"
requires-python = ">=3.11"
license = "MIT"
license-files = ["LICENSE"]
authors = [{{name = "Ada", email = "ada@example.com"}}]
keywords = ["one", "two"]
classifiers = ["Topic :: Utilities"]

[project.optional-dependencies]
more = ["something>=1"]

[project.urls]
Home = "https://example.com/home"
"""
_MODULE = '"""A module."""\n\n__version__ = "1.0"\n'
_NO_VENV = {"POETRY_VIRTUALENVS_CREATE": "false"}


def _build_with_hatchling(desk: Desk, project: Path) -> Said:
    return desk.shell(project, f"{sys.executable} -m hatchling build")


def _upload_by_twine(desk: Desk, project: Path, url: str, token: str) -> Said:
    settings = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": token}
    command = "twine upload --verbose --disable-progress-bar --repository-url"
    return desk.shell(project, f"{command} {url} dist/*", **settings)


def _build_with_uv(desk: Desk, project: Path) -> Said:
    return desk.uv("build", "--offline", "--quiet", str(project))


def _upload_by_uv(desk: Desk, project: Path, url: str, token: str) -> Said:
    settings = {"UV_PUBLISH_URL": url, "UV_PUBLISH_TOKEN": token}
    return desk.shell(project, "uv publish", **settings)


def _build_with_flit(desk: Desk, project: Path) -> Said:
    return desk.flit(project, "build")


def _upload_by_flit(desk: Desk, project: Path, url: str, token: str) -> Said:
    """Let flit build everything once more, and upload it: it does not do less."""
    settings = {"FLIT_INDEX_URL": url, "FLIT_USERNAME": "__token__", "FLIT_PASSWORD": token}
    return desk.flit(project, "publish", **settings)


def _build_with_poetry(desk: Desk, project: Path) -> Said:
    return desk.poetry(project, "build", **_NO_VENV)


def _upload_by_poetry(desk: Desk, project: Path, url: str, token: str) -> Said:
    settings = {"POETRY_REPOSITORIES_HOUSE_URL": url, "POETRY_PYPI_TOKEN_HOUSE": token}
    return desk.poetry(project, "publish", "--repository", "house", **_NO_VENV, **settings)


def _build_with_hatch(desk: Desk, project: Path) -> Said:
    """Run what `hatch build` runs, without an environment that it would want to download."""
    return desk.shell(project, f"{client_python('hatch')} -m hatchling build")


def _upload_by_hatch(desk: Desk, project: Path, url: str, token: str) -> Said:
    settings = {"HATCH_INDEX_REPO": url, "HATCH_INDEX_USER": "__token__", "HATCH_INDEX_AUTH": token}
    return desk.hatch(project, "publish", "--no-prompt", **settings)


def _pdm_itself() -> dict[str, str]:
    return {"PDM_USE_VENV": "false", "PDM_PYTHON": client_python("pdm")}


def _build_with_pdm(desk: Desk, project: Path) -> Said:
    return desk.pdm(project, "build", "--no-isolation", **_pdm_itself())


def _upload_by_pdm(desk: Desk, project: Path, url: str, token: str) -> Said:
    settings = {
        "PDM_PUBLISH_REPO": url,
        "PDM_PUBLISH_USERNAME": "__token__",
        "PDM_PUBLISH_PASSWORD": token,
    }
    return desk.pdm(project, "publish", "--no-build", **_pdm_itself(), **settings)


_HATCHLING = ("hatchling", "hatchling.build")
_UV = ("uv_build", "uv_build")
_FLIT = ("flit_core", "flit_core.buildapi")
_POETRY = ("poetry-core", "poetry.core.masonry.api")
_PDM = ("pdm-backend", "pdm.backend")

TOOLS: Mapping[str, Tool] = {
    one.name: one
    for one in (
        Tool("twine", _HATCHLING, _build_with_hatchling, _upload_by_twine),
        Tool("uv", _UV, _build_with_uv, _upload_by_uv),
        Tool("flit", _FLIT, _build_with_flit, _upload_by_flit),
        Tool("poetry", _POETRY, _build_with_poetry, _upload_by_poetry),
        Tool("hatch", _HATCHLING, _build_with_hatch, _upload_by_hatch),
        Tool("pdm", _PDM, _build_with_pdm, _upload_by_pdm),
    )
}
