"""`python -m bench.releases`: consecutive releases, each held against the one before.

What is new in an honest release is noise; what is put into one must be found as new. Into every
release two harmless look-alikes are put, one at a time: a startup hook, and a function at the end
of a module that was there before. With `--write` docs/vetting.md is told; with names, other
projects' newest releases are looked at instead.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from affineur.core.findings import Assessment, Finding, Severity
from affineur.core.known_names import KnownNames
from affineur.core.ports import Vetting
from affineur.core.subjects import Previous
from bench import vetting_page
from bench.injecting import injected
from bench.looking import Looked, look, popular, request_file, vetting_parts
from bench.places import ROOT, folder

TO_REVIEW = 0.05

_RELEASES = ROOT / "bench" / "releases.txt"
_TIMEOUT_S = 300
_FOR = (
    *("--python-version", "3.12", "--implementation", "cp"),
    *("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64"),
)
_HOOK = b"import affineur_absent; exec(__import__('base64').b64decode('cHJpbnQoMSk='))\n"
_FUNCTION = b"""

def _looks_like_an_attack():
    import affineur_absent
    import base64

    exec(base64.b64decode("cHJpbnQoJ2xvb2tzIGxpa2UgYW4gYXR0YWNrJyk="))
"""
_MAX_MODULE_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Step:
    """One release held against the one before it."""

    old: Path
    new: Path
    findings: tuple[Finding, ...]
    """Those that are new."""
    missed: tuple[str, ...]
    """What was put in and not found as new, of `hook` and `function`."""
    took_s: float

    @property
    def weighty(self) -> tuple[Finding, ...]:
        """What a person would have to look at."""
        return tuple(one for one in self.findings if one.severity is not Severity.INFO)


def main() -> int:
    """Look at all steps and print the tables; 1 when it is not as it should be."""
    asked = _arguments()
    with vetting_parts() as parts:
        known = popular()
        chosen = _pinned() if not asked.names else [(name, ()) for name in asked.names]
        with ThreadPoolExecutor(asked.at_once) as pool:
            looked = pool.map(lambda one: list(_steps(parts, known, list(_wheels(*one)))), chosen)
            steps = [step for some in looked for step in some]
    told = report(steps)
    print(told)
    if asked.write:
        command = "python -m bench.releases"
        vetting_page.put("releases", f"{vetting_page.dated(command)}\n\n{told}")
    return int(not is_good(steps))


def is_good(steps: Sequence[Step]) -> bool:
    """Whether what is to be reached is reached."""
    to_review = sum(bool(one.weighty) for one in steps)
    quiet = statistics.median([len(one.findings) for one in steps] or [0]) == 0
    return quiet and to_review <= TO_REVIEW * len(steps) and not any(one.missed for one in steps)


def report(steps: Sequence[Step]) -> str:
    """Write the sums, and a line for each new finding that somebody would look at."""
    weighty = [len(one.weighty) for one in steps] or [0]
    every = [len(one.findings) for one in steps] or [0]
    count = sum(map(bool, weighty))
    missed = [f"{one.new.name}: {what}" for one in steps for what in one.missed]
    rows = [
        ("releases, each against the one before", len(steps)),
        ("new findings for a person, median and most", _spread(weighty)),
        ("new findings with those that inform, median and most", _spread(every)),
        ("releases to review", f"{count} ({count / max(1, len(steps)):.1%})"),
        (
            "look-alikes put in and found as new",
            f"{2 * len(steps) - len(missed)} of {2 * len(steps)}",
        ),
        (
            "time for both releases, median",
            f"{statistics.median(one.took_s for one in steps):.2f} s",
        ),
    ]
    informing = Counter(
        one.id for step in steps for one in step.findings if one.severity is Severity.INFO
    )
    tables = [vetting_page.table(("what", "how many"), rows)]
    if lines := [_line(step, one) for step in steps for one in step.weighty]:
        head = ("release", "severity, finding", "file", "what")
        tables += ["New, and for a person to look at:", vetting_page.table(head, lines)]
    if informing:
        told = ", ".join(f"`{name}` {times}" for name, times in informing.most_common())
        tables.append(f"New, and only good to know: {told}.")
    if missed:
        tables.append("Not found as new: " + ", ".join(missed) + ".")
    return "\n\n".join(tables)


def _spread(counts: Sequence[int]) -> str:
    return f"{statistics.median(counts):g}, {max(counts)}"


def _line(step: Step, finding: Finding) -> tuple[str, ...]:
    place = finding.where.file if finding.where else "-"
    return (step.new.name, f"{finding.severity} `{finding.id}`", place, finding.what)


def _steps(parts: Vetting, known: KnownNames, wheels: Sequence[Path]) -> Iterator[Step]:
    for old, new in pairwise(wheels):
        before = look(parts, old, known)
        previous = _previous(old, before)
        after = look(parts, new, known, previous)
        missed = tuple(_missed(parts, known, new, previous))
        took = before.took_s + after.took_s
        yield Step(old, new, after.assessment.new_findings, missed, took)
        print(f"{old.name} -> {new.name}", file=sys.stderr)


def _previous(path: Path, looked: Looked) -> Previous:
    assessment: Assessment = looked.assessment
    return Previous(
        request_file(path),
        datetime.now(UTC),
        looked.archive,
        assessment.findings,
        {one.check: one.facts for one in assessment.outcomes},
    )


def _missed(parts: Vetting, known: KnownNames, wheel: Path, previous: Previous) -> Iterator[str]:
    """Put look-alikes into the release, and name those that are not found as new."""
    module, source = _module(wheel)
    attacks = {"hook": ("affineur_absent.pth", _HOOK), "function": (module, source + _FUNCTION)}
    for name, (member, content) in attacks.items():
        with TemporaryDirectory(prefix="affineur-bench-") as place:
            path = Path(place, wheel.name)
            path.write_bytes(injected(wheel, {member: content}))
            found = look(parts, path, known, previous).assessment.new_findings
        told = [one for one in found if one.where is not None and one.where.file == member]
        if all(one.severity is Severity.INFO for one in told):
            yield name


def _module(wheel: Path) -> tuple[str, bytes]:
    """Give the module in which one function more is noticed least: the largest."""
    with zipfile.ZipFile(wheel) as archive:
        modules = [
            one
            for one in archive.infolist()
            if one.filename.endswith(".py")
            and one.file_size < _MAX_MODULE_BYTES
            and not re.search(r"(^|/)(tests?|testing|_vendor)/", one.filename)
        ]
        largest = max(modules, key=lambda one: one.file_size).filename
        return largest, archive.read(largest)


# --- which releases --------------------------------------------------------------------------


def _pinned() -> list[tuple[str, tuple[str, ...]]]:
    """Read the releases that the figures in the documentation are about."""
    lines = (line.split() for line in _RELEASES.read_text("utf-8").splitlines())
    return [
        (name, tuple(versions)) for name, *versions in (one for one in lines if one) if name != "#"
    ]


def _newest(name: str) -> tuple[str, ...]:
    """Give the three newest releases of a project, as this machine's pip sees them."""
    pip = [sys.executable, "-m", "pip", "index", "versions", "--disable-pip-version-check", name]
    done = subprocess.run(pip, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S)
    told = next(line for line in done.stdout.splitlines() if line.startswith("Available"))
    versions = [one.strip() for one in told.partition(":")[2].split(",")]
    return tuple(reversed(versions[:3]))


def _wheels(name: str, versions: Sequence[str]) -> Iterator[Path]:
    """Give the wheels of releases for one platform, fetched unless they are kept."""
    for version in versions or _newest(name):
        where = folder("releases", f"{name}-{version}")
        if not list(where.glob("*.whl")):
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
            ]
            wanted = ["--no-deps", "--only-binary", ":all:", *_FOR, "--dest", str(where)]
            command = [*pip, *wanted, f"{name}=={version}"]
            subprocess.run(command, check=True, timeout=_TIMEOUT_S)
        yield next(where.glob("*.whl"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.releases", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="look at these projects instead")
    parser.add_argument("--at-once", type=int, default=1, help="projects at the same time (1)")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
