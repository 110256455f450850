"""Everything that publishes: each tool builds with its own backend, uploads, is told why not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.clients import Desk, Said
from support.publishing import TOOLS, Tool
from support.running import Person, Server


@dataclass(frozen=True, slots=True)
class Published:
    """What a tool has built and published."""

    tool: Tool
    desk: Desk
    project: Path
    said: Said
    files: Mapping[str, str]
    """The sha256 of what it built, by filename."""

    def again(self, url: str, token: str) -> Said:
        """Have the tool publish the same once more."""
        return self.tool.upload(self.desk, self.project, url, token)


@pytest.fixture(scope="module")
def publisher(house_of_module: Server) -> Person:
    return house_of_module.person("builds", "publisher@internal")


@pytest.fixture(scope="module")
def team(house_of_module: Server) -> Person:
    """A publisher of another feed."""
    house_of_module.admin.tells("POST", "/feeds", name="team")
    return house_of_module.person("team-builds", "publisher@team")


@pytest.fixture(scope="module", params=list(TOOLS))
def published(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    house_of_module: Server,
    publisher: Person,
) -> Published:
    tool = TOOLS[request.param]
    desk = Desk(tmp_path_factory.mktemp("tools") / "desk")
    project = tool.start(desk)
    built = tool.build(desk, project)
    assert built.code == 0, built.output
    said = tool.upload(desk, project, house_of_module.uploads(), publisher.token)
    dists = [path for path in (project / "dist").iterdir() if path.suffix in {".whl", ".gz"}]
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in dists}
    return Published(tool, desk, project, said, files)


def test_a_tool_publishes_what_it_built_and_pip_and_uv_install_it(
    server: Server, published: Published, desk: Desk
) -> None:
    by_pip, by_uv = desk.venv(), desk.venv()

    pip = desk.pip_install(by_pip, server.index(), published.tool.project)
    uv = desk.uv_install(by_uv, server.index(), published.tool.project)

    assert published.said.code == 0, published.said.output
    assert len(published.files) == 2
    assert _on_page(server, published.tool.project) == published.files
    assert (pip.code, uv.code) == (0, 0), pip.output + uv.output
    module = published.tool.project.replace("-", "_")
    assert desk.imports(by_pip, module) == desk.imports(by_uv, module) == "1.0"


def test_publishing_it_once_more_changes_nothing(
    server: Server, published: Published, publisher: Person
) -> None:
    events = _events(server)

    said = published.again(server.uploads(), publisher.token)

    assert said.code == 0, said.output
    assert _on_page(server, published.tool.project) == published.files
    assert _events(server) == events


_UNKNOWN = "These credentials are unknown, expired or revoked."
_FOREIGN = "belongs to feed 'internal'"
TELLS = {
    "twine": (_UNKNOWN, _FOREIGN),
    "uv": (_UNKNOWN, _FOREIGN),
    "poetry": (_UNKNOWN, _FOREIGN),
    "flit": ("401 Client Error: Unauthorized", _FOREIGN),
    "hatch": ("401 Unauthorized", "400 Bad Request"),
    "pdm": ("401 Unauthorized", "400 Bad Request"),
}
"""What each tool shows of a refusal; the last three keep some of the reason to themselves."""


def test_a_wrong_token_is_refused_in_words(server: Server, published: Published) -> None:
    said = published.again(server.uploads(), "not-a-token")

    assert said.code != 0
    assert TELLS[published.tool.name][0] in _unquoted(said)


def test_a_foreign_name_is_refused_in_words(
    server: Server, published: Published, team: Person
) -> None:
    said = published.again(server.uploads("team"), team.token)

    assert said.code != 0
    assert TELLS[published.tool.name][1] in _unquoted(said)
    assert server.admin.page(published.tool.project, "team") == {}


def _unquoted(said: Said) -> str:
    """Take the backslashes out of what poetry shows."""
    return said.line.replace("\\", "")


def _on_page(server: Server, project: str) -> dict[str, str]:
    page = server.admin.page(project)
    return {filename: file["hashes"]["sha256"] for filename, file in page.items()}


def _events(server: Server) -> int:
    return len(server.admin.tells("GET", "/audit?limit=1000")["events"])
