"""`make bench`: the index's hot page against bare granian, loads interleaved in one run."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from bench.load import Load, run  # noqa: E402
from support.dists import wheel  # noqa: E402  the tests' own builder
from support.ports import free_port  # noqa: E402
from support.upstream_server import upstream_server  # noqa: E402

_JSON = "application/vnd.pypi.simple.v1+json"
_PAGE = "/pypi/unapproved/simple/bench-project/"
_FILES = 40
_ROUNDS = 5


def main() -> None:
    """Measure, and print each figure as a ratio to the peer of the same run."""
    with tempfile.TemporaryDirectory(prefix="affineur-bench-") as home, upstream_server() as up:
        for number in range(_FILES):
            up.add(wheel("bench-project", f"1.{number}"))
        with _affineur(Path(home), up.url) as (pid, url, token):
            body, etag = _fetch(url + _PAGE, token)
            prepared = Path(home) / "page.json"
            prepared.write_bytes(body)
            with _bare(prepared) as (bare_pid, bare_port):
                print(f"page of {_FILES} files, {len(body):,} bytes of JSON, 16 connections")
                _compare((pid, url, token, etag), (bare_pid, bare_port))


def _compare(ours: tuple[int, str, str, str], bare: tuple[int, int]) -> None:
    pid, url, token, etag = ours
    bare_pid, bare_port = bare
    port = int(url.rsplit(":", 1)[1])
    _, bare_etag = _fetch(f"http://127.0.0.1:{bare_port}/", token)
    for what, headers, bare_headers in (
        ("200", (), ()),
        ("304", (("If-None-Match", etag),), (("If-None-Match", bare_etag),)),
    ):
        asked = (("Accept", _JSON), ("Authorization", f"Bearer {token}"))
        ratios = []
        for _ in range(_ROUNDS):
            here = run(Load("127.0.0.1", port, _PAGE, asked + headers), pid)
            there = run(Load("127.0.0.1", bare_port, "/", asked + bare_headers), bare_pid)
            ratios.append(here.per_cpu_second / there.per_cpu_second)
        low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
        print(
            f"{what}: {middle:.3f} of bare granian in requests per server CPU second "
            f"(median of {_ROUNDS} rounds, {low:.3f} to {high:.3f})"
        )


@contextmanager
def _affineur(home: Path, upstream: str) -> Iterator[tuple[int, str, str]]:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}},
        "AFFINEUR_DATA": str(home / "data"),
        "AFFINEUR_UPSTREAM": upstream,
        "AFFINEUR_PAGE_FRESH_S": "3600",
    }
    program = Path(sys.executable).with_name("affineur")
    command = [str(program), "serve", "--port", str(port)]
    with _running(command, environment) as pid:
        url = f"http://127.0.0.1:{port}"
        _wait(url + "/readyz")
        yield pid, url, (home / "data" / "admin-token").read_text("utf-8").strip()


@contextmanager
def _bare(body: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "bench.ceiling", str(port), str(body)]
    with _running(command, dict(os.environ)) as pid:
        _wait(f"http://127.0.0.1:{port}/")
        yield pid, port


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def _fetch(url: str, token: str) -> tuple[bytes, str]:
    headers = {"Accept": _JSON, "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        body: bytes = answer.read()
        json.loads(body)
        return body, answer.headers["ETag"]


def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    main()
