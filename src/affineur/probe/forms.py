"""Rows on the two forms of a page, each by itself: well-formed HTML, JSON of the right shape."""

from __future__ import annotations

import re

from affineur.probe.messages import Reply
from affineur.probe.page import About, Page, PageFile
from affineur.probe.rows import Group, Verdict, absent, broken, kept, must, should
from affineur.probe.samples import Session

_SECURE = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b"})
_VERSION = re.compile(r"\d+\.\d+")

_Pages = tuple[tuple[Reply, Page], ...]


async def _html_form(session: Session) -> Verdict:
    return _without(session.with_html(), About.FORM)


async def _html_names(session: Session) -> Verdict:
    return _without(session.with_html(), About.NAMES)


async def _html_hashes(session: Session) -> Verdict:
    return _hashes(session.with_html())


async def _html_version(session: Session) -> Verdict:
    for reply, page in session.with_html():
        if page.version is None:
            return absent(reply, 'no <meta name="pypi:repository-version">')
        if not _VERSION.fullmatch(page.version):
            return broken(reply, f"{page.version[:40]!r} is not Major.Minor")
    reply, page = session.with_html()[0]
    return kept(reply, f"version {page.version}")


async def _json(session: Session) -> Verdict:
    session.main()
    replies = [sample.json_reply for sample in session.samples]
    odd = [reply for reply in replies if not (reply.status == 200 and reply.is_json)]
    if not odd:
        return kept(replies[0], replies[0].told("Content-Type"))
    return (absent if len(odd) == len(replies) else broken)(odd[0], odd[0].told("Content-Type"))


async def _json_form(session: Session) -> Verdict:
    for sample in session.samples:
        if sample.unreadable:
            return broken(sample.json_reply, sample.unreadable)
    return _without(session.with_json(), About.FORM)


async def _json_hashes(session: Session) -> Verdict:
    return _hashes(session.with_json())


async def _promises(session: Session) -> Verdict:
    """Look for the mandatory keys of the version that a page claims, as far as we know it."""
    for reply, page in session.with_json():
        if page.version is None or not _VERSION.fullmatch(page.version):
            return broken(reply, f"its api-version is {str(page.version)[:40]!r}")
        if not page.version.startswith("1."):
            return broken(reply, f"its api-version is {page.version}, its media type says v1")
        if page.claims(1) and page.versions is None:
            return broken(reply, f"it claims {page.version} and has no `versions`")
        unsized = [file for file in page.files if file.size is None]
        if page.claims(1) and unsized:
            return broken(reply, f"it claims {page.version}; {_of(unsized, page)} have no `size`")
        if page.status is not None and not page.claims(4):
            return broken(reply, f"it has a project status (1.4) and claims {page.version}")
    reply, page = session.with_json()[0]
    return kept(reply, f"it claims {page.version}, and has what that asks for")


def _without(pages: _Pages, about: About) -> Verdict:
    for reply, page in pages:
        flaws = page.flaws_about(about)
        if flaws:
            return broken(reply, flaws[0])
    reply, page = pages[0]
    return kept(reply, f"{len(page.files)} files")


def _hashes(pages: _Pages) -> Verdict:
    for reply, page in pages:
        flaws = page.flaws_about(About.HASHES)
        if flaws:
            return broken(reply, flaws[0])
        bare = [file for file in page.files if not file.hashes]
        if len(bare) == len(page.files):
            return absent(reply, "no file has a digest")
        weak = [file for file in page.files if not _SECURE & set(file.hashes)]
        if weak:
            names = ", ".join(sorted(weak[0].hashes)) or "no digest"
            return broken(reply, f"{_of(weak, page)} have {names}")
    reply, page = pages[0]
    return kept(reply, f"{len(page.files)} files, each with {next(iter(page.files[0].hashes))}")


def _of(some: list[PageFile], page: Page) -> str:
    return f"{len(some)} of {len(page.files)} files"


FORMS = Group(
    "The two forms",
    (
        must(
            "html-form",
            "A page in HTML is well-formed, as a strict reader needs it",
            "PEP 503",
            _html_form,
        ),
        must(
            "html-names",
            "The text of each link is the filename it leads to",
            "PEP 503",
            _html_names,
        ),
        should("html-hashes", "Each link in HTML ends in a secure digest", "PEP 503", _html_hashes),
        should(
            "html-version", "A page in HTML tells the version of the API", "PEP 629", _html_version
        ),
        should("json", "A page is served as JSON when that is asked for", "PEP 691", _json),
        must(
            "json-form", "A page in JSON has the keys and types it must have", "PEP 691", _json_form
        ),
        should("json-hashes", "Each file in JSON has a secure digest", "PEP 691", _json_hashes),
        must(
            "version",
            "A page has what the version it claims asks for",
            "PEP 629, 691, 700",
            _promises,
        ),
    ),
)
