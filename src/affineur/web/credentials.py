"""Who is asking: the secret of a request's `Authorization` header, then the access service.

A token comes as bearer, or as the password of basic authentication. The user name does not
matter: `__token__` is the custom, but some clients insist on names of their own.
"""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Mapping

from affineur.core.errors import Unauthenticated
from affineur.core.permissions import Actor
from affineur.services import access
from affineur.services.gear import Gear


async def identify(gear: Gear, headers: Mapping[str, str]) -> Actor:
    """Find out who is asking; raise `Unauthenticated` for credentials that do not hold."""
    return await asyncio.to_thread(access.authenticate, gear, secret_of(headers))


def secret_of(headers: Mapping[str, str]) -> str | None:
    """Take the secret out of the headers; None when no credentials were given."""
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, value = header.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            secret = value.strip()
        case "basic":
            secret = _password(value.strip())
        case _:
            secret = ""
    if not secret or not secret.isascii():
        raise Unauthenticated(
            "These credentials cannot be read.",
            hint="Give a token as bearer, or as the password of user __token__.",
        )
    return secret


def _password(encoded: str) -> str:
    try:
        user, _, password = b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or user
