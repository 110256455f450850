"""What pages need besides themselves: the styles, two scripts, the icon; shipped in the wheel.

Their URLs hold a digest of their content, so browsers keep them for good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from affineur.core.errors import NotFound
from affineur.web.encodings import Encoding, choose, encode
from affineur.web.http import Answer, Headers, Request

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FIRST = ("base.css", "parts.css")
_PACKED = (Encoding.BROTLI, Encoding.GZIP, Encoding.IDENTITY)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, packed beforehand."""

    name: str
    digest: str
    packed: dict[Encoding, bytes]

    @property
    def url(self) -> str:
        """Where it is; another place when its content is another."""
        return f"/static/{self.digest}/{self.name}"


class Assets:
    """All of them, by name. All styles are one: `desk.css`."""

    def __init__(self) -> None:
        folder = files("affineur.web.ui") / "static"
        styles = {one.name: one.read_bytes() for one in (folder / "css").iterdir()}
        order = [*_FIRST, *sorted(set(styles) - set(_FIRST))]
        found = {"desk.css": b"\n".join(styles[name] for name in order)}
        for one in folder.iterdir():
            if one.is_file() and one.name.rpartition(".")[2] in _TYPES:
                found[one.name] = one.read_bytes()
        self._assets = {name: _asset(name, body) for name, body in found.items()}

    def url(self, name: str) -> str:
        """Give the URL of an asset."""
        return self._assets[name].url

    def answer(self, request: Request) -> Answer:
        """Answer with an asset; an old digest is no longer to be had."""
        _, digest, name = (*request.segments, "", "")[:3]
        asset = self._assets.get(name)
        if asset is None or asset.digest != digest or len(request.segments) != 3:
            raise NotFound("There is no such file.")
        encoding = choose(request.headers.get("accept-encoding"), _PACKED)
        headers: Headers = (
            ("content-type", _TYPES[name.rpartition(".")[2]]),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("vary", "Accept-Encoding"),
            ("etag", f'"{digest}-{encoding}"'),
        )
        if encoding is not Encoding.IDENTITY:
            headers = (*headers, ("content-encoding", encoding.value))
        return Answer(200, headers, asset.packed[encoding])


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(name, digest, {one: encode(one, body) for one in _PACKED})
