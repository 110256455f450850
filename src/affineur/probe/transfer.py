"""Rows on how pages travel: HEAD, validators, caching, codings, connections."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from affineur.probe.codings import Undecodable, decoded
from affineur.probe.messages import Ask, Reply, is_same_origin
from affineur.probe.reach import is_proxied
from affineur.probe.rows import (
    CannotTell,
    DoesNotApply,
    Group,
    Judge,
    Verdict,
    absent,
    broken,
    kept,
    may,
    must,
    should,
)
from affineur.probe.samples import Session

_HEAD_TELLS = ("Content-Type", "Content-Length", "ETag", "Last-Modified")
_WORTH_CODING = 1000
_NEVER_AN_ETAG = '"affineur-probe-no-such-etag"'


async def _head(session: Session) -> Verdict:
    return await heads(session, _page(session))


async def _etag(session: Session) -> Verdict:
    return has_etag(_page(session))


async def _not_modified(session: Session) -> Verdict:
    return await not_modified(session, _page(session))


async def _last_modified(session: Session) -> Verdict:
    reply = _page(session)
    told = reply.told("Last-Modified")
    return (kept if reply.header("last-modified") else absent)(reply, told)


async def _cache_control(session: Session) -> Verdict:
    reply = _page(session)
    told = reply.told("Cache-Control")
    return (kept if reply.header("cache-control") else absent)(reply, told)


def _coding(coding: str) -> Judge:
    async def judge(session: Session) -> Verdict:
        plain, reply = _largest_page(session), await _coded(session, coding)
        if not reply.is_whole:
            return broken(reply, reply.told())
        sent = reply.header("content-encoding").lower()
        if not sent or sent == "identity":
            if len(plain.body) < _WORTH_CODING:
                raise CannotTell(f"a page of {len(plain.body)} bytes is not worth it", reply.ask)
            return absent(reply, f"200, {len(plain.body)} bytes, not encoded")
        if sent not in {coding, f"x-{coding}"}:
            return broken(reply, f"{reply.told('Content-Encoding')}, which nobody asked for")
        try:
            body = decoded(sent, reply.body, session.asker.limits.page_bytes)
        except Undecodable as error:
            return broken(reply, f"the {len(reply.body)} bytes {error}")
        if body != plain.body:
            return broken(reply, f"it decodes to other {len(body)} bytes than come uncoded")
        return kept(reply, f"{len(plain.body)} bytes as {len(reply.body)}")

    return judge


async def _identity(session: Session) -> Verdict:
    for reply in session.asker.replies:
        has_asked = any(name == "accept-encoding" for name, _ in reply.ask.headers)
        if not has_asked and reply.header("content-encoding").lower() not in {"", "identity"}:
            return broken(reply, reply.told("Content-Encoding"))
    return kept(_page(session), f"{len(session.asker.replies)} answers")


async def _vary_encoding(session: Session) -> Verdict:
    coded = [await _coded(session, coding) for coding in ("gzip", "br", "zstd")]
    sent = [reply for reply in coded if reply.header("content-encoding")]
    if not sent:
        raise DoesNotApply("nothing is encoded")
    for reply in sent:
        named = {name.strip().lower() for name in reply.header("vary").split(",")}
        if not named & {"accept-encoding", "*"}:
            return broken(reply, reply.told("Vary"))
    return kept(sent[0], sent[0].told("Vary"))


async def _etags_differ(session: Session) -> Verdict:
    """One strong ETag stands for one sequence of bytes: not for two forms or codings."""
    url = _largest_page(session).url  # ETags of other pages are no matter of this one
    replies = [reply for reply, _ in session.all_pages() if reply.url == url]
    replies += [await _coded(session, coding) for coding in ("gzip", "br", "zstd")]
    bodies: dict[str, bytes] = {}
    for reply in replies:
        etag = reply.header("etag")
        if (
            reply.is_whole
            and etag.startswith('"')
            and bodies.setdefault(etag, reply.body) != reply.body
        ):
            return broken(reply, f"{etag} stands for other bytes, too")
    if not bodies:
        raise DoesNotApply("no page has a strong ETag")
    return kept(replies[0], f"{len(bodies)} ETags for {len(set(bodies.values()))} bodies")


async def _keep_alive(session: Session) -> Verdict:
    if is_proxied(session.home):
        raise CannotTell("a proxy of this machine stands between")
    _page(session)
    near = [reply for reply in session.asker.replies if is_same_origin(reply.url, session.home)]
    over = Counter(one.connection for one in near if one.connection and one.ask.method == "GET")
    said = f"{sum(over.values())} answers over {len(over)} connections"
    if not over:
        raise CannotTell("the connections could not be told apart")
    return (kept if max(over.values()) > 1 else absent)(near[0], said)


async def _length(session: Session) -> Verdict:
    """Too short a body breaks off; one that is too long spoils what comes next."""
    lengths = 0
    for reply in session.asker.replies:
        length = reply.header("content-length")
        if "complete message body" in reply.cut:
            return broken(reply, f"{reply.told('Content-Length')}; {len(reply.body)} bytes came")
        if length and reply.ask.method == "GET" and reply.status == 200 and not reply.cut:
            lengths += 1
            if not length.isdigit() or int(length) != len(reply.body):
                return broken(
                    reply, f"{reply.told('Content-Length')}; {len(reply.body)} bytes came"
                )
    if not lengths:
        raise DoesNotApply("no answer has a Content-Length")
    return kept(_page(session), f"{lengths} answers")


async def heads(session: Session, reply: Reply) -> Verdict:
    """Compare HEAD with the GET that was answered so."""
    ask = Ask(reply.url, reply.ask.accept, method="HEAD")
    head = await session.asker.ask(ask)
    if head.surplus:
        return broken(head, f"{head.status}, and bytes follow: {head.surplus[:20]!r}")
    if _odd(head, reply):  # a cache may have filled in between
        reply = await session.asker.ask(replace(reply.ask, url=reply.url, turn=2))
    odd = _odd(head, reply)
    return broken(head, odd) if odd else kept(head, head.told("Content-Type"))


def _odd(head: Reply, reply: Reply) -> str:
    """Name the first thing that HEAD tells otherwise than GET; empty if none."""
    if head.status != reply.status:
        return f"{head.status}, where GET is answered {reply.status}"
    for name in _HEAD_TELLS:
        one, other = head.header(name), reply.header(name)
        is_left_out = name == "Content-Length" and not one  # RFC 9110, 8.6: may be left out
        if one != other and not is_left_out:
            return f"{head.told(name)}, where GET says {other or 'nothing'}"
    return ""


def has_etag(reply: Reply) -> Verdict:
    """Whether an answer has a strong ETag."""
    etag = reply.header("etag")
    if not etag or etag.startswith("W/"):
        return absent(reply, reply.told("ETag"))
    is_form = len(etag) > 1 and etag[0] == etag[-1] == '"' and '"' not in etag[1:-1]
    return (kept if is_form else broken)(reply, reply.told("ETag"))


async def not_modified(session: Session, reply: Reply) -> Verdict:
    """Ask again for what has not changed, by ETag or else by date; and by an ETag of no one."""
    etag, moment = reply.header("etag"), reply.header("last-modified")
    if not etag and not moment:
        return absent(reply, "neither ETag nor Last-Modified")
    condition = ("If-None-Match", etag) if etag else ("If-Modified-Since", moment)
    ask = Ask(reply.url, reply.ask.accept, (condition,))
    again = await session.asker.ask(ask)
    if again.status == 200:
        return absent(again, "200, the whole of it")
    if again.status != 304 or again.body:
        return broken(again, f"{again.told()}, {len(again.body)} bytes")
    if etag:
        never = Ask(reply.url, reply.ask.accept, (("If-None-Match", _NEVER_AN_ETAG),))
        other = await session.asker.ask(never)
        if other.status == 304:
            return broken(other, "304 for an ETag that nobody was given")
    return kept(again, "304")


def _page(session: Session) -> Reply:
    """Give the page as most clients ask for it: JSON where there is JSON."""
    reply = session.main().pages[-1][0]
    if reply.hops:
        raise CannotTell("the page is reached by redirects only", reply.ask)
    return reply


def _largest_page(session: Session) -> Reply:
    """Give the page that gains most from a coding; small ones are rightly sent as they are."""
    session.main()
    replies = [sample.pages[-1][0] for sample in session.samples]
    return max(replies, key=lambda reply: len(reply.body))


async def _coded(session: Session, coding: str) -> Reply:
    plain = _largest_page(session)
    return await session.get(plain.url, plain.ask.accept, (("accept-encoding", coding),))


TRANSFER = Group(
    "How pages travel",
    (
        should("page-head", "HEAD is answered as GET is, without a body", "RFC 9110, 9.3.2", _head),
        should("page-etag", "A page has a strong ETag", "RFC 9110, 8.8.3", _etag),
        should("page-304", "A page that has not changed is a 304", "RFC 9110, 13", _not_modified),
        must(
            "etags-differ",
            "A strong ETag stands for one form and coding",
            "RFC 9110, 8.8.1",
            _etags_differ,
        ),
        may("last-modified", "A page tells when it changed", "RFC 9110, 8.8.2", _last_modified),
        should(
            "cache-control", "A page tells how long it may be kept", "RFC 9111, 5.2", _cache_control
        ),
        should(
            "gzip",
            "Pages are sent as gzip when asked, and decode to the same",
            "RFC 9110, 8.4",
            _coding("gzip"),
        ),
        may("br", "Pages are sent as brotli, likewise", "RFC 7932", _coding("br")),
        may("zstd", "Pages are sent as zstd, likewise", "RFC 8878", _coding("zstd")),
        must("identity", "Nothing is encoded for who did not ask", "RFC 9110, 12.5.3", _identity),
        should(
            "vary-coding",
            "Vary names Accept-Encoding when something is encoded",
            "RFC 9110, 12.5.5",
            _vary_encoding,
        ),
    ),
)

CONNECTIONS = Group(
    "Connections",
    (
        should(
            "keep-alive", "Several answers come over one connection", "RFC 9112, 9.3", _keep_alive
        ),
        must(
            "content-length", "Content-Length is the length of what comes", "RFC 9110, 8.6", _length
        ),
    ),
)
