"""What holds for every URL: health, headers, faults of ours."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.web.app import build_app
from affineur.web.asgi import Message, send_answer
from affineur.web.http import Answer, ClientGone, StreamBody
from support.house import House
from support.raw_asgi import raw_ask

EVERYWHERE = [
    "/",
    "/healthz",
    "/readyz",
    "/absent",
    "/pypi/internal/simple/",
    "/pypi/internal/simple/absent/",
    "/api/v1/whoami",
    "/api/v1/absent",
    "/api/v1/openapi.json",
    "/%00",
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_the_security_headers(shared_house: House, path: str) -> None:
    reply = shared_house.run(raw_ask(shared_house.app, "GET", path.encode()))

    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert "cache-control" in reply.headers


@pytest.mark.parametrize("path", EVERYWHERE)
def test_head_is_answered_wherever_get_is(shared_house: House, path: str) -> None:
    got = shared_house.run(raw_ask(shared_house.app, "GET", path.encode()))

    head = shared_house.run(raw_ask(shared_house.app, "HEAD", path.encode()))

    assert (head.status, head.body) == (got.status, b"")
    of_each = {"set-cookie"}  # a guest's secret is another each time
    assert {k: v for k, v in head.headers.items() if k not in of_each} == {
        k: v for k, v in got.headers.items() if k not in of_each
    }


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_other_methods_are_told_what_is_possible(shared_house: House, path: str) -> None:
    answer = shared_house.ask("POST", path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_server_without_its_database_is_alive_but_not_ready(house: House) -> None:
    broken = replace(house.gear, db=type(house.gear.db)(house.gear.db.engine))
    app = build_app(broken)
    (house.gear.settings.data / "house.db").unlink()
    house.gear.db.close()

    alive = house.run(raw_ask(app, "GET", b"/healthz"))
    ready = house.run(raw_ask(app, "GET", b"/readyz"))

    assert (alive.status, ready.status) == (200, 503)


def test_a_fault_of_ours_is_logged_once_with_the_id_that_the_client_is_told(
    shared_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    app = build_app(replace(shared_house.gear, db=None))  # type: ignore[arg-type]  # the fault
    secret = shared_house.tokens["dev"]
    headers = {"authorization": f"Bearer {secret}"}

    paths = (b"/pypi/internal/simple/", b"/api/v1/whoami")
    replies = [shared_house.run(raw_ask(app, "GET", path, headers)) for path in paths]

    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    ids = [re.findall(rb"under ([0-9a-f]{12})", reply.body)[0].decode() for reply in replies]
    assert [reply.status for reply in replies] == [500, 500]
    assert [one in record.getMessage() for one, record in zip(ids, logged, strict=True)] == [
        True,
        True,
    ]
    assert secret not in caplog.text
    assert b"Traceback" not in replies[0].body + replies[1].body


async def _breaking_off() -> AsyncIterator[bytes]:
    yield b"half"
    raise UpstreamTrouble("It broke off.")


class _Failing(AsyncIterator[bytes]):
    async def __anext__(self) -> bytes:
        raise UpstreamTrouble("It never came.")


async def _nobody_there() -> Message:
    await asyncio.Event().wait()
    return {}


def test_an_answer_that_breaks_off_does_not_end_cleanly() -> None:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    answer = Answer(200, (), StreamBody(_breaking_off(), None))

    with pytest.raises(UpstreamTrouble):
        asyncio.run(send_answer(answer, {"method": "GET"}, _nobody_there, keep))

    assert [message.get("more_body") for message in sent] == [None, True]


def test_a_stream_that_fails_before_its_first_bytes_has_not_begun_to_answer() -> None:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    answer = Answer(200, (), StreamBody(_Failing(), 5))

    with pytest.raises(UpstreamTrouble):
        asyncio.run(send_answer(answer, {"method": "GET"}, _nobody_there, keep))

    assert sent == []


def test_a_stream_stops_when_its_client_has_gone() -> None:
    sent: list[Message] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b"more"

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    with pytest.raises(ClientGone):
        asyncio.run(
            send_answer(Answer(200, (), StreamBody(endless(), None)), {"method": "GET"}, gone, keep)
        )

    assert len(sent) < 5


def test_the_head_of_a_stream_closes_it_unread() -> None:
    closed: list[bool] = []

    async def stream() -> AsyncIterator[bytes]:
        try:
            yield b"never"
        finally:
            closed.append(True)

    async def keep(_message: Message) -> None:
        pass

    async def head() -> None:
        chunks = stream()
        await anext(chunks)
        await send_answer(
            Answer(200, (), StreamBody(chunks, 5)), {"method": "HEAD"}, _nobody_there, keep
        )

    asyncio.run(head())

    assert closed == [True]
