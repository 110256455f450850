"""Rows on how a form is chosen (PEP 691, RFC 9110 section 12)."""

from __future__ import annotations

from affineur.probe.messages import ANYTHING, HTML, JSON, TEXT_HTML, Reply
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

_LATEST = "application/vnd.pypi.simple.latest+json"
_HTML_FIRST = f"{JSON};q=0.1, {TEXT_HTML};q=0.9"
_JSON_FIRST = f"{TEXT_HTML};q=0.1, {JSON};q=0.9"
_UNKNOWN_TYPE = "image/png"


async def _content_type(session: Session) -> Verdict:
    """Whether what is served is what its Content-Type says."""
    for reply in session.pages:
        if reply.status != 200 or reply.cut:
            continue
        if not (reply.is_html or reply.is_json):
            return broken(reply, reply.told("Content-Type"))
        begins = reply.body.lstrip()[:1]
        if begins != (b"{" if reply.is_json else b"<"):
            return broken(reply, f"{reply.told('Content-Type')}, and it begins with {begins!r}")
    reply = session.main().pages[0][0]
    return kept(reply, reply.told("Content-Type"))


async def _html_asked(session: Session) -> Verdict:
    session.main()
    replies = [sample.html_reply for sample in session.samples]
    odd = [reply for reply in replies if not (reply.status == 200 and reply.is_html)]
    if not odd:
        return kept(replies[0], replies[0].told("Content-Type"))
    return (absent if len(odd) == len(replies) else broken)(odd[0], odd[0].told("Content-Type"))


async def _versioned_html(session: Session) -> Verdict:
    reply = await _asked(session, HTML)
    if reply.status == 200 and reply.media == HTML:
        return kept(reply, reply.told("Content-Type"))
    return _otherwise(reply)


async def _qualities(session: Session) -> Verdict:
    url = session.page_url(session.with_both()[0].project)
    html, json = await session.get(url, _HTML_FIRST), await session.get(url, _JSON_FIRST)
    if not (html.status == 200 and html.is_html):
        return broken(html, html.told("Content-Type"))
    if not (json.status == 200 and json.is_json):
        return broken(json, json.told("Content-Type"))
    return kept(json, json.told("Content-Type"))


async def _latest(session: Session) -> Verdict:
    reply = await _asked(session, _LATEST)
    if reply.status == 200 and reply.is_json:
        return kept(reply, reply.told("Content-Type"))
    if "latest" in reply.media:
        return broken(reply, f"{reply.told('Content-Type')}, where v1 must be named")
    return _otherwise(reply)


async def _anything(session: Session) -> Verdict:
    reply = await _asked(session, ANYTHING)
    if reply.status == 200 and _is_page(reply):
        return kept(reply, reply.told("Content-Type"))
    return broken(reply, reply.told("Content-Type"))


async def _unacceptable(session: Session) -> Verdict:
    reply = await _asked(session, _UNKNOWN_TYPE)
    if reply.status in {300, 406}:
        return kept(reply, reply.told())
    if reply.status == 200 and _is_page(reply):
        return kept(reply, reply.told("Content-Type"))
    return broken(reply, reply.told("Content-Type"))


async def _vary(session: Session) -> Verdict:
    """Two bodies are chosen between, even where both are of one form."""
    sample = session.main()
    if sample.html_reply.body == sample.json_reply.body or sample.json_reply.status != 200:
        raise DoesNotApply("whatever is accepted, the same is sent")
    for reply in (sample.html_reply, sample.json_reply):
        named = {name.strip().lower() for name in reply.header("vary").split(",")}
        if not named & {"accept", "*"}:
            return broken(reply, reply.told("Vary"))
    return kept(sample.json_reply, sample.json_reply.told("Vary"))


def _otherwise(reply: Reply) -> Verdict:
    """Something else may be sent, or nothing; but not what no client can read."""
    is_sound = reply.status in {300, 406} or (reply.status == 200 and _is_page(reply))
    return (absent if is_sound else broken)(reply, reply.told("Content-Type"))


def _is_page(reply: Reply) -> bool:
    return reply.is_html or reply.is_json


async def _asked(session: Session, accept: str) -> Reply:
    sample = session.main()
    if sample.html is None and sample.json is None:
        raise DoesNotApply("there is no page")
    return await session.get(session.page_url(sample.project), accept)


NEGOTIATION = Group(
    "Which form is sent",
    (
        must("content-type", "Content-Type says truly what is sent", "PEP 691", _content_type),
        should("html", "HTML is served when text/html is asked for", "PEP 691", _html_asked),
        should(
            "html-v1", "HTML is served under its versioned type, too", "PEP 691", _versioned_html
        ),
        should("qualities", "The form with the higher q-value is sent", "PEP 691", _qualities),
        may("latest", "`latest` is understood, and answered with v1", "PEP 691", _latest),
        must("anything", "Who takes anything gets a page", "PEP 691", _anything),
        should(
            "unacceptable", "Who takes neither form gets 406, or a page", "PEP 691", _unacceptable
        ),
        should("vary", "Vary names Accept when it decides", "RFC 9110, 12.5.5", _vary),
    ),
)
