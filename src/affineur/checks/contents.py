"""Contents: what the files of an archive do, as far as reading them tells (decision 0016).

The scan (`checks.scanning`) says what stands where, and how grave it is there; this check says
why it matters and what to do, and gives the facts that policy decides on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.scans import Scan, Signal
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "contents"
_NAMED = 5
_VERSIONED = re.compile(r"^[^/]+-\d[^/]*/")
_DO_NOT = "Do not approve it; tell its project and the index."
_READ = (
    "Read the place that is named, and what calls it; ask the project when its reason is not plain."
)

RULES: dict[str, tuple[str, str]] = {
    "binary-in-pure-wheel": (
        "Nobody reviews a binary by reading it, and a wheel for any machine needs none.",
        "Find out what starts it, and whether the project builds it in the open.",
    ),
    "bytecode-without-source": (
        "What it does cannot be read; malicious releases have hidden their code so.",
        "Ask the project for the source, or take a version that has it.",
    ),
    "decode-and-execute": (
        "Honest code has no reason to hide what it runs from those who read it.",
        "Decode it by hand, without running it, and read it.",
    ),
    "destruction": ("It would delete what it was not given.", _READ),
    "disguised-binary": (
        "A program under the name of a text or a picture is there to be overlooked.",
        "Find out what opens it.",
    ),
    "dns-exfiltration": (
        "Names that are looked up pass firewalls: data in them leaves the house.",
        _READ,
    ),
    "download-and-run": (
        "What is fetched is not vetted, and can be another thing tomorrow.",
        _READ,
    ),
    "encoded-powershell": (
        "Commands are encoded so that neither people nor filters read them.",
        "Decode the command by hand and read it.",
    ),
    "fetch-and-execute": (
        "What is fetched is not vetted, and whoever answers runs code here.",
        _READ,
    ),
    "hidden-characters": (
        "What a reader sees is not what Python runs.",
        "Look at the line in an editor that shows such characters.",
    ),
    "hidden-name": (
        "Dangerous names are put together so that searches do not find them.",
        _READ,
    ),
    "hidden-statement": (
        "Code far to the right is there to be overlooked.",
        "Scroll to the end of the line and read it.",
    ),
    "import-hook": ("It can change every module that is imported after it.", _READ),
    "machine-code": (
        "Machine code in memory cannot be read, and passes all that looks at files.",
        "Find out what the bytes are, and who needs them.",
    ),
    "machine-reported": (
        "It tells a stranger who installed it, and where: that is how attacks find their targets.",
        _READ,
    ),
    "messenger-webhook": (
        "Who writes malware takes messengers to collect what it steals: they need no server.",
        "Find out what is sent there, and to whom it belongs.",
    ),
    "miner": ("It uses machines for somebody else's gain.", _READ),
    "obfuscated-code": (
        "Code that cannot be read cannot be vetted; the index forbids it, too.",
        "Ask the project for readable code, or take another project.",
    ),
    "obfuscated-script": (
        "Code that cannot be read cannot be vetted.",
        "Compare it with the script of its own upstream project.",
    ),
    "odd-destination": (
        "Such services hide who is behind them, and honest projects have hosts of their own.",
        _READ,
    ),
    "persistence": (
        "What starts by itself stays when the package is gone.",
        _READ,
    ),
    "raw-address": (
        "Honest services have names; a bare address hides whose it is.",
        "Find out whose address it is, and what is sent there.",
    ),
    "reverse-shell": ("It lets somebody else give commands to the machine.", _READ),
    "runtime-install": (
        "What is installed so is not vetted, whatever was approved here.",
        "See whether it can be a declared dependency instead.",
    ),
    "secrets-sent": (
        "Stolen keys open other doors, and publish the next malicious release.",
        _READ,
    ),
    "startup-code": (
        "It runs in every program of that Python, whether or not the package is imported.",
        "Read it, and all that it imports; compare it with the version before.",
    ),
    "user-watched": ("It takes what people type, copy or see.", _READ),
}
"""Of each rule of the scan why it matters, and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The check."""

    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset({Need.ARCHIVE})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Tell what the scan saw."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        scan = archive.scan
        if not scan.version:
            reason = scan.unread[0][1] if scan.unread else "its contents were not scanned"
            return Outcome(self.name, self.version, not_assessed=reason)
        findings = (*(_finding(signal) for signal in scan.signals), *_of_unread(scan))
        return Outcome(self.name, self.version, findings, facts=_facts(scan))


def _of_unread(scan: Scan) -> Iterator[Finding]:
    """Tell plainly what was not followed: nobody may take it for looked at and found clean."""
    if not scan.unread:
        return
    files = list(dict.fromkeys(file for file, _ in scan.unread))
    more = f", and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    named = ", ".join(files[:_NAMED])
    what = f"{len(files)} of its files could not be followed whole: {named}{more}."
    why = f"Of {files[0]}: {scan.unread[0][1]}. What was not followed was searched for words alone."
    todo = "Compare them with the version before, or read them."
    anchor = " ".join(sorted(_VERSIONED.sub("", file) for file in files))
    yield Finding(f"{_NAME}.unread", _NAME, Severity.INFO, what, why, todo, anchor=anchor)


def _finding(signal: Signal) -> Finding:
    why, todo = RULES.get(signal.rule, ("", _READ))
    return Finding(
        id=f"{_NAME}.{signal.rule}",
        check=_NAME,
        severity=signal.severity,
        what=signal.what,
        why=why,
        todo=_DO_NOT if signal.severity is Severity.BLOCK else todo,
        where=signal.where,
        anchor=signal.anchor,
    )


def _facts(scan: Scan) -> dict[str, Fact]:
    by_severity = Counter(signal.severity for signal in scan.signals)
    return {
        "capabilities": [str(one) for one in sorted(scan.capabilities)],
        "places": {
            str(capability): [f"{where.file}:{where.line}" for where in places]
            for capability, places in sorted(scan.capabilities.items())
        },
        "rules": dict(sorted(Counter(s.rule for s in scan.signals).items())),
        "signals": {str(severity): by_severity[severity] for severity in Severity},
        "unread": [[file, reason] for file, reason in scan.unread],
        "unread_files": list(dict.fromkeys(file for file, _ in scan.unread)),
    }
