"""Which representation of a simple page a client gets (PEP 691, RFC 9110 section 12)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from affineur.web.problems import NotAcceptable


class Form(StrEnum):
    """A representation, by the media type that it is sent with."""

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML = "application/vnd.pypi.simple.v1+html"
    TEXT_HTML = "text/html"

    @property
    def content_type(self) -> str:
        """The value of its Content-Type header."""
        return "text/html; charset=utf-8" if self is Form.TEXT_HTML else self.value


_LATEST = {
    "application/vnd.pypi.simple.latest+json": Form.JSON.value,
    "application/vnd.pypi.simple.latest+html": Form.HTML.value,
}
_PREFERRED = (Form.JSON, Form.HTML, Form.TEXT_HTML)
_PREFERRED_BY_WHO_TAKES_ANYTHING = (Form.TEXT_HTML, Form.JSON, Form.HTML)
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_MOST_RANGES = 64


@dataclass(frozen=True, slots=True)
class _Range:
    media: str
    quality: float

    @property
    def precision(self) -> int:
        """0 for */*, 1 for type/*, 2 for a media type."""
        return 0 if self.media == "*/*" else 1 if self.media.endswith("/*") else 2

    def covers(self, form: Form) -> bool:
        kind = form.value.split("/", 1)[0]
        return self.media in {form.value, f"{kind}/*", "*/*"}


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> Form:
    """Choose a representation; raise `NotAcceptable` when none fits.

    Who says nothing, or takes anything, gets HTML, as browsers and old clients expect.
    """
    if accept is None or not accept.strip():
        return Form.TEXT_HTML
    ranges = [parsed for part in accept.split(",")[:_MOST_RANGES] if (parsed := _parse(part))]
    ranked = [(*_standing(form, ranges), form) for form in _PREFERRED]
    fitting = [rank for rank in ranked if rank[0] > 0]
    if not fitting:
        raise NotAcceptable(
            "None of the media types that you accept is available here.",
            hint="Available: " + ", ".join(form.value for form in _PREFERRED) + ".",
        )
    return max(fitting, key=lambda rank: rank[:3])[3]


def _standing(form: Form, ranges: Sequence[_Range]) -> tuple[float, int, int]:
    """How well a form fits: quality by the most precise range, its precision, our liking."""
    covering = [one for one in ranges if one.covers(form)]
    if not covering:
        return (0.0, 0, 0)
    best = max(covering, key=lambda one: (one.precision, one.quality))
    order = _PREFERRED if best.precision else _PREFERRED_BY_WHO_TAKES_ANYTHING
    return (best.quality, best.precision, -order.index(form))


def _parse(part: str) -> _Range | None:
    """Read one media range; None when it is none, so that others still count."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if media.count("/") != 1:
        return None
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            if not _QUALITY.fullmatch(value.strip()):
                return None
            quality = float(value)
    return _Range(_LATEST.get(media, media), quality)
