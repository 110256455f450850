"""Rows on where things are: the list of all projects, a project's page, and other spellings."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from affineur.probe.html_page import Names, read_html_names
from affineur.probe.json_page import read_json_names
from affineur.probe.messages import JSON, TEXT_HTML, Reply, is_same_origin
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


async def _root(session: Session) -> Verdict:
    replies = [await session.root(accept) for accept in (TEXT_HTML, JSON)]
    for reply in replies:
        if reply.status == 200 and (reply.is_html or reply.is_json):
            return _judged(session, reply)
    return broken(replies[0], replies[0].told("Content-Type"))


def _judged(session: Session, reply: Reply) -> Verdict:
    listed = _names(reply)
    if listed.flaws:
        return broken(reply, listed.flaws[0])
    unlisted = {sample.project for sample in session.samples} - _plain(listed.names)
    if listed.is_whole and unlisted:
        said = f"{len(listed.names)} projects, and {min(unlisted)} is not among them"
        return broken(reply, f"{said}, although it has a page")
    read = "" if listed.is_whole else f" in the first {len(reply.body)} bytes"
    return kept(reply, f"{reply.status}, {len(listed.names)} projects{read}")


def _names(reply: Reply) -> Names:
    return read_json_names(reply) if reply.is_json else read_html_names(reply)


async def _root_json(session: Session) -> Verdict:
    reply = await session.root(JSON)
    if reply.status == 200 and reply.is_json:
        return _judged(session, reply)
    return absent(reply, reply.told("Content-Type"))


async def _roots_agree(session: Session) -> Verdict:
    html, json = await session.root(TEXT_HTML), await session.root(JSON)
    if not (html.status == json.status == 200 and html.is_html and json.is_json):
        raise DoesNotApply("the list of all projects comes in one form only")
    if html.cut or json.cut:
        raise CannotTell(f"the list is {html.cut or json.cut}; it was not read whole", html.ask)
    in_html, in_json = (set(_names(reply).names) for reply in (html, json))
    odd = sorted(_plain(in_html) ^ _plain(in_json))
    if odd:
        return broken(json, f"{len(odd)} projects stand in one form only, such as {odd[0]!r}")
    return kept(json, f"{len(in_json)} projects in both")


def _plain(names: Iterable[str]) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


async def _page(session: Session) -> Verdict:
    sample = session.main()
    reply, page = sample.pages[0]
    if not reply.url.endswith("/"):
        return broken(reply, f"{reply.status}, after a redirect to a URL without the last /")
    return kept(reply, f"{reply.told('Content-Type')}, {len(page.files)} files")


async def _slash(session: Session) -> Verdict:
    url = session.page_url(session.main().project)
    reply = await session.get(url.removesuffix("/"), TEXT_HTML, follows=False)
    if reply.is_redirect and _same(reply.leads_to, url):
        return kept(reply, reply.told("Location"))
    if reply.is_redirect:
        return broken(reply, f"{reply.told('Location')}, which is another page")
    if reply.status == 200:
        return broken(reply, "200 without a redirect: relative links lead elsewhere from there")
    return absent(reply, reply.told())


async def _spelling(session: Session) -> Verdict:
    project = session.main().project
    other = project.capitalize().replace("-", "_")
    if other == project:
        raise CannotTell(f"{project!r} has no other spelling")
    reply = await session.get(session.page_url(other), TEXT_HTML, follows=True)
    if reply.status == 200 and _same(reply.url, session.page_url(project)):
        return kept(reply, f"redirected to {project}/")
    if reply.status == 200 and not reply.hops:
        return absent(reply, "200 without a redirect: the page has two URLs")
    return (broken if reply.status >= 500 else absent)(reply, reply.told())


async def _unknown(session: Session) -> Verdict:
    url = session.page_url(f"no-such-project-{secrets.token_hex(8)}")
    reply = await session.get(url, TEXT_HTML, follows=False)
    if reply.status in {404, 410}:
        return kept(reply, reply.told())
    if reply.is_redirect and not is_same_origin(reply.leads_to, session.home):
        return broken(reply, f"{reply.status}, led to another index")
    return broken(reply, reply.told("Content-Type"))


def _same(one: str, other: str) -> bool:
    """Whether two URLs are one, whichever of http and https a proxy made of it."""
    return one.partition("://")[2].rstrip("/") == other.partition("://")[2].rstrip("/") and (
        one.endswith("/")
    )


PLACES = Group(
    "Where things are",
    (
        must("root", "The root lists every project, linked by its name", "PEP 503", _root),
        should("root-json", "The root is served as JSON, too", "PEP 691", _root_json),
        should(
            "root-agree",
            "The root lists the same projects as HTML and JSON",
            "PEP 691",
            _roots_agree,
        ),
        must("page", "A project's page is served at a URL that ends in /", "PEP 503", _page),
        should("slash", "A URL without the last / is redirected to it", "PEP 503", _slash),
        may("spelling", "Other spellings of a name are redirected", "PEP 503", _spelling),
        should("unknown", "A project that is not there is a 404", "RFC 9110, 15.5.5", _unknown),
    ),
)
