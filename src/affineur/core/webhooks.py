"""What a webhook is told, and how its receiver knows that it was us.

The headers and the signature are those of Standard Webhooks (standardwebhooks.com, version 1), so
that receivers check them with a library that exists. What stands in the body is an audit event,
as the log has it. See docs/decisions/0029-webhooks.md.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from affineur.core.errors import BadInput
from affineur.core.events import SealedEvent
from affineur.core.notifier import Letter

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

TEST = "webhook.test"
"""The type of a message that tells of nothing but that messages arrive."""
EVERYTHING = "*"
SECRET_BYTES = 32
KEPT_TRYING = timedelta(days=3)
"""How old an event may be that is still told."""
MOST_REFUSALS = 10
"""How often an event is offered to a receiver that answers, but does not want it."""

_PATTERN = re.compile(r"\*|[a-z]+(-[a-z]+)*\.(\*|[a-z]+(-[a-z]+)*)")
_MOST_PATTERNS = 20
_LONGEST_PATTERN = 64
_LONGEST_URL = 2000
_LONGEST_NAME = 64
_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]{43}=)")
_PAUSES_S = (5, 30, 120, 600, 1800)
_PLACES = {
    "request": "/requests",
    "feed": "/feeds",
    "user": "/settings/users",
    "webhook": "/settings/webhooks",
}
_TRY_LATER = frozenset({408, 425, 429})
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)


# --- what people say of it ---------------------------------------------------------------


def parse_name(text: str) -> str:
    """Read what a webhook is called; only people read it."""
    name = text.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadInput(
            f"A webhook needs a name: one printable line, at most {_LONGEST_NAME} characters.",
            hint="Say who is told.",
        )
    return name


def parse_patterns(texts: Sequence[str]) -> tuple[str, ...]:
    """Read which events are told: `request.approved`, `request.*`, or `*` for all."""
    patterns = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not 1 <= len(patterns) <= _MOST_PATTERNS:
        raise BadInput(
            f"A webhook is told of 1 to {_MOST_PATTERNS} kinds of events.",
            hint="Name them, such as request.* or block.made; * is every event.",
        )
    for pattern in patterns:
        if len(pattern) > _LONGEST_PATTERN or not _PATTERN.fullmatch(pattern):
            raise BadInput(
                f"{pattern[:80]!r} names no kind of event.",
                hint="Write one as the audit log does, such as block.made; or request.*, or *.",
            )
    return patterns


def parse_url(text: str) -> str:
    """Read where a webhook's receiver stands; an address out of reach is refused at once."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise _no_url(url) from error
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(" \\#")
    if not is_plain or parts.scheme not in {"http", "https"} or not host or port == 0:
        raise _no_url(url)
    if "@" in parts.netloc:
        raise BadInput(
            "The URL of a webhook must not hold a user's name or password.",
            hint="The receiver knows us by the signature of each message.",
        )
    if len(url) > _LONGEST_URL:
        raise BadInput(f"The URL of a webhook has at most {_LONGEST_URL} characters.")
    address = _literal(host)
    if address is not None and not is_within_reach(address):
        raise out_of_reach(host)
    return url


def origin(url: str) -> str:
    """Give what of a receiver's URL may be told to others: its path may be a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_within_reach(address: Address) -> bool:
    """Whether a message may go to this address: not where clouds give away their keys.

    The house's own network and this machine are within reach: that is where receivers stand.
    """
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    if address in _METADATA or address.is_link_local:
        return False
    is_loopback_or_usual = address.is_loopback or not address.is_reserved
    return is_loopback_or_usual and not (address.is_multicast or address.is_unspecified)


def out_of_reach(host: str) -> BadInput:
    """Word the refusal of an address."""
    return BadInput(
        f"No message is sent to {host}: link-local, metadata and multicast addresses are out of "
        "reach.",
        hint="Give the URL of a receiver on the network.",
    )


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _no_url(text: str) -> BadInput:
    return BadInput(
        f"{text[:200]!r} is not the URL of a receiver.",
        hint="Give an http or https URL, such as https://chat.example.org/hooks/affineur",
    )


# --- what it is told ---------------------------------------------------------------------


def matches(patterns: Sequence[str], action: str) -> bool:
    """Whether an event of this kind is told under these patterns."""
    thing = action.partition(".")[0]
    return any(pattern in {EVERYTHING, action, f"{thing}.*"} for pattern in patterns)


def letter(sealed: SealedEvent, now: datetime, public_url: str) -> Letter:
    """Write an event as a message; sent again, it has the same id and the same content."""
    event = sealed.event
    page = _page(sealed, public_url)
    content = {
        "type": event.action,
        "timestamp": sealed.at.astimezone(UTC).isoformat(),
        "text": f"{sealed.actor}: {event.action} {event.subject} {page}",
        "url": page,
        "data": {
            "seq": sealed.seq,
            "actor": sealed.actor,
            "subject": event.subject,
            "before": event.before,
            "after": event.after,
            "digests": list(event.digests),
        },
    }
    return Letter(f"evt_{sealed.hash[:32]}", now, json.dumps(content).encode())


def _page(sealed: SealedEvent, public_url: str) -> str:
    """Say where people look at what an event happened to, or at the event itself."""
    thing, _, name = sealed.event.subject.partition(":")
    place = _PLACES.get(thing)
    if place is None:
        return f"{public_url}/audit/events/{sealed.seq}"
    return f"{public_url}{place}/{quote(name, safe='')}"


def test_letter(name: str, nonce: str, now: datetime, public_url: str) -> Letter:
    """Write a message that tells of nothing but that messages arrive."""
    content = {
        "type": TEST,
        "timestamp": now.astimezone(UTC).isoformat(),
        "text": f"A test of the webhook '{name}'.",
        "url": f"{public_url}/settings/webhooks",
        "data": {},
    }
    return Letter(f"test_{nonce}", now, json.dumps(content).encode())


# --- how its receiver knows us -----------------------------------------------------------


def make_secret(random: bytes) -> str:
    """Form the secret of a webhook of 32 random bytes."""
    return f"whsec_{base64.b64encode(random).decode()}"


def headers(secret: str, letter: Letter) -> dict[str, str]:
    """Sign a message: what its receiver checks before it believes a word."""
    sent_at = str(int(letter.sent_at.timestamp()))
    return {
        "webhook-id": letter.id,
        "webhook-timestamp": sent_at,
        "webhook-signature": signature(secret, letter.id, sent_at, letter.body),
    }


def signature(secret: str, letter_id: str, sent_at: str, body: bytes) -> str:
    """Give the signature of version 1: HMAC-SHA256 over the id, the time in seconds, the body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{letter_id}.{sent_at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


# --- what becomes of it ------------------------------------------------------------------


def pause_after(attempts: int) -> timedelta:
    """Say how long to wait after so many attempts in vain: from seconds to half an hour."""
    return timedelta(seconds=_PAUSES_S[min(attempts, len(_PAUSES_S)) - 1])


def is_refusal(status: int) -> bool:
    """Whether an answer says that the receiver will never want this message."""
    return 300 <= status < 500 and status not in _TRY_LATER


def is_given_up(attempts: int, status: int | None) -> bool:
    """Whether the next event gets its turn: a message that is not wanted holds up no others.

    A receiver that does not answer, or says that it cannot now, is waited for.
    """
    return status is not None and is_refusal(status) and attempts >= MOST_REFUSALS
