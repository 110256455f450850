"""The core install, without extras and without a network: what still looks, and what says no."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from affineur.checks import shipped_checks
from support.dists import wheel

# No extra can be imported and no connection opened; whoever tries dies of it.
_CUT_OFF = """
import socket, sys
sys.modules["pypi_attestations"] = sys.modules["sigstore"] = None
def refuse(*_):
    raise SystemExit("a connection was opened")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from affineur.cli.main import run
sys.exit(run(sys.argv[1:]))
"""
_RECORD = {
    "id": "PYSEC-2026-1",
    "modified": "2026-11-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "eggs"}, "versions": ["1.0"]}],
}


def vetted_offline(folder: Path) -> dict[str, Any]:  # Any: JSON
    made = wheel("spam", "1.0")
    (folder / made.filename).write_bytes(made.data)
    (folder / "osv").mkdir()
    (folder / "osv" / "PYSEC-2026-1.json").write_text(json.dumps(_RECORD))
    done = subprocess.run(
        [sys.executable, "-c", _CUT_OFF, "vet", made.filename, "--advisories", "osv", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    return dict(told)


def test_every_check_is_there_and_only_what_an_index_would_tell_is_not_assessed(
    tmp_path: Path,
) -> None:
    told = vetted_offline(tmp_path)

    assert [one["check"] for one in told["checks"]] == [one.name for one in shipped_checks()]
    blind = {one["check"]: one["reason"] for one in told["not_assessed"]}
    assert set(blind) <= {"history", "provenance", "vulnerabilities"}
    assert "its source does not list this file now" in blind["history"]
    assert "its source does not list this file now" in blind["provenance"]
