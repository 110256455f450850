"""`python -m bench.provenance`: what it takes to verify an attestation, in a child and without one.

With `--write` docs/vetting.md is told.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys

from affineur.checks.attesting import Holds, verify
from bench import vetting_page
from bench.borrowed import GITHUB, GITHUB_PROVENANCE

_INSIDE = """
import json, logging, resource, sys, time
logging.disable()
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before, begin = peak(), time.process_time()
from pypi_attestations import Distribution, Provenance
times = [time.process_time() - begin]
(bundle,) = Provenance.model_validate_json(sys.stdin.read()).attestation_bundles
for _ in range(20):
    begin = time.process_time()
    file = Distribution(name=sys.argv[1], digest=sys.argv[2])
    bundle.attestations[0].verify(bundle.publisher, file, offline=True)
    times.append(time.process_time() - begin)
print(json.dumps([times, peak() - before]))
"""


def main() -> int:
    """Measure both ways and print the table."""
    asked = _arguments()
    for _ in range(asked.rounds):
        _in_a_child()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    child_s, child_mib = (used.ru_utime + used.ru_stime) / asked.rounds, used.ru_maxrss // 1024
    (imported, first, *rest), own_mib = _inside()
    rows = [
        ("a child for each file, as it is", _ms(child_s), f"{child_mib} MiB, given back"),
        ("importing the library", _ms(imported), f"{own_mib} MiB, kept"),
        ("the first verification after that", _ms(first), ""),
        ("each further one", _ms(statistics.median(rest)), ""),
    ]
    told = vetting_page.table(("what", "processor time", "memory"), rows)
    print(told)
    if asked.write:
        command = f"python -m bench.provenance --rounds {asked.rounds}"
        vetting_page.put("provenance", f"{vetting_page.dated(command)}\n\n{told}")
    return 0


def _in_a_child() -> None:
    (one,) = verify(GITHUB.filename.text, GITHUB.sha256, GITHUB_PROVENANCE)
    if one.holds is not Holds.YES:
        raise SystemExit(f"the attestation does not hold: {one.why}")


def _inside() -> tuple[list[float], int]:
    """Verify it in one process: the import, the first time, and further times, in seconds."""
    done = subprocess.run(
        [sys.executable, "-c", _INSIDE, GITHUB.filename.text, GITHUB.sha256],
        input=GITHUB_PROVENANCE,
        capture_output=True,
        check=True,
    )
    times, mib = json.loads(done.stdout)
    return times, mib


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how many files")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
