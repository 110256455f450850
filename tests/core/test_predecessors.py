"""The approved file that a new one is compared with."""

from __future__ import annotations

from affineur.core.files import Filename
from affineur.core.predecessors import predecessor
from support.values import digest, index_file


def chosen(new: str, *approved: str) -> str | None:
    found = predecessor(Filename.parse(new), digest(new), [index_file(one) for one in approved])
    return found.filename.text if found else None


PURE = "py3-none-any.whl"
LINUX = "cp312-cp312-manylinux_2_28_x86_64.whl"


def test_nothing_stands_before_the_first_file_of_a_project() -> None:
    assert chosen(f"spam-1.0-{PURE}") is None
    assert chosen(f"spam-1.0-{PURE}", f"spam-1.0-{PURE}") is None


def test_the_highest_version_that_is_not_above_it_is_the_last_approved_one() -> None:
    approved = [f"spam-{version}-{PURE}" for version in ("1.9", "1.10", "1.2", "2.0")]
    assert chosen(f"spam-1.11-{PURE}", *approved) == f"spam-1.10-{PURE}"


def test_of_versions_that_are_all_above_it_the_highest_is_taken() -> None:
    assert chosen(f"spam-1.0-{PURE}", f"spam-1.1-{PURE}", f"spam-2.0-{PURE}") == f"spam-2.0-{PURE}"


def test_the_version_counts_more_than_the_kind_of_file() -> None:
    assert chosen(f"spam-1.2-{PURE}", f"spam-1.0-{PURE}", "spam-1.1.tar.gz") == "spam-1.1.tar.gz"


def test_the_same_kind_with_the_same_tags_comes_before_everything() -> None:
    approved = ["spam-1.0.tar.gz", f"spam-1.0-{PURE}", f"spam-1.0-{LINUX}"]
    assert chosen(f"spam-1.1-{LINUX}", *approved) == f"spam-1.0-{LINUX}"
    assert chosen("spam-1.1.tar.gz", *approved) == "spam-1.0.tar.gz"


def test_a_wheel_for_the_same_platform_comes_before_one_for_the_same_python() -> None:
    approved = [
        "spam-1.0.tar.gz",
        "spam-1.0-cp312-cp312-win_amd64.whl",
        "spam-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ]
    assert chosen(f"spam-1.1-{LINUX}", *approved) == approved[2]
    assert chosen(f"spam-1.1-{LINUX}", *approved[:2]) == approved[1]
    assert chosen(f"spam-1.1-{LINUX}", *approved[:1]) == approved[0]


def test_a_wheel_that_comes_late_is_compared_with_the_wheel_of_its_own_version() -> None:
    approved = ["spam-1.0.tar.gz", f"spam-1.0-{PURE}", "spam-0.9.tar.gz"]
    assert chosen(f"spam-1.0-{LINUX}", *approved) == f"spam-1.0-{PURE}"
    assert chosen(f"spam-1.0-{LINUX}", "spam-1.0.tar.gz", "spam-0.9.tar.gz") == "spam-0.9.tar.gz"
