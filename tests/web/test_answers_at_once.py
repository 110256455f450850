"""What is given from memory is what would be answered now, for these very credentials."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from affineur.core.blocks import Target
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import access, blocks, connectors
from affineur.services.access import TokenOrder
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewFilter
from affineur.services.pulse import Watcher
from affineur.store.database import open_database
from affineur.web.asgi import App, Message, Receive, Scope, Send
from affineur.web.at_once import answering
from affineur.web.memory import SendAtOnce
from support.counts import downloads, traffic_of, wishes
from support.dists import wheel
from support.house import House
from support.ports import free_port
from support.running import until

PAGE = "/pypi/internal/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
DEMO = wheel("demo", "1.0")


@dataclass
class Reply:
    """What came from memory."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    path: str | None = None


@pytest.fixture
def open_house(house: House) -> Iterator[House]:
    """A house that watches for commits of others, with a package of its own."""
    with Watcher(house.gear.pulse, house.gear.db):
        house.publish(DEMO)
        _until_quiet(house)
        yield house


def _until_quiet(house: House) -> None:
    """Wait until the watcher has seen what was committed so far, and nothing is new any more."""

    def is_quiet() -> bool:
        house.gear.pulse.read(house.gear.db)
        time.sleep(0.45)
        return house.gear.pulse.current(house.gear.db) is not None

    until(is_quiet, lambda: "commits never come to an end")


def _recalled(house: House, path: str, who: str | None = "dev", **headers: str) -> Reply | None:
    """Ask the memory alone; None when it does not know."""
    reply = Reply()

    def send(message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                reply.status = message["status"]
                reply.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            case "http.response.pathsend":
                reply.path = message["path"]
            case _:
                reply.body += message["body"]

    return reply if house.app.at_once(_scope(house, path, who, headers), send) else None


def _scope(
    house: House, path: str, who: str | None, headers: dict[str, str]
) -> dict[str, Any]:  # Any: as ASGI has it
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    secret = {} if who is None else {"authorization": f"Bearer {house.tokens[who]}"}
    # The headers that the client of the house sends by itself are part of what is remembered.
    usual = {"accept": "*/*", "accept-encoding": "gzip, deflate"}
    raw, _, query = path.partition("?")
    return {
        "type": "http",
        "method": "GET",
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in (usual | secret | said).items()],
    }


def _get(
    house: House, path: str = PAGE, who: str | None = "dev", **headers: str
) -> httpx2.Response:
    usual = {"accept": "*/*", "accept_encoding": "gzip, deflate"}
    return house.get(path, who, **(usual | headers))


def test_an_answer_is_given_again_as_it_was(open_house: House) -> None:
    plain = {"accept_encoding": "identity"}
    assert _recalled(open_house, PAGE, **plain) is None
    first = _get(open_house, **plain)

    again = _recalled(open_house, PAGE, **plain)

    assert again is not None
    assert (again.status, again.body) == (200, first.content)
    assert again.headers == dict(first.headers)


def test_who_has_it_already_hears_that_it_is_unchanged(open_house: House) -> None:
    etag = _get(open_house).headers["etag"]

    again = _recalled(open_house, PAGE, if_none_match=etag)

    assert again is not None
    slowly = _get(open_house, if_none_match=etag)
    assert (again.status, again.body, again.headers) == (304, b"", dict(slowly.headers))


def test_a_file_and_its_metadata_are_remembered_too(open_house: House) -> None:
    path = f"/pypi/internal/files/{DEMO.sha256}/{DEMO.filename}"
    assert _get(open_house, path).content == DEMO.data
    assert _get(open_house, path + ".metadata").content == DEMO.metadata

    file, metadata = _recalled(open_house, path), _recalled(open_house, path + ".metadata")

    assert file is not None
    assert file.path == str(open_house.gear.blobs.local_path(DEMO.sha256))
    assert metadata is not None
    assert metadata.body == DEMO.metadata


@pytest.mark.parametrize("who", ["stranger", "approver", None])
def test_nothing_is_remembered_for_other_credentials(open_house: House, who: str | None) -> None:
    _get(open_house)
    assert _recalled(open_house, PAGE, who) is None


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (PAGE, {"accept": JSON}),
        (PAGE, {"accept_encoding": "br"}),
        (PAGE, {"range": "bytes=0-1"}),
        (PAGE, {"if_none_match": '"another"'}),
        (PAGE, {"expect": "100-continue"}),
        (PAGE + "?a=b", {}),
        ("/pypi/internal/simple/Demo/", {}),
        ("/pypi/internal/simple/other/", {}),
    ],
)
def test_another_question_takes_the_long_way(
    open_house: House, path: str, headers: dict[str, str]
) -> None:
    _get(open_house)
    assert _recalled(open_house, path, **headers) is None


