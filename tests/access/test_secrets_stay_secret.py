"""Canaries: where each secret may be found after a busy day, and where it must not be."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from affineur.core.errors import Unauthenticated
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Grant, Role
from affineur.core.ports import Clock, Site
from affineur.services import access, audit, connectors, feeds, setup
from affineur.services.access import NewToken, TokenOrder
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.store import feeds as store
from affineur.store.database import Database
from affineur.store.schema import metadata
from affineur.store.schema_access import secret
from support.gear import make_gear

PASSWORD = "canary-of-the-upstream"
LOGIN = NewConnector("upstream", None, "https://index.example/", (), "dora", PASSWORD)
UNAPPROVED = FeedName("unapproved")


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path)


@pytest.fixture
def first(gear: Gear) -> NewToken:
    made = setup.initialise(gear, LOGIN, serving_on_loopback=True)
    assert made is not None
    return made


def _places(gear: Gear, text: str) -> list[str]:
    """Name every column in which the text stands somewhere."""
    with gear.db.reading() as conn:
        cells = [
            (f"{table.name}.{column}", str(value))
            for table in metadata.sorted_tables
            for row in conn.execute(select(table)).mappings()
            for column, value in row.items()
        ]
    return sorted({place for place, value in cells if text in value})


def _site(gear: Gear) -> Site:
    """How the upstream is reached, password and all."""
    [known] = connectors.connectors(gear, OPERATOR, UNAPPROVED)
    with gear.db.reading() as conn:
        site = store.site(conn, known.connector.id, gear.settings)
    assert site.password == PASSWORD
    return site


def test_of_a_token_only_its_digest_is_kept(gear: Gear, first: NewToken) -> None:
    access.add_user(gear, OPERATOR, "dora", (Grant(Role.READER),))
    new = access.create_token(gear, OPERATOR, TokenOrder("dora", "laptop"))
    access.authenticate(gear, first.secret)
    access.authenticate(gear, new.secret)
    access.revoke_token(gear, OPERATOR, new.id)
    assert _places(gear, first.secret[4:20]) == []
    assert _places(gear, new.secret[4:20]) == []
    assert _places(gear, hashlib.sha256(new.secret.encode()).hexdigest()) == ["token.hash"]


def test_a_resolver_token_is_kept_nowhere_and_its_key_in_one_place(
    gear: Gear, first: NewToken
) -> None:
    issued = access.issue_resolver_token(gear, UNAPPROVED, 60)
    with gear.db.reading() as conn:
        key = conn.execute(select(secret.c.value)).scalar_one()
    assert first.secret != issued
    assert _places(gear, issued.rpartition(".")[2]) == []
    assert _places(gear, key) == ["secret.value"]
    assert key not in issued


def test_a_connector_s_password_stands_in_its_own_column_alone(gear: Gear, first: NewToken) -> None:
    assert PASSWORD not in first.secret
    assert _places(gear, PASSWORD) == ["connector.password"]


def test_a_connector_that_ended_forgets_its_password(gear: Gear, first: NewToken) -> None:
    connectors.end_connector(gear, OPERATOR, UNAPPROVED, "upstream")
    assert first.id == 1
    assert _places(gear, PASSWORD) == []


def test_no_answer_and_no_log_shows_a_secret(
    gear: Gear, first: NewToken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = f"{first.secret[:-1]}!"
    with pytest.raises(Unauthenticated) as caught:
        access.authenticate(gear, wrong)
    told = [
        repr(first),
        repr(feeds.visible(gear, OPERATOR)),
        repr(connectors.connectors(gear, OPERATOR, UNAPPROVED)),
        repr(_site(gear)),
        repr(access.tokens(gear, OPERATOR)),
        repr(access.users(gear, OPERATOR)),
        repr(audit.log(gear, OPERATOR, 0, 1000)),
        repr(caught.value) + caught.value.message + caught.value.hint,
        caplog.text,
    ]
    assert [text for text in told if PASSWORD in text or first.secret[4:20] in text] == []
