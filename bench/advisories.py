"""`python -m bench.advisories [--records ZIP] [--write]`: following the world's advisories.

Each step runs in a process of its own, on SQLite: a full import of as many records as there are
today, a delta of 500 over HTTP, 1,000 approved releases matched again. Beside it PyYAML loads the
same number of the records as their databases publish them, and pip-audit asks for the 1,000.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import orjson
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from affineur import bootstrap
from affineur.config import Settings
from affineur.core.files import Filename
from affineur.core.names import ProjectName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.services import advisories, advisory_news, setup
from affineur.services.advisory_news import Change
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.listings import HeldFile, NewListing
from bench import vetting_page
from bench.advisory_records import VULNERABILITIES, Record, changed, records
from bench.borrowed import osv_source, zipped
from bench.places import ROOT

_DELTA = 500
_RELEASES = 1_000
_YAML = ROOT / ".venv" / "peers" / "simple-repository-server" / "bin" / "python"
_TO_REACH = {"import_s": 30.0, "import_mb": 300.0, "delta_s": 5.0, "matched_s": 1.0}
_LOAD_YAML = """
import json, sys, time, yaml
documents = [json.loads(line) for line in open(sys.argv[1])]
texts = [yaml.safe_dump(one) for one in documents]
began = time.monotonic()
for text in texts:
    yaml.load(text, yaml.CSafeLoader)
print(json.dumps({"yaml_s": time.monotonic() - began}))
"""


def main() -> int:
    """Measure all steps, print, and tell the documentation; 1 when something was not reached."""
    asked = _arguments()
    if asked.step:
        print(json.dumps(_STEPS[asked.step](Path(asked.folder))))
        return 0
    with TemporaryDirectory(prefix="affineur-bench-") as name:
        folder = Path(name)
        made = list(records(Path(asked.records) if asked.records else None))
        (folder / "records").write_bytes(b"\n".join(map(orjson.dumps, made)))
        (folder / "all.zip").write_bytes(zipped(*made))
        told: dict[str, float] = {
            "megabytes": (folder / "all.zip").stat().st_size / 1e6,
            "records": len(made),
        }
        for step in _STEPS:
            told |= _in_a_process(step, folder)
        told |= _yaml(folder)
    print(_report(told))
    if asked.write:
        command = "python -m bench.advisories" + (" --records ZIP" if asked.records else "")
        vetting_page.put("advisories", f"{vetting_page.dated(command)}\n\n{_report(told)}")
    return int(any(told[name] > most for name, most in _TO_REACH.items()))


class _Watch:
    """Takes the time by the clock, and of the processor, for the length of a `with`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.told: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._began = (time.monotonic(), time.process_time())
        return self

    def __exit__(self, *_: object) -> None:
        took = time.monotonic() - self._began[0], time.process_time() - self._began[1]
        self.told = {f"{self._name}_s": took[0], f"{self._name}_cpu_s": took[1]}


def _import(folder: Path) -> dict[str, float]:
    """Take in everything; also say how much memory the process had at most."""
    gear = _gear(folder)
    with _Watch("import") as watch:
        report = asyncio.run(advisories.sync(gear, None, str(folder / "all.zip")))
    assert report.changed == report.records  # noqa: S101  else it measured something else
    return watch.told | {"import_mb": _peak_mb()}


