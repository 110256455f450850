"""Files and their metadata through the front door."""

from __future__ import annotations

import pytest

from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks
from affineur.services.blocks import BlockOrder
from support.dists import Dist, wheel
from support.house import House
from support.raw_asgi import raw_ask

DIST = wheel("demo", "1.0", files={"demo.py": bytes(range(256)) * 3000})
URL = f"/pypi/internal/files/{DIST.sha256}/{DIST.filename}"
TAG = f'"{DIST.sha256}"'


@pytest.fixture(scope="module")
def stocked(shared_house: House) -> House:
    assert shared_house.publish(DIST).status_code == 200
    return shared_house


def test_a_file_is_sent_whole_with_its_digest_as_etag(stocked: House) -> None:
    answer = stocked.get(URL)

    assert (answer.status_code, answer.content) == (200, DIST.data)
    assert answer.headers["etag"] == TAG
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(DIST.data))


def test_a_server_that_sends_files_itself_is_given_the_path(stocked: House) -> None:
    headers = {"authorization": f"Bearer {stocked.tokens['dev']}"}

    reply = stocked.run(raw_ask(stocked.app, "GET", URL.encode(), headers, sends_paths=True))

    assert reply.sent_path == str(stocked.gear.blobs.local_path(DIST.sha256))
    assert reply.headers["content-length"] == str(len(DIST.data))


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, len(DIST.data)),
        ("bytes=-7", len(DIST.data) - 7, len(DIST.data)),
        ("bytes=100-99999999", 100, len(DIST.data)),
    ],
)
def test_a_part_is_sent_of_a_file(stocked: House, asked: str, start: int, stop: int) -> None:
    answer = stocked.get(URL, range=asked)

    assert (answer.status_code, answer.content) == (206, DIST.data[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(DIST.data)}"
    assert answer.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=9-2", "lines=1-2", "nonsense"])
def test_what_is_no_single_range_gets_the_whole(stocked: House, asked: str) -> None:
    assert stocked.get(URL, range=asked).content == DIST.data


def test_a_part_outside_of_the_file_is_416(stocked: House) -> None:
    answer = stocked.get(URL, range="bytes=99999999-")

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(DIST.data)}"


def test_a_part_of_another_thing_is_not_sent(stocked: House) -> None:
    same = stocked.get(URL, range="bytes=0-9", if_range=TAG)
    other = stocked.get(URL, range="bytes=0-9", if_range='"other"')

    assert (same.status_code, other.status_code) == (206, 200)


def test_head_of_a_file_tells_its_size_and_ignores_ranges(stocked: House) -> None:
    answer = stocked.ask("HEAD", URL, "dev", headers={"range": "bytes=0-9"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(DIST.data))


def test_a_file_is_not_sent_again_to_who_has_it(stocked: House) -> None:
    answer = stocked.get(URL, if_none_match=TAG)

    assert (answer.status_code, answer.content) == (304, b"")
    assert "content-length" not in answer.headers


def test_metadata_is_sent_whole_in_part_and_not_again(stocked: House) -> None:
    whole = stocked.get(f"{URL}.metadata")
    part = stocked.get(f"{URL}.metadata", range="bytes=0-15")
    again = stocked.get(f"{URL}.metadata", if_none_match=whole.headers["etag"])

    assert whole.content == DIST.metadata
    assert (part.status_code, part.content) == (206, DIST.metadata[:16])
    assert again.status_code == 304


def test_not_even_304_gets_past_a_block(house: House) -> None:
    house.publish(DIST)
    blocks.block(house.gear, OPERATOR, BlockOrder(ProjectName("demo"), None, "it is broken"))

    answers = [
        house.get(URL),
        house.get(URL, if_none_match=TAG),
        house.get(URL, if_none_match="*"),
        house.get(URL, range="bytes=0-0"),
        house.ask("HEAD", URL, "dev"),
        house.get(URL.replace(".whl", "%2ewhl")),
    ]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert "blocked: it is broken" in answers[0].json()["detail"]


@pytest.mark.parametrize("who", [None, "stranger"])
def test_not_even_304_gets_past_a_permission(stocked: House, who: str | None) -> None:
    answer = stocked.get(URL, who, if_none_match=TAG)

    assert answer.status_code == (404 if who else 401)


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("internal", "approved"),
        URL.replace("internal", "elsewhere"),
        URL.replace(DIST.sha256, "0" * 64),
        URL.replace("demo-1.0", "Demo-1.0"),
        URL.replace("demo-1.0", "demo-1.0.0"),
        f"/pypi/internal/files/{DIST.sha256}/other-1.0-py3-none-any.whl",
        f"{URL}.metadata.metadata",
        f"{URL}.provenance",
        f"{URL}/",
        f"/pypi/internal/files/{DIST.sha256}/",
        f"/pypi/internal/files/{DIST.filename}",
        URL.replace(DIST.sha256, DIST.sha256[:-1]),
        URL.replace("/files/", "/files/../files/"),
        URL.replace("/files/", "/files%2f"),
        URL.replace(".whl", ".whl%00"),
        URL.replace(".whl", ".whl%20"),
    ],
)
def test_a_file_has_one_url_in_one_feed(stocked: House, url: str) -> None:
    headers = {"authorization": f"Bearer {stocked.tokens['admin']}"}

    reply = stocked.run(raw_ask(stocked.app, "GET", url.encode(), headers))

    assert reply.status in {400, 404}
    assert DIST.data not in reply.body


def test_a_withheld_file_explains_itself_and_gives_its_metadata(house: House) -> None:
    dist = _upstream(house)

    answer = house.get(f"/pypi/internal/files/{dist.sha256}/{dist.filename}")
    metadata = house.get(f"/pypi/internal/files/{dist.sha256}/{dist.filename}.metadata")

    assert (answer.status_code, answer.json()["code"]) == (403, "not-approved")
    assert house.upstream.downloads(dist.filename) == 0
    assert (metadata.status_code, metadata.content) == (200, dist.metadata)


def test_a_first_download_is_streamed_whole_and_kept(house: House) -> None:
    dist = _upstream(house)
    url = f"/pypi/unapproved/files/{dist.sha256}/{dist.filename}"

    first, second = house.get(url, "approver"), house.get(url, "approver")

    assert (first.content, second.content) == (dist.data, dist.data)
    assert first.headers["content-length"] == str(len(dist.data))
    assert house.upstream.downloads(dist.filename) == 1


def _upstream(house: House, *, size: int = 1_000_000) -> Dist:
    noise = {"flask.py": b"".join(i.to_bytes(4, "big") for i in range(size // 4))}
    dist = wheel("flask", "3.0", files=noise)
    house.upstream.add(dist)
    assert house.get("/pypi/internal/simple/flask/").status_code == 200
    return dist
