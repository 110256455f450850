"""Signing in and out, and changing one's password.

A session is a random secret in a cookie; its digest is a row. What somebody may do is read anew
with each request, so a grant that ends counts at once. Whoever signs in by a token is limited as
the token is, for as long as it holds. See docs/decisions/0024-signing-in.md.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from affineur.core import tokens as secret_forms
from affineur.core.errors import Forbidden, NotFound, TooMany, Unauthenticated
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.permissions import Actor, Permission, require
from affineur.services import access
from affineur.services.gear import Gear
from affineur.services.passwords import check_new
from affineur.store import audit
from affineur.store import sessions as store
from affineur.store.sessions import Account, Failures, NewSession, Session

_WINDOW = timedelta(minutes=15)
_TOUCH_EVERY = timedelta(minutes=5)
_SECRET_BYTES = 32
_LONGEST_BROWSER = 256
_MOST_FAILURES = {"both": 5, "name": 50, "address": 100}
"""How often signing in may fail within a quarter of an hour: by name and address, and by each."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody with a session."""

    actor: Actor
    session_id: int
    must_change_password: bool
    is_by_token: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody gave to sign in, and where it came from."""

    name: str
    password: str = field(repr=False)
    """A password, or one of the user's tokens."""
    address: str = ""
    browser: str = ""


def sign_in(gear: Gear, given: Credentials) -> str:
    """Make a session; return its secret, which only the browser keeps.

    Raise `Unauthenticated` in the same words whatever is wrong, and `TooMany` when it went wrong
    too often: by then, right credentials do not help either.
    """
    name, password = given.name.strip()[:128], given.password.strip()
    keys = _keys(name, given.address)
    _count(gear, keys)
    account, token = _known(gear, name, password)
    now = gear.clock.now()
    ends = [now + timedelta(seconds=gear.settings.session_s)]
    ends += [token.until] if token is not None and token.until is not None else []
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    token_id = token.actor.token_id if token is not None else None
    new = NewSession(
        account.user_id, token_id, digest(secret), given.browser[:_LONGEST_BROWSER], min(ends)
    )
    with gear.db.writing() as conn:
        number = store.insert_session(conn, now, new)
        actor = Actor(account.name, account.user_id, token_id)
        facts: dict[str, Fact] = {
            "id": number,
            "user": account.name,
            "browser": new.browser,
            "from": given.address,
        }
        audit.record(conn, now, actor, Event("session.made", f"user:{account.name}", after=facts))
        _uncount(conn, now, keys)
    return secret


def find(gear: Gear, secret: str) -> SignedIn | None:
    """Find out who is signed in with this secret; None when nobody is any more."""
    now = gear.clock.now()
    with gear.db.reading() as conn:
        found = store.by_digest(conn, now, digest(secret))
    if found is None or now - found.seen_at > timedelta(seconds=gear.settings.session_idle_s):
        return None
    if now - found.seen_at > _TOUCH_EVERY:
        with gear.db.writing() as conn:
            store.touch(conn, now, found.id)
    actor = Actor(found.user_name, found.user_id, found.token_id, found.grants, found.scope)
    is_by_token = found.token_id is not None
    return SignedIn(actor, found.id, found.must_change_password, is_by_token)


def sign_out(gear: Gear, signed: SignedIn) -> None:
    """End a session."""
    end_session(gear, signed.actor, signed.session_id)


def own(gear: Gear, actor: Actor) -> tuple[Session, ...]:
    """List the actor's sessions, newest first."""
    if actor.user_id is None:
        return ()
    with gear.db.reading() as conn:
        return store.of_user(conn, gear.clock.now(), actor.user_id)


def end_session(gear: Gear, actor: Actor, session_id: int) -> None:
    """End one of the actor's own sessions."""
    now = gear.clock.now()
    with gear.db.writing() as conn:
        if actor.user_id is None or not store.end_one(conn, now, actor.user_id, session_id):
            raise NotFound("There is no such session.")
        _tell_ended(gear, conn, actor, actor.name, [session_id])


def change_password(gear: Gear, signed: SignedIn, old: str, new: str) -> None:
    """Change one's own password; every other session of oneself ends.

    Who never had one needs no old one.
    """
    actor = signed.actor
    if _is_limited(actor):
        raise Forbidden(
            "Whoever signed in by a limited token cannot set the password.",
            hint="Sign in by the present password, or ask an administrator to reset it.",
        )
    keys = {"both": _keys(actor.name, "password")["both"]}
    _count(gear, keys)
    with gear.db.reading() as conn:
        account = store.account(conn, actor.name)
    if account is None:
        raise Unauthenticated("There is no such user any more.")
    if account.password is not None and not gear.passwords.fits(account.password, old.strip()):
        raise Unauthenticated("The present password is another one.")
    check_new(new.strip(), actor.name)
    hashed = gear.passwords.hashed(new.strip())
    _put(gear, actor, account, (hashed, False), but=signed.session_id)


