"""What code can do, in words; and which of it is worth a question when it is new."""

from __future__ import annotations

from affineur.core.scans import Capability

WORTH_A_QUESTION = frozenset(
    {
        Capability.OPENS_SOCKETS,
        Capability.STARTS_PROCESSES,
        Capability.READS_CREDENTIALS,
        Capability.RUNS_TEXT_AS_CODE,
        Capability.PERSISTS,
        Capability.WATCHES_INPUT,
    }
)

_CAN = {
    Capability.OPENS_SOCKETS: "opens network connections",
    Capability.STARTS_PROCESSES: "starts other programs",
    Capability.READS_CREDENTIALS: "reads stored credentials",
    Capability.RUNS_TEXT_AS_CODE: "runs text as code",
    Capability.PERSISTS: "makes itself start again by itself",
    Capability.WATCHES_INPUT: "watches what is typed or shown",
    Capability.READS_ENVIRONMENT: "reads environment variables",
    Capability.LOADS_NATIVE_CODE: "loads compiled code",
    Capability.DELETES_TREES: "deletes whole folders",
    Capability.WRITES_EXECUTABLES: "writes executable files",
}


def can(capability: Capability) -> str:
    """Say what code with this capability does, as in `It ...`."""
    return _CAN.get(capability) or str(capability)
