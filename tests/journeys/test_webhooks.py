"""A webhook of a real server: made on the command line, told in time, also after a power cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from affineur.cli.main import run
from support.receiver import Receiver, webhook_receiver
from support.running import running_server, until
from support.upstream_server import upstream_server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as listening:
        yield listening


def test_events_are_told_also_when_the_server_dies_while_it_tells(
    tmp_path: Path,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment = {"AFFINEUR_JOB_LEASE_S": "1"}
    with upstream_server() as upstream, running_server(tmp_path, upstream.url, **environment) as it:
        monkeypatch.setenv("AFFINEUR_URL", it.url)
        monkeypatch.setenv("AFFINEUR_TOKEN", (it.data / "admin-token").read_text().strip())
        assert run(["webhook", "add", "chat", receiver.url, "--on", "user.*", "--json"]) == 0
        made = json.loads(capsys.readouterr().out)
        assert run(["webhook", "test", str(made["id"])]) == 0
        receiver.healed.clear()
        run(["user", "add", "dora"])
        until(lambda: len(receiver.got) == 2, lambda: it.output)
        it.kill()
        receiver.healed.set()
        it.start()
        until(lambda: len(receiver.got) > 2, lambda: it.output)

        assert receiver.types == ["webhook.test", "user.made", "user.made"]
        assert receiver.got[1].id == receiver.got[2].id
        assert [one.is_signed_with(made["secret"]) for one in receiver.got] == [True] * 3
        capsys.readouterr()
        assert run(["webhook", "deliveries", str(made["id"])]) == 0
        assert "user:dora" in capsys.readouterr().out
        assert run(["webhook", "list"]) == 0
        assert "user.*" in capsys.readouterr().out
        assert run(["webhook", "end", str(made["id"])]) == 0
        assert run(["webhook", "test", str(made["id"])]) == 1