def reset_password(gear: Gear, actor: Actor, name: str) -> str:
    """Give a user a first password, which must be changed; return it, the only time it is seen."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.reading() as conn:
        account = store.account(conn, name)
    if account is None:
        raise NotFound(f"There is no user '{name[:128]}'.", hint="See: affineur user list")
    password = secrets.token_urlsafe(12)
    _put(gear, actor, account, (gear.passwords.hashed(password), True), but=None)
    return password


def digest(secret: str) -> str:
    """Digest a session's secret to what is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _known(gear: Gear, name: str, password: str) -> tuple[Account, access.Known | None]:
    """Find whose credentials these are: a token's owner, or the user with this password."""
    if secret_forms.is_well_formed(password):
        known = access.identify(gear, password)
        if name and name != known.actor.name:
            raise _wrong()
        with gear.db.reading() as conn:
            account = store.account(conn, known.actor.name)
        if account is None:
            raise _wrong()
        return account, known
    with gear.db.reading() as conn:
        account = store.account(conn, name)
    if not gear.passwords.fits(account.password if account else None, password) or account is None:
        raise _wrong()
    return account, None


def _wrong() -> Unauthenticated:
    return Unauthenticated(
        "The name and the password do not fit together.",
        hint="A token of yours is taken as the password, too. An administrator can reset it.",
    )


def _count(gear: Gear, keys: Mapping[str, str]) -> None:
    """Count a try before it is looked at, so that tries beside each other all count."""
    now = gear.clock.now()
    with gear.db.writing() as conn:
        before = store.failures(conn, list(keys.values()))
        for kind, key in keys.items():
            known = before.get(key)
            if known is None or now - known.first_at > _WINDOW:
                known = Failures(0, now)
            if known.count >= _MOST_FAILURES[kind]:
                raise _too_many(known.first_at + _WINDOW - now)
            store.put_failures(conn, now, key, Failures(known.count + 1, known.first_at))


def _uncount(conn: Connection, now: datetime, keys: Mapping[str, str]) -> None:
    """Begin to count anew by name; by address only this try was none that went wrong."""
    for kind in ("both", "name"):
        store.forget_failures(conn, keys[kind])
    known = store.failures(conn, [keys["address"]]).get(keys["address"])
    if known is not None:
        fewer = Failures(max(0, known.count - 1), known.first_at)
        store.put_failures(conn, now, keys["address"], fewer)


def _too_many(wait: timedelta) -> TooMany:
    minutes = max(1, round(wait.total_seconds() / 60))
    return TooMany(
        "Signing in went wrong too often.",
        hint=f"Try again in {minutes} min.",
        retry_after_s=wait.total_seconds(),
    )


def _keys(name: str, address: str) -> dict[str, str]:
    """Name what tries are counted by; a digest keeps keys short, whatever is typed."""
    told = {"both": f"{name}|{address}", "name": name, "address": address}
    return {
        kind: f"{kind}:{hashlib.sha256(text.lower().encode('utf-8', 'replace')).hexdigest()}"
        for kind, text in told.items()
    }


def _is_limited(actor: Actor) -> bool:
    return actor.scope.feeds is not None or actor.scope.permissions is not None


def _put(
    gear: Gear, actor: Actor, account: Account, password: tuple[str, bool], *, but: int | None
) -> None:
    hashed, must_change = password
    now = gear.clock.now()
    with gear.db.writing() as conn:
        store.set_password(conn, now, account.user_id, hashed, must_change=must_change)
        event = Event("password.set", f"user:{account.name}", after={"must_change": must_change})
        audit.record(conn, now, actor, event)
        ended = store.end(conn, now, account.user_id, but=but)
        _tell_ended(gear, conn, actor, account.name, ended)
        store.forget_failures(conn, _keys(account.name, "password")["both"])


def _tell_ended(gear: Gear, conn: Connection, actor: Actor, name: str, ended: list[int]) -> None:
    if ended:
        event = Event("session.ended", f"user:{name}", before={"ids": list(ended)})
        audit.record(conn, gear.clock.now(), actor, event)
