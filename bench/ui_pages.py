"""`python -m bench.ui_pages [DIR]`: how long every page takes in a large house.

An administrator, signed in, asks for each page of the web interface, one after the other, as
often as wanted, from a server with the data directory of `bench.large_house` (a copy: it is
written to). The pages are those of the routes, so that none can be forgotten. A page's time is
that of its request on loopback; its ratio is to `/healthz` in the same round. With `--write` the
table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from affineur.web.ui.routes import ROUTES
from bench import large_house
from bench.borrowed import free_port
from bench.house.asking import draft_of
from bench.house.shape import House, Scale
from bench.places import DOCUMENT, KEPT, ROOT, digest_of, folder
from bench.processes import cpu_s, running, until_ready
from bench.vetting_page import dated, table

_PAGE_MS, _SEARCH_MS = 300.0, 100.0
_WARM_UP = 2
_FINE = frozenset({200, 303})
"""Some pages lead on: `/login` does, when somebody is signed in."""
_PEER = "/healthz"
_SECTION = re.compile(
    r"(<!-- measured: pages begin -->\n).*?(\n?<!-- measured: pages end -->)", re.DOTALL
)
_NUMBER, _PROJECT, _OTHER = 1, "packaging", "requests"
"""Of the first the bytes are there, too."""
_HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
_CSRF = re.compile(rb'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Asked:
    """One page, as it is asked for."""

    pattern: str
    path: str
    budget_ms: float = _PAGE_MS
    is_partial: bool = False
    """Whether it is asked for as a script does while somebody types."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a page took."""

    asked: Asked
    status: int
    size_bytes: int
    took_ms: Sequence[float]
    peer_ms: Sequence[float]
    cpu_ms: float = 0.0
    """Processor time of the server for one, with the peer: a busy machine changes it little."""

    @property
    def median_ms(self) -> float:
        """Give the median."""
        return statistics.median(self.took_ms)

    @property
    def p95_ms(self) -> float:
        """Give what nineteen of twenty stay below; the greatest of few."""
        ordered = sorted(self.took_ms)
        return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]

    @property
    def ratio(self) -> float:
        """Compare with the peer in the same rounds."""
        pairs = zip(self.took_ms, self.peer_ms, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    @property
    def verdict(self) -> str:
        """Say what is wrong with it, if anything is."""
        if self.status not in _FINE:
            return f"answered {self.status}"
        return "" if self.is_within else "over"

    @property
    def is_within(self) -> bool:
        """Whether it keeps to its budget, and is a page at all."""
        return self.median_ms <= self.asked.budget_ms and self.status in _FINE


@dataclass(slots=True)
class Browser:
    """Somebody who is signed in: one connection, and cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: str | None = None, *, is_partial: bool = False
    ) -> tuple[int, bytes]:
        """Ask for something, and keep the cookies that come."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Accept": _HTML, "Cookie": told}
        if is_partial:
            headers["HX-Request"] = "true"
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self.port}",
            }
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        for line in answer.headers.get_all("set-cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, said

    def signs_in(self, token: str) -> None:
        """Sign in as the administrator."""
        _, page = self.ask("GET", "/login")
        found = _CSRF.search(page)
        csrf = found.group(1).decode() if found else ""
        fields = {"csrf": csrf, "name": "admin", "password": token}
        status, _ = self.ask("POST", "/login", urlencode(fields))
        if status != 303:
            message = f"signing in was answered {status}"
            raise SystemExit(message)


def main() -> int:
    """Measure; 1 when a page is over its budget."""
    asked = _arguments()
    data = asked.folder or _made()
    pages = [*examples(), *searches()]
    log = folder("run") / "ui-pages.log"
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AFFINEUR_")}
    environment |= {"AFFINEUR_DATA": str(data.absolute()), "AFFINEUR_ADVISORIES_EVERY_S": "0"}
    program = Path(sys.executable).with_name("affineur")
    with running((program, "serve", "--port", str(port)), log, environment) as process:
        until_ready(process, lambda: _is_up(port), log, patience_s=900)
        browser = Browser(port)
        browser.signs_in((data / "admin-token").read_text("utf-8").strip())
        found = [
            _measured(browser, page, asked.rounds, process.pid)
            for page in pages
            if asked.only in page.path
        ]
    found.sort(key=lambda one: -one.median_ms)
    text = _table(found)
    print(text)
    if asked.write:
        command = f"python -m bench.ui_pages --rounds {asked.rounds} --write"
        load = os.getloadavg()[0]
        _write(f"{text}\n\n{dated(command)} The machine's load was {load:.0f}.")
    slow = [one.asked.path for one in found if not one.is_within]
    print(f"{len(found) - len(slow)} of {len(found)} pages keep to their budget")
    return int(bool(slow))


def examples() -> list[Asked]:
    """Give an example of every page, by the patterns of the routes."""
    patterns = sorted({route.pattern for route in ROUTES if route.method == "GET"})
    return [Asked(one, _path(one)) for one in patterns if one not in _WITHOUT]


def searches() -> list[Asked]:
    """Give what is asked for besides: narrowed lists, other orders, and typing in a search."""
    typed = [Asked("search as you type", one, _SEARCH_MS, is_partial=True) for one in _TYPED]
    return [Asked("a list, narrowed", one) for one in _NARROWED] + typed


_WITHOUT = frozenset({"/audit/export", "/security/takers", "/audit/chain"})
"""What is saved as a file, however long it is, and what leads on to another page."""
_TYPED = (
    "/feeds/approved?search=re",
    "/feeds/approved?search=async-token",
    "/feeds/approved?search=no-such-name",
    "/feeds/unapproved?search=pandas",
    "/settings/users?q=ada",
)
_NARROWED = (
    "/requests?show=all&state=review",
    "/requests?q=numpy",
    "/feeds/approved?sort=downloads",
    "/feeds/internal",
    "/feeds/unapproved",
    "/security?sort=use",
    "/security?news=yes&source=finding",
    "/security/blocks?show=all",
    "/audit?action=request.",
    "/audit?subject=requests",
    "/audit?text=no-such-text",
    "/audit?until=2025-11-21",
    "/numbers?weeks=52",
    f"/feeds/approved/packages/{_OTHER}",
)
_VALUES: Mapping[str, Callable[[House], str]] = {
    "{feed}": lambda _house: "approved",
    "{project}": lambda _house: _PROJECT,
    "{version}": lambda house: house.project(_NUMBER).releases[-1].version,
    "{sha256}": lambda house: house.project(_NUMBER).releases[-1].files[-1].sha256,
    "{name}": lambda _house: "build-00",
    "{number}": lambda _house: "1",
}
_NUMBERS = {
    "/requests/{number}": "7503",
    "/requests/{number}/progress": "7503",
    "/ask/{number}": str(draft_of(Scale())),
}
_QUERIES = {
    "/feeds/{feed}/packages/{project}/{version}/files/{sha256}": f"?path={_PROJECT}/__init__.py",
    "/security/block": f"?project={_OTHER}",
}


def _path(pattern: str) -> str:
    """Fill a pattern; raise `SystemExit` for one that needs an example first."""
    house = House(Scale(), large_house.epoch())
    path = pattern.replace("{number}", _NUMBERS.get(pattern, "{number}"))
    for name, value in _VALUES.items():
        if name in path:
            path = path.replace(name, value(house))
    if "{" in path:
        message = f"{pattern} needs an example: add one here"
        raise SystemExit(message)
    return path + _QUERIES.get(pattern, "")


def _measured(browser: Browser, page: Asked, rounds: int, server: int) -> Measured:
    took: list[float] = []
    peer: list[float] = []
    status, body = 0, b""
    cpu = cpu_s(server)
    for turn in range(rounds + _WARM_UP):
        peer_ms, _ = _timed(browser, Asked(_PEER, _PEER))
        page_ms, (status, body) = _timed(browser, page)
        if turn >= _WARM_UP:
            took.append(page_ms)
            peer.append(peer_ms)
    cpu_ms = 1000 * (cpu_s(server) - cpu) / (rounds + _WARM_UP)
    return Measured(page, status, len(body), took, peer, cpu_ms)


def _timed(browser: Browser, page: Asked) -> tuple[float, tuple[int, bytes]]:
    began = time.perf_counter()
    answer = browser.ask("GET", page.path, is_partial=page.is_partial)
    return 1000 * (time.perf_counter() - began), answer


def _table(found: Sequence[Measured]) -> str:
    head = ("page", "median", "95 of 100", "processor", f"of {_PEER}", "budget", "size", "")
    rows = [
        (
            f"`{one.asked.path}`" + (" typed" if one.asked.is_partial else ""),
            f"{one.median_ms:.0f} ms",
            f"{one.p95_ms:.0f} ms",
            f"{one.cpu_ms:.0f} ms",
            f"{one.ratio:.0f}x",
            f"{one.asked.budget_ms:.0f} ms",
            f"{one.size_bytes / 1000:.0f} kB",
            one.verdict,
        )
        for one in found
    ]
    return table(head, rows)


def _write(text: str) -> None:
    page = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(_SECTION.sub(lambda m: f"{m[1]}{text}{m[2]}", page), "utf-8")


def _made() -> Path:
    """Make a large house, or take the one that was made by this code before."""
    key = digest_of(ROOT / "bench" / "house", ROOT / "src" / "affineur" / "store" / "migrations")
    data = KEPT / f"house-{key}"
    if not (data / "admin-token").exists():
        large_house.make(data, Scale(), tell=print)
    return data


def _is_up(port: int) -> bool:
    try:
        return Browser(port).ask("GET", _PEER)[0] == 200
    except OSError:
        return False


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ui_pages", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="a large house; made without it")
    parser.add_argument("--rounds", type=int, default=15, help="how often (15)")
    parser.add_argument("--only", default="", help="pages whose path holds this text")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
