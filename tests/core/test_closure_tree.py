"""A closure as a tree: who requires whom, each release expanded once."""

from __future__ import annotations

from affineur.core.closure_tree import asked_names, required_by, tree
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Fact, Outcome
from affineur.core.names import ProjectName
from affineur.core.requests import Ask, Item, ItemState, Release, RequestFile
from support.values import NOW, digest


def _item(number: int, release: str, **facts: Fact) -> Item:
    """Make an item; its facts are those of the check `dependencies`."""
    name, _, version = release.partition("==")
    filename = Filename.parse(f"{name}-{version or '1.0'}.tar.gz")
    file = RequestFile(filename, digest(release))
    known = Assessment(file.sha256, NOW, (Outcome("dependencies", 1, facts=facts),))
    return Item(
        number,
        Release(ProjectName(name), filename.version, (file,)),
        ItemState.VETTED,
        assessments=(known,) if facts else (),
    )


def _told(items: list[Item], *asked: str) -> list[str]:
    """Write a tree as text: how deep each line stands, and what it closes."""
    lines = tree(items, [ProjectName(name) for name in asked])
    return [
        "  " * line.depth
        + line.item.release.project
        + (" (again)" if line.is_again else "")
        + (" >" if line.opens else "")
        + line.closes * "<"
        for line in lines
    ]


def test_what_was_asked_for_stands_at_the_top_and_what_it_requires_below() -> None:
    items = [
        _item(1, "click"),
        _item(2, "flask", required=["click", "jinja2"]),
        _item(3, "jinja2", required=["markupsafe"]),
        _item(4, "markupsafe"),
    ]
    assert _told(items, "flask") == [
        "flask >",
        "  click",
        "  jinja2 >",
        "    markupsafe<<",
    ]


def test_what_is_required_twice_is_expanded_once() -> None:
    items = [
        _item(1, "a", required=["b", "c"]),
        _item(2, "b", required=["d"]),
        _item(3, "c", required=["b"]),
        _item(4, "d"),
    ]
    assert _told(items, "a") == ["a >", "  b >", "    d<", "  c >", "    b (again)<<"]


def test_a_circle_ends() -> None:
    items = [_item(1, "a", required=["b"]), _item(2, "b", required=["a"])]
    assert _told(items) == ["a >", "  b >", "    a (again)<<"]


def test_what_only_an_approved_release_requires_stands_at_the_top() -> None:
    items = [_item(1, "a", required=["b"]), _item(2, "z", required=["approved-before"])]
    assert _told(items, "a") == ["a", "z"]


def test_an_extra_explains_only_what_nothing_else_explains() -> None:
    items = [
        _item(1, "a", required=["c"], required_by_extras={"x": ["b", "c"]}),
        _item(2, "b", required_by_extras={"y": ["c"]}),
        _item(3, "c"),
    ]
    assert _told(items, "a") == ["a >", "  b", "  c<"]


def test_of_a_project_in_two_versions_both_are_required() -> None:
    items = [_item(1, "a", required=["b"]), _item(2, "b==1.0"), _item(3, "b==2.0")]
    assert _told(items, "a") == ["a >", "  b", "  b<"]
    assert {
        number: [one.name for one in found] for number, found in required_by(items).items()
    } == {
        1: [],
        2: ["a==1.0"],
        3: ["a==1.0"],
    }


def test_a_very_deep_closure_is_a_tree_all_the_same() -> None:
    items = [_item(n, f"p{n}", required=[f"p{n + 1}"]) for n in range(2000)]
    assert tree(items, [ProjectName("p0")])[-1].depth == 1999


def test_names_that_were_asked_for_are_told_once_and_normalised() -> None:
    assert asked_names(Ask(("Flask>=3", "flask[async]", "Zope.Interface"))) == (
        "flask",
        "zope-interface",
    )
