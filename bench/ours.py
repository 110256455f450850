"""affineur itself, as `affineur serve` starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.approved import Home
from bench.borrowed import free_port
from bench.corpus import SMALL
from bench.servers import OURS, Recipe

_FROM_OUTSIDE = ("AFFINEUR_", "PYTHON")


def recipe(home: Home, feed: str = "internal", first_page: str = SMALL) -> Recipe:
    """Say how to serve a data directory, and read one of its feeds with a fitting token."""
    port = free_port()
    program = Path(sys.executable).with_name("affineur")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_FROM_OUTSIDE)}
    return Recipe(
        OURS,
        (program, "serve", "--port", str(port)),
        port,
        f"/pypi/{feed}/simple/",
        environment | {"AFFINEUR_DATA": str(home.data), "AFFINEUR_ADVISORIES_EVERY_S": "0"},
        home.dev if feed == "internal" else home.approver,
        first_page,
    )
