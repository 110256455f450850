"""Commands of the server's machine: they work on its data directory, not over the API."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import sys
from pathlib import Path

import click

from affineur import bootstrap
from affineur.cli.asking import as_json
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.config import Settings, load_settings
from affineur.core.errors import Conflict
from affineur.core.permissions import OPERATOR
from affineur.jobs.runner import Runner
from affineur.services import access, feeds, fsck, setup
from affineur.services.access import TokenOrder
from affineur.services.connectors import NewConnector
from affineur.services.feeds import FeedChange
from affineur.services.gear import Gear
from affineur.services.jobs import job_kinds
from affineur.upstream import default_index, split_credentials
from affineur.web.server import serve

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not listened on

_host = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on. On loopback, anybody may read the feed internal.",
)


@click.command(epilog="Example: AFFINEUR_DATA=/srv/affineur affineur init")
@_host
@click.option("--new-token", is_flag=True, help="Make a new admin token; the old one was lost.")
@as_json
def init_command(host: str, *, new_token: bool, as_json: bool) -> None:
    """Make the database, the first feeds and the first admin token.

    What is there already stays as it is. The token is printed once, and kept in the file
    admin-token of the data directory, which only its owner can read.
    """
    gear = _build(load_settings(), _url(host, 8080))
    try:
        secret = _make_what_is_missing(gear, host)
        if new_token and secret is None:
            secret = _another_token(gear)
    finally:
        asyncio.run(bootstrap.close(gear))
    token_file = _token_file(gear.settings)
    Output(as_json=as_json).tell(
        {
            "data": str(gear.settings.data.absolute()),
            "admin_token": secret,
            "admin_token_file": str(token_file) if token_file.exists() else None,
        },
        f"The server's data is in {gear.settings.data.absolute()}.",
        _told(gear.settings, secret) if secret else "It was set up before; nothing was changed.",
    )


@click.command(epilog="Example: affineur serve --host 0.0.0.0 --port 8080")
@_host
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
def serve_command(host: str, port: int) -> None:
    """Start the server; makes what is missing.

    The server and the runner that resolves and vets requests live in this one process, and
    end with it.
    """
    _log_to_stderr()
    port = port or _free_port(host)
    settings = load_settings()
    gear = _build(settings, _url(host, port), own_url=_url(host, port))
    secret = _make_what_is_missing(gear, host)
    if secret:
        click.echo(_told(settings, secret))
    _close_to_strangers(gear, host)
    asyncio.run(_serve(gear, host, port))


@click.command(epilog="Example: AFFINEUR_DATABASE_URL=postgresql://... affineur worker")
def worker_command() -> None:
    """Work on resolutions and vetting, beside other processes.

    Set AFFINEUR_PUBLIC_URL to the server's URL: resolving reads its feeds.
    """
    _log_to_stderr()
    settings = load_settings()
    gear = _build(settings, _url("127.0.0.1", 8080))
    click.echo(f"Working for {gear.public_url}; stop with Ctrl-C.")
    asyncio.run(_work(gear))


@click.command(epilog="Example: affineur fsck --quick")
@click.option("--quick", is_flag=True, help="Compare sizes only, without reading every file.")
@as_json
def fsck_command(*, quick: bool, as_json: bool) -> int:
    """Compare the bytes on disk with the database.

    Every file is read and its digest compared; what was interrupted a day ago or longer, and
    left its temporary files, is cleaned up.
    """
    gear = _build(load_settings(), _url("127.0.0.1", 8080))
    try:
        found = fsck.fsck(gear, deep=not quick)
    finally:
        asyncio.run(bootstrap.close(gear))
    damage = [{"kind": d.kind, "sha256": d.sha256, "what": d.what} for d in found.damage]
    document = {
        "is_sound": found.is_sound,
        "files": found.files,
        "damage": damage,
        "orphans": found.orphans,
        "swept": found.swept,
        "mended": found.mended,
    }
    Output(as_json=as_json).tell(
        document,
        Rows(("damage", "sha256", "what"), [tuple(one.values()) for one in damage]),
        f"{found.files} files compared, {len(damage)} damaged; {found.orphans} blobs that nothing "
        f"names, {found.swept} leftovers removed, {found.mended} rows of lists mended.",
    )
    return DONE if found.is_sound else ANSWER_IS_NO


# --- making what is missing --------------------------------------------------------------


def _build(settings: Settings, url: str, own_url: str = "") -> Gear:
    return bootstrap.build(settings, public_url=url, own_url=own_url)


def _make_what_is_missing(gear: Gear, host: str) -> str | None:
    """Give the first admin token, when there was none yet."""
    index = (
        split_credentials(gear.settings.upstream)
        if gear.settings.upstream
        else default_index(os.environ)
    )
    upstream = NewConnector(
        "upstream", url=index.url, username=index.username, password=index.password
    )
    made = setup.initialise(gear, upstream, serving_on_loopback=_is_loopback(host))
    if made is None:
        return None
    _keep(_token_file(gear.settings), made.secret)
    return made.secret


def _another_token(gear: Gear) -> str:
    order = TokenOrder(setup.FIRST_ADMIN, "made by init --new-token")
    secret = access.create_token(gear, OPERATOR, order).secret
    _keep(_token_file(gear.settings), secret)
    return secret


def _token_file(settings: Settings) -> Path:
    return settings.data.absolute() / "admin-token"


def _keep(path: Path, secret: str) -> None:
    """Write a file that nobody else can read, not even for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(secret + "\n")


