"""Which locations an external index may lead us to, and over which network.

An index names the locations of its files, and redirects; both are words of a stranger. This
module decides on the URL alone. The address behind a name is judged when the connection is
made (`connections.py`), so that no name can change its meaning between the two.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import IntEnum

import httpx2

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import Site

_LOCATION = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(?:[/?#].*)?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_AUTHORITY = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE_ENDINGS = ("localhost", "local", "localdomain", "internal", "intranet", "home.arpa")
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(IntEnum):
    """Which addresses a name may stand for; each includes the one before it."""

    PUBLIC = 0
    """Addresses of the public internet."""
    OWN_NETWORK = 1
    """Private addresses too, but neither this machine nor its link."""
    ANYWHERE = 2
    """Any address: somebody named this origin in the configuration."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A location that may be asked."""

    url: httpx2.URL
    is_home: bool
    """It has the site's own origin, to which credentials may go."""
    is_configured: bool
    """Somebody named its origin: it is the site's own, or one of its further origins."""


def allow(site: Site, location: str) -> Allowed:
    """Check a location against what a connector allows; raise `UpstreamTrouble` with why not."""
    try:
        return _allowed(site, location)
    except _NotAllowed as error:
        raise UpstreamTrouble(
            f"The index {shown(site.url)} leads to {shown(location)}, which is not allowed: "
            f"{error}.",
            hint="If it is right, add its origin to the connector.",
        ) from error


def shown(url: str) -> str:
    """Write a URL for people: without credentials, query and fragment."""
    bare = re.sub(r"[?#].*", "", url, flags=re.DOTALL)
    bare = re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?[/\\]*[^/\\]*@", r"\1//", bare)
    return bare[:200].encode("unicode_escape").decode()


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL; raise `ValueError` when it has none."""
    parts = httpx2.URL(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if port is None or not parts.host:
        raise ValueError(f"{shown(url)} has no origin that could be asked")
    return parts.scheme, parts.raw_host.decode("ascii"), port


def reaches(address: Address, reach: Reach) -> bool:
    """Whether an address lies within reach."""
    plain = _unwrapped(address)
    if reach is Reach.ANYWHERE:
        return True
    if plain.is_multicast or plain.is_unspecified:
        return False
    if reach is Reach.PUBLIC:
        return plain.is_global
    return not (plain.is_loopback or plain.is_link_local or plain in _THIS_NETWORK)


class _NotAllowed(Exception):
    """Why a location is refused, as the end of a sentence."""


def _allowed(site: Site, location: str) -> Allowed:
    url = _parsed(location)
    origin = _origin(location)
    home = _origin(site.url)
    if home[0] == "https" and origin[0] == "http":
        raise _NotAllowed("the index is read over https, and this would be http")
    if origin == home:
        return Allowed(url, is_home=True, is_configured=True)
    if origin in {_origin(named) for named in site.origins}:
        return Allowed(url, is_home=False, is_configured=True)
    if home[0] != "https" or not _is_public_name(home[1]):
        raise _NotAllowed(
            "an index that is not public and https leads to the configured origins alone"
        )
    if origin[0] != "https":
        raise _NotAllowed("it is not https")
    if not _is_public_name(origin[1]):
        raise _NotAllowed("its host is an address, or a name inside a network")
    return Allowed(url, is_home=False, is_configured=False)


def _parsed(location: str) -> httpx2.URL:
    """Read a URL as the client will, if nothing in it can be read in two ways."""
    if _UNSAFE.search(location):
        raise _NotAllowed("it holds blanks, backslashes or control characters")
    match = _LOCATION.fullmatch(location)
    if match is None or match[1].lower() not in {"http", "https"}:
        raise _NotAllowed("it is no http or https URL with a host")
    authority = match[2]
    if "@" in authority:
        raise _NotAllowed("it carries credentials")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise _NotAllowed("its host is not written plainly")
    if parts["host"].endswith("."):
        raise _NotAllowed("its host ends in a dot")
    try:
        url = httpx2.URL(location)
    except httpx2.InvalidURL as error:
        raise _NotAllowed("it is not a URL") from error
    is_plain = url.raw_host.decode("ascii") == parts["host"].strip("[]").lower()
    if not is_plain or not 0 < int(parts["port"] or 443) < 2**16:
        raise _NotAllowed("its host or port can be read in two ways")
    return url


def _origin(url: str) -> tuple[str, str, int]:
    try:
        return origin_of(url)
    except (ValueError, httpx2.InvalidURL) as error:
        raise _NotAllowed("an origin in the connector is not a URL") from error


def _is_public_name(host: str) -> bool:
    """Whether a host is a full domain name, by its spelling; no address in any disguise."""
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253:  # names with one label live on this network
        return False
    if not all(_LABEL.fullmatch(label) for label in labels):  # IPv6 fails here
        return False
    if _NUMBER.fullmatch(labels[-1]):  # what ends in a number is an IPv4 address (WHATWG URL)
        return False
    return not any(host == end or host.endswith(f".{end}") for end in _INSIDE_ENDINGS)


def _unwrapped(address: Address) -> Address:
    """Take the IPv4 address out of an IPv6 address that carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
