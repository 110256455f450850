"""The Python servers to compare with, each set up as its own documentation does it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from bench import devpi, nginx
from bench.borrowed import free_port
from bench.corpus import Corpus
from bench.places import folder
from bench.servers import Recipe
from bench.tools import peer_program


def recipes(corpus: Corpus) -> Mapping[str, Callable[[], Recipe]]:
    """Say how to start each; what it needs is prepared when its recipe is asked for."""
    return {
        "simple-repository-server": simple_repository,
        "proxpi": proxpi,
        "devpi": lambda: devpi.recipe(corpus),
        "pypiserver": pypiserver,
    }


def simple_repository() -> Recipe:
    """Serve the files from a local folder."""
    port = free_port()
    program = peer_program("simple-repository-server", "simple-repository-server")
    command = (program, "--host", "127.0.0.1", "--port", str(port), folder("files"))
    return Recipe("simple-repository-server", command, port, "/simple/")


def pypiserver() -> Recipe:
    """Serve the files from a local folder, under gunicorn, with its cache of the folder."""
    port = free_port()
    application = f"pypiserver:app(root={str(folder('files'))!r}, disable_fallback=True)"
    command = (
        peer_program("pypiserver", "gunicorn"),
        *("--bind", f"127.0.0.1:{port}", "--workers", "2", "--preload", application),
    )
    return Recipe("pypiserver", command, port, "/simple/")


def proxpi() -> Recipe:
    """Proxy nginx, under gunicorn with the two threads that its image has; files are cached."""
    port = free_port()
    environment = os.environ | {
        "PROXPI_INDEX_URL": f"http://127.0.0.1:{nginx.PORT}/simple/",
        "PROXPI_CACHE_DIR": str(folder("proxpi")),
        "PROXPI_LOGGING_LEVEL": "WARNING",
    }
    command = (
        peer_program("proxpi", "gunicorn"),
        *("--bind", f"127.0.0.1:{port}", "--threads", "2", "proxpi.server:app"),
    )
    return Recipe("proxpi", command, port, "/index/", environment)
