"""The real clients, configured with what stands on the first page, for a feed that needs a token.

Nothing is taken from a test's own knowledge but the token: it goes where the page says.
"""

from __future__ import annotations

import pytest

from affineur.core.names import FeedName
from affineur.web.ui import client_setup
from affineur.web.ui.client_setup import Setup
from support.clients import Desk
from support.dists import wheel
from support.running import Person, Server

BRIE = wheel("brie", "1.0")
_EMPTY_PROJECT = """\
[project]
name = "shop"
version = "0.1"
requires-python = ">=3.11,<4"
dependencies = []

[tool.poetry]
package-mode = false

[tool.pdm]
distribution = false

"""
_OPEN = {"PIP_CONFIG_FILE": "", "UV_NO_CONFIG": "0"}
"""The desk's own programs read their configuration from its home here."""


@pytest.fixture(scope="module")
def builder(house_of_module: Server) -> Person:
    """Somebody who may publish and read, in a feed that nobody else reads."""
    house_of_module.admin.tells("PATCH", "/feeds/internal", reads_anonymous=False)
    made = house_of_module.person("builder", "reader@internal", "publisher@internal")
    made.uploads(BRIE)
    return made


@pytest.fixture
def told(server: Server) -> client_setup.Server:
    return client_setup.Server(server.url, FeedName("internal"), needs_token=True)


def _setup(told: client_setup.Server, client: str) -> Setup:
    return next(one for one in client_setup.installing(told) if one.client == client)


def test_pip_installs(desk: Desk, builder: Person, told: client_setup.Server) -> None:
    command, netrc = _setup(told, "pip").steps
    python = desk.venv()
    desk.write(".netrc", f"{netrc.text}{builder.token}\n").chmod(0o600)

    configured = desk.shell(desk.home, command.text, **_OPEN)
    said = desk.shell(desk.home, f"pip --python {python} install brie", **_OPEN)

    assert (configured.code, said.code) == (0, 0), f"{configured.output}\n{said.output}"
    assert desk.imports(python, "brie") == "1.0"


def test_uv_installs(desk: Desk, builder: Person, told: client_setup.Server) -> None:
    table, exports = _setup(told, "uv").steps
    python = desk.venv()
    desk.write(".config/uv/uv.toml", table.text)
    command = f"{exports.text}\nuv pip install --python {python} brie"

    said = desk.shell(desk.home, command, AFFINEUR_TOKEN=builder.token, **_OPEN)

    assert said.code == 0, said.output
    assert desk.imports(python, "brie") == "1.0"


def test_poetry_installs(desk: Desk, builder: Person, told: client_setup.Server) -> None:
    table, asks = _setup(told, "poetry").steps
    project = desk.write("project/pyproject.toml", _EMPTY_PROJECT + table.text).parent

    desk.poetry(project, *asks.text.removeprefix("poetry ").split(), builder.token)
    said = desk.poetry(project, "add", "brie")

    assert said.code == 0, said.output
    assert desk.imports(project / ".venv" / "bin" / "python", "brie") == "1.0"


def test_pdm_installs(desk: Desk, builder: Person, told: client_setup.Server) -> None:
    table, exports = _setup(told, "pdm").steps
    project = desk.write("project/pyproject.toml", _EMPTY_PROJECT + table.text).parent

    said = desk.pdm(project, "add", "brie", **_exported(exports.text, builder.token))

    assert said.code == 0, said.output
    assert desk.imports(project / ".venv" / "bin" / "python", "brie") == "1.0"


def test_twine_publishes(desk: Desk, builder: Person, told: client_setup.Server) -> None:
    pypirc, _, in_ci = client_setup.publishing(told).steps
    desk.write(".pypirc", pypirc.text)
    new = wheel("comte", "2.0")
    desk.write(f"dist/{new.filename}", new.data)

    command = f"{in_ci.text} --disable-progress-bar"
    said = desk.shell(desk.home, command, AFFINEUR_TOKEN=builder.token)

    assert said.code == 0, said.output
    assert list(builder.page("comte")) == [new.filename]


def test_a_plain_server_on_another_machine_is_trusted_by_name(desk: Desk) -> None:
    there = client_setup.Server(
        "http://packages.example:8080", FeedName("team-a"), needs_token=True
    )
    command, netrc = _setup(there, "pip").steps
    exports = _setup(there, "uv").steps[1]

    configured = desk.shell(desk.home, command.text, **_OPEN)
    seen = desk.shell(desk.home, "pip config list", **_OPEN)

    assert (configured.code, seen.code) == (0, 0)
    assert "global.trusted-host='packages.example'" in seen.output
    assert netrc.text.startswith("machine packages.example\n")
    assert "UV_INDEX_TEAM_A_PASSWORD" in exports.text


def _exported(text: str, token: str) -> dict[str, str]:
    """Give the variables that a shell would export."""
    lines = [line.removeprefix("export ").split("=", 1) for line in text.splitlines()]
    return {name: value.strip('"').replace("$AFFINEUR_TOKEN", token) for name, value in lines}
