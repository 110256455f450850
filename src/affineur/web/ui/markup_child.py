"""What runs in a child process: a README from stdin is rendered, its HTML goes to stdout.

Started by `markup.py`, which sanitises what it gives once more. Images become links to them,
headings go down two levels below our own, and boxes to tick become text.
"""

from __future__ import annotations

import os
import resource
import sys
from html import escape
from html.parser import HTMLParser

import nh3
from readme_renderer import clean, markdown, rst

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_S = 4
_LINKED = ("http://", "https://")
_VOID = frozenset({"br", "hr", "img", "input"})
_UNSEEN = dict.fromkeys(
    [*range(0x200B, 0x200C), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
"""Characters that turn the direction of writing, or are not seen, and mean nothing in prose."""


def main(arguments: list[str]) -> None:
    """Render a README of the kind that is the argument."""
    _limit()
    text = sys.stdin.buffer.read().decode("utf-8", "replace").translate(_UNSEEN)
    html = _rst(text) if arguments[0] == "rst" else _markdown(text, arguments[0])
    sys.stdout.buffer.write(rewritten(html).encode("utf-8", "replace") if html else b"")
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to clean up, and cleaning up takes time


def rewritten(html: str) -> str:
    """Write sanitised HTML anew for our page."""
    rewriter = _Rewriter()
    rewriter.feed(html)
    rewriter.close()
    return "".join(rewriter.written)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":  # which refuses every limit of the address space
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _markdown(text: str, kind: str) -> str:
    """Render without colouring code: a lexer of any name could be called for, and take long."""
    variant = "CommonMark" if kind == "commonmark" else "GFM"
    html = markdown.variants[variant](text)
    return nh3.clean(html, tags=set(clean.ALLOWED_TAGS), attributes=_KEPT, url_relative="deny")


_KEPT: dict[str, set[str]] = {
    "*": set(),
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan"},
    "ol": {"start"},
    "input": {"checked"},
}


def _rst(text: str) -> str | None:
    """Render; the settings of the renderer allow neither raw HTML nor the insertion of files."""
    rst.SETTINGS["syntax_highlight"] = "none"
    rst.SETTINGS["section_self_link"] = False
    return rst.render(text)


class _Rewriter(HTMLParser):
    """Writes HTML anew as it is read. What it is given is well-formed: a sanitiser wrote it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._open: list[str] = []
        """Under which name each open element was written; empty for one that was left out."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a tag, or what stands in its place."""
        told = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._image(told)
        elif tag == "input":
            self.written.append("[x] " if "checked" in told else "[ ] ")
        else:
            self._begin(_name(tag, told), told, is_void=tag in _VOID)

    def handle_endtag(self, tag: str) -> None:
        """Write the end of a tag."""
        if tag not in _VOID and self._open:
            name = self._open.pop()
            self.written.append(f"</{name}>" if name else "")

    def handle_data(self, data: str) -> None:
        """Write text."""
        self.written.append(escape(data))

    def _begin(self, name: str, told: dict[str, str], *, is_void: bool) -> None:
        if not is_void:
            self._open.append(name)
        named = "".join(f' {one}="{escape(value)}"' for one, value in told.items())
        self.written.append(f"<{name}{named}>" if name else "")

    def _image(self, told: dict[str, str]) -> None:
        """Write a link to an image in its place; within a link its words alone."""
        words = escape(told.get("alt", "").strip() or "image")
        source = told.get("src", "")
        if "a" in self._open or not source.lower().startswith(_LINKED):
            self.written.append(f"[{words}]")
        else:
            self.written.append(f'<a href="{escape(source)}">[{words}]</a>')


def _name(tag: str, told: dict[str, str]) -> str:
    """Name an element anew; empty for a link that leads nowhere outside."""
    if tag == "a" and not told.get("href", "").lower().startswith((*_LINKED, "mailto:")):
        return ""
    if tag == "span" and "literal" in told.get("class", "").split():
        return "code"
    if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
        return f"h{min(6, int(tag[1]) + 2)}"
    return tag
