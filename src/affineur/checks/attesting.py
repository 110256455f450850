"""Verifies attestations in a child process, offline, with what the extra `attest` brings.

Importing that takes a second and 60 MB, which the server would carry for ever, and it reads
certificates of strangers: so it happens in a process of its own, for each file once, since
outcomes are kept (decision 0018).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from affineur.core.names import Sha256
from affineur.core.subjects import NotAssessable

_LIBRARY = "pypi_attestations"
_TIMEOUT_S = 60.0
_CPU_S = 30
_MEMORY_BYTES = 1024 * 1024 * 1024
_MAX_ANSWER_BYTES = 1024 * 1024
_MISSING = (
    "it has attestations, and the extra that verifies them is not installed: "
    "pip install 'affineur[attest]'"
)
_INHERITED = ("LD_LIBRARY_PATH",)  # some Pythons do not start without it
# -I and -S keep the environment, the working directory and .pth files out of the child; it is
# told where to find packages, which is where we find them.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from affineur.checks.attest_child import main; main(sys.argv[2:])"
)


class Holds(StrEnum):
    """Whether an attestation is what it claims to be."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Nobody here can tell: its publisher, authority or log is none that we know."""


@dataclass(frozen=True, slots=True)
class Attested:
    """One attestation, as far as it was verified."""

    publisher: Mapping[str, str]
    """The identity that the index names: `kind`, and by that `repository`, `workflow`..."""
    holds: Holds
    why: str = ""
    """Why it does not hold, or nobody can tell."""
    predicate: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    """What the certificate says of the build, when it holds: `source`, `commit`, `ref`..."""


Verifier = Callable[[str, Sha256, bytes], tuple[Attested, ...]]
"""Takes a filename, its sha256 and a provenance object of the right form (PEP 740).

Says of each attestation whether it holds; raises `NotAssessable` when nobody could look.
"""


def verify(filename: str, sha256: Sha256, provenance: bytes) -> tuple[Attested, ...]:
    """Verify in a child process with limits on time and memory. A `Verifier`."""
    if find_spec(_LIBRARY) is None:
        raise NotAssessable(_MISSING)
    with TemporaryDirectory(prefix="affineur-attest-") as folder:
        answer = _run((filename, sha256, str(_CPU_S), str(_MEMORY_BYTES)), provenance, folder)
    return _understand(answer)


def _run(arguments: tuple[str, ...], provenance: bytes, folder: str) -> bytes:
    """Run the child; `folder` is the only place where it may write.

    Its library keeps the trust root in the user's folders, and takes one that it finds there:
    with folders of its own it takes the one that it brings.
    """
    own = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder}
    places = [str(Path(one).absolute()) for one in sys.path if one]
    flags = ("-I", "-S", "-B", "-X", "utf8")
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, no shell
            [sys.executable, *flags, "-c", _PROGRAM, json.dumps(places), *arguments],
            input=provenance,
            capture_output=True,
            cwd=folder,
            env=own | {name: os.environ[name] for name in _INHERITED if name in os.environ},
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"verifying its attestations took longer than {_TIMEOUT_S:g} seconds"
        raise NotAssessable(message) from error
    except OSError as error:
        message = f"no process could be started to verify its attestations ({error.strerror})"
        raise NotAssessable(message) from error
    if done.returncode != 0 or len(done.stdout) > _MAX_ANSWER_BYTES:
        lines = done.stderr[-2000:].decode("utf-8", "replace").strip().splitlines()
        why = lines[-1][:200] if lines else f"ended with {done.returncode}"
        raise NotAssessable(f"the process that verifies its attestations failed: {why}")
    return done.stdout


def _understand(answer: bytes) -> tuple[Attested, ...]:
    try:
        return tuple(_attested(one) for one in json.loads(answer))
    except (ValueError, TypeError, KeyError) as error:
        message = "the process that verifies its attestations gave an answer without sense"
        raise NotAssessable(message) from error


def _attested(told: Mapping[str, Any]) -> Attested:  # Any: JSON
    return Attested(
        dict(told["publisher"]),
        Holds(told["holds"]),
        str(told["why"]),
        str(told.get("predicate", "")),
        dict(told["claims"]),
    )