def test_a_header_that_comes_twice_takes_the_long_way(open_house: House) -> None:
    _get(open_house)
    scope = _scope(open_house, PAGE, "dev", {})
    scope["headers"].append((b"accept", b"text/html"))
    assert not open_house.app.at_once(scope, lambda _message: None)


def test_what_is_given_from_memory_counts_too(open_house: House) -> None:
    path = f"/pypi/internal/files/{DEMO.sha256}/{DEMO.filename}"
    etag = _get(open_house).headers["etag"]
    _get(open_house, path)
    _recalled(open_house, PAGE)
    _recalled(open_house, PAGE, if_none_match=etag)
    _recalled(open_house, path)
    _recalled(open_house, path)

    day = open_house.clock.now().date().isoformat()
    assert downloads(open_house.gear) == [(day, DEMO.filename, "dev", 3)]
    counted = {kind: count for (_, kind), (count, _) in traffic_of(open_house.gear).items()}
    assert counted == {"page": 2, "unchanged": 1, "file": 3}


def test_writing_down_what_was_used_ends_no_answer(open_house: House) -> None:
    _get(open_house)
    assert downloads(open_house.gear) == []
    open_house.gear.pulse.read(open_house.gear.db)
    assert _recalled(open_house, PAGE) is not None


def test_a_page_with_nothing_to_be_had_is_not_remembered(open_house: House) -> None:
    open_house.upstream.add(wheel("outside", "1.0"))
    path = "/pypi/internal/simple/outside/"
    _get(open_house, path)
    _until_quiet(open_house)
    assert "not approved" in _get(open_house, path, accept=JSON).text
    assert _recalled(open_house, path, accept=JSON) is None
    assert wishes(open_house.gear) == [("outside", "", "not-approved", 1)]


def test_refusals_are_not_remembered(open_house: House) -> None:
    assert _get(open_house, "/pypi/internal/simple/nobody/").status_code == 404
    assert _recalled(open_house, "/pypi/internal/simple/nobody/") is None
    assert _get(open_house, who="stranger").status_code == 404
    assert _recalled(open_house, PAGE, "stranger") is None


# --- what ends it ------------------------------------------------------------------------


def _block(house: House) -> None:
    order = BlockOrder(ProjectName("demo"), None, "it steals", is_malware=False)
    blocks.block(house.gear, OPERATOR, order)


def test_a_block_ends_it_at_once(open_house: House) -> None:
    path = f"/pypi/internal/files/{DEMO.sha256}/{DEMO.filename}"
    etag = _get(open_house).headers["etag"]
    _get(open_house, path)
    _block(open_house)

    assert _recalled(open_house, PAGE) is None
    assert _recalled(open_house, PAGE, if_none_match=etag) is None
    assert _recalled(open_house, path) is None
    assert _get(open_house, path).status_code == 403
    assert "it steals" in _get(open_house, accept=JSON).text


def test_a_revoked_token_ends_it_at_once(open_house: House) -> None:
    _get(open_house)
    (token,) = [one for one in access.tokens(open_house.gear, OPERATOR) if one.user_name == "dev"]
    access.revoke_token(open_house.gear, OPERATOR, token.id)

    assert _recalled(open_house, PAGE) is None
    assert _get(open_house).status_code == 401


def test_an_expired_token_ends_it(open_house: House) -> None:
    order = TokenOrder("dev", "short", expires_in_days=1)
    open_house.tokens["short"] = access.create_token(open_house.gear, OPERATOR, order).secret  # type: ignore[index]  # tests know it is a dict
    _until_quiet(open_house)
    _get(open_house, who="short")
    assert _recalled(open_house, PAGE, "short") is not None
    open_house.clock.move(days=2)

    assert _recalled(open_house, PAGE, "short") is None
    assert _get(open_house, who="short").status_code == 401


def test_time_alone_ends_it_when_it_changes_the_page(open_house: House) -> None:
    open_house.upstream.add(wheel("outside", "1.0"))
    path = "/pypi/unapproved/simple/outside/"
    _get(open_house, path, "approver")
    _until_quiet(open_house)
    _get(open_house, path, "approver")  # the first answer was begun before the page was known
    assert _recalled(open_house, path, "approver") is not None
    open_house.clock.move(seconds=open_house.gear.settings.page_fresh_s)
    assert _recalled(open_house, path, "approver") is None