def _told(settings: Settings, secret: str) -> str:
    return f"The admin token, shown this once and kept in {_token_file(settings)}:\n\n  {secret}\n"


# --- serving -----------------------------------------------------------------------------


async def _serve(gear: Gear, host: str, port: int) -> None:
    runner = Runner(gear, job_kinds(gear.settings))
    try:
        await asyncio.to_thread(fsck.sweep, gear)
        await serve(gear, host, port, runner.run, lambda _url: _say_ready(gear))
    finally:
        await bootstrap.close(gear)


async def _work(gear: Gear) -> None:
    try:
        await Runner(gear, job_kinds(gear.settings)).run()
    finally:
        await bootstrap.close(gear)


def _say_ready(gear: Gear) -> None:
    index = f"{gear.public_url}/pypi/{setup.INTERNAL}/simple/"
    click.echo(
        f"affineur serves at {gear.public_url}; stop with Ctrl-C.\n"
        f"  pip: pip config set global.index-url {index}\n"
        f"  uv:  export UV_DEFAULT_INDEX={index}\n"
        f"  ask: export AFFINEUR_URL={gear.public_url} AFFINEUR_TOKEN=aff_...; "
        "affineur request 'flask>=3'"
    )
    sys.stdout.flush()


def _close_to_strangers(gear: Gear, host: str) -> None:
    """Ask for tokens again when what was set up for loopback is now served to a network."""
    if _is_loopback(host):
        return
    seen = {feed.name: feed for feed in feeds.visible(gear, OPERATOR)}
    only_loopback = gear.settings.anonymous_internal == "loopback"
    if only_loopback and seen[setup.INTERNAL].reads_anonymous:
        feeds.update(gear, OPERATOR, setup.INTERNAL, FeedChange(reads_anonymous=False))
        click.echo(
            "The feed internal could be read without a token while only this machine was "
            "served; from now on it needs one. To open it to everybody who reaches this "
            "address, set AFFINEUR_ANONYMOUS_INTERNAL=yes and: affineur feed change internal "
            "--anonymous",
            err=True,
        )
    if host in _WILDCARDS and not gear.settings.public_url:
        click.echo(
            f"Links lead to {gear.public_url}: set AFFINEUR_PUBLIC_URL to the URL that clients "
            "use.",
            err=True,
        )


def _log_to_stderr() -> None:
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, stream=sys.stderr)
    for noisy in ("httpx2", "httpcore2", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _url(host: str, port: int) -> str:
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            raise Conflict(f"Nobody can listen on {host}: {error.strerror}.") from error
        port: int = probe.getsockname()[1]
        return port
