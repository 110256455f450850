"""Links within the web interface, and which links may lead out of it."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

_LONGEST = 2048
_OUTWARD = frozenset({"http", "https", "mailto"})


def url(*segments: object, **query: object) -> str:
    """Make a path of segments, each quoted, and a query of what is not None or empty.

    The first segment may be a path: `url("/feeds", feed, "policy")`.
    """
    first, *rest = (str(one) for one in segments)
    path = "/".join([first.rstrip("/"), *(quote(one, safe="") for one in rest)])
    told = {name: value for name, value in query.items() if value not in (None, "", ())}
    return f"{path or '/'}?{urlencode(told, doseq=True)}" if told else path or "/"


def local(text: str) -> str | None:
    """Give a path on this server as it was asked for; None when it could lead anywhere else."""
    if not text.startswith("/") or len(text) > _LONGEST or "\\" in text or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if text.startswith("//") or parts.scheme or parts.netloc or " " in text:
        return None
    return text


def outward(text: str | None) -> str | None:
    """Give a URL that a package named, if a link to it can do nothing but lead there."""
    line = (text or "").strip()
    if not line or len(line) > _LONGEST or not line.isprintable() or " " in line:
        return None
    try:
        parts = urlsplit(line)
    except ValueError:
        return None
    is_place = bool(parts.netloc) or parts.scheme == "mailto"
    return line if parts.scheme.lower() in _OUTWARD and is_place else None
