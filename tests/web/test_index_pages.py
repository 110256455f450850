"""Simple pages through the front door, with real feeds behind it."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks
from affineur.services.blocks import BlockOrder
from support.dists import sdist, wheel
from support.gear import settled
from support.house import House
from support.raw_asgi import raw_ask

JSON = "application/vnd.pypi.simple.v1+json"
PAGE = "/pypi/internal/simple/demo/"


def test_a_published_project_has_a_page_in_the_form_that_is_asked_for(house: House) -> None:
    house.publish(wheel("demo", "1.0"))

    as_json, html = house.get(PAGE, accept=JSON), house.get(PAGE, accept="text/html")
    anchors = LexborHTMLParser(html.text).css("a")

    assert as_json.headers["content-type"] == JSON
    assert [file["filename"] for file in as_json.json()["files"]] == ["demo-1.0-py3-none-any.whl"]
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert [anchor.text() for anchor in anchors] == ["demo-1.0-py3-none-any.whl"]


def test_a_form_that_nobody_has_is_406(house: House) -> None:
    assert house.get(PAGE, accept="image/png").status_code == 406


def test_every_wheel_has_core_metadata_with_the_digest_of_what_is_served(house: House) -> None:
    dist = wheel("demo", "1.0")
    house.publish(dist)
    told = house.get(PAGE, accept=JSON).json()["files"][0]["core-metadata"]

    served = house.get(f"/pypi/internal/files/{dist.sha256}/{dist.filename}.metadata")

    assert (told, served.content) == ({"sha256": dist.metadata_sha256}, dist.metadata)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/pypi/internal/simple", "simple/"),
        ("/pypi/internal/simple/demo", "demo/"),
        ("/pypi/internal/simple/Demo_App/", "../demo-app/"),
        ("/pypi/internal/simple/demo..app", "demo-app/"),
        ("/pypi/internal/simple/%64emo", "demo/"),
    ],
)
def test_other_spellings_lead_to_the_one_right_url(
    shared_house: House, path: str, location: str
) -> None:
    answer = shared_house.get(path)

    assert (answer.status_code, answer.headers["location"]) == (301, location)


def test_a_page_is_not_sent_again_to_who_has_it(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    first = house.get(PAGE, accept=JSON)

    again = house.get(PAGE, accept=JSON, if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_a_changed_page_is_sent_again(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    first = house.get(PAGE, accept=JSON)
    house.publish(sdist("demo", "1.1"))

    again = house.get(PAGE, accept=JSON, if_none_match=first.headers["etag"])

    assert again.status_code == 200
    assert again.json()["versions"] == ["1.0", "1.1"]


def test_a_block_shows_on_the_cached_page_at_once(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    first = house.get(PAGE, accept=JSON)
    order = BlockOrder(ProjectName("demo"), None, "it is broken")
    blocks.block(house.gear, OPERATOR, order)

    again = house.get(PAGE, accept=JSON, if_none_match=first.headers["etag"])

    assert again.json()["files"][0]["yanked"] == "blocked: it is broken"


def test_each_form_has_an_etag_of_its_own(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    html = house.get(PAGE, accept="text/html")

    as_json = house.get(PAGE, accept=JSON, if_none_match=html.headers["etag"])

    assert as_json.status_code == 200
    assert as_json.headers["vary"] == "Accept, Accept-Encoding, Authorization"


def test_head_answers_as_get_without_the_body(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    got = house.get(PAGE)

    head = house.ask("HEAD", PAGE, "dev")

    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)


def test_what_is_kept_for_one_client_is_kept_from_others(house: House) -> None:
    house.publish(wheel("demo", "1.0"))

    assert house.get(PAGE).headers["cache-control"] == "private, max-age=0, must-revalidate"


def test_the_cache_lets_nobody_past_a_permission(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    etag = house.get(PAGE).headers["etag"]

    nobody = house.get(PAGE, None, if_none_match=etag)
    stranger = house.get(PAGE, "stranger", if_none_match=etag)
    absent = house.get("/pypi/absent/simple/demo/", "stranger")

    assert (nobody.status_code, stranger.status_code) == (401, 404)
    assert nobody.headers["www-authenticate"].startswith('Basic realm="affineur"')
    assert stranger.text == absent.text.replace("absent", "internal")


def test_an_unapproved_release_is_explained_and_not_served(house: House) -> None:
    dist = wheel("flask", "3.0")
    house.upstream.add(dist)

    page = house.get("/pypi/internal/simple/flask/", accept=JSON).json()

    assert page["files"][0]["yanked"].startswith("not approved in 'approved'")
    assert "affineur request flask" in page["files"][0]["yanked"]


def test_a_page_is_asked_for_again_when_its_snapshot_is_old(house: House) -> None:
    house.upstream.add(wheel("flask", "3.0"))
    house.get("/pypi/internal/simple/flask/")
    house.upstream.add(wheel("flask", "3.1"))
    within = house.get("/pypi/internal/simple/flask/", accept=JSON).json()["versions"]
    house.clock.move(hours=1)

    at_once = house.get("/pypi/internal/simple/flask/", accept=JSON).json()["versions"]
    house.run(settled(house.gear))
    after = house.get("/pypi/internal/simple/flask/", accept=JSON).json()["versions"]

    assert (within, at_once, after) == (["3.0"], ["3.0"], ["3.0", "3.1"])


def test_the_list_of_projects_names_what_the_feed_holds(house: House) -> None:
    house.publish(wheel("demo", "1.0"))

    document = house.get("/pypi/internal/simple/", accept=JSON).json()

    assert document == {"meta": {"api-version": "1.0"}, "projects": [{"name": "demo"}]}


def test_a_project_that_nobody_knows_is_404(house: House) -> None:
    answer = house.get("/pypi/internal/simple/nobody-knows-this/")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_pages_take_no_other_method(shared_house: House, method: str) -> None:
    answer = shared_house.ask(method, PAGE, "dev")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        b"/pypi/internal/simple/demo%2f",
        b"/pypi/internal/simple/..%2fdemo/",
        b"/pypi/internal/simple/../simple/demo/",
        b"/pypi/internal/simple/%2e%2e/demo/",
        b"/pypi/internal/simple/demo%00/",
        b"/pypi/internal/simple/demo%0d%0ax:y/",
        b"/pypi/internal/simple/d%C3%A9mo/",
        b"/pypi/internal/simple/%64%65%6d%6f%2e%2e%2f/",
        b"/pypi/internal//simple/demo/",
        b"//pypi/internal/simple/demo/",
        b"/pypi/internal/simple/demo//",
        b"/pypi/internal/simple/demo/x/",
        b"/pypi/INTERNAL/simple/demo/",
        b"/pypi/internal%20/simple/demo/",
        b"/PYPI/internal/simple/demo/",
        b"/pypi/internal/simple/demo;x/",
        b"/pypi",
        b"/pypi/",
        b"/pypi/internal",
        b"/pypi/internal/",
    ],
)
def test_no_other_spelling_of_a_url_is_a_page(shared_house: House, path: bytes) -> None:
    shared_house.publish(wheel("demo", "1.0"))
    headers = {"authorization": f"Bearer {shared_house.tokens['admin']}"}

    reply = shared_house.run(raw_ask(shared_house.app, "GET", path, headers))

    assert reply.status in {400, 404}
    assert reply.headers["content-type"] == "application/problem+json"
