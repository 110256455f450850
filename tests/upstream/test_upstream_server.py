"""The loopback upstream behaves, and misbehaves, as it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPResponse, IncompleteRead
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from support.dists import wheel
from support.upstream_server import Fault, upstream_server

SPAM = wheel("spam", "1.0")


def _get(url: str, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    response = urlopen(Request(url, headers=dict(headers or {})), timeout=5)
    assert isinstance(response, HTTPResponse)
    return response


def test_a_json_index_tells_everything_and_remembers_what_it_was_asked() -> None:
    with upstream_server("json") as up:
        up.add(SPAM)
        with _get(f"{up.url}spam/") as response:
            page, etag = json.load(response), response.headers["ETag"]
        with _get(page["files"][0]["url"]) as response:
            data = response.read()
        with _get(page["files"][0]["url"] + ".metadata") as response:
            metadata = response.read()
        with pytest.raises(HTTPError, match="304") as unmodified:
            _get(f"{up.url}spam/", {"If-None-Match": etag})
        unmodified.value.close()

        assert (data, metadata) == (SPAM.data, SPAM.metadata)
        assert page["files"][0]["hashes"] == {"sha256": SPAM.sha256}
        assert up.downloads(SPAM.filename) == 1
        assert up.requests[-1].headers["if-none-match"] == etag


def test_an_html_index_answers_html_whatever_is_asked_for() -> None:
    with upstream_server("html", files_elsewhere=True) as up:
        up.add(SPAM, yanked="bad")
        with _get(f"{up.url}spam/", {"Accept": "application/json"}) as response:
            text = response.read().decode()

        assert response.headers["Content-Type"] == "text/html"
        assert f'href="{up.location(SPAM.filename)}#sha256={SPAM.sha256}"' in text
        assert 'data-yanked="bad"' in text
        assert up.files_origin != up.origin


def test_it_goes_down_and_comes_back_on_the_same_port() -> None:
    with upstream_server() as up:
        up.add(SPAM)
        with up.being_down(), pytest.raises(URLError, match="refused"):
            _get(f"{up.url}spam/")
        with _get(f"{up.url}spam/") as response:
            assert response.status == 200


def test_it_truncates_on_demand_until_healed() -> None:
    with upstream_server() as up:
        up.add(SPAM)
        up.misbehave(Fault.TRUNCATED, at="/files/")
        with _get(up.location(SPAM.filename)) as response, pytest.raises(IncompleteRead):
            response.read()
        up.heal()
        with _get(up.location(SPAM.filename)) as response:
            assert response.read() == SPAM.data


def test_it_asks_for_credentials_at_the_index_alone() -> None:
    with upstream_server(credentials=("ada", "pw"), files_elsewhere=True) as up:
        up.add(SPAM)
        with pytest.raises(HTTPError, match="401") as refused:
            _get(f"{up.url}spam/")
        refused.value.close()
        with _get(up.location(SPAM.filename)) as response:
            assert response.read() == SPAM.data
