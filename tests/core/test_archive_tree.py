"""An archive's files as a tree: folders with what is below them, one at a time."""

from __future__ import annotations

from affineur.core.archive_tree import Folder, Leaf, chain, folders
from affineur.core.archives import Kind, Member
from affineur.core.findings import Finding, Severity, Where

MEMBERS = {
    "spam/__init__.py": Member(10, "a"),
    "spam/deep/er.py": Member(5, "b"),
    "spam/deep/x.so": Member(100, "c", Kind.NATIVE),
    "LICENSE": Member(1, "d"),
}


def test_a_folder_has_its_folders_first_with_all_that_is_below_them() -> None:
    finding = Finding("x.y", "x", Severity.REVIEW, "It is odd.", where=Where("spam/deep/er.py", 3))
    assert folders(MEMBERS, [finding], ["", "spam/"]) == {
        "": Folder(
            "",
            (
                Leaf("spam/", "spam", 3, 115, frozenset({Kind.NATIVE}), 1, Severity.REVIEW),
                Leaf("LICENSE", "LICENSE", 1, 1, frozenset()),
            ),
        ),
        "spam/": Folder(
            "spam/",
            (
                Leaf("spam/deep/", "deep", 2, 105, frozenset({Kind.NATIVE}), 1, Severity.REVIEW),
                Leaf("spam/__init__.py", "__init__.py", 1, 10, frozenset()),
            ),
        ),
    }


def test_a_folder_that_is_not_there_is_left_out() -> None:
    assert folders(MEMBERS, [], ["eggs/"]) == {}


def test_a_folder_of_thousands_says_how_many_are_left_out() -> None:
    many = {f"it/{n}.txt": Member(1, "a") for n in range(1005)}
    found = folders(many, [], ["it/"])["it/"]
    assert (len(found.entries), found.left_out) == (1000, 5)


def test_the_folders_on_the_way_to_a_path_begin_with_the_root() -> None:
    assert chain("a/b/c.py") == ("", "a/", "a/b/")
    assert chain("a/b/") == ("", "a/", "a/b/")
    assert chain("c.py") == ("",)
