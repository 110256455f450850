"""Uploads through the front door, as twine sends them and as it never would."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from twine.commands.upload import skip_upload

from affineur.core.findings import Fact
from affineur.web.app import build_app
from support.attestations import attestation
from support.dists import Dist, Flaw, sdist, wheel
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


def listed(house: House) -> list[Fact]:
    """What the audit log says of each upload."""
    events = house.ask("GET", "/api/v1/audit?limit=1000", "admin").json()["events"]
    return [event["after"] for event in events if event["action"] == "listing.added"]


def metadata(house: House, dist: Dist) -> bytes:
    return house.get(f"/pypi/internal/files/{dist.sha256}/{dist.filename}.metadata").content


def upload(house: House, body: bytes, who: str | None = "builder", **more: str) -> Reply:
    headers = {"content-type": CONTENT_TYPE, **more}
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


def test_digests_may_be_written_large(house: House) -> None:
    digests = {
        "sha256_digest": DIST.sha256.upper(),
        "md5_digest": hashlib.md5(DIST.data, usedforsecurity=False).hexdigest().upper(),
        "blake2_256_digest": hashlib.blake2b(DIST.data, digest_size=32).hexdigest().upper(),
    }

    assert house.publish(DIST, **digests).status_code == 200


def test_a_comment_goes_into_the_audit_log_without_its_control_characters(house: House) -> None:
    house.publish(DIST, comment="built by \x1b[31mjob\x00 7\r\n")

    assert listed(house) == [
        {"files": {DIST.filename: DIST.sha256}, "comment": "built by  [31mjob  7"}
    ]


def test_what_the_form_says_beside_the_file_changes_nothing(house: House) -> None:
    told = {
        "metadata_version": "9.9",
        "summary": "another",
        "requires_python": ">=99",
        "description": "another",
        "pyversion": "cp27",
        "comment": "",
        "staged": "",
        "unheard_of": "x",
    }

    answer = house.publish(DIST, **told)

    assert (answer.status_code, answer.text) == (200, f"{DIST.filename} published\n")
    assert listed(house) == [{"files": {DIST.filename: DIST.sha256}}]
    assert metadata(house, DIST) == DIST.metadata


def test_a_detached_signature_is_ignored_and_its_uploader_told(house: House) -> None:
    extra: list[Part] = [("gpg_signature", f"{DIST.filename}.asc", b"signature")]

    reply = upload(house, form(upload_parts(DIST.filename, DIST.data, FIELDS, extra)))

    assert (reply.status, reply.body.decode()) == (
        200,
        f"{DIST.filename} published\ngpg_signature was ignored; attestations (PEP 740) are kept\n",
    )


def test_who_gives_attestations_is_told_that_nobody_verified_them(house: House) -> None:
    answer = house.publish(DIST, attestations=json.dumps([attestation(DIST)]))

    assert answer.text == (
        f"{DIST.filename} published\n"
        "its attestations were kept; their signatures were not verified\n"
    )


@pytest.mark.parametrize("version", ["2.1", "2.4", "2.5", "2.9", "3.0"])
def test_core_metadata_of_any_version_passes_through_unharmed(house: House, version: str) -> None:
    extra = (
        "Import-Name: demo\nImport-Namespace: zope\nUnheard-Of: one\nUnheard-Of: two\n"
        "License-File: LICENSE\nDynamic: Summary\n"
    )
    dist = wheel("demo", "1.0", metadata_version=version, metadata_extra=extra)

    answer = house.publish(dist)

    assert (answer.status_code, metadata(house, dist)) == (200, dist.metadata)


def test_a_client_of_the_upload_2_api_is_led_to_this_one(shared_house: House) -> None:
    media = "application/vnd.pypi.upload.v2+json"

    answers = [
        shared_house.ask("POST", LEGACY, "builder", content=b"{}", headers={name: media})
        for name in ("content-type", "accept")
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (406, "not-acceptable")
    ] * 2


def test_other_bytes_under_a_used_filename_are_refused_in_words_for_twine(house: House) -> None:
    house.publish(DIST)
    other = wheel("demo", "1.0", files={"demo.py": b"other"})

    answer = house.publish(other)

    assert (answer.status_code, answer.json()["code"]) == (400, "filename-taken")
    assert "File already exists" in answer.json()["detail"]
    assert skip_upload(answer, skip_existing=True, package=None)  # type: ignore[arg-type]
    assert staged(house) == []


WHO_MAY_NOT = [(None, 401), ("dev", 403), ("stranger", 404)]


@pytest.mark.parametrize(("who", "status"), WHO_MAY_NOT)
def test_who_may_not_publish_is_refused_before_anything_is_kept(
    shared_house: House, who: str | None, status: int
) -> None:
    reply = upload(shared_house, form(upload_parts(DIST.filename, DIST.data, FIELDS)), who)

    assert (reply.status, reply.pieces_read) == (status, 1)
    assert staged(shared_house) == []


@pytest.mark.parametrize(("who", "status"), WHO_MAY_NOT)
def test_who_waits_for_leave_to_send_is_refused_before_the_body_is_read(
    shared_house: House, who: str | None, status: int
) -> None:
    body = form(upload_parts(DIST.filename, DIST.data, FIELDS))

    reply = upload(shared_house, body, who, expect="100-continue")

    assert (reply.status, reply.pieces_read) == (status, 0)


def test_what_is_refused_is_read_out_so_that_its_sender_hears_why(shared_house: House) -> None:
    pieces = [b"x" * 65536] * 100

    reply = shared_house.run(raw_ask(shared_house.app, "POST", LEGACY.encode(), pieces=pieces))

    assert (reply.status, reply.pieces_read, reply.is_complete) == (401, 100, True)


def test_what_is_refused_is_not_read_out_for_ever(shared_house: House) -> None:
    pieces = [b"x" * 1024 * 1024] * 300

    reply = shared_house.run(raw_ask(shared_house.app, "POST", LEGACY.encode(), pieces=pieces))

    assert (reply.status, reply.pieces_read) == (401, 257)


def test_a_client_that_goes_away_while_it_is_refused_is_told_nothing(shared_house: House) -> None:
    pieces = [b"x", None]

    reply = shared_house.run(raw_ask(shared_house.app, "POST", LEGACY.encode(), pieces=pieces))

    assert (reply.status, reply.pieces_read) == (0, 2)


def test_an_upload_to_a_page_is_read_out_too(shared_house: House) -> None:
    path = b"/pypi/internal/simple/"

    reply = shared_house.run(raw_ask(shared_house.app, "POST", path, pieces=[b"x", b"y"]))

    assert (reply.status, reply.pieces_read) == (405, 2)


@pytest.mark.parametrize("feed", ["approved", "unapproved"])
def test_nothing_is_published_to_a_feed_of_reviewed_files(shared_house: House, feed: str) -> None:
    answer = shared_house.publish(DIST, "admin", feed)

    assert (answer.status_code, answer.json()["code"]) == (400, "conflict")
    assert "takes reviewed files only" in answer.json()["detail"]


@pytest.mark.parametrize("feed", ["approved", "unapproved"])
def test_no_other_refusal_is_mistaken_for_a_file_that_exists(
    shared_house: House, feed: str
) -> None:
    answer = shared_house.publish(DIST, "admin", feed)

    assert not skip_upload(answer, skip_existing=True, package=None)  # type: ignore[arg-type]


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
        ({"sha256_digest": "é" * 64}, "sha256"),
        ({"md5_digest": "é" * 32}, "md5"),
        ({":action": "submit"}, "which no index does any more"),
        ({":action": "doc_upload"}, "which no index does any more"),
        ({":action": "remove_pkg"}, ":action"),
        ({":action": ""}, ":action"),
        ({"protocol_version": "2"}, "protocol_version"),
        ({"staged": "true"}, "published at once"),
        ({"attestations": "[]"}, "attestations are malformed"),
        ({"attestations": "é"}, "attestations are malformed"),
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

    assert (reply.status, announced.status) == (413, 413)
    assert staged(shared_house) == []


def test_uploads_are_posted(shared_house: House) -> None:
    answer = shared_house.ask("PUT", LEGACY, "builder")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
