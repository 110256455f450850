"""Fixtures that all tests share; the network is closed, except loopback.

Tests marked `network` may reach the real index: that is their purpose.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from affineur.store.database import Database
from support.clocks import SetClock
from support.databases import postgres_database, postgres_server, sqlite_database

# No test asserts a time: on a busy machine any example may take a while.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

_LONGEST = (
    "tests/browser/",
    "tests/cli/test_demo.py",
    "tests/journeys/",
    "tests/web/test_views_never_change.py",
)
"""Files that take long begin first, so that no processor waits for one of them at the end."""


@pytest.hookimpl(trylast=True)  # after the order was drawn by chance
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))


_OURS = ("AFFINEUR_", "PIP_", "UV_", "TWINE_", "POETRY_", "PDM_")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database: each test that uses it runs on both kinds."""
    if request.param == "sqlite":
        with sqlite_database(tmp_path / "affineur.db") as sqlite:
            yield sqlite
    else:
        with postgres_database(request.getfixturevalue("postgres")) as postgresql:
            yield postgresql


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database, where the kind plays no part."""
    with sqlite_database(tmp_path / "affineur.db") as database:
        yield database


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine reaches a test or a client that it starts."""
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_CONFIG", "1")


@pytest.fixture(autouse=True)
def closed_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("network"):
        return
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)
        monkeypatch.setattr(socket.socket, name, _guarded(original))
    monkeypatch.setattr(socket, "getaddrinfo", _offline(socket.getaddrinfo))


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:  # Any: socket's own
    def connect(self: socket.socket, address: Any) -> Any:  # Any: socket's own
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
            message = f"a test reached for {address[0]}; mark it `network` if that is its purpose"
            raise AssertionError(message)
        return original(self, address)

    return connect


def _offline(original: Callable[..., Any]) -> Callable[..., Any]:  # Any: socket's own
    """Know loopback and plain addresses only, as a machine without any network does."""

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:  # Any: socket's own
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if text and not _is_loopback(text) and not _is_address(text):
            raise socket.gaierror(socket.EAI_NONAME, "a test asked for a name outside")
        return original(host, *args, **kwargs)

    return getaddrinfo


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