def test_a_rule_of_a_feed_further_on_ends_it_at_once(open_house: House) -> None:
    open_house.upstream.add(wheel("outside", "1.0"))
    path = "/pypi/unapproved/simple/outside/"
    _get(open_house, path, "approver")
    _until_quiet(open_house)
    _get(open_house, path, "approver")  # the first answer was begun before the page was known
    rule = NewFilter("deny", "no", ("outside",))
    (connector,) = connectors.connectors(open_house.gear, OPERATOR, FeedName("unapproved"))
    connectors.add_filter(
        open_house.gear, OPERATOR, FeedName("unapproved"), connector.connector.name, rule
    )
    assert _recalled(open_house, path, "approver") is None


def test_what_has_nothing_to_do_with_it_costs_one_question_and_no_rendering(
    open_house: House,
) -> None:
    first = _get(open_house)
    open_house.publish(wheel("other", "1.0"))
    assert _recalled(open_house, PAGE) is None

    _until_quiet(open_house)
    assert _get(open_house).headers["etag"] == first.headers["etag"]
    assert _recalled(open_house, PAGE) is not None


def test_a_commit_of_another_process_ends_it_without_a_question(open_house: House) -> None:
    _get(open_house)
    other = open_database(str(open_house.gear.db.engine.url))
    with other.writing():
        pass
    with other.writing() as conn:
        conn.exec_driver_sql("UPDATE feed SET revision = revision + 1")
    other.close()

    until(lambda: _recalled(open_house, PAGE) is None, lambda: "the old page is still given")


def test_nothing_is_believed_when_nobody_watches(house: House) -> None:
    house.publish(DEMO)
    _get(house)
    assert _recalled(house, PAGE) is None
    with Watcher(house.gear.pulse, house.gear.db):
        until(lambda: _told_once(house), lambda: "nothing is ever remembered")
    until(lambda: _recalled(house, PAGE) is None, lambda: "the silence is believed for ever")


def _told_once(house: House) -> bool:
    _get(house)
    return _recalled(house, PAGE) is not None


def test_no_old_answer_is_given_after_a_change_is_acknowledged(open_house: House) -> None:
    """Blocks come and go while readers keep asking; each reader checks after each change."""
    path = f"/pypi/internal/files/{DEMO.sha256}/{DEMO.filename}"
    project, wrong = ProjectName("demo"), []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            _recalled(open_house, path)

    readers = [threading.Thread(target=keep_asking) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(15):
        _block(open_house)
        wrong += [_recalled(open_house, path), _recalled(open_house, PAGE)]
        assert _get(open_house, path).status_code == 403
        blocks.unblock(open_house.gear, OPERATOR, Target(project), "a false alarm")
        assert _get(open_house, path).status_code == 200
    stop.set()
    for reader in readers:
        reader.join()
    assert [one for one in wrong if one is not None] == []


# --- granian -----------------------------------------------------------------------------


@contextmanager
def _answers(seen: list[str]) -> Iterator[App]:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the long way"})

    def at_once(scope: Scope, send: SendAtOnce) -> bool:
        if scope["path"] == "/broken":
            raise RuntimeError("broken")
        if scope["path"] != "/known":
            return False
        send({"type": "http.response.start", "status": 200, "headers": []})
        send({"type": "http.response.body", "body": b"at once"})
        return True

    with answering(at_once):
        yield app


def test_granian_asks_the_memory_before_it_wakes_the_loop() -> None:
    """When this fails after an upgrade of granian, see web/at_once.py: hot pages are slow."""
    seen: list[str] = []
    port = free_port()

    async def ask() -> list[str]:
        server = Server(app, "127.0.0.1", port, interface=Interfaces.ASGINL, log_enabled=False)
        serving = asyncio.create_task(server.serve())
        transport = httpx2.AsyncHTTPTransport(retries=10)
        base = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(transport=transport, base_url=base) as client:
            paths = ("/known", "/other", "/broken", "/known")
            told = [(await client.get(path)).text for path in paths]
        server.stop()  # type: ignore[no-untyped-call]  # granian gives no types here
        await asyncio.wait_for(serving, 20)
        return told

    with _answers(seen) as app:
        told = asyncio.run(ask())
    assert told == ["at once", "the long way", "the long way", "at once"]
    assert seen == ["/other", "/broken"]