def _peak_mb() -> float:
    """Say how much memory this process had at most; `getrusage` would count its parent's, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024 / 1e6


def _delta(folder: Path) -> dict[str, float]:
    """Follow a source on loopback of which 500 records changed."""
    made = _made(folder)
    gear = _gear(folder)
    moment = datetime.now(UTC).isoformat()
    with osv_source() as source:
        source.put(*made)
        source.put(*(changed(one, moment) for one in made[:: len(made) // _DELTA][:_DELTA]))
        with _Watch("delta") as watch:
            report = asyncio.run(advisories.sync(gear, None, source.url))
    assert (report.is_delta, report.changed) == (True, _DELTA)  # noqa: S101  as above
    return watch.told


def _matched(folder: Path) -> dict[str, float]:
    """Match 1,000 approved releases, of the projects with most records, before and after."""
    gear = _gear(folder)
    projects = _approve(gear, _made(folder))
    change = Change(frozenset(projects), frozenset())
    with gear.db.writing() as conn:
        before = advisory_news.look(conn, change)
        with _Watch("matched") as watch:
            advisory_news.tell(conn, gear.clock.now(), OPERATOR, before)
    found = sum(len(some) for groups in before.groups.values() for some in groups.values())
    return watch.told | {"found": found, "projects": len(projects)}


def _approve(gear: Gear, made: list[Record]) -> frozenset[ProjectName]:
    """List 1,000 releases, of versions that the records name, in `approved`."""
    files = sorted({one for record in made for one in _files(record)})[:: max(1, len(made) // 9000)]
    now = gear.clock.now()
    with gear.db.writing() as conn:
        approved = feed_store.load(conn, setup.APPROVED)
        assert approved is not None  # noqa: S101  it was made before
        new = []
        for number, name in enumerate(files[:_RELEASES]):
            digest = Sha256(f"{number:064x}")
            listings.keep_file(conn, now, HeldFile(digest, 1))
            new.append(NewListing(Filename.parse(name), digest, now))
        listings.add(conn, now, "bench", approved.id, new)
    return frozenset(one.filename.project for one in new)


def _files(record: Record) -> Iterator[str]:
    """Name a wheel of each of the last two versions that a record lists."""
    if record["id"].startswith("MAL-"):
        return
    for affected in record["affected"]:
        name = canonicalize_name(affected["package"]["name"]).replace("-", "_")
        for version in (affected.get("versions") or [])[-2:]:
            with suppress(InvalidVersion):
                yield f"{name}-{Version(version)}-py3-none-any.whl"


def _made(folder: Path) -> list[Record]:
    return [orjson.loads(line) for line in (folder / "records").read_bytes().splitlines()]


def _gear(folder: Path) -> Gear:
    gear = bootstrap.build(Settings(data=folder / "data"), public_url="http://127.0.0.1")
    connector = NewConnector("upstream", url="http://127.0.0.1:9/simple/")
    setup.initialise(gear, connector, serving_on_loopback=True)
    return gear


_STEPS: Mapping[str, Callable[[Path], dict[str, float]]] = {
    "import": _import,
    "delta": _delta,
    "matched": _matched,
}


def _in_a_process(step: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.advisories", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _yaml(folder: Path) -> dict[str, float]:
    """Let PyYAML, with libyaml, load all records that are of vulnerabilities; it may be absent."""
    if not _YAML.exists():
        return {}
    lines = (folder / "records").read_bytes().splitlines()
    (folder / "yaml").write_bytes(b"\n".join(one for one in lines if b'"MAL-' not in one[:20]))
    command = [str(_YAML), "-c", _LOAD_YAML, str(folder / "yaml")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _report(told: Mapping[str, float]) -> str:
    """Write the table."""
    yaml_s = told.get("yaml_s")
    ratio = f"{yaml_s / told['import_s']:.1f} times ours" if yaml_s else "not there: make peers"
    rows = [
        ("full import", *_times(told, "import"), "30 s"),
        ("most memory of the importing process", f"{told['import_mb']:.0f} MB", "", "300 MB"),
        (f"delta of {_DELTA} records over HTTP", *_times(told, "delta"), "5 s"),
        (f"{_RELEASES} approved releases matched again", *_times(told, "matched"), "1 s"),
        (f"PyYAML loads {VULNERABILITIES} of the records", _seconds(yaml_s), "", ratio),
    ]
    what = (
        f"{told['records']:.0f} records, {told['megabytes']:.1f} MB as a zip, on SQLite. The "
        f"{_RELEASES} releases are of {told['projects']:.0f} projects; {told['found']:.0f} groups "
        "of advisories speak of them."
    )
    head = ("what", "by the clock", "of the processor", "to reach")
    return f"{what}\n\n{vetting_page.table(head, rows)}"


def _times(told: Mapping[str, float], name: str) -> tuple[str, str]:
    return _seconds(told[f"{name}_s"]), _seconds(told[f"{name}_cpu_s"])


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", metavar="ZIP", help="a snapshot to make the records from")
    parser.add_argument("--write", action="store_true", help="tell docs/vetting.md")
    parser.add_argument("--step", choices=_STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
