"""What all remote commands share: their options, and how a release is named."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import click

from affineur.cli.client import DEFAULT_URL, Remote
from affineur.cli.output import Output
from affineur.core.errors import BadInput

_P = ParamSpec("_P")

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Tell the answer as one JSON document."
)
feed_option = click.option(
    "--feed", default="internal", show_default=True, help="The feed that is used."
)


def remote(
    command: Callable[Concatenate[Remote, Output, _P], int | None],
) -> Callable[..., int | None]:
    """Give a command the server that it asks and the place where it answers."""

    @as_json
    @click.option(
        "--url",
        envvar="AFFINEUR_URL",
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        help="The server; the token is taken from AFFINEUR_TOKEN.",
    )
    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> int | None:
        output = Output(as_json=bool(kwargs.pop("as_json")))
        with Remote(str(kwargs.pop("url")), os.environ.get("AFFINEUR_TOKEN")) as server:
            return command(server, output, *args, **kwargs)

    return run


def split_release(text: str) -> tuple[str, str | None]:
    """Read NAME or NAME==VERSION; the server judges both."""
    name, found, version = text.partition("==")
    if not name.strip() or (found and not version.strip()) or set(text) & set("<>~!;@[]"):
        raise BadInput(
            f"{text!r} names no release.", hint="Write a name, or a release such as flask==3.1.0"
        )
    return name.strip(), version.strip() or None


def exact_release(text: str) -> tuple[str, str]:
    """Read NAME==VERSION."""
    name, version = split_release(text)
    if version is None:
        raise BadInput(f"{text!r} names no version.", hint=f"Write {name}==VERSION.")
    return name, version


def release_name(name: object, version: object) -> str:
    """Write a release, or a whole project, as it is given to commands."""
    return f"{name}=={version}" if version else str(name)
