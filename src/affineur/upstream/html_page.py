"""Reading a project page in HTML: PEP 503, with PEP 592, 629, 658/714, 708, 740 and 792.

Anything may answer 200 with HTML: a login form, a captive portal, an error page. So a page
counts only when it shows that it is an index page; a page without files must say so itself.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from affineur.core.errors import BadInput
from affineur.core.names import ProjectName, parse_project
from affineur.upstream.json_page import absolute, url_in, urls
from affineur.upstream.links import Link, Listing, Told, UnusablePage, listing

_Meta = dict[str, list[str]]
"""The contents of all meta elements, by name."""

_DISTRIBUTION = re.compile(r"[^/?#]+\.(?:whl|tar\.gz|zip|tar\.bz2|tgz|egg|exe|msi|rpm|deb|dmg)")
_HEADING = re.compile(r"\b(?:links for|index of|simple index)\b", re.IGNORECASE)
_LINKS_FOR = re.compile(r"\blinks for\s+(?P<name>.*)", re.IGNORECASE)
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1"})


def read_html_page(body: bytes, project: ProjectName, url: str, charset: str | None) -> Listing:
    """Read a page that came from `url`; raise `UnusablePage` when it is none of this project."""
    text = _decoded(body, charset)
    if "<" not in text:
        raise UnusablePage("is empty")
    tree = LexborHTMLParser(text)
    meta = _meta(tree)
    base = _base(tree, url)
    links = [_link(anchor, base) for anchor in tree.css("a[href]")]
    _check_version(_first(meta, "pypi:repository-version"))
    _check_heading(tree, project)
    named = [link for link in links if _DISTRIBUTION.fullmatch(link.filename)]
    page = listing(project, named, _told(meta, base))
    if not page.files and not _says_it_is_an_index(tree, meta, has_links=bool(links)):
        raise UnusablePage("is HTML that does not look like the page of an index")
    return page


def _decoded(body: bytes, charset: str | None) -> str:
    encoding = (charset or "utf-8").strip("\"' ").lower()
    if encoding not in _ENCODINGS:
        raise UnusablePage(f"is written in {encoding[:20]!r}, and UTF-8 is what we read")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnusablePage(f"is not {encoding}, although it says so") from error


def _meta(tree: LexborHTMLParser) -> _Meta:
    found: _Meta = {}
    for node in tree.css("meta[name]"):
        name = node.attributes.get("name") or ""
        found.setdefault(name, []).append(node.attributes.get("content") or "")
    return found


def _first(meta: _Meta, name: str) -> str | None:
    return meta[name][0] if name in meta else None


def _told(meta: _Meta, base: str) -> Told:
    return Told(
        _first(meta, "pypi:project-status"),
        _first(meta, "pypi:project-status-reason"),
        urls(base, meta.get("pypi:tracks")),
        urls(base, meta.get("pypi:alternate-locations")),
    )


def _base(tree: LexborHTMLParser, url: str) -> str:
    base = tree.css_first("base[href]")
    return url if base is None else absolute(url, base.attributes.get("href") or "")


def _link(anchor: LexborNode, base: str) -> Link:
    told = anchor.attributes
    href = (told.get("href") or "").strip()
    location, fragment = absolute(base, href), href.partition("#")[2]
    metadata = told.get("data-core-metadata", told.get("data-dist-info-metadata"))
    return Link(
        unquote(location.partition("?")[0].rpartition("/")[2]),
        location,
        _hash(fragment),
        None,
        told.get("data-upload-time"),
        told.get("data-requires-python"),
        (told["data-yanked"] or "") if "data-yanked" in told else None,
        has_metadata=metadata is not None and metadata.lower() != "false",
        metadata_sha256=_hash(metadata or ""),
        provenance=url_in(base, told.get("data-provenance")),
    )


def _hash(text: str) -> str | None:
    """Take the sha256 out of `sha256=...`, alone or between `&`."""
    found = (part.partition("=") for part in text.split("&"))
    return next((value for name, _, value in found if name.lower() == "sha256"), None)


def _check_version(version: str | None) -> None:
    if version is not None and version.split(".")[0] != "1":
        raise UnusablePage(f"has the API version {version[:20]!r}, and 1 is what we read")


def _check_heading(tree: LexborHTMLParser, project: ProjectName) -> None:
    """Refuse a page whose heading names another project (`Links for other`)."""
    for heading in _headings(tree):
        match = _LINKS_FOR.search(heading)
        try:
            named = parse_project(match["name"].strip()) if match else project
        except BadInput:
            continue
        if named != project:
            raise UnusablePage(f"names another project: {named!r}")


def _headings(tree: LexborHTMLParser) -> list[str]:
    return [node.text(strip=True) for node in tree.css("title, h1")]


def _says_it_is_an_index(tree: LexborHTMLParser, meta: _Meta, *, has_links: bool) -> bool:
    """Whether a page without files is an honest one."""
    if tree.css_first("form, input, script") is not None:
        return False
    headings = _headings(tree)
    if "pypi:repository-version" in meta or any(map(_HEADING.search, headings)):
        return True
    body = tree.body
    is_blank = body is not None and not body.text(strip=True)
    return is_blank and not headings and not has_links
