"""Rows on a file itself: its bytes, parts of it, and its validators."""

from __future__ import annotations

import hashlib
import re

from affineur.probe.messages import Ask, Pairs, Reply
from affineur.probe.page import is_digest
from affineur.probe.rows import (
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
from affineur.probe.transfer import has_etag, heads, not_modified

_PART = 100
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


async def _bytes(session: Session) -> Verdict:
    file, reply = session.some_file(), await session.whole_file()
    known = [name for name in sorted(file.hashes, reverse=True) if is_digest(name)]
    if not known:
        raise DoesNotApply(f"the page tells no digest of {file.filename} that we know")
    name = "sha256" if "sha256" in known else known[0]
    told = file.hashes[name].lower()
    found = hashlib.new(name, reply.body, usedforsecurity=False).hexdigest()
    said = f"{name}: the page says {told[:16]}..., the {len(reply.body)} bytes have {found[:16]}..."
    return (kept if found == told else broken)(reply, said)


async def _plain(session: Session) -> Verdict:
    reply = await session.whole_file()
    told = reply.told("Content-Encoding", "Content-Type")
    is_plain = reply.header("content-encoding").lower() in {"", "identity"}
    return (kept if is_plain else broken)(reply, told)


async def _head(session: Session) -> Verdict:
    return await heads(session, await session.whole_file())


async def _etag(session: Session) -> Verdict:
    return has_etag(await session.whole_file())


async def _not_modified(session: Session) -> Verdict:
    return await not_modified(session, await session.whole_file())


async def _accept_ranges(session: Session) -> Verdict:
    reply = await session.whole_file()
    told = reply.told("Accept-Ranges")
    return (kept if reply.header("accept-ranges").lower() == "bytes" else absent)(reply, told)


async def _range(session: Session) -> Verdict:
    whole = await session.whole_file()
    start = min(_PART, len(whole.body) // 2)
    return await _part(session, f"bytes={start}-{start + _PART - 1}", start)


async def _suffix(session: Session) -> Verdict:
    await _with_ranges(session)
    whole = await session.whole_file()
    return await _part(session, f"bytes=-{_PART}", max(0, len(whole.body) - _PART))


async def _part(session: Session, asked: str, start: int) -> Verdict:
    whole = await session.whole_file()
    reply = await _ask(session, (("Range", asked),))
    if reply.status == 200:
        return absent(reply, "200, the whole file")
    if reply.status != 206:
        return broken(reply, reply.told("Content-Range"))
    found = _CONTENT_RANGE.fullmatch(reply.header("content-range"))
    stop = min(start + _PART, len(whole.body))
    wanted = (str(start), str(stop - 1))
    if found is None or found.groups()[:2] != wanted or found[3] not in {"*", str(len(whole.body))}:
        return broken(reply, f"{reply.told('Content-Range')} of {len(whole.body)} bytes")
    if reply.body != whole.body[start:stop]:
        return broken(reply, f"{reply.told('Content-Range')}, and other bytes than in the file")
    return kept(reply, reply.told("Content-Range"))


async def _if_range(session: Session) -> Verdict:
    whole = await _with_ranges(session)
    part = ("Range", f"bytes=0-{_PART - 1}")
    changed = await _ask(session, (part, ("If-Range", '"affineur-probe-another"')))
    if changed.status != 200 or changed.body != whole.body:
        return broken(changed, f"{changed.status} for a file that would have changed")
    etag = whole.header("etag")
    if not etag.startswith('"'):
        return kept(changed, "200 for a file that would have changed; there is no strong ETag")
    same = await _ask(session, (part, ("If-Range", etag)))
    if same.status == 200:
        return absent(same, "200 although it has not changed")
    return (kept if same.status == 206 else broken)(same, same.told("Content-Range"))


async def _unsatisfiable(session: Session) -> Verdict:
    whole = await _with_ranges(session)
    start = len(whole.body) + _PART
    reply = await _ask(session, (("Range", f"bytes={start}-"),))
    told = reply.told("Content-Range")
    return (kept if reply.status == 416 else broken)(reply, told)


async def _with_ranges(session: Session) -> Reply:
    """Give the whole file; raise `DoesNotApply` when no part of it can be had."""
    verdict = await _range(session)
    if verdict.answer.startswith("200"):
        raise DoesNotApply("no part of a file can be had")
    return await session.whole_file()


async def _ask(session: Session, headers: Pairs) -> Reply:
    whole = await session.whole_file()
    ask = Ask(whole.url, headers=headers)
    return await session.asker.ask(ask, session.asker.limits.file_bytes)


async def _cache_control(session: Session) -> Verdict:
    reply = await session.whole_file()
    told = reply.told("Cache-Control")
    return (kept if reply.header("cache-control") else absent)(reply, told)


FILES = Group(
    "Files",
    (
        must("bytes", "A file has the digest that its page tells", "PEP 503", _bytes),
        must(
            "file-plain",
            "A file is sent as it is, without Content-Encoding",
            "RFC 9110, 12.5.3",
            _plain,
        ),
        should("file-head", "HEAD is answered as GET is, without a body", "RFC 9110, 9.3.2", _head),
        should("file-etag", "A file has a strong ETag", "RFC 9110, 8.8.3", _etag),
        should("file-304", "A file that one has already is a 304", "RFC 9110, 13", _not_modified),
        may(
            "file-cache-control",
            "A file tells how long it may be kept",
            "RFC 9111, 5.2",
            _cache_control,
        ),
        should(
            "range",
            "A part of a file is sent when asked: 206, the right bytes",
            "RFC 9110, 14",
            _range,
        ),
        should(
            "range-suffix",
            "So is its end, as clients ask who look into wheels",
            "RFC 9110, 14.1.2",
            _suffix,
        ),
        must(
            "if-range", "A part of a file that changed is never sent", "RFC 9110, 13.1.5", _if_range
        ),
        should(
            "range-416", "A part that is not there is a 416", "RFC 9110, 15.5.17", _unsatisfiable
        ),
        may(
            "accept-ranges", "A file tells that parts can be had", "RFC 9110, 14.3", _accept_ranges
        ),
    ),
)
