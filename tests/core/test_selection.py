"""Which of a release's files an organisation wants."""

import pytest

from affineur.core.errors import BadInput
from affineur.core.files import Filename
from affineur.core.selection import Selection

PLATFORMS = ("any", "linux_x86_64", "manylinux*_x86_64", "macosx_*_arm64", "win_amd64")
OURS = Selection.parse(("3.12", "3.11"), PLATFORMS, sdists=True)


@pytest.mark.parametrize(
    ("tag", "is_wanted"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py2-none-any", False),
        ("cp311-cp311-manylinux_2_28_x86_64", True),
        ("cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64", True),
        ("cp312-cp312-linux_x86_64", True),
        ("cp312-cp312-macosx_11_0_arm64", True),
        ("cp312-cp312-win_amd64", True),
        # another platform
        ("cp312-cp312-manylinux_2_28_aarch64", False),
        ("cp312-cp312-musllinux_1_2_x86_64", False),
        ("cp312-cp312-macosx_10_9_x86_64", False),
        ("cp312-cp312-win32", False),
        ("py3-none-win32", False),
        # another Python
        ("cp310-cp310-manylinux_2_28_x86_64", False),
        ("cp313-cp313-manylinux_2_28_x86_64", False),
        ("cp312-cp312t-manylinux_2_28_x86_64", False),
        ("pp310-pypy310_pp73-manylinux_2_28_x86_64", False),
        ("cp27-cp27mu-manylinux1_x86_64", False),
        # what later Pythons take too
        ("cp38-abi3-manylinux_2_28_x86_64", True),
        ("cp312-abi3-manylinux_2_28_x86_64", True),
        ("cp313-abi3-manylinux_2_28_x86_64", False),
        ("py311-none-any", True),
        ("py313-none-any", False),
        ("cp310-none-any", True),
    ],
)
def test_a_wheel_is_wanted_by_its_tags(tag: str, is_wanted: bool) -> None:  # noqa: FBT001
    assert OURS.wants(Filename.parse(f"spam-1.0-{tag}.whl")) is is_wanted


def _chosen(selection: Selection, *names: str) -> list[str]:
    return [one.text for one in selection.of([Filename.parse(name) for name in names])]


ANY = "spam-1.0-py3-none-any.whl"
ARM = "spam-1.0-cp312-cp312-manylinux_2_28_aarch64.whl"
SDIST = "spam-1.0.tar.gz"


def test_what_fits_is_chosen_with_the_sdist() -> None:
    assert _chosen(OURS, ANY, ARM, SDIST) == [ANY, SDIST]


def test_sdists_are_left_out_where_nobody_wants_them() -> None:
    without = Selection.parse(("3.12",), PLATFORMS, sdists=False)
    assert _chosen(without, ANY, ARM, SDIST) == [ANY]


def test_a_release_without_a_fitting_wheel_is_taken_as_its_sdist_even_then() -> None:
    without = Selection.parse(("3.12",), PLATFORMS, sdists=False)
    assert _chosen(without, ARM, SDIST) == [SDIST]
    assert _chosen(without, SDIST) == [SDIST]
    assert _chosen(OURS, ARM, SDIST) == [SDIST]


def test_a_release_that_has_nothing_fitting_at_all_is_taken_whole() -> None:
    assert _chosen(OURS, ARM) == [ARM]
    assert _chosen(OURS) == []


@pytest.mark.parametrize("python", ["3", "4.0", "3.x", "3.12.1", "", "2.7", "3.123"])
def test_a_python_that_cannot_be_read_is_named(python: str) -> None:
    with pytest.raises(BadInput, match="pythons"):
        Selection.parse(("3.12", python), PLATFORMS, sdists=True)
