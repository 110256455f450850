from __future__ import annotations

from base64 import b64encode

import pytest

from affineur.core.errors import Unauthenticated
from affineur.web.credentials import secret_of


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "Bearer aff_secret",
        "bearer  aff_secret ",
        basic("__token__:aff_secret"),
        basic("alice:aff_secret"),
        basic(":aff_secret"),
        basic("aff_secret:"),
        basic("aff_secret"),
    ],
)
def test_a_token_is_taken_as_bearer_and_as_password(header: str) -> None:
    assert secret_of({"authorization": header}) == "aff_secret"


def test_a_password_may_hold_colons() -> None:
    assert secret_of({"authorization": basic("__token__:a:b")}) == "a:b"


def test_who_gives_no_credentials_has_none() -> None:
    assert secret_of({}) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"\xff:\xff").decode(),
        basic(":"),
        basic("__token__:sécret"),
        "Digest username=x",
        "aff_secret",
        "Bearer a, Bearer b" + "\u00e9",
    ],
)
def test_credentials_that_cannot_be_read_are_refused_and_never_anonymous(header: str) -> None:
    with pytest.raises(Unauthenticated):
        secret_of({"authorization": header})
