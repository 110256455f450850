"""How clients are configured for a feed, so that it is their only index. Pure.

Each text is whole and ready to copy; the journey tests give them to the real programs. No secret
stands in one: where a token is needed, it is asked for or read from the environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from affineur.core.names import FeedName

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TOKEN = "AFFINEUR_TOKEN"  # noqa: S105  the name of a variable


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: a text to copy, and where it goes."""

    where: str
    text: str
    is_command: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """How one client is configured."""

    client: str
    steps: tuple[Step, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """A feed as clients reach it."""

    public_url: str
    feed: FeedName
    needs_token: bool

    @property
    def index(self) -> str:
        """The URL of its index."""
        return f"{self.public_url}/pypi/{self.feed}/simple/"

    @property
    def uploads(self) -> str:
        """The URL that packages are published at."""
        return f"{self.public_url}/pypi/{self.feed}/legacy/"

    @property
    def host(self) -> str:
        """The host, without a port."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def is_plain(self) -> bool:
        """Whether it is reached without TLS from other machines."""
        return self.public_url.startswith("http:") and self.host not in _LOOPBACK

    @property
    def variable(self) -> str:
        """How uv names its feed in the environment."""
        return re.sub(r"[^A-Z0-9]", "_", self.feed.upper())


def installing(server: Server) -> tuple[Setup, ...]:
    """Tell for each client how it installs from this feed, and from nowhere else."""
    return (_pip(server), _uv(server), _poetry(server), _pdm(server), _pipenv(server))


def publishing(server: Server) -> Setup:
    """Tell how packages are published in this feed."""
    pypirc = (
        f"[distutils]\nindex-servers = {server.feed}\n\n[{server.feed}]\n"
        f"repository = {server.uploads}\nusername = __token__\n"
    )
    upload = f"twine upload --repository {server.feed} dist/*"
    in_ci = f'TWINE_PASSWORD="${_TOKEN}" {upload} --non-interactive'
    return Setup(
        "twine",
        (
            Step("In ~/.pypirc", pypirc),
            Step("Then; it asks for the token", upload, is_command=True),
            Step(f"On a build server, with the token in {_TOKEN}", in_ci, is_command=True),
        ),
    )


def _pip(server: Server) -> Setup:
    commands = [f"pip config set global.index-url {server.index}"]
    if server.is_plain:
        commands.append(f"pip config set global.trusted-host {server.host}")
    steps = [Step("Once, for all your projects", "\n".join(commands), is_command=True)]
    if server.needs_token:
        steps.append(_netrc(server))
    return Setup(
        "pip",
        tuple(steps),
        "pip config list shows all that holds: take out extra-index-url and find-links.",
    )


def _uv(server: Server) -> Setup:
    table = (
        f'[[index]]\nname = "{server.feed}"\nurl = "{server.index}"\n'
        f'publish-url = "{server.uploads}"\ndefault = true\n'
    )
    steps = [Step("In ~/.config/uv/uv.toml (Windows: %APPDATA%\\uv\\uv.toml)", table)]
    if server.needs_token:
        prefix = f"UV_INDEX_{server.variable}"
        steps.append(
            Step(
                f"In the environment, with the token in {_TOKEN}",
                f'export {prefix}_USERNAME=__token__\nexport {prefix}_PASSWORD="${_TOKEN}"\n',
            )
        )
    return Setup(
        "uv",
        tuple(steps),
        "default = true takes the place of the public index. For one project alone, write it in "
        "its pyproject.toml as [[tool.uv.index]].",
    )


def _poetry(server: Server) -> Setup:
    table = (
        f'[[tool.poetry.source]]\nname = "{server.feed}"\nurl = "{server.index}"\n'
        'priority = "primary"\n'
    )
    steps = [Step("In the project's pyproject.toml", table)]
    if server.needs_token:
        steps.append(
            Step(
                "Once; it asks for the token",
                f"poetry config http-basic.{server.feed} __token__",
                is_command=True,
            )
        )
    return Setup("poetry", tuple(steps), "A primary source takes the place of the public index.")


def _pdm(server: Server) -> Setup:
    table = f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{server.index}"\nverify_ssl = true\n'
    steps = [Step("In the project's pyproject.toml", table)]
    if server.needs_token:
        steps.append(
            Step(
                f"In the environment, with the token in {_TOKEN}",
                f'export PDM_PYPI_USERNAME=__token__\nexport PDM_PYPI_PASSWORD="${_TOKEN}"\n',
            )
        )
    return Setup(
        "pdm", tuple(steps), "The source must be called pypi: so it takes the public index's place."
    )


def _pipenv(server: Server) -> Setup:
    url = server.index
    if server.needs_token:
        url = url.replace("://", f"://__token__:${{{_TOKEN}}}@", 1)
    table = f'[[source]]\nname = "{server.feed}"\nurl = "{url}"\nverify_ssl = true\n'
    remark = "Take out every other source: pipenv looks in all of them."
    if server.needs_token:
        remark += f" The token is read from {_TOKEN} in the environment, and is not written down."
    return Setup("pipenv", (Step("In the project's Pipfile", table),), remark)


def _netrc(server: Server) -> Step:
    return Step(
        "In ~/.netrc, which only you can read (chmod 600); your token goes last",
        f"machine {server.host}\nlogin __token__\npassword ",
    )
