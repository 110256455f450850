"""The shapes of requests: what is asked, and how a request is told (DESIGN, section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import Field

from affineur.core.closure_tree import required_by
from affineur.core.findings import Assessment
from affineur.core.names import Sha256
from affineur.core.requests import Decision, Item, Request, RequestFile, RequestState, verdict_of
from affineur.core.talk import Comment
from affineur.web.api.base import Asked, Told


class NewRequest(Asked):
    """What somebody asks for: requirements, or a lock or requirements file given whole."""

    requirements: list[str] = Field(
        default_factory=list, max_length=1000, description="Requirements (PEP 508), by name."
    )
    document: str | None = Field(
        None, max_length=8 * 1024 * 1024, description="A requirements.txt or pylock.toml, whole."
    )
    document_name: str | None = Field(
        None, max_length=255, description="The document's filename, which says how to read it."
    )
    reason: str = Field("", max_length=4000, description="What it is needed for.")
    used_in: str = Field("", max_length=128, description="The application that it is for.")
    feed: str = Field("internal", description="The feed from which it is to be installed.")


class RequestFilter(Asked):
    """Which requests to list."""

    state: RequestState | None = None
    mine: bool = Field(default=False, description="Only your own.")
    feed: str | None = Field(None, description="Only those into this feed.")
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, description="Only requests with a lower number.")
    requester: str | None = Field(None, max_length=128, description="Only those of this user.")
    text: str | None = Field(
        None, max_length=200, description="In a requirement, or where a project's name begins."
    )


class Reason(Asked):
    """Why."""

    reason: str = Field("", max_length=4000)


class _Part(Asked):
    """What an answer speaks of."""

    items: list[str] = Field(
        default_factory=list,
        max_length=2000,
        description="Only these releases, as flask or flask==3.1.0; none means all that are open.",
    )


class Approval(_Part):
    """What is approved, with what words."""

    comment: str = Field("", max_length=4000)
    exact: bool = Field(
        default=False, description="These versions alone: a later one needs a person again."
    )


class Rejection(_Part):
    """What is rejected, and why."""

    reason: str = Field("", max_length=4000)


class FileTold(Told):
    """One file that a request would approve."""

    filename: str
    sha256: str
    size_bytes: int | None
    uploaded_at: datetime | None = Field(description="When it was uploaded at its origin.")


class WhereTold(Told):
    """The place in an archive that a finding speaks of."""

    file: str
    line: int | None
    quote: str = Field("", description="What stands there, cut.")


class FindingTold(Told):
    """One thing that a check saw."""

    id: str = Field(description="Stable, for programs.")
    key: str = Field(description="The same for the same finding in another version.")
    check: str
    severity: str = Field(description="block, review or info.")
    what: str = Field(description="The finding, with its evidence.")
    why: str = Field(description="Why it matters.")
    todo: str = Field(description="What to do about it.")
    where: WhereTold | None
    file: str = Field(description="The file of the release that it was seen in.")
    is_new: bool = Field(description="Whether the last approved version had it not.")


class NotAssessedTold(Told):
    """A check that could not look at a file; that is never the same as clean."""

    check: str
    reason: str
    file: str


class ItemTold(Told):
    """One release of a request."""

    name: str
    version: str
    state: str = Field(description="waiting, vetted or parked.")
    files: list[FileTold]
    verdict: str | None = Field(description="allow, review or deny; null before vetting.")
    reasons: list[str] = Field(description="Why the policy says so.")
    findings: list[FindingTold]
    not_assessed: list[NotAssessedTold]
    against: str | None = Field(
        description="The last approved version, which it is compared with; null when it is new."
    )
    facts: dict[str, dict[str, object]] = Field(
        description="What was measured in its first file, by check."
    )
    note: str
    risk: int = Field(description="How much of it a person should look at; from 10 on, something.")
    answer: str | None = Field(description="approved or rejected; null while it is open.")
    decision: int | None = Field(description="The number of the decision that answered it.")
    required_by: list[str] = Field(description="The releases of this request that require it.")


class CommentTold(Told):
    """Something that somebody said about a request."""

    id: int
    kind: str = Field(description="comment, question (asked back) or answer.")
    author: str
    said: str
    at: datetime


class LeftOutTold(Told):
    """Something of what was given that is not asked for."""

    what: str
    why: str


class ReleaseTold(Told):
    """A release, by its name."""

    name: str
    version: str


class DecisionTold(Told):
    """An answer to a request, over exact digests."""

    id: int
    verdict: str
    comment: str
    by: str
    at: datetime
    digests: list[str]
    is_exact: bool = Field(description="It speaks of these versions alone.")


class RequestTold(Told):
    """A request, and how far it is."""

    id: int
    state: str = Field(
        description="resolving, vetting, review, approved, rejected, denied, failed or withdrawn."
    )
    feed: str = Field(description="The feed that approvals are listed in.")
    requirements: list[str]
    document_name: str | None
    requester: str
    reason: str
    used_in: str | None = Field(description="The application that it is asked for.")
    is_draft: bool = Field(description="Not sent yet; only its requester sees it.")
    created_at: datetime
    notes: list[str]
    verdict: str = Field(description="The strictest verdict of all items.")
    items: list[ItemTold]
    decisions: list[DecisionTold]
    approved_before: list[ReleaseTold] = Field(
        description="What of the closure needs no approval any more."
    )
    left_out: list[LeftOutTold]
    comments: list[CommentTold]
    awaits_requester: bool = Field(description="An approver asked back; nobody answered yet.")


class RequestsTold(Told):
    """Requests, newest first, without their items."""

    requests: list[RequestTold]


def tell_request(request: Request) -> RequestTold:
    """Tell a request whole."""
    above = required_by(request.items)
    return RequestTold(
        id=request.id,
        state=request.state,
        feed=request.feed,
        requirements=list(request.ask.requirements),
        document_name=request.ask.document_name,
        requester=request.requester,
        reason=request.reason,
        used_in=request.used_in,
        is_draft=request.is_draft,
        created_at=request.created_at,
        notes=list(request.notes),
        verdict=verdict_of(request.items),
        items=[_tell_item(item, above[item.id]) for item in request.items],
        decisions=[tell_decision(decision) for decision in request.decisions],
        approved_before=[
            ReleaseTold(name=name, version=str(version))
            for name, version in request.approved_before
        ],
        left_out=[LeftOutTold(what=one.what, why=one.why) for one in request.left_out],
        comments=[tell_comment(one) for one in request.comments],
        awaits_requester=request.awaits_requester,
    )


def _tell_item(item: Item, above: Sequence[Item]) -> ItemTold:
    names = {file.sha256: file.filename.text for file in item.release.files}
    return ItemTold(
        name=item.release.project,
        version=str(item.release.version),
        state=item.state,
        files=[_tell_file(file) for file in item.release.files],
        verdict=item.verdict,
        reasons=list(item.reasons),
        findings=[
            finding
            for assessment in item.assessments
            for finding in _tell_findings(assessment, _file(names, assessment))
        ],
        not_assessed=[
            NotAssessedTold(check=check, reason=reason, file=_file(names, assessment))
            for assessment in item.assessments
            for check, reason in assessment.not_assessed
        ],
        against=next((one.against.version for one in item.assessments if one.against), None),
        facts=_facts(item.assessments),
        note=item.note,
        risk=item.risk,
        answer=item.answer,
        decision=item.decision_id,
        required_by=[one.name for one in above],
    )


def _file(names: Mapping[Sha256, str], assessment: Assessment) -> str:
    return names.get(assessment.sha256, assessment.sha256)


def _tell_file(file: RequestFile) -> FileTold:
    return FileTold(
        filename=file.filename.text,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        uploaded_at=file.uploaded_at,
    )


def _facts(assessments: Sequence[Assessment]) -> dict[str, dict[str, object]]:
    outcomes = assessments[0].outcomes if assessments else ()
    return {outcome.check: dict(outcome.facts) for outcome in outcomes}


def _tell_findings(assessment: Assessment, file: str) -> Iterator[FindingTold]:
    new = {finding.key for finding in assessment.new_findings}
    for finding in assessment.findings:
        place = finding.where
        where = None
        if place is not None:
            where = WhereTold(file=place.file, line=place.line, quote=place.quote)
        yield FindingTold(
            id=finding.id,
            key=finding.key,
            check=finding.check,
            severity=finding.severity,
            what=finding.what,
            why=finding.why,
            todo=finding.todo,
            where=where,
            file=file,
            is_new=finding.key in new,
        )


def tell_comment(comment: Comment) -> CommentTold:
    """Tell what somebody said."""
    return CommentTold(
        id=comment.id,
        kind=comment.kind,
        author=comment.author,
        said=comment.said,
        at=comment.at,
    )


def tell_decision(decision: Decision) -> DecisionTold:
    """Tell a decision."""
    return DecisionTold(
        id=decision.id,
        verdict=decision.verdict,
        comment=decision.comment,
        by=decision.by,
        at=decision.at,
        digests=list(decision.digests),
        is_exact=decision.is_exact,
    )
