"""Upload: from a form with a file to a listing, or to a clear refusal and nothing changed.

The order is blob first, then one transaction. A crash leaves an orphan blob for `fsck` to
sweep, never a row without bytes. Same bytes again change nothing; other bytes under a used
filename are refused for ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from packaging.metadata import parse_email
from sqlalchemy import Connection

from affineur.core.archives import ArchiveReport
from affineur.core.attestations import provenance_of
from affineur.core.errors import BadInput, Conflict, DomainError, FilenameTaken, NoRoom
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.files import FileKind, Filename
from affineur.core.findings import Fact, Severity
from affineur.core.known_names import KnownNames
from affineur.core.names import FeedName, ProjectName, Sha256, parse_project, parse_version
from affineur.core.permissions import Actor, Permission, require
from affineur.core.ports import Staged
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Subject
from affineur.core.vetting import assess
from affineur.services import eviction
from affineur.services.gear import Gear
from affineur.services.metadata import keep_metadata
from affineur.store import audit, blocks, changes, listings
from affineur.store import feeds as feed_store
from affineur.store.listings import NewListing

_PIECE = 1024 * 1024
_AT_THE_DOOR = frozenset({"archive", "identity", "metadata"})
_REFUSED = (
    "identity.name-mismatch",
    "identity.version-mismatch",
    "archive.",
    "metadata.direct-url",
    "metadata.field",
)
"""The findings that an upload is refused for. What else these checks judge is how strangers'
releases look: whose name they resemble, how complete their metadata is.
"""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What an uploader says of the file (the legacy upload protocol's fields)."""

    name: str
    version: str
    filename: str
    filetype: str
    sha256: str | None = None
    md5: str | None = None
    blake2_256: str | None = None
    comment: str = ""
    """For people; it goes into the audit log."""
    attestations: str | None = None
    """As they came: JSON (PEP 740)."""


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """What became of an upload."""

    filename: str
    sha256: Sha256
    created: bool
    """False when the same bytes stood there before."""
    keeps_attestations: bool = False


@dataclass(frozen=True, slots=True)
class _New:
    """What is to be listed, and what was told with it."""

    filename: Filename
    sha256: Sha256
    comment: str
    provenance_sha256: Sha256 | None

    def listing(self, now: datetime) -> NewListing:
        return NewListing(self.filename, self.sha256, now, is_upload=True)

    def facts(self, *, keeps_provenance: bool) -> dict[str, Fact]:
        """Say in the audit log what was published."""
        told: dict[str, Fact] = {"files": {self.filename.text: self.sha256}}
        if self.comment:
            told["comment"] = self.comment
        if keeps_provenance:
            told["provenance"] = self.provenance_sha256
        return told


def receive(gear: Gear, actor: Actor, feed: FeedName, size_bytes: int = 0) -> Staged:
    """Let an uploader begin: permission first, then somewhere to write the bytes.

    `size_bytes` is how many are announced, 0 when nobody says. Raise `NoRoom` when the disk has
    no room for them.
    """
    with gear.db.reading() as conn:
        _publishable(conn, actor, feed)
    staged = gear.blobs.stage()
    try:
        staged.reserve(size_bytes)
    except NoRoom:
        staged.discard()
        eviction.at_once(gear)
        raise
    return staged


def finish(
    gear: Gear, actor: Actor, feed: FeedName, staged: Staged, form: UploadForm
) -> UploadAnswer:
    """Check the file against its form, then list it; the staged bytes are spent either way."""
    try:
        filename = _agreed_filename(form)
        sha256 = _agreed_digests(staged, form)
        provenance = _provenance(form, filename, sha256)
        if _stands(gear, actor, feed, (filename, sha256)):
            return UploadAnswer(filename.text, sha256, created=False)
        report = _read_archive(gear, staged, filename)
        _check_archive(gear, report, RequestFile(filename, sha256, staged.size_bytes))
        staged.commit()
    finally:
        staged.discard()
    keep_metadata(gear, filename, sha256, report.metadata)
    kept = None if provenance is None else _keep(gear, provenance)
    new = _New(filename, sha256, _printable(form.comment), kept)
    with gear.db.writing() as conn:
        return _list(conn, gear, actor, feed, new)


def _publishable(conn: Connection, actor: Actor, name: FeedName) -> Feed:
    require(actor, Permission.FEED_PUBLISH, name)
    feed = feed_store.load(conn, name)
    if feed is None:
        raise BadInput(f"There is no feed '{name}' to publish to.")
    if feed.source is not None or any(one.is_external for one in feed.connectors):
        raise Conflict(
            f"'{name}' takes reviewed files only; nothing is published to it.",
            hint="Publish to the feed of your own packages: internal.",
        )
    return feed


def _stands(gear: Gear, actor: Actor, feed: FeedName, file: tuple[Filename, Sha256]) -> bool:
    """Whether these very bytes stand there; raise `FilenameTaken` when others do, or did."""
    filename, sha256 = file
    with gear.db.reading() as conn:
        found = _publishable(conn, actor, feed)
        standing = listings.claimed_by(conn, found.id, filename.text)
        if standing is not None and standing != sha256:
            raise _taken(filename, feed)
        return standing is not None and listings.stands(conn, found.id, filename.text)


