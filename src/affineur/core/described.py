"""What a release says of itself in its core metadata, as a person reads it.

All of it is a stranger's word. Nothing is believed here, nothing is rendered; lists are cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError

from packaging.metadata import RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from affineur.core.names import ProjectName

_MOST = 200
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class RequiredLine:
    """One line of what a release requires."""

    text: str
    project: ProjectName | None
    """None when the line cannot be read."""
    is_optional: bool = False
    """Whether it holds for an extra alone."""


@dataclass(frozen=True, slots=True)
class Described:
    """What core metadata says."""

    summary: str = ""
    licence: str = ""
    """The SPDX expression, else the beginning of the free text."""
    author: str = ""
    requires_python: str = ""
    keywords: str = ""
    links: tuple[tuple[str, str], ...] = ()
    """Label and URL; the URL may be anything."""
    requires: tuple[RequiredLine, ...] = ()
    extras: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    description: str = ""
    content_type: str | None = None


def described(metadata: bytes) -> Described:
    """Read core metadata; what cannot be read is left out."""
    try:
        raw, _unread = parse_email(metadata)
    except (MessageError, ValueError):
        return Described()
    urls = raw.get("project_urls", {})
    home = raw.get("home_page", "")
    links = {**({"Home page": home} if home else {}), **urls}
    return Described(
        summary=_line(raw.get("summary", "")),
        licence=_line(raw.get("license_expression", "") or raw.get("license", "")),
        author=_line(_author(raw)),
        requires_python=_line(raw.get("requires_python", "")),
        keywords=_line(", ".join(raw.get("keywords", []))),
        links=tuple((_line(label), _line(to)) for label, to in [*links.items()][:_MOST]),
        requires=tuple(_required(one) for one in raw.get("requires_dist", [])[:_MOST]),
        extras=tuple(_line(one) for one in raw.get("provides_extra", [])[:_MOST]),
        classifiers=tuple(_line(one) for one in raw.get("classifiers", [])[:_MOST]),
        description=raw.get("description", ""),
        content_type=raw.get("description_content_type"),
    )


def _author(raw: RawMetadata) -> str:
    people = (raw.get("author", ""), raw.get("author_email", ""))
    keepers = (raw.get("maintainer", ""), raw.get("maintainer_email", ""))
    return ", ".join(one for one in (people if any(people) else keepers) if one)


def _required(text: str) -> RequiredLine:
    line = _line(text)
    try:
        read = Requirement(text[:_LONGEST])
    except InvalidRequirement:
        return RequiredLine(line, None)
    is_optional = read.marker is not None and "extra" in str(read.marker)
    return RequiredLine(line, ProjectName(canonicalize_name(read.name)), is_optional)


def _line(text: str) -> str:
    cut = " ".join(text[: _LONGEST + 1].split())
    return cut if len(cut) <= _LONGEST else cut[: _LONGEST - 1] + "…"
