"""The JSON API beside the simple one, as the tools that read it find it."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.version import Version

from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks
from affineur.services.blocks import BlockOrder
from support.dists import Dist, sdist, wheel
from support.house import House

PROJECT = "/pypi/internal/pypi/demo/json"
RELEASE = "/pypi/internal/pypi/demo/1.0/json"
SIMPLE = "application/vnd.pypi.simple.v1+json"
EXTRA = (
    "Author-email: A <a@example.com>\n"
    "Keywords: one,two\n"
    "Classifier: Typing :: Typed\n"
    "Project-URL: Source, https://example.com/demo\n"
    "Provides-Extra: fast\n"
    "Description-Content-Type: text/markdown\n"
)
DEMO = wheel(
    "demo",
    "1.0",
    requires=["six>=1", "ujson ; extra == 'fast'"],
    requires_python=">=3.9",
    metadata_extra=EXTRA,
)
DEMO_SDIST = sdist("demo", "1.0", requires_python=">=3.9")
DEMO_2 = wheel("demo", "2.0")
DEMO_3A = wheel("demo", "3.0a1")


def _json(house: House, path: str = PROJECT) -> Any:  # Any: JSON
    answer = house.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _block(house: House, version: str | None = None, *, is_malware: bool = False) -> None:
    of = None if version is None else Version(version)
    order = BlockOrder(ProjectName("demo"), of, "bad", is_malware)
    blocks.block(house.gear, OPERATOR, order)


def test_a_release_is_told_as_its_core_metadata_tells_it(house: House) -> None:
    house.publish(DEMO)

    info = _json(house, RELEASE)["info"]

    assert info == {
        "author": None,
        "author_email": "A <a@example.com>",
        "bugtrack_url": None,
        "classifiers": ["Typing :: Typed"],
        "description": "The description of demo.\n",
        "description_content_type": "text/markdown",
        "docs_url": None,
        "download_url": None,
        "downloads": {"last_day": -1, "last_month": -1, "last_week": -1},
        "dynamic": None,
        "home_page": None,
        "keywords": "one,two",
        "license": None,
        "license_expression": "MIT",
        "license_files": None,
        "maintainer": None,
        "maintainer_email": None,
        "name": "demo",
        "package_url": "http://127.0.0.1:8080/pypi/internal/simple/demo/",
        "platform": None,
        "project_url": "http://127.0.0.1:8080/pypi/internal/simple/demo/",
        "project_urls": {"Source": "https://example.com/demo"},
        "provides_extra": ["fast"],
        "release_url": "http://127.0.0.1:8080/pypi/internal/simple/demo/",
        "requires_dist": ["six>=1", "ujson ; extra == 'fast'"],
        "requires_python": ">=3.9",
        "summary": "A package made for a test of demo",
        "version": "1.0",
        "yanked": False,
        "yanked_reason": None,
    }


def test_a_file_is_told_with_the_url_that_serves_it(house: House) -> None:
    house.publish(DEMO)

    [told] = _json(house, RELEASE)["urls"]
    path = told["url"].removeprefix("http://127.0.0.1:8080")

    assert house.get(path).content == DEMO.data
    assert told == {
        "comment_text": "",
        "core-metadata": {"sha256": DEMO.metadata_sha256},
        "digests": {"sha256": DEMO.sha256},
        "downloads": -1,
        "filename": DEMO.filename,
        "has_sig": False,
        "packagetype": "bdist_wheel",
        "python_version": "py3",
        "requires_python": ">=3.9",
        "size": len(DEMO.data),
        "upload_time": "2026-11-01T12:00:00",
        "upload_time_iso_8601": "2026-11-01T12:00:00.000000Z",
        "url": f"http://127.0.0.1:8080/pypi/internal/files/{DEMO.sha256}/{DEMO.filename}",
        "yanked": False,
        "yanked_reason": None,
    }


def test_a_project_has_all_its_releases_and_the_files_of_the_latest(house: House) -> None:
    house.publish(DEMO)
    house.publish(DEMO_SDIST)
    house.publish(DEMO_2)

    told = _json(house)

    named = {v: [one["filename"] for one in files] for v, files in told["releases"].items()}
    assert named == {"1.0": [DEMO.filename, DEMO_SDIST.filename], "2.0": [DEMO_2.filename]}
    assert [one["filename"] for one in told["urls"]] == [DEMO_2.filename]
    assert told["info"]["version"] == "2.0"


def test_a_release_has_no_others_beside_it(house: House) -> None:
    house.publish(DEMO)
    house.publish(DEMO_2)

    told = _json(house, RELEASE)

    assert "releases" not in told
    assert [one["filename"] for one in told["urls"]] == [DEMO.filename]


def test_an_sdist_is_told_by_its_own_metadata(house: House) -> None:
    house.publish(DEMO_SDIST)

    told = _json(house, RELEASE)

    kinds = (told["urls"][0]["packagetype"], told["urls"][0]["python_version"])
    assert kinds == ("sdist", "source")
    assert told["info"]["summary"] == "A package made for a test of demo"


def test_a_pre_release_is_the_latest_only_when_there_is_nothing_else(house: House) -> None:
    house.publish(DEMO_3A)
    alone = _json(house)["info"]["version"]
    house.publish(DEMO)

    assert (alone, _json(house)["info"]["version"]) == ("3.0a1", "1.0")


def test_what_is_withheld_and_explained_is_yanked_and_never_the_latest(house: House) -> None:
    house.publish(DEMO)
    house.publish(DEMO_2)
    _block(house, "2.0")

    told = _json(house)
    blocked = _json(house, "/pypi/internal/pypi/demo/2.0/json")

    assert told["info"]["version"] == "1.0"
    assert (told["info"]["yanked"], told["info"]["yanked_reason"]) == (False, None)
    [file] = told["releases"]["2.0"]
    assert (file["yanked"], file["yanked_reason"]) == (True, "blocked: bad")
    assert (blocked["info"]["yanked"], blocked["info"]["yanked_reason"]) == (True, "blocked: bad")


def test_what_is_hidden_is_not_told_in_any_way(house: House) -> None:
    house.publish(DEMO)
    house.publish(DEMO_2)
    _block(house, "2.0", is_malware=True)

    assert list(_json(house)["releases"]) == ["1.0"]
    hidden = house.get("/pypi/internal/pypi/demo/2.0/json")
    absent = house.get("/pypi/internal/pypi/demo/2.5/json")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("2.0", "2.5") == absent.text


def test_a_block_shows_at_once_on_what_was_kept(house: House) -> None:
    house.publish(DEMO)
    etag = house.get(PROJECT).headers["etag"]
    _block(house)

    again = house.get(PROJECT, if_none_match=etag)

    assert (again.status_code, again.json()["urls"][0]["yanked_reason"]) == (200, "blocked: bad")


def test_it_is_not_sent_again_to_who_has_it(house: House) -> None:
    house.publish(DEMO)
    first = house.get(PROJECT)

    again = house.get(PROJECT, if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["vary"] == "Accept-Encoding, Authorization"
    assert first.headers["content-type"] == "application/json"


def test_head_answers_as_get_without_the_body(house: House) -> None:
    house.publish(DEMO)

    head = house.ask("HEAD", PROJECT, "dev")

    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(house.get(PROJECT).headers)


def test_the_serial_rises_with_every_change(house: House) -> None:
    house.publish(DEMO)
    first = _json(house)["last_serial"]
    house.publish(DEMO_2)
    second = _json(house)["last_serial"]
    _block(house)

    assert first < second < _json(house)["last_serial"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/pypi/internal/pypi/De.mo/json", "../de-mo/json"),
        ("/pypi/internal/pypi/demo/json/", "../../demo/json"),
        ("/pypi/internal/pypi/De_mo/1.0/json", "../../de-mo/1.0/json"),
        ("/pypi/internal/pypi/demo/1.0/json/", "../../../demo/1.0/json"),
    ],
)
def test_other_spellings_lead_to_the_one_right_url(
    shared_house: House, path: str, location: str
) -> None:
    answer = shared_house.get(path)

    assert (answer.status_code, answer.headers["location"]) == (301, location)


def test_a_version_may_be_written_in_any_way_that_means_it(house: House) -> None:
    house.publish(DEMO)

    other = house.get("/pypi/internal/pypi/demo/1.0.0/json")

    assert other.json()["info"]["version"] == "1.0"


@pytest.mark.parametrize("version", ["9.9", "not-a-version", "1.0%0a", "json"])
def test_a_release_that_is_not_there_is_404_or_400(house: House, version: str) -> None:
    house.publish(DEMO)

    assert house.get(f"/pypi/internal/pypi/demo/{version}/json").status_code in {400, 404}


def test_a_project_that_nobody_knows_is_404(house: House) -> None:
    assert house.get("/pypi/internal/pypi/nobody-knows/json").status_code == 404


def test_only_who_may_read_the_feed_is_told(house: House) -> None:
    house.publish(DEMO)
    etag = house.get(PROJECT).headers["etag"]

    nobody = house.get(PROJECT, None, if_none_match=etag)
    stranger = house.get(PROJECT, "stranger", if_none_match=etag)

    assert (nobody.status_code, stranger.status_code) == (401, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_takes_no_other_method(shared_house: House, method: str) -> None:
    answer = shared_house.ask(method, PROJECT, "dev")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_wheel_that_is_not_held_is_told_by_what_its_index_has_beside_it(house: House) -> None:
    house.upstream.add(DEMO)

    told = _json(house, "/pypi/unapproved/pypi/demo/json".replace("unapproved", "internal"))

    assert told["info"]["requires_dist"] == ["six>=1", "ujson ; extra == 'fast'"]
    assert told["urls"][0]["yanked_reason"].startswith("not approved in 'approved'")
    assert house.upstream.downloads(DEMO.filename) == 0


def test_what_nobody_can_tell_is_null(house: House) -> None:
    house.upstream.add(DEMO_SDIST)

    info = house.get("/pypi/unapproved/pypi/demo/json", "approver").json()["info"]

    told = {name: info[name] for name in ("name", "version", "summary", "requires_dist")}
    assert told == {"name": "demo", "version": "1.0", "summary": None, "requires_dist": None}
    assert info["requires_python"] == ">=3.9"


def test_metadata_that_is_no_unicode_is_told_as_far_as_it_is(house: House) -> None:
    odd = wheel(
        "demo",
        "1.0",
        metadata_extra="Author: \udce9clair\n".encode("utf-8", "surrogateescape").decode("latin-1"),
    )
    house.publish(odd)

    assert _json(house, RELEASE)["info"]["name"] == "demo"


@pytest.mark.parametrize("dist", [DEMO, DEMO_SDIST, DEMO_3A], ids=lambda one: one.filename)
def test_it_tells_the_same_of_a_file_as_the_simple_page(house: House, dist: Dist) -> None:
    house.publish(dist)
    [simple] = house.get("/pypi/internal/simple/demo/", accept=SIMPLE).json()["files"]

    [told] = _json(house)["urls"]

    assert (
        told["filename"],
        told["digests"]["sha256"],
        told["size"],
        told["upload_time_iso_8601"],
        told["requires_python"],
    ) == (
        simple["filename"],
        simple["hashes"]["sha256"],
        simple["size"],
        simple["upload-time"],
        simple.get("requires-python"),
    )
