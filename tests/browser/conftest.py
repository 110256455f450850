"""Fixtures of the tests in a real browser: Chromium, and an office in which work goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest
from playwright.sync_api import Browser

from support.offices import BusyOffice, busy_office
from support.windows import Window, chromium, window


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a screen. It ends with the module, and its event loop, too."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BusyOffice]:
    """A running server with people, approved and internal packages, requests and a block."""
    with busy_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


@pytest.fixture
def opens(browser: Browser, office: BusyOffice) -> Callable[..., AbstractContextManager[Window]]:
    """Open a window on the office: `with opens(size=PHONE, scheme="dark") as seen:`."""
    return partial(window, browser, office.url)
