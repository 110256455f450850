"""`python -m bench.policies`: what a policy costs: one answer, the dearest condition, a trial.

A trial (`affineur policy test`) is asked of 3,000 approved releases of two files each, whose
assessments are as large as real ones, on SQLite. Processor time counts. With `--write`
docs/vetting.md is told.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from packaging.version import Version

from affineur import bootstrap
from affineur.conditions import CelConditions
from affineur.config import Settings
from affineur.core.cases import MOST, case_of
from affineur.core.facts import EXAMPLE
from affineur.core.files import Filename
from affineur.core.findings import Against, Assessment, Fact, Finding, Outcome, Severity, Where
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.core.policy import decide
from affineur.core.policy_reading import parse_policy
from affineur.core.requests import Release, RequestFile
from affineur.services import policies, setup
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.store import assessments, listings
from affineur.store import feeds as feed_store
from affineur.store.listings import HeldFile, NewListing
from bench import vetting_page

APPROVED = FeedName("approved")
NOW = datetime.now(UTC)
_RELEASES = 3_000
_FINDINGS = 40
_FACTS: dict[str, Fact] = {
    "uploaded_at": (NOW - timedelta(days=90)).isoformat(),
    "yanked": None,
    "licence": "MIT",
    "licence_alternatives": [["MIT"]],
    "licence_changed": False,
    "advisories": [],
    "publisher_change": "none",
    "requires_dist": [f"project-{at}>=1" for at in range(20)],
    "new_dependencies": [],
    "new_capabilities": [],
    "fixes_approved": [],
}
DEAREST = " && ".join(
    [f"findings.all(f, !(f.id in {name}))" for name in ("dependencies", "licences")]
    + ["findings.filter(f, f.id != '').size() > 0"] * 6
)
"""What is let through and costs most: functions on the longest lists, as many as may stand."""


def main() -> int:
    """Measure, print, and write it down."""
    parser = argparse.ArgumentParser(prog="python -m bench.policies", description=__doc__)
    parser.add_argument("--releases", type=int, default=_RELEASES, help="approved ones (3000)")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    asked = parser.parse_args()
    policy = parse_policy('preset = "balanced"', CelConditions())
    case = case_of(_release(0), [_assessment(0, kind) for kind in "ab"], NOW, ())
    rows = [
        (
            "one answer of `balanced`, 80 findings",
            f"{_best_ms(lambda: decide(policy, case)):.2f} ms",
        ),
        ("the dearest condition, lists of 500", f"{_dearest_ms():.0f} ms"),
        (f"a trial over {asked.releases:,} approved releases", f"{_trial_s(asked.releases):.1f} s"),
    ]
    table = vetting_page.table(("what", "took"), rows)
    command = " ".join(["python -m bench.policies", *sys.argv[1:]]).replace(" --write", "")
    text = f"{vetting_page.dated(command)}\n\n{table}"
    print(text)
    if asked.write:
        vetting_page.put("policies", text)
    return 0


def _dearest_ms() -> float:
    findings: list[Fact] = [{"id": f"a.{at}", "check": "a"} for at in range(MOST)]
    names: list[Fact] = [f"name-{at}" for at in range(MOST)]
    facts = {**EXAMPLE, "findings": findings, "dependencies": names, "licences": names}
    condition = CelConditions().read(DEAREST)
    return _best_ms(lambda: condition.holds(facts), rounds=3)


def _best_ms(what: Callable[[], object], rounds: int = 50) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        what()
        best = min(best, time.process_time() - began)
    return best * 1000


def _trial_s(releases: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        gear = bootstrap.build(Settings(data=Path(folder)), public_url="http://127.0.0.1:8080")
        connector = NewConnector("upstream", url="https://index.example/simple/")
        setup.initialise(gear, connector, serving_on_loopback=True)
        for number in range(releases):
            _approve(gear, number)
        began = time.process_time()
        trial = policies.try_out(gear, OPERATOR, APPROVED, 'preset = "strict"')
        took = time.process_time() - began
        gear.db.close()
    assert trial.releases == releases, "not every release was asked about"  # noqa: S101
    return took


def _approve(gear: Gear, number: int) -> None:
    release = _release(number)
    with gear.db.writing() as conn:
        feed = feed_store.load(conn, APPROVED)
        for file, kind in zip(release.files, "ab", strict=True):
            listings.keep_file(conn, NOW, HeldFile(file.sha256, 1024))
            assessments.keep(conn, _assessment(number, kind))
        new = [NewListing(one.filename, one.sha256, NOW) for one in release.files]
        listings.add(conn, NOW, "bench", feed.id if feed else 0, new)


def _release(number: int) -> Release:
    project = ProjectName(f"project-{number}")
    stem = f"project_{number}-1.0.1"
    names = (f"{stem}-py3-none-any.whl", f"{stem}.tar.gz")
    files = tuple(
        RequestFile(Filename.parse(name), _digest(number, kind))
        for name, kind in zip(names, "ab", strict=True)
    )
    return Release(project, Version("1.0.1"), files)


def _assessment(number: int, kind: str) -> Assessment:
    seen = tuple(
        Finding(
            f"contents.odd-{at}",
            "contents",
            Severity.INFO if at else Severity.REVIEW,
            f"Something that a check saw {at} times in this file, told in a whole sentence.",
            "Why it matters, in another sentence of about this length, for whoever decides.",
            "Read the file.",
            Where(f"project_{number}/module_{at}.py", at, "exec(base64.b64decode(text))"),
        )
        for at in range(_FINDINGS)
    )
    outcomes = (Outcome("facts", 1, facts=_FACTS), Outcome("contents", 1, seen))
    known = frozenset(one.key for one in seen)
    against = Against("1.0.0", _digest(number, "c"), known)
    return Assessment(_digest(number, kind), NOW, outcomes, against)


def _digest(number: int, kind: str) -> Sha256:
    return Sha256(f"{number:063x}{kind}")


if __name__ == "__main__":
    sys.exit(main())
