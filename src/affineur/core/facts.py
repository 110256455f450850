"""The facts of which a policy's conditions may speak: their names, forms and meanings.

This table is the contract: docs/policy.md prints it and a test compares the two; conditions
that name anything else are refused when the policy is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affineur.core.findings import Fact


@dataclass(frozen=True, slots=True)
class FactKind:
    """One fact. Where it was not measured it is missing, and what asks for it cannot be told."""

    name: str
    form: str
    check: str
    """The check that measures it; empty when it is known without one."""
    says: str
    example: Fact


_FINDING: dict[str, Fact] = {
    "id": "contents.decode-and-run",
    "key": "0f9a6c1d2b3e4f50",
    "check": "contents",
    "severity": "review",
    "is_new": True,
}
_VULNERABILITY: dict[str, Fact] = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "level": "high",
    "score": 7.5,
    "is_malware": False,
    "is_certain": True,
    "fixed": "2.1",
}


def _text(name: str, check: str, says: str, example: str) -> FactKind:
    return FactKind(name, "text", check, says, example)


def _texts(name: str, check: str, says: str, *example: str) -> FactKind:
    return FactKind(name, "list of text", check, says, [*example])


def _number(name: str, check: str, says: str, example: int) -> FactKind:
    return FactKind(name, "number", check, says, example)


def _truth(name: str, check: str, says: str) -> FactKind:
    return FactKind(name, "true or false", check, says, example=False)


def _table(name: str, check: str, says: str, example: dict[str, Fact]) -> FactKind:
    return FactKind(name, f"list of {{{', '.join(example)}}}", check, says, [example])


KINDS: tuple[FactKind, ...] = (
    _text("project", "", "The project's name, normalised.", "flask"),
    _text("version", "", "Its version.", "3.1.1"),
    _truth("is_prerelease", "", "It is an alpha, beta, rc or dev release."),
    _number("file_count", "", "How many of its files are asked for.", 2),
    _truth("is_approved_project", "", "A version of the project is approved in this feed already."),
    _text("approved_version", "", "The approved version that it was held against.", "3.1.0"),
    _truth(
        "is_patch_release",
        "",
        "It is later than the approved version, and major and minor number are the same.",
    ),
    _truth(
        "is_minor_release",
        "",
        "It is later than the approved version, the major number is the same, the minor is not.",
    ),
    _table("findings", "", "Everything that the checks saw and nobody waived.", _FINDING),
    _table("new_findings", "", "Those of them that the approved version did not have.", _FINDING),
    _texts(
        "not_assessed",
        "",
        "The checks that could not look, and that neither a waiver nor the policy excuses.",
        "provenance",
    ),
    _text("licence", "licence", "The licence, as SPDX expression.", "MIT OR Apache-2.0"),
    _texts("licences", "licence", "Every SPDX identifier in it.", "Apache-2.0", "MIT"),
    _texts(
        "licence_categories",
        "licence",
        "The categories of these, from the one that asks the least to the one that asks the most.",
        "permissive",
    ),
    _truth("licence_changed", "licence", "The licence is another than the approved version's."),
    _texts(
        "bundled_licences",
        "licence",
        "The licences of other people's code within it.",
        "BSD-3-Clause",
    ),
    _texts("bundled_categories", "licence", "The categories of these.", "permissive"),
    _table(
        "vulnerabilities",
        "vulnerabilities",
        "The advisories that speak of this version and that nobody waived.",
        _VULNERABILITY,
    ),
    _texts(
        "fixes_approved",
        "history",
        "The vulnerabilities of the approved version that it fixes.",
        "PYSEC-2026-1",
    ),
    _number("age_days", "history", "Whole days since its youngest file was uploaded.", 30),
    _number("project_age_days", "history", "Whole days since the project's first upload.", 3000),
    _truth("yanked", "history", "Its project yanked it."),
    _text("project_status", "history", "What the index says of the project.", "deprecated"),
    _texts(
        "dependencies", "metadata", "The projects that it requires, also for an extra.", "click"
    ),
    _texts(
        "new_dependencies",
        "change",
        "The projects that it requires without an extra, and the approved version did not.",
        "click",
    ),
    _texts(
        "new_capabilities",
        "change",
        "What its code can do and the approved version's could not.",
        "network",
    ),
    _texts(
        "unread_files",
        "contents",
        "Files that the scan of the contents could not follow whole.",
        "spam/tables.py",
    ),
    _text(
        "publisher",
        "provenance",
        "The repository from which it was published, by its attestations.",
        "github.com/pallets/flask",
    ),
    _truth(
        "publisher_changed",
        "provenance",
        "Its attestations name another publisher than the approved version's, or are lost.",
    ),
    _number("downloads_rank", "identity", "The project's rank among all by downloads.", 120),
)

EXAMPLE: Mapping[str, Fact] = {one.name: one.example for one in KINDS}
"""One release with every fact: a condition is tried on it when a policy is set."""
