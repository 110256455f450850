"""Uploads through the front door, as twine sends them and as it never would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from twine.commands.upload import skip_upload

from affineur.web.app import build_app
from support.dists import Flaw, sdist, wheel
from support.forms import BOUNDARY, CONTENT_TYPE, Part, form, upload_parts
from support.gear import with_settings
from support.house import House
from support.raw_asgi import Reply, raw_ask

LEGACY = "/pypi/internal/legacy/"
DIST = wheel("demo", "1.0")
FIELDS = {"name": "demo", "version": "1.0", "filetype": "bdist_wheel"}


def staged(house: House) -> list[Path]:
    return list((house.gear.settings.data / "blobs" / "staging").iterdir())


def names(house: House) -> list[str]:
    page = house.get("/pypi/internal/simple/demo/", accept="application/vnd.pypi.simple.v1+json")
    return [file["filename"] for file in page.json().get("files", [])]


def upload(house: House, body: bytes, who: str | None = "builder") -> Reply:
    headers = {"content-type": CONTENT_TYPE}
    if who is not None:
        headers["authorization"] = f"Bearer {house.tokens[who]}"
    return house.run(raw_ask(house.app, "POST", LEGACY.encode(), headers, pieces=[body]))


def test_a_wheel_and_an_sdist_are_published(house: House) -> None:
    answers = [house.publish(DIST), house.publish(sdist("demo", "1.0"))]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert names(house) == ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"]
    assert staged(house) == []


def test_the_same_bytes_again_are_no_error(house: House) -> None:
    house.publish(DIST)

    assert house.publish(DIST).status_code == 200


def test_other_bytes_under_a_used_filename_are_refused_in_words_for_twine(house: House) -> None:
    house.publish(DIST)
    other = wheel("demo", "1.0", files={"demo.py": b"other"})

    answer = house.publish(other)

    assert (answer.status_code, answer.json()["code"]) == (400, "filename-taken")
    assert "File already exists" in answer.json()["detail"]
    assert skip_upload(answer, skip_existing=True, package=None)  # type: ignore[arg-type]
    assert staged(house) == []


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dev", 403), ("stranger", 404)])
def test_who_may_not_publish_is_refused_before_the_body_is_read(
    shared_house: House, who: str | None, status: int
) -> None:
    reply = upload(shared_house, form(upload_parts(DIST.filename, DIST.data, FIELDS)), who)

    assert (reply.status, reply.pieces_read) == (status, 0)


@pytest.mark.parametrize("feed", ["approved", "unapproved"])
def test_nothing_is_published_to_a_feed_of_reviewed_files(shared_house: House, feed: str) -> None:
    assert shared_house.publish(DIST, "admin", feed).status_code == 409


def test_a_feed_that_is_not_there_is_nothing_to_publish_to(shared_house: House) -> None:
    assert shared_house.publish(DIST, "admin", "absent").status_code in {400, 404}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sha256_digest": "0" * 64}, "sha256"),
        ({"md5_digest": "0" * 32}, "md5"),
        ({"blake2_256_digest": "0" * 64}, "blake2_256"),
        ({"name": "other"}, "other"),
        ({"version": "2.0"}, "2.0"),
        ({"filetype": "sdist"}, "sdist"),
        ({":action": "submit"}, ":action"),
        ({"protocol_version": "2"}, "protocol_version"),
        ({"name": ""}, "'name'"),
        ({"filetype": ""}, "'filetype'"),
    ],
)
def test_a_form_that_disagrees_with_its_file_is_refused(
    shared_house: House, fields: Mapping[str, str], words: str
) -> None:
    answer = shared_house.publish(DIST, **fields)

    assert (answer.status_code, words in answer.json()["detail"]) == (400, True)
    assert answer.headers["content-type"] == "application/problem+json"
    assert staged(shared_house) == []


@pytest.mark.parametrize(
    "filename",
    [
        "../demo-1.0-py3-none-any.whl",
        "/etc/demo-1.0-py3-none-any.whl",
        "a/demo-1.0-py3-none-any.whl",
        "demo-1.0-py3-none-any.whl.exe",
        "demo-1.0.egg",
        "démo-1.0-py3-none-any.whl",
        "x" * 300 + "-1.0-py3-none-any.whl",
    ],
)
def test_what_is_no_distribution_s_filename_is_refused(shared_house: House, filename: str) -> None:
    reply = upload(shared_house, form(upload_parts(filename, DIST.data, FIELDS)))

    assert reply.status == 400
    assert staged(shared_house) == []


@pytest.mark.parametrize("flaw", [Flaw.NOT_AN_ARCHIVE, Flaw.WRONG_NAME, Flaw.NO_METADATA])
def test_an_archive_that_is_not_what_it_says_is_refused(shared_house: House, flaw: Flaw) -> None:
    answer = shared_house.publish(wheel("demo", "1.0", flaw=flaw))

    assert answer.status_code == 400
    assert staged(shared_house) == []


def test_a_client_that_goes_away_leaves_nothing(shared_house: House) -> None:
    body = form(upload_parts(DIST.filename, DIST.data, FIELDS))
    headers = {
        "content-type": CONTENT_TYPE,
        "authorization": f"Bearer {shared_house.tokens['builder']}",
    }

    reply = shared_house.run(
        raw_ask(shared_house.app, "POST", LEGACY.encode(), headers, pieces=[body[:900], None])
    )

    assert (reply.status, reply.pieces_read) == (0, 2)
    assert staged(shared_house) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        form(upload_parts(DIST.filename, DIST.data, FIELDS))[:-6],
        form([("content", DIST.filename, b"x")] * 2),
        f"--{BOUNDARY}--\r\n".encode(),
        f"--{BOUNDARY}\r\n\r\n".encode(),
        b"\r\n" * 100_000,
    ],
)
def test_a_hostile_form_is_refused_and_leaves_nothing(shared_house: House, body: bytes) -> None:
    assert upload(shared_house, body).status == 400
    assert staged(shared_house) == []


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(shared_house: House) -> None:
    app = build_app(with_settings(shared_house.gear, max_file_bytes=100))
    parts: list[Part] = upload_parts(DIST.filename, DIST.data, FIELDS)
    headers = {
        "content-type": CONTENT_TYPE,
        "authorization": f"Bearer {shared_house.tokens['builder']}",
    }

    reply = shared_house.run(raw_ask(app, "POST", LEGACY.encode(), headers, pieces=[form(parts)]))
    announced = shared_house.run(
        raw_ask(app, "POST", LEGACY.encode(), headers | {"content-length": "99999999"})
    )

    assert (reply.status, announced.status, announced.pieces_read) == (413, 413, 0)
    assert staged(shared_house) == []


def test_uploads_are_posted(shared_house: House) -> None:
    answer = shared_house.ask("PUT", LEGACY, "builder")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
