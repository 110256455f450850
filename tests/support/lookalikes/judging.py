"""Whether an assessment found an attack, and whether it cried wolf over a twin."""

from __future__ import annotations

from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Finding, Severity
from affineur.core.known_names import KnownNames
from affineur.core.names import parse_project
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Subject
from support.dists import Dist
from support.lookalikes.corpus import Lookalike, Package
from support.values import NOW

NO_WOLF = frozenset({"archive", "contents", "identity"})
"""The checks that must say nothing of weight about a twin."""

_NAMES = (
    *("boto3", "requests", "urllib3", "numpy", "pandas", "setuptools", "pip", "matplotlib"),
    *("python-dateutil", "pytest", "pytest-cov", "google-cloud-storage", "cryptography"),
    *("six", "typing-extensions", "scipy", "flask", "django", "beautifulsoup4", "paramiko"),
)
POPULAR = KnownNames(popular=tuple(parse_project(name) for name in _NAMES), popular_as_of=NOW)
"""What the corpus takes for popular, the most downloaded first."""


def subject_of(dist: Dist, archive: ArchiveReport | NotAssessable) -> Subject:
    """Give the subject of the checks: a file of which nothing is known but its bytes."""
    file = RequestFile(Filename.parse(dist.filename), dist.sha256, size_bytes=len(dist.data))
    return Subject(file, NOW, archive, names=POPULAR)


def found_by(look: Lookalike, assessment: Assessment) -> Finding | None:
    """Give the finding of weight that names the attack's place; None when it was missed."""
    told = [one for one in weighty(assessment) if one.check in look.checks]
    return next((one for one in told if _is_right(look.attack, one)), None)


def alarms(assessment: Assessment) -> tuple[Finding, ...]:
    """Give what would make a person look at a twin for nothing."""
    return tuple(one for one in weighty(assessment) if one.check in NO_WOLF)


def weighty(assessment: Assessment) -> tuple[Finding, ...]:
    """Leave out what is information only."""
    return tuple(one for one in assessment.findings if one.severity is not Severity.INFO)


def _is_right(package: Package, finding: Finding) -> bool:
    """Whether the finding names the file and a line, or says what it has to say."""
    if package.says:
        told = f"{finding.what} {finding.where.file if finding.where else ''}"
        return package.says in told
    if not package.culprits:
        return True
    if finding.where is None:
        return False
    lines = package.culprits.get(_inside(package.dist, finding.where.file))
    return lines is not None and (not lines or finding.where.line in lines)


def _inside(dist: Dist, member: str) -> str:
    """Take the root folder of an sdist off."""
    root = f"{dist.filename.removesuffix('.tar.gz')}/"
    return member.removeprefix(root)
