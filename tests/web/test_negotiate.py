from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.web.index.negotiate import Form, negotiate
from affineur.web.problems import NotAcceptable

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
PIP = f"{JSON}, {HTML}; q=0.1, text/html; q=0.01"
UV = f"{JSON}, {HTML};q=0.2, text/html;q=0.01"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Form.TEXT_HTML),
        ("", Form.TEXT_HTML),
        ("*/*", Form.TEXT_HTML),
        (PIP, Form.JSON),
        (UV, Form.JSON),
        (BROWSER, Form.TEXT_HTML),
        (JSON, Form.JSON),
        (HTML, Form.HTML),
        ("text/html", Form.TEXT_HTML),
        ("TEXT/HTML", Form.TEXT_HTML),
        ("application/vnd.pypi.simple.latest+json", Form.JSON),
        ("application/vnd.pypi.simple.latest+html", Form.HTML),
        ("application/*", Form.JSON),
        ("text/*", Form.TEXT_HTML),
        (f"{JSON};q=0.5, text/html", Form.TEXT_HTML),
        (f"{JSON}, text/html", Form.JSON),
        (f"{JSON};q=0, */*", Form.TEXT_HTML),
        ("text/html;q=0, */*", Form.JSON),
        ("text/html;q=0.5, */*", Form.JSON),
        ("text/html, */*", Form.TEXT_HTML),
        (f"text/html;q=0.9, {JSON};q=0.901", Form.JSON),
        (f"nonsense, ;, {JSON};q=high, {HTML};q=0.1", Form.HTML),
        ("text/html;charset=utf-8;q=0.3", Form.TEXT_HTML),
    ],
)
def test_a_client_gets_the_form_that_it_likes_best(accept: str | None, form: Form) -> None:
    assert negotiate(accept) is form


@pytest.mark.parametrize(
    "accept",
    ["application/json", "image/png", "text/html;q=0", "*/*;q=0", "nonsense", "text/html;q=2", ","],
)
def test_who_takes_nothing_that_we_have_is_told_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="None of the media types") as caught:
        negotiate(accept)

    assert JSON in caught.value.hint


@given(st.text(alphabet="*/;=q0.1,+ atexhlmv", max_size=80))
def test_no_accept_header_makes_it_fail(accept: str) -> None:
    try:
        form = negotiate(accept)
    except NotAcceptable:
        return
    assert form in Form
