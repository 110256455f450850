"""READMEs of packages as HTML that can do nothing but be read (decision 0030).

A child process renders what strangers wrote (`markup_child.py`), for that may take for ever; what
it gives is sanitised here once more, whatever it is. Links lead to the web or to mail, and say
that nobody here vouches for them; images are never fetched; nothing keeps an id, a class or a
style, so that no README can look like, or reach, a part of our page.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from email.message import Message

import nh3
from markupsafe import Markup

from affineur import children

_CHILD = "affineur.web.ui.markup_child"
_CHILD_S = 5.0
_MOST_BYTES = 512 * 1024
_MOST_HTML = 4 * 1024 * 1024
_AT_ONCE = 2
_REMEMBERED = 64
_KINDS = {"text/markdown": "markdown", "text/x-rst": "rst", "text/plain": ""}

TAGS = frozenset(
    {
        *("a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details"),
        *("div", "dl", "dt", "em", "figcaption", "figure", "h3", "h4", "h5", "h6", "hr", "i"),
        *("ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong"),
        *("sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt"),
        *("u", "ul", "var"),
    }
)
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"colspan", "rowspan"}, "th": {"colspan"}}
_GONE_WHOLE = {"script", "style", "template", "noscript", "iframe", "object", "textarea", "title"}


@dataclass(frozen=True, slots=True)
class Readme:
    """A README as it is shown: as markup, or as it stands when nothing else can be done."""

    markup: Markup | None
    text: str
    """Shown when there is no markup."""
    remark: str = ""
    """Why it is not shown as its author meant it; empty when it is."""


@dataclass(slots=True)
class Readmes:
    """Renders READMEs, and remembers some. For one event loop."""

    _known: OrderedDict[str, Readme] = field(default_factory=OrderedDict)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def render(self, text: str, content_type: str | None) -> Readme:
        """Render a description by the content type that its metadata names."""
        key = hashlib.sha256(f"{content_type}\0{text}".encode("utf-8", "replace")).hexdigest()
        if key not in self._known:
            async with self._room:
                self._known[key] = await _rendered(text, content_type)
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return self._known[key]


async def _rendered(text: str, content_type: str | None) -> Readme:
    given = text.encode("utf-8", "replace")
    remark = "It is cut: only its beginning is shown." if len(given) > _MOST_BYTES else ""
    cut = given[:_MOST_BYTES]
    shown = cut.decode("utf-8", "ignore")
    kind = _kind(content_type)
    if not kind:
        return Readme(None, shown, remark)
    try:
        html = await children.run(_CHILD, [kind], _CHILD_S, cut)
    except (children.ChildFailed, OSError):
        html = b""
    if not html or len(html) > _MOST_HTML:
        is_told = content_type is not None
        why = "It could not be rendered, so it is shown as it stands." if is_told else ""
        return Readme(None, shown, why or remark)
    return Readme(await asyncio.to_thread(sanitised, html.decode("utf-8", "replace")), "", remark)


def sanitised(html: str) -> Markup:
    """Leave of HTML what can only be read; what is left may stand on a page of ours."""
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=_GONE_WHOLE,
        attributes={"*": set(), **ATTRIBUTES},  # else any may have a title and a language
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener noreferrer ugc",
    )
    return Markup(clean)  # noqa: S704  the one thing that this is for


def _kind(content_type: str | None) -> str:
    """Give the kind of markup; empty for plain text. Nobody's word means reStructuredText."""
    if content_type is None:
        return "rst"
    told = Message()
    told["content-type"] = content_type
    kind = _KINDS.get(told.get_content_type(), "")
    is_common = str(told.get_param("variant", "")).lower() == "commonmark"
    return "commonmark" if kind == "markdown" and is_common else kind
