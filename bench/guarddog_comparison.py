"""`python -m bench.guarddog_comparison`: the same 50 real wheels for GuardDog and affineur.

First as they are: all are honest as far as anybody knows, so that every alarm is a false one.
Then each of the smaller ones with a look-alike of an attack in it, another one in each, to see
whether it is found at its place. With `--write` docs/vetting.md is told.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from affineur.core.findings import Finding
from affineur.core.known_names import KnownNames
from affineur.core.ports import Vetting
from affineur.core.subjects import NotAssessable
from bench import vetting_page
from bench.borrowed import Lookalike, found_by
from bench.injecting import injectable, injected
from bench.looking import Looked, look, popular, vetting_parts
from bench.real_wheels import wheels
from bench.scanners import Scanned, guarddog

NAMES = (
    *("six", "requests", "flask", "pyyaml", "cryptography", "setuptools", "pip", "django"),
    *("botocore", "numpy", "scipy", "pandas", "boto3", "urllib3", "certifi", "idna", "rich"),
    *("click", "attrs", "protobuf", "pydantic", "anyio", "fsspec", "pytest", "jinja2", "wheel"),
    *("httpx", "python-dotenv", "jsonschema", "aiohttp", "google-auth", "uvicorn", "virtualenv"),
    *("tqdm", "pillow", "fastapi", "sqlalchemy", "typer", "distlib", "paramiko", "keyring"),
    *("psutil", "dnspython", "websockets", "tornado", "redis", "coverage", "huggingface-hub"),
    *("sentry-sdk", "poetry-core"),
)
CHECKS = ("identity", "metadata", "archive", "contents", "dependencies")
"""Of ours, those that look for what GuardDog looks for: no licences, no vulnerabilities."""

_BAD_LABELS = {"suspicious", "high_risk"}
_LARGEST_INJECTED_BYTES = 3_000_000


@dataclass(frozen=True, slots=True)
class Both:
    """What both said of one wheel as it is, and of the same one with an attack in it."""

    path: Path
    ours: Looked
    theirs: Scanned
    attack: Lookalike | None
    ours_found: bool
    theirs_found: bool

    @property
    def false(self) -> tuple[Finding, ...]:
        """What ours would make a person look at."""
        return self.ours.weighty(*CHECKS)


def main() -> int:
    """Let both look, and print the tables."""
    asked = _arguments()
    seen = list(_looks(NAMES[: asked.count]))
    told = report(seen)
    print(told)
    if asked.write:
        command = "python -m bench.guarddog_comparison"
        vetting_page.put("guarddog", f"{vetting_page.dated(command)}\n\n{told}")
    return 0


def report(seen: Sequence[Both]) -> str:
    """Write the sums, then a line for each wheel."""
    with_attack = [one for one in seen if one.attack is not None]
    read = [one for one in seen if not one.theirs.error]
    rows = [
        ("wheels", len(seen), len(seen)),
        ("could not be scanned", sum(isinstance(one.ours.archive, NotAssessable) for one in seen),
         len(seen) - len(read)),
        ("flagged (false): review or block; GuardDog `suspicious` or `high_risk`",
         sum(bool(one.false) for one in seen),
         sum(one.theirs.label in _BAD_LABELS for one in seen)),
        ("with any alarm: review or block; a GuardDog rule on threats or metadata",
         sum(bool(one.false) for one in seen), sum(bool(one.theirs.alarms) for one in seen)),
        (f"look-alikes found, of {len(with_attack)} put in (GuardDog: the right file is enough)",
         sum(one.ours_found for one in with_attack), sum(one.theirs_found for one in with_attack)),
        ("seconds for all wheels as they are", f"{sum(one.ours.took_s for one in seen):.0f}",
         f"{sum(one.theirs.took_s for one in seen):.0f}"),
        ("median of the ratios of seconds", "1", f"{_ratio(seen):.1f}"),
    ]  # fmt: skip
    head = ("wheel", "MB", "s", "GuardDog s", "flagged", "GuardDog", "put in", "found", "by it")
    sums = vetting_page.table(("what", "affineur", "GuardDog"), rows)
    return f"{sums}\n\n{vetting_page.table(head, (_row(one) for one in seen))}"


def _ratio(seen: Sequence[Both]) -> float:
    return statistics.median(one.theirs.took_s / one.ours.took_s for one in seen) if seen else 0.0


def _row(both: Both) -> tuple[str, ...]:
    theirs = both.theirs
    rules = ", ".join(sorted({alarm.rule for alarm in theirs.alarms}))
    label = f"{theirs.label} {f'({rules})' if rules else ''}"
    has_attack = both.attack is not None
    return (
        both.path.name,
        f"{both.path.stat().st_size / 1e6:.1f}",
        f"{both.ours.took_s:.1f}",
        f"{theirs.took_s:.1f}",
        ", ".join(sorted({finding.id for finding in both.false})) or "-",
        f"failed: {theirs.error}" if theirs.error else label,
        both.attack.name if both.attack else "-",
        ("yes" if both.ours_found else "**no**") if has_attack else "-",
        ("yes" if both.theirs_found else "no") if has_attack else "-",
    )


def _looks(names: Sequence[str]) -> Iterator[Both]:
    attacks = cycle(injectable())
    known = popular()
    with vetting_parts() as parts, TemporaryDirectory(prefix="affineur-bench-") as folder:
        for path in wheels(names, len(names)):
            ours, theirs = look(parts, path, known), guarddog(path)
            attack = next(attacks) if path.stat().st_size < _LARGEST_INJECTED_BYTES else None
            found = _found(parts, known, path, attack, Path(folder)) if attack else (False, False)
            print(f"{path.name}: {ours.took_s:.1f} s, {theirs.took_s:.1f} s, {found}", flush=True)
            yield Both(path, ours, theirs, attack, *found)


def _found(
    parts: Vetting, known: KnownNames, wheel: Path, attack: Lookalike, folder: Path
) -> tuple[bool, bool]:
    """Say whether ours and theirs find an attack in a wheel, at its place."""
    path = folder / wheel.name
    path.write_bytes(injected(wheel, attack.attack.files))
    ours = found_by(attack, look(parts, path, known).assessment) is not None
    places = attack.attack.culprits
    alarms = guarddog(path).alarms
    path.unlink()
    return ours, any(alarm.names(file) for alarm in alarms for file in places)


def _arguments() -> argparse.Namespace:
    name = "python -m bench.guarddog_comparison"
    parser = argparse.ArgumentParser(prog=name, description=__doc__)
    parser.add_argument("--count", type=int, default=len(NAMES), help="the first so many wheels")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
