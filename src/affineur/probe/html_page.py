"""Reading pages in HTML, strictly: PEP 503 with 592, 629, 658/714, 708, 740 and 792."""

from __future__ import annotations

import re
from dataclasses import dataclass

from affineur.probe.markup import Element, Markup, read_markup
from affineur.probe.messages import Reply
from affineur.probe.page import (
    MOST_FILES,
    About,
    Flaw,
    Page,
    PageFile,
    absolute,
    is_distribution,
    last_part,
)

_CHARSET = re.compile(r"charset=\"?([^\s;\"]+)", re.IGNORECASE)
_HASH = re.compile(r"([a-z0-9_]+)=([0-9A-Fa-f]+)")
_METADATA = re.compile(r"true|(?P<hash>[a-z0-9_]+=[0-9A-Fa-f]+)")


@dataclass(frozen=True, slots=True)
class Names:
    """The list of all projects, or its beginning."""

    names: tuple[str, ...]
    is_whole: bool
    flaws: tuple[str, ...] = ()


def read_html_page(reply: Reply) -> Page:
    """Read a project's page."""
    markup, flaws = _markup(reply)
    base = absolute(reply.url, markup.base) if markup.base else reply.url
    files: list[PageFile] = []
    for anchor in markup.anchors:
        location = absolute(base, anchor.attributes.get("href", ""))
        if is_distribution(last_part(location)):
            files.append(_file(anchor, location, flaws))
    if len(files) > MOST_FILES:
        return Page(None, (), (Flaw(About.FORM, f"it lists more than {MOST_FILES} files"),))
    tracks = _contents(markup, "pypi:tracks")
    alternates = _contents(markup, "pypi:alternate-locations")
    return Page(
        _content(markup, "pypi:repository-version"),
        tuple(files),
        tuple(flaws),
        tracks=tracks or None,
        alternates=alternates or None,
        status=_content(markup, "pypi:project-status"),
    )


def read_html_names(reply: Reply) -> Names:
    """Read the list of all projects, as far as it came."""
    markup, flaws = _markup(reply)
    base = absolute(reply.url, markup.base) if markup.base else reply.url
    names: list[str] = []
    texts = [flaw.text for flaw in flaws]
    for anchor in markup.anchors:
        location = absolute(base, anchor.attributes.get("href", ""))
        if not location.startswith(reply.url) or location == reply.url:
            continue  # not one level down: a link home, to a style sheet, to the next page
        name = last_part(location.removesuffix("/"))
        if _plain(anchor.text) != _plain(name):
            texts.append(f"the text {anchor.text[:60]!r} links to {name[:60]!r}")
        names.append(name)
    return Names(tuple(names), not reply.cut, tuple(texts))


def _markup(reply: Reply) -> tuple[Markup, list[Flaw]]:
    text, flaws = _text(reply)
    markup = read_markup(text)
    if not markup.has_doctype:
        flaws.append(Flaw(About.FORM, "it does not begin with <!DOCTYPE html>"))
    flaws += [Flaw(About.FORM, flaw) for flaw in markup.flaws]
    return markup, flaws


def _text(reply: Reply) -> tuple[str, list[Flaw]]:
    found = _CHARSET.search(reply.header("content-type"))
    charset = found[1] if found else "utf-8"
    body = reply.body
    if reply.cut:  # what was read ends anywhere; the last whole link is a good place
        body = body[: body.rfind(b"</a>") + len(b"</a>")]
    try:
        return body.decode(charset), []
    except (UnicodeDecodeError, LookupError):
        told = Flaw(About.FORM, f"it is not written in {charset[:20]}")
        return body.decode("utf-8", "replace"), [told]


def _file(anchor: Element, location: str, flaws: list[Flaw]) -> PageFile:
    attributes = anchor.attributes
    filename = last_part(location)
    if anchor.text != filename:
        flaws.append(Flaw(About.NAMES, f"the text {anchor.text[:80]!r} links to {filename[:80]!r}"))
    return PageFile(
        filename,
        location,
        _hashes(attributes["href"].partition("#")[2], filename, flaws),
        attributes.get("data-requires-python"),
        attributes.get("data-yanked"),
        _metadata(attributes.get("data-core-metadata"), filename, flaws),
        _metadata(attributes.get("data-dist-info-metadata"), filename, flaws),
        upload_time=attributes.get("data-upload-time"),
        provenance=attributes.get("data-provenance"),
    )


def _hashes(fragment: str, filename: str, flaws: list[Flaw]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, fragment.split("&")):
        match = _HASH.fullmatch(part)
        if match is not None:
            found[match[1]] = match[2]
        elif not part.startswith(("egg=", "subdirectory=")):
            told = f"the fragment of {filename[:80]} is no digest: {part[:40]!r}"
            flaws.append(Flaw(About.HASHES, told))
    return found


def _metadata(value: str | None, filename: str, flaws: list[Flaw]) -> str | None:
    if value is None or value == "false":
        return None
    match = _METADATA.fullmatch(value)
    if match is None:
        told = f"{filename[:80]} says {value[:60]!r}, which is neither true nor a digest"
        flaws.append(Flaw(About.METADATA, told))
        return ""
    return match["hash"] or ""


def _content(markup: Markup, name: str) -> str | None:
    return next(iter(_contents(markup, name)), None)


def _contents(markup: Markup, name: str) -> tuple[str, ...]:
    return tuple(
        meta.attributes.get("content", "")
        for meta in markup.metas
        if meta.attributes.get("name") == name
    )


def _plain(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()
