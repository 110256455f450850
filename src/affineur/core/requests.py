"""Requests: what somebody asks for, and the states between asking and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from affineur.core.errors import BadInput, Conflict
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Verdict
from affineur.core.names import FeedName, ProjectName, Sha256, parse_project
from affineur.core.talk import Comment

_LONGEST_NAME = 128
_DEEPEST = 50
"""How many parentheses a marker may have: its parser calls itself for each."""


class RequestState(StrEnum):
    """Where a request stands."""

    RESOLVING = "resolving"
    VETTING = "vetting"
    REVIEW = "review"
    APPROVED = "approved"
    REJECTED = "rejected"
    DENIED = "denied"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


_NEXT: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.RESOLVING: frozenset(
        {
            RequestState.VETTING,
            RequestState.APPROVED,
            RequestState.FAILED,
            RequestState.WITHDRAWN,
        }
    ),
    RequestState.VETTING: frozenset(
        {
            RequestState.REVIEW,
            RequestState.APPROVED,
            RequestState.DENIED,
            RequestState.WITHDRAWN,
        }
    ),
    RequestState.REVIEW: frozenset(
        {
            RequestState.APPROVED,
            RequestState.REJECTED,
            RequestState.DENIED,
            RequestState.WITHDRAWN,
        }
    ),
}


OPEN = frozenset({RequestState.RESOLVING, RequestState.VETTING, RequestState.REVIEW})
"""The states in which a request still waits for its answer."""


class ItemState(StrEnum):
    """Where one release of a request stands."""

    WAITING = "waiting"
    VETTED = "vetted"
    PARKED = "parked"
    """Vetting kept failing; a person must look. Counts as could not assess."""


class ItemAnswer(StrEnum):
    """What was decided of one release of a request."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RequestFile:
    """One file that a request would approve."""

    filename: Filename
    sha256: Sha256
    size_bytes: int | None = None
    uploaded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One project at one version, with the files that the closure names."""

    project: ProjectName
    version: Version
    files: tuple[RequestFile, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """What a resolution came to: releases, and remarks for whoever reads the request."""

    releases: tuple[Release, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for: requirement lines, or a lock or requirements file given whole."""

    requirements: tuple[str, ...] = ()
    document: str | None = None
    document_name: str | None = None
    """The document's filename; `pylock.toml` and names like it are read as PEP 751, and so is a
    document that was made of another lock file and keeps its name."""

    @property
    def is_lock(self) -> bool:
        """Whether the document has the form of a pylock.toml (PEP 751)."""
        name = self.document_name or ""
        return (
            name == "pylock.toml"
            or name.endswith(".lock")
            or (name.startswith("pylock.") and name.endswith(".toml"))
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One release of a request, with what vetting and policy say of it."""

    id: int
    release: Release
    state: ItemState
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    note: str = ""
    risk: int = 0
    """How much of it a person should look at: see `core.risk`."""
    answer: ItemAnswer | None = None
    """None while nobody decided."""
    decision_id: int | None = None

    @property
    def name(self) -> str:
        """How it is told apart from the other releases of its request: `flask==3.1.0`."""
        return f"{self.release.project}=={self.release.version}"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's, or the policy's, answer over a set of digests."""

    id: int
    verdict: RequestState
    comment: str
    by: str
    at: datetime
    digests: tuple[Sha256, ...]
    is_exact: bool = False
    """It speaks of this version alone: no later one is approved without a person."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of what was given that is not asked for, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks for releases to be approved into a feed."""

    id: int
    feed: FeedName
    """The feed that approvals are listed in."""
    ask: Ask
    requester: str
    reason: str
    state: RequestState
    created_at: datetime
    items: tuple[Item, ...] = ()
    notes: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    used_in: str | None = None
    """The application that it is asked for."""
    is_draft: bool = False
    """Not sent yet: only its requester sees it, and nobody decides it."""
    awaits_requester: bool = False
    """An approver asked back, and nobody has answered yet."""
    comments: tuple[Comment, ...] = ()
    approved_before: tuple[tuple[ProjectName, Version], ...] = ()
    """What of the closure was approved when it was resolved, and is not asked for again."""
    left_out: tuple[LeftOut, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


def next_state(request_id: int, now: RequestState, then: RequestState) -> RequestState:
    """Check one step of a request; raise `Conflict` when it is not on the way."""
    if then not in _NEXT.get(now, frozenset()):
        raise Conflict(
            f"Request {request_id} is {now} and cannot become {then}.",
            hint="See it with: affineur show " + str(request_id),
        )
    return then


def verdict_of(items: tuple[Item, ...]) -> Verdict:
    """Give the strictest verdict of all items; what is parked or unjudged needs a person."""
    verdicts = [item.verdict or Verdict.REVIEW for item in items]
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.ALLOW)


def parse_ask(lines: list[str], document: str | None, document_name: str | None) -> Ask:
    """Read what is asked for; raise `BadInput` naming the line that cannot be read."""
    if not lines and not document:
        raise BadInput(
            "Nothing was asked for.", hint="Name requirements, such as 'flask>=3', or a file."
        )
    for line in lines:
        parse_requirement(line)
    return Ask(tuple(lines), document, document_name)


def parse_requirement(line: str) -> Requirement:
    """Read one requirement line (PEP 508) by name; direct URLs are refused."""
    if not line.replace("\t", " ").isprintable():
        raise BadInput(f"{line[:200]!r} is not one line of plain text.")
    if line.count("(") > _DEEPEST:
        raise BadInput(f"{line[:200]!r} is nested too deeply.")
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        raise BadInput(f"{line[:200]!r} is not a requirement: {error}".splitlines()[0]) from error
    if requirement.url is not None:
        raise BadInput(
            f"{line[:200]!r} names a URL; only packages of the index can be asked for.",
            hint="Ask by name and version: name==1.2",
        )
    parse_project(requirement.name)
    return requirement


def parse_used_in(text: str) -> str | None:
    """Read the name of the application that something is asked for; None when none is given."""
    line = " ".join(text.split())
    if not line.isprintable() or len(line) > _LONGEST_NAME:
        raise BadInput(
            f"The application that a request is for is named in one line of at most "
            f"{_LONGEST_NAME} printable characters."
        )
    return line or None
