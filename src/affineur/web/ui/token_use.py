"""How a token is used with the usual clients: environments of build servers, ready to copy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from affineur.core.names import FeedName


@dataclass(frozen=True, slots=True)
class Recipe:
    """A few lines to copy, and what they are for."""

    id: str
    label: str
    text: str


def publishing(server_url: str, feed: FeedName, secret: str) -> tuple[Recipe, ...]:
    """Say how a build server uploads into a feed."""
    url = f"{server_url}/pypi/{feed}/legacy/"
    twine = {
        "TWINE_REPOSITORY_URL": url,
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": secret,
        "TWINE_NON_INTERACTIVE": "1",
    }
    uv = {"UV_PUBLISH_URL": url, "UV_PUBLISH_TOKEN": secret}
    return (
        Recipe(
            f"twine-{feed}",
            f"Publish into {feed} with twine",
            _script(twine, "twine upload dist/*"),
        ),
        Recipe(f"uv-publish-{feed}", f"Publish into {feed} with uv", _script(uv, "uv publish")),
    )


def installing(server_url: str, feed: FeedName, secret: str) -> tuple[Recipe, ...]:
    """Say how a machine installs from a feed; the token goes to a file, in no URL."""
    index = f"{server_url}/pypi/{feed}/simple/"
    host = urlsplit(server_url).hostname or ""
    login = f"machine {host} login __token__ password {secret}"
    netrc = f"(umask 077; echo {shlex.quote(login)} >> ~/.netrc)"
    both = {"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index}
    return (Recipe(f"install-{feed}", f"Install from {feed} with pip or uv", _script(both, netrc)),)


def _script(variables: dict[str, str], *commands: str) -> str:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join((*lines, *commands))


def asking(server_url: str, secret: str) -> Recipe:
    """Say how the command line is used with a token."""
    variables = {"AFFINEUR_URL": server_url, "AFFINEUR_TOKEN": secret}
    return Recipe("affineur-cli", "The affineur command", _script(variables, "affineur whoami"))
