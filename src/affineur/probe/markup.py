"""A strict reader of HTML, as far as the pages of an index need it.

Browsers forgive everything, and so do most parsers; this one tells what is wrong. It goes
through the text once, whatever the text is, and gives up after some flaws.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

_TAG = re.compile(
    r"<([A-Za-z][A-Za-z0-9:-]*+)"
    r"((?:\s++[^\s=>\"'/<]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+)*+)"
    r"\s*+/?+>"
)
_ATTRIBUTE = re.compile(
    r"([^\s=>\"'/<]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+"
)
_END = re.compile(r"</([A-Za-z][A-Za-z0-9:-]*+)\s*+>")
_RAW = frozenset({"script", "style", "textarea"})
_MOST_FLAWS = 10


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag, with the text up to its end tag where that matters."""

    name: str
    attributes: Mapping[str, str]
    """By name in lower case; one without a value is empty, as HTML has it."""
    text: str = ""


@dataclass(slots=True)
class Markup:
    """What stands in a document."""

    has_doctype: bool = False
    anchors: list[Element] = field(default_factory=list)
    metas: list[Element] = field(default_factory=list)
    base: str | None = None
    flaws: list[str] = field(default_factory=list)
    _open: Element | None = None
    _text: list[str] = field(default_factory=list)

    def flaw(self, text: str) -> None:
        """Note what is wrong."""
        self.flaws.append(text)

    def takes_text(self, text: str) -> None:
        """Keep text that stands in an anchor."""
        if self._open is not None:
            self._text.append(text)

    def starts(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag."""
        element = Element(name, attributes)
        if name == "meta":
            self.metas.append(element)
        elif name == "base" and self.base is None:
            self.base = attributes.get("href")
        elif name == "a":
            if self._open is not None:
                self.flaw("an <a> stands in another <a>")
                self.ends("a")
            self._open, self._text = element, []

    def ends(self, name: str) -> None:
        """Take an end tag."""
        if name != "a":
            return
        if self._open is None:
            self.flaw("an </a> ends nothing")
            return
        text = unescape("".join(self._text)).strip()
        self.anchors.append(Element("a", self._open.attributes, text))
        self._open = None

    def closes(self) -> None:
        """Take the end of the document."""
        if self._open is not None:
            self.flaw("the last <a> has no end")


def read_markup(text: str) -> Markup:
    """Read a document."""
    found = Markup(has_doctype=text.lstrip("\ufeff \t\r\n")[:14].lower() == "<!doctype html")
    position = 0
    while len(found.flaws) < _MOST_FLAWS:
        start = text.find("<", position)
        if start < 0:
            found.closes()
            break
        found.takes_text(text[position:start])
        position = _piece(text, start, found)
    return found


def _piece(text: str, start: int, found: Markup) -> int:
    """Take what begins with the `<` at `start`; give the position after it."""
    if text.startswith("<!", start):
        is_comment = text.startswith("<!--", start)
        return _after(text, "-->" if is_comment else ">", start, found)
    if tag := _TAG.match(text, start):
        name = tag[1].lower()
        found.starts(name, _attributes(tag[2], found))
        return _after(text, f"</{name}", tag.end(), found) if name in _RAW else tag.end()
    if end := _END.match(text, start):
        found.ends(end[1].lower())
        return end.end()
    found.flaw(f"what begins with {text[start : start + 30]!r} is no tag")
    return start + 1


def _after(text: str, mark: str, start: int, found: Markup) -> int:
    end = text.find(mark, start)
    if end < 0:
        found.flaw(f"what begins with {text[start : start + 30]!r} has no end")
        return len(text)
    return end if mark.startswith("</") else end + len(mark)


def _attributes(text: str, found: Markup) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        key = name.lower()
        if key in attributes:
            found.flaw(f"a tag has two attributes {key[:40]!r}")
        attributes.setdefault(key, unescape(double or single or bare))
    return attributes
