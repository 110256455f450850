"""Looking at what would come of a request on the command line, and sending it."""

from __future__ import annotations

import json

import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

APP = wheel("app", "1.0", requires=["base"])
BASE = wheel("base", "2.0")


@pytest.fixture(scope="module", autouse=True)
def indexed(upstream: LoopbackUpstream) -> None:
    upstream.add(APP, BASE)


def test_a_draft_is_looked_at_and_sent(server: Server) -> None:
    looked = server.is_told("draft", "app", "--json")
    draft = json.loads(looked.stdout)
    before = server.is_told("requests").stdout
    sent = server.is_told("send", str(draft["id"]), "--reason", "the shop", "--for", "shop")

    assert looked.returncode == 0, looked.stderr
    assert (draft["is_draft"], draft["state"]) == (True, "vetting")
    assert [item["name"] for item in draft["items"]] == ["app", "base"]
    assert "vetted]" in looked.stderr
    assert "app" not in before
    assert (sent.returncode, "is review, 2 releases" in sent.stdout) == (0, True), sent.stdout
    assert server.admin.sees(draft["id"])["used_in"] == "shop"


def test_a_lock_file_is_looked_at_and_what_it_leaves_out_is_told(
    server: Server, desk: Desk
) -> None:
    lock = desk.write(
        "poetry.lock",
        f'[[package]]\nname = "base"\nversion = "2.0"\nfiles = [{{file = "{BASE.filename}", '
        f'hash = "sha256:{BASE.sha256}"}}]\n'
        '[[package]]\nname = "mine"\nversion = "1"\n[package.source]\ntype = "git"\nurl = "x"\n',
    )
    looked = server.is_told("draft", "-r", str(lock))

    assert looked.returncode == 0, looked.stderr
    assert "left out: mine (it comes from a repository, not from an index)" in looked.stderr
    assert "base 2.0: review" in looked.stdout
    assert "Next: affineur send" in looked.stdout


def test_what_cannot_be_resolved_ends_with_1(server: Server) -> None:
    looked = server.is_told("draft", "no-such-thing")

    assert looked.returncode == 1
    assert "no-such-thing" in looked.stdout
