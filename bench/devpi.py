"""devpi, with the corpus in an index of its own, put there by its own import.

Uploads would take half an hour; what is imported is served in the same way.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.borrowed import free_port
from bench.corpus import Corpus
from bench.places import KEPT, digest_of, emptied, folder
from bench.servers import Recipe
from bench.tools import peer_program

_PATIENCE_S = 600.0
_THEN = "Sat, 01 Nov 2025 00:00:00 GMT"
_Json = dict[str, object]


def recipe(corpus: Corpus) -> Recipe:
    """Serve the files from an index of its own, which is its fastest kind."""
    port = free_port()
    data = KEPT / f"devpi-{corpus.key}-{digest_of(Path(__file__))}"
    if not (data / "done").exists():
        for old in KEPT.glob("devpi-*"):
            shutil.rmtree(old)
        _import(corpus, data)
    command = (
        peer_program("devpi", "devpi-server"),
        *("--serverdir", data, "--host", "127.0.0.1", "--port", str(port)),
    )
    return Recipe("devpi", command, port, "/bench/all/+simple/")


def _import(corpus: Corpus, data: Path) -> None:
    """Put the corpus into a new devpi."""
    print("importing the corpus into devpi", flush=True)
    export = emptied("devpi-export")
    emptied(data.name)
    (export / "dataindex.json").write_text(json.dumps(_laid_out(corpus, export)), "utf-8")
    command = (
        *(peer_program("devpi", "devpi-import"), "--serverdir", data),
        *("--no-root-pypi", "--no-events", "--hard-links", export),
    )
    with (folder("run") / "devpi-import.log").open("wb") as log:
        subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            timeout=_PATIENCE_S,
        )
    (data / "done").touch()


def _laid_out(corpus: Corpus, export: Path) -> _Json:
    """Lay out the files as `devpi-export` would have, and give its document."""
    projects: dict[str, dict[str, _Json]] = {}
    files = []
    for item in corpus.items:
        version = str(item.name.version)
        told: _Json = {"name": item.project, "version": version}
        if item.requires_python:
            told["requires_python"] = item.requires_python
        projects.setdefault(item.project, {})[version] = told
        target = export / "bench" / "all" / item.project / version / item.name.text
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(item.path, target)
        files.append(
            {
                "type": "releasefile",
                "projectname": item.project,
                "version": version,
                "relpath": str(target.relative_to(export)),
                "entrymapping": {"last_modified": _THEN, "hashes": {"sha256": item.sha256}},
                "log": [],
            }
        )
    config = {"type": "stage", "volatile": False, "bases": []}
    return {
        "dumpversion": "2",
        "pythonversion": list(sys.version_info[:3]),
        "devpi_server": "6",
        "users": {"root": {"username": "root"}, "bench": {"username": "bench"}},
        "indexes": {
            "bench/all": {"indexconfig": config, "projects": projects, "files": files},
        },
    }
