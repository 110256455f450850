"""Rows on links and credentials, and on the JSON API that some clients still ask."""

from __future__ import annotations

from urllib.parse import urlsplit

from affineur.probe.json_page import Json, read_object
from affineur.probe.messages import Ask, Reply, is_same_origin
from affineur.probe.page import PageFile
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

_SHORTEST_SECRET = 12
"""A shorter password may stand in any text by chance."""


async def _links(session: Session) -> Verdict:
    near = total = 0
    for reply, page in session.all_pages():
        for file in page.files:
            parts = urlsplit(file.url)
            if parts.scheme not in {"http", "https"} or not parts.netloc:
                return broken(reply, f"{file.filename[:80]} is at {file.url[:80]!r}")
            if reply.url.startswith("https:") and parts.scheme == "http":
                return broken(reply, f"{file.filename[:80]} is led to by http, its page by https")
            near += is_same_origin(file.url, session.home)
            total += 1
    reply = session.all_pages()[0][0]
    return kept(reply, f"{near} of {total} links stay at the index's own origin")


async def _secrets(session: Session) -> Verdict:
    for reply, page in session.all_pages():
        for file in page.files:
            if _holds_credentials(file):
                return broken(reply, f"the URL of {file.filename[:80]} carries credentials")
    secrets = _secrets_of(session)
    for reply in session.asker.replies:
        if "@" in urlsplit(reply.leads_to).netloc:
            return broken(reply, "a redirect carries credentials")
        said = reply.body + str(reply.headers).encode()
        if any(secret in said for secret in secrets):
            return broken(reply, "the credentials that were sent come back in the answer")
    return kept(session.all_pages()[0][0], f"{len(session.asker.replies)} answers")


def _secrets_of(session: Session) -> list[bytes]:
    credentials = session.asker.credentials
    if credentials is None:
        return []
    told = [credentials.password, credentials.header.partition(" ")[2]]
    return [secret.encode() for secret in told if len(secret) >= _SHORTEST_SECRET]


def _holds_credentials(file: PageFile) -> bool:
    return "@" in urlsplit(file.url).netloc


async def _challenge(session: Session) -> Verdict:
    reply = await _anonymous(session)
    if reply.status == 200:
        raise DoesNotApply("everybody may read it")
    if reply.status == 401 and reply.header("www-authenticate"):
        return kept(reply, reply.told("WWW-Authenticate"))
    return broken(reply, reply.told("WWW-Authenticate"))


async def _private(session: Session) -> Verdict:
    if (await _anonymous(session)).status == 200:
        raise DoesNotApply("everybody may read it")
    for reply, _ in session.all_pages():
        told = {part.strip().partition("=")[0] for part in reply.header("cache-control").split(",")}
        if told & {"public", "s-maxage"}:
            return broken(reply, reply.told("Cache-Control"))
    reply = session.all_pages()[-1][0]
    return kept(reply, reply.told("Cache-Control"))


async def _anonymous(session: Session) -> Reply:
    if session.asker.credentials is None:
        raise DoesNotApply("no credentials were given")
    page = session.main().pages[-1][0]
    return await session.asker.ask(Ask(page.url, page.ask.accept, is_anonymous=True))


async def _project_api(session: Session) -> Verdict:
    root, found, _ = session.home.removesuffix("/").rpartition("/simple")
    if not found:
        raise DoesNotApply("the URL of the index does not end in /simple/, so none can be derived")
    sample = session.main()
    reply = await session.asker.ask(Ask(f"{root}/pypi/{sample.project}/json"), follows=True)
    if not reply.is_whole or "json" not in reply.media:
        return absent(reply, reply.told("Content-Type"))
    document = read_object(reply)
    if not isinstance(document.get("info"), dict) or not isinstance(document.get("urls"), list):
        return broken(reply, "it has no `info`, or no `urls`")
    known = {file.filename: file.sha256 for file in sample.page.files} if sample.page else {}
    listed = _digests(document)
    odd = [name for name in listed.keys() & known.keys() if known[name] not in {None, listed[name]}]
    if odd:
        return broken(reply, f"{odd[0][:80]} has another sha256 than on its page")
    return kept(reply, f"200, {len(listed)} files of the newest release")


def _digests(document: Json) -> dict[str, object]:
    files = [file for file in document["urls"] if isinstance(file, dict)]
    return {
        str(file.get("filename")): (file.get("digests") or {}).get("sha256")
        for file in files
        if isinstance(file.get("digests"), dict)
    }


TRUST = Group(
    "Links and credentials",
    (
        must(
            "links",
            "Every link leads to http or https, and never from https to http",
            "PEP 503",
            _links,
        ),
        must(
            "secrets",
            "No link, redirect or answer carries credentials",
            "RFC 9110, 4.2.4",
            _secrets,
        ),
        should(
            "challenge",
            "Without credentials: 401 with WWW-Authenticate",
            "RFC 9110, 11.6.1",
            _challenge,
        ),
        should(
            "private",
            "What was given for credentials is for no shared cache",
            "RFC 9111, 3.5",
            _private,
        ),
    ),
)

PROJECT_API = Group(
    "Beyond the simple API",
    (may("project-json", "/pypi/PROJECT/json tells of a project", "the JSON API", _project_api),),
)
