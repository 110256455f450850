"""A request and its answer as values, and how they are told as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
TEXT_HTML = "text/html"
ANYTHING = "*/*"
_MOST_TOLD = 160

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked. Credentials are no part of it, so that they are never told."""

    url: str
    accept: str = ANYTHING
    headers: Pairs = ()
    method: str = "GET"
    is_anonymous: bool = False
    """Asked without credentials, although there are some."""
    turn: int = 1
    """Which time it is asked; what was asked once is not asked again in the same turn."""

    @property
    def told(self) -> str:
        """The request on one line: method, path and the headers that matter."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return f"{self.method} {shortened(self.url)!r}"
        query = f"?{parts.query}" if parts.query else ""
        accept = () if self.accept == ANYTHING else (("Accept", self.accept),)
        headers = "".join(
            f", {name}: {shortened(value)}" for name, value in (*accept, *self.headers)
        )
        nobody = ", without credentials" if self.is_anonymous else ""
        return f"{self.method} {shortened(parts.path or '/')}{shortened(query)}{headers}{nobody}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, as far as it was read; the body as it was sent, not decoded."""

    ask: Ask
    url: str
    """Where it came from, after redirects."""
    status: int
    headers: Pairs
    body: bytes = b""
    cut: str = ""
    """Why the body is not whole; empty when it is."""
    connection: str = ""
    """Names the connection that it came over; empty when that is not known."""
    hops: tuple[str, ...] = ()
    """The locations that redirects led to."""
    surplus: bytes = b""
    """The first bytes that came after an answer to HEAD."""

    def header(self, name: str) -> str:
        """Give the value of a header, several joined by commas; empty when there is none."""
        return ", ".join(value for key, value in self.headers if key == name.lower())

    @property
    def media(self) -> str:
        """The media type of its Content-Type, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether it says that it is HTML."""
        return self.media in {TEXT_HTML, HTML}

    @property
    def is_json(self) -> bool:
        """Whether it says that it is the JSON of the simple API."""
        return self.media == JSON

    @property
    def is_redirect(self) -> bool:
        """Whether it leads elsewhere."""
        return self.status in {301, 302, 303, 307, 308} and bool(self.header("location"))

    @property
    def leads_to(self) -> str:
        """Where it leads, as an absolute URL; empty when that is no URL."""
        try:
            return urljoin(self.url, self.header("location"))
        except ValueError:
            return ""

    @property
    def is_whole(self) -> bool:
        """Whether it succeeded, and all of it came."""
        return self.status == 200 and not self.cut

    def told(self, *names: str) -> str:
        """Tell the status and some headers, also those that are missing."""
        said = (f"{name}: {shortened(self.header(name))}" for name in names if self.header(name))
        missing = (f"no {name}" for name in names if not self.header(name))
        cut = (self.cut,) if self.cut else ()
        return ", ".join((str(self.status), *said, *missing, *cut))


def shortened(text: str) -> str:
    """Cut a text that is too long to be told."""
    return text if len(text) <= _MOST_TOLD else f"{text[:_MOST_TOLD]}..."


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL; raise `ValueError` when it has none."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if port is None or not parts.hostname:
        raise ValueError("no http or https URL with a host")
    return parts.scheme, parts.hostname.lower(), port


def is_same_origin(one: str, other: str) -> bool:
    """Whether two URLs have one scheme, host and port."""
    try:
        return origin_of(one) == origin_of(other)
    except ValueError:
        return False