def _list(
    conn: Connection, gear: Gear, actor: Actor, feed_name: FeedName, new: _New
) -> UploadAnswer:
    now = gear.clock.now()
    feed = _publishable(conn, actor, feed_name)
    project = new.filename.project
    _refuse_foreign_name(conn, feed, project)
    if any(block.version is None for block in blocks.current(conn, project)):
        raise Conflict(f"'{project}' is blocked; see: affineur why {project}")
    if not listings.add(conn, now, actor.name, feed.id, [new.listing(now)]):
        return UploadAnswer(new.filename.text, new.sha256, created=False)
    keeps = _attach(conn, now, new)
    changes.pages_changed(conn, [project])  # the name is ours: no feed asks outside any more
    facts = new.facts(keeps_provenance=keeps)
    event = Event("listing.added", f"feed:{feed.name}", after=facts, digests=(new.sha256,))
    audit.record(conn, now, actor, event)
    return UploadAnswer(new.filename.text, new.sha256, created=True, keeps_attestations=keeps)


def _attach(conn: Connection, now: datetime, new: _New) -> bool:
    """Record the provenance that came with a file, unless the file has one: that stays."""
    held = listings.held_file(conn, new.sha256)
    if held is None or held.provenance_sha256 is not None or new.provenance_sha256 is None:
        return False
    listings.keep_file(conn, now, replace(held, provenance_sha256=new.provenance_sha256))
    return True


def _refuse_foreign_name(conn: Connection, feed: Feed, project: ProjectName) -> None:
    """Refuse a name that another feed owns, or that was approved from outside.

    Publishing it here would shadow what everybody installs under that name.
    """
    owners = [owner for owner in feed_store.owners(conn, project) if owner != feed.name]
    if owners and not feed.reserves(project):
        raise Conflict(
            f"The project '{project}' belongs to feed '{owners[0]}'.",
            hint="Publish there, or under another name.",
        )
    elsewhere = [name for name in listings.files_of(conn, project) if name != feed.name]
    own = feed_store.holding(conn, feed, project)
    if elsewhere and not own.is_own:
        raise Conflict(
            f"'{project}' is a third-party project approved in '{elsewhere[0]}'; publishing "
            f"it to '{feed.name}' would replace it for everybody.",
            hint=f"To take the name over, a manager reserves it first: "
            f"affineur feed reserve {feed.name} {project}",
        )


def _agreed_filename(form: UploadForm) -> Filename:
    """Give the filename, once name, version and kind say the same in form and filename."""
    filename = Filename.parse(form.filename)
    if parse_project(form.name) != filename.project:
        raise BadInput(f"{form.filename} is not a file of a project {form.name!r}.")
    if parse_version(form.version) != filename.version:
        raise BadInput(f"{form.filename} is not of version {form.version!r}.")
    match filename.kind:
        case FileKind.WHEEL:
            expected = "bdist_wheel"
        case FileKind.SDIST:
            expected = "sdist"
        case _:
            assert_never(filename.kind)
    if form.filetype != expected:
        raise BadInput(f"{form.filename} is a {expected}, not a {form.filetype!r}.")
    return filename


def _agreed_digests(staged: Staged, form: UploadForm) -> Sha256:
    """Give the digest of what came, once every digest in the form agrees with it."""
    found = staged.sha256()
    if staged.size_bytes == 0:
        raise BadInput(f"{form.filename} is empty.")
    if form.sha256 and form.sha256.lower() != found:
        raise _other_digest(form, "sha256")
    for name, given in (("md5", form.md5), ("blake2_256", form.blake2_256)):
        if given and given.lower() != _digest(staged, name):
            raise _other_digest(form, name)
    return found


def _provenance(form: UploadForm, filename: Filename, sha256: Sha256) -> bytes | None:
    if form.attestations is None:
        return None
    return provenance_of(form.attestations, filename, sha256)


def _keep(gear: Gear, provenance: bytes) -> Sha256:
    staged = gear.blobs.stage()
    staged.write(provenance)
    return staged.commit()


def _digest(staged: Staged, name: str) -> str:
    digest = (
        hashlib.md5(usedforsecurity=False) if name == "md5" else hashlib.blake2b(digest_size=32)
    )
    with staged.path.open("rb") as written:
        while piece := written.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _read_archive(gear: Gear, staged: Staged, filename: Filename) -> ArchiveReport:
    try:
        return gear.vetting.reader.read(staged.path, filename)
    except NotAssessable as error:
        raise BadInput(f"{filename.text} cannot be read: {error.reason}.") from error


def _check_archive(gear: Gear, report: ArchiveReport, file: RequestFile) -> None:
    """Refuse what a build tool that works does not make; our own packages need none of it."""
    checks = [check for check in gear.vetting.checks if check.name in _AT_THE_DOOR]
    subject = Subject(file, gear.clock.now(), report, names=KnownNames())
    assessment = assess(checks, subject)
    for finding in assessment.findings:
        if finding.severity is not Severity.INFO and finding.id.startswith(_REFUSED):
            raise BadInput(f"{file.filename.text} is refused: {finding.what}", hint=finding.todo)
    for _check, reason in assessment.not_assessed:
        raise BadInput(f"{file.filename.text} could not be checked: {reason}.")
    if report.metadata is None:
        raise BadInput(f"{file.filename.text} has no core metadata.")
    raw, _ = parse_email(report.metadata)
    if parse_project(raw.get("name", "")) != file.filename.project:
        raise BadInput(f"{file.filename.text} names another project in its metadata.")


def _printable(comment: str) -> str:
    """Keep of a comment what may stand in a terminal and in every database."""
    return "".join(one if one.isprintable() else " " for one in comment).strip()


def _other_digest(form: UploadForm, name: str) -> DomainError:
    return BadInput(
        f"What came of {form.filename} does not have the {name} that the form says.",
        hint="The upload was damaged on its way; upload it again.",
    )


def _taken(filename: Filename, feed: FeedName) -> FilenameTaken:
    return FilenameTaken(
        f"File already exists: {filename.text} stands, or stood, in '{feed}' with other bytes.",
        hint="A filename keeps its bytes for ever; publish under a new version.",
    )
