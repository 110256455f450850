"""The cookies of the web interface: who is signed in, whose form it is, what was just done.

None of them can be read by a script, none goes to another site; over TLS they carry the prefix
that binds them to this host.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

SESSION = "affineur-session"
GUEST = "affineur-guest"
"""A secret for the forms of somebody who is not signed in yet."""
SAID = "affineur-said"
"""What was just done, told on the next page."""
_LONGEST_SAID = 600
_LONGEST_HEADER = 8192


@dataclass(frozen=True, slots=True)
class Jar:
    """The cookies that came with a request."""

    values: dict[str, str]
    is_tls: bool

    @classmethod
    def of(cls, header: str, *, is_tls: bool) -> Jar:
        """Read the header; what cannot be read is no cookie."""
        if len(header) > _LONGEST_HEADER:
            return cls({}, is_tls)
        parsed = SimpleCookie()
        for part in header.split(";"):
            try:
                parsed.load(part.strip())
            except CookieError:
                continue
        return cls({name: morsel.value for name, morsel in parsed.items()}, is_tls)

    def get(self, name: str) -> str | None:
        """Find one of our cookies."""
        return self.values.get(named(name, is_tls=self.is_tls))


def named(name: str, *, is_tls: bool) -> str:
    """Name a cookie as it stands in the header."""
    return f"__Host-{name}" if is_tls else name


def give(name: str, value: str, *, is_tls: bool, max_age_s: int | None = None) -> tuple[str, str]:
    """Make the header that sets a cookie; without an age it ends with the browser."""
    parts = [f"{named(name, is_tls=is_tls)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    parts += ["Secure"] if is_tls else []
    parts += [] if max_age_s is None else [f"Max-Age={max_age_s}"]
    return ("set-cookie", "; ".join(parts))


def take_back(name: str, *, is_tls: bool) -> tuple[str, str]:
    """Make the header that deletes a cookie."""
    return give(name, "", is_tls=is_tls, max_age_s=0)


def new_guest() -> str:
    """Make the secret of somebody who is not signed in."""
    return secrets.token_urlsafe(24)


def csrf_of(secret: str) -> str:
    """Derive what must come with every form from the secret in a cookie."""
    mac = hmac.digest(secret.encode("utf-8", "replace"), b"affineur csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_csrf(secret: str, given: str) -> bool:
    """Whether a form came from a page that was made for this cookie."""
    return hmac.compare_digest(csrf_of(secret).encode(), given.encode("utf-8", "replace"))


def write_said(text: str) -> str:
    """Write what was done as a cookie's value."""
    return base64.urlsafe_b64encode(text[:_LONGEST_SAID].encode("utf-8", "replace")).decode()


def read_said(value: str | None) -> str:
    """Read it again; nothing when it is not ours."""
    try:
        return base64.urlsafe_b64decode((value or "").encode("ascii")).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
