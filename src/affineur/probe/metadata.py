"""Rows on what stands beside a file: its core metadata and its provenance."""

from __future__ import annotations

import hashlib

from affineur.probe.json_page import read_object
from affineur.probe.messages import Ask, Reply
from affineur.probe.page import About, Page, PageFile, is_digest
from affineur.probe.rows import (
    CannotTell,
    DoesNotApply,
    Group,
    Verdict,
    absent,
    broken,
    kept,
    may,
    must,
    should,
)
from affineur.probe.samples import Session
from affineur.probe.wheel import core_metadata_of


async def _announced(session: Session) -> Verdict:
    told = total = hashed = 0
    for reply, page in session.all_pages():
        flaws = page.flaws_about(About.METADATA)
        if flaws:
            return broken(reply, flaws[0])
        wheels = [file for file in page.files if file.is_wheel]
        said = [file.announced for file in wheels if file.announced is not None]
        told, total, hashed = told + len(said), total + len(wheels), hashed + sum(map(bool, said))
    reply = session.all_pages()[-1][0]
    if not total:
        raise DoesNotApply("no wheel was seen")
    return (kept if told else absent)(
        reply, f"on {told} of {total} links to wheels, {hashed} digests"
    )


async def _name(session: Session) -> Verdict:
    told = [(reply, file) for reply, file in _files(session) if file.announced is not None]
    if not told:
        raise DoesNotApply("no core metadata is announced")
    for reply, file in told:
        if file.metadata is None:
            return broken(reply, f"{file.filename[:80]} has it under its old name only")
        if file.old_metadata is not None and file.old_metadata != file.metadata:
            return broken(reply, f"{file.filename[:80]} tells one thing under each name")
    return kept(told[0][0], f"on {len(told)} links")


async def _old_name(session: Session) -> Verdict:
    told = [(reply, file) for reply, file in _files(session) if file.metadata is not None]
    if not told:
        raise DoesNotApply("no core metadata is announced")
    old = [(reply, file) for reply, file in told if file.old_metadata is not None]
    reply = (old or told)[0][0]
    return (kept if old else absent)(reply, f"on {len(old)} of {len(told)} links")


async def _served(session: Session) -> Verdict:
    reply = await _metadata_file(session, _announcing(session))
    if not reply.is_whole:
        return broken(reply, f"{reply.told()}, although it is announced")
    return kept(reply, f"200, {len(reply.body)} bytes")


async def _digest(session: Session) -> Verdict:
    file = _announcing(session)
    name, _, digest = (file.announced or "").partition("=")
    if not digest:
        raise DoesNotApply("it is announced without a digest")
    if not is_digest(name):
        raise CannotTell(f"its digest is a {name[:20]!r}, which we do not know")
    reply = await _metadata_file(session, file)
    found = hashlib.new(name, reply.body, usedforsecurity=False).hexdigest()
    said = f"announced {name}={digest[:16]}..., the body has {found[:16]}..."
    is_kept = reply.is_whole and found == digest.lower()
    return (kept if is_kept else broken)(reply, said if reply.is_whole else reply.told())


async def _true(session: Session) -> Verdict:
    reply = await _metadata_file(session, _announcing(session))
    inside = await core_metadata_of(session)
    is_same = reply.is_whole and reply.body == inside
    said = f"{len(reply.body)} bytes served, {len(inside)} in the wheel"
    if is_same:
        return kept(reply, f"{said}, all the same")
    return broken(reply, said if reply.is_whole else reply.told())


async def _unannounced(session: Session) -> Verdict:
    file = session.some_file()
    if not file.is_wheel:
        raise DoesNotApply("no wheel was found")
    if file.announced is not None:
        raise DoesNotApply("it is announced")
    reply = await _metadata_file(session, file)
    if not reply.is_whole:
        return absent(reply, reply.told())
    if reply.body == await core_metadata_of(session):
        return kept(reply, f"200, the {len(reply.body)} bytes that are in the wheel")
    return broken(reply, "200, and it is not what is in the wheel")


async def _provenance(session: Session) -> Verdict:
    told = [(reply, file) for reply, file in _files(session) if file.provenance]
    if not told:
        return absent(session.all_pages()[-1][0], "no file that was seen has one")
    for page, file in told:
        location = file.provenance or ""
        if not location.startswith(("https://", "http://")):
            return broken(page, f"{location[:80]!r} of {file.filename[:80]} is not a whole URL")
    page, file = told[0]
    reply = await session.asker.ask(Ask(file.provenance or ""), follows=True)
    if not reply.is_whole:
        return broken(reply, f"{reply.told()}, although it is announced")
    document = read_object(reply)
    if document.get("version") != 1 or not isinstance(document.get("attestation_bundles"), list):
        return broken(reply, "it is no provenance of version 1 with attestation_bundles")
    return kept(reply, f"{len(document['attestation_bundles'])} bundles for {file.filename[:80]}")


def _announcing(session: Session) -> PageFile:
    file = session.some_file()
    if file.announced is None:
        raise DoesNotApply("no core metadata is announced for the file that was looked at")
    return file


async def _metadata_file(session: Session, file: PageFile) -> Reply:
    return await session.asker.ask(Ask(f"{file.url}.metadata"), follows=True)


def _files(session: Session) -> list[tuple[Reply, PageFile]]:
    pages: tuple[tuple[Reply, Page], ...] = session.all_pages()
    return [(reply, file) for reply, page in pages for file in page.files]


METADATA = Group(
    "Beside a file",
    (
        should("metadata", "Core metadata of wheels is announced", "PEP 658", _announced),
        must(
            "metadata-name",
            "It is announced as core-metadata, the same under any name",
            "PEP 714",
            _name,
        ),
        may("metadata-old", "Its old name is told to old clients, too", "PEP 714", _old_name),
        must("metadata-served", "What is announced is served", "PEP 658", _served),
        must("metadata-digest", "It has the digest that was announced", "PEP 658", _digest),
        must("metadata-true", "It is the METADATA inside the wheel", "PEP 658", _true),
        may(
            "metadata-unannounced",
            "It is served without having been announced",
            "PEP 658",
            _unannounced,
        ),
        may("provenance", "The provenance of files is told, and served", "PEP 740", _provenance),
    ),
)
