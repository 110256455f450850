"""What a scan of the contents saw in one archive: signals, and what the code can do.

A scan is made in the process that reads the archive and says only what stands there; the
checks turn it into findings. It weighs nothing by what is known of the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from affineur.core.findings import Severity, Where


class Role(StrEnum):
    """What a file is for, as far as its place tells; it decides how much a signal weighs."""

    STARTUP = "startup"
    """Runs whenever Python starts: `.pth`, `sitecustomize.py`."""
    INSTALL = "install"
    """Runs when an sdist is built: `setup.py`, an in-tree build backend."""
    CODE = "code"
    VENDORED = "vendored"
    TEST = "test"
    DOCS = "docs"
    """Documentation, examples, benchmarks, tools of the project's own development."""
    DATA = "data"
    """Everything that Python does not run by itself."""


class Capability(StrEnum):
    """What code can do that is worth a question when it is new in a project."""

    OPENS_SOCKETS = "opens-sockets"
    STARTS_PROCESSES = "starts-processes"
    READS_CREDENTIALS = "reads-credentials"
    READS_ENVIRONMENT = "reads-environment"
    RUNS_TEXT_AS_CODE = "runs-text-as-code"
    LOADS_NATIVE_CODE = "loads-native-code"
    DELETES_TREES = "deletes-trees"
    WRITES_EXECUTABLES = "writes-executables"
    PERSISTS = "persists"
    WATCHES_INPUT = "watches-input"


@dataclass(frozen=True, slots=True)
class Signal:
    """One suspicious thing in one place."""

    rule: str
    """Stable, in kebab case, such as `decode-and-execute`."""
    severity: Severity
    """How much it weighs where it stands, its role taken into account."""
    what: str
    """A sentence with the evidence, without the place."""
    where: Where
    role: Role = Role.CODE
    anchor: str = ""
    """See `Finding.anchor`: the normalised code of the enclosing function, hashed."""


@dataclass(frozen=True, slots=True)
class Scan:
    """All that was seen in the contents of one archive."""

    version: int = 0
    """Rises when the same contents may give another scan; 0 means nothing was scanned."""
    signals: tuple[Signal, ...] = ()
    capabilities: Mapping[Capability, tuple[Where, ...]] = field(default_factory=dict)
    """The first places of each, tests and documentation left out."""
    unread: tuple[tuple[str, str], ...] = ()
    """Files that could not be looked into, each with the reason."""
