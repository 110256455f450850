"""Identity: whether the file is of the project that it seems to be of.

Its filename, its metadata and the name that people ask for must say the same: a difference is
no carelessness of a build tool, and blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.utils import canonicalize_name

from affineur.checks.core_metadata import printable, raw_of, words_of
from affineur.core.findings import Finding, Outcome, Severity
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "identity"
_TODO_BLOCK = "Do not approve it; tell its project."


@dataclass(frozen=True, slots=True)
class Identity:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Compare what the file calls itself with what it is called."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        raw = raw_of(archive)
        if raw is None:
            return Outcome(self.name, self.version)
        facts = {
            "metadata_name": printable(raw.get("name", "")),
            "metadata_version": printable(raw.get("version", "")),
        }
        return Outcome(self.name, self.version, tuple(_of_metadata(subject, raw)), facts=facts)


def _of_metadata(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Compare name and version with the filename's; both must be there, once."""
    filename = subject.file.filename
    metadata = Metadata.from_raw(raw, validate=False)
    expected = {"name": filename.project, "version": str(filename.version)}
    for key, word in expected.items():
        try:
            found = getattr(metadata, key)
        except InvalidMetadata as error:
            yield _mismatch(key, f"Its metadata has no valid {key}: {words_of(error)}.")
            continue
        same = canonicalize_name(str(found)) == word if key == "name" else found == filename.version
        if not same:
            what = f"Its metadata says {key} {printable(str(found))}, its filename says {word}."
            yield _mismatch(key, what)


def _mismatch(key: str, what: str) -> Finding:
    why = "Installers, and people who look at what is installed, go by one or the other."
    return Finding(f"{_NAME}.{key}-mismatch", _NAME, Severity.BLOCK, what, why, _TODO_BLOCK)
