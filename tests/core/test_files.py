import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.files import FileKind, Filename


def test_a_wheel_names_its_project_version_and_tags() -> None:
    name = Filename.parse("MarkupSafe-3.0.2-cp311-cp311-manylinux_2_17_x86_64.whl")

    assert (name.project, name.version, name.kind) == (
        "markupsafe",
        Version("3.0.2"),
        FileKind.WHEEL,
    )
    assert {str(tag) for tag in name.tags} == {"cp311-cp311-manylinux_2_17_x86_64"}


@pytest.mark.parametrize("text", ["Flask-3.0.0.tar.gz", "flask-3.0.0.zip", "flask-3.0.tar.gz"])
def test_an_sdist_names_its_project_and_version(text: str) -> None:
    name = Filename.parse(text)

    assert (name.project, name.version, name.kind) == ("flask", Version("3.0"), FileKind.SDIST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flask",
        "flask-3.0.exe",
        "flask-3.0.tar.bz2",
        "flask-3.0-py3-none-any.egg",
        "../flask-3.0.tar.gz",
        "a/flask-3.0-py3-none-any.whl",
        "flask-3.0-py3-none-any.whl\n",
        "flask-3.0-py3-none-any.whl\r\nX: y",
        "flask-3.0-py3-none-any.whl\x00",
        "fl\u202eask-3.0-py3-none-any.whl",
        "flask-not.a.version!!-py3-none-any.whl",
        "flask-3.0-py3.whl",
        "f" * 300 + "-3.0.tar.gz",
        "flask 1-3.0.tar.gz",
        "<script>-3.0.tar.gz",
    ],
)
def test_what_is_no_distributions_filename_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Filename.parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_filename_or_bad_input(text: str) -> None:
    try:
        parsed = Filename.parse(text + ".whl")
    except BadInput:
        return
    assert parsed.text.isascii()


_PIECE = st.text("aA1._", min_size=0, max_size=4)


@given(st.lists(st.one_of(_PIECE, st.sampled_from(["1.0", "py3", "none", "any"])), max_size=7))
def test_a_wheels_name_is_read_as_packaging_reads_it(parts: list[str]) -> None:
    text = "-".join(parts) + ".whl"
    try:
        expected = parse_wheel_filename(text)
    except InvalidWheelFilename:
        expected = None

    try:
        name = Filename.parse(text)
        found = (str(name.project), name.version, name.tags)
    except BadInput:
        found = None

    assert found == (expected and (str(expected[0]), expected[1], expected[3]))


def test_a_name_that_stands_for_thousands_of_tags_is_refused() -> None:
    many = ".".join("abcdefghijklmno")
    with pytest.raises(BadInput, match="not a wheel's filename"):
        Filename.parse(f"spam-1.0-{many}-{many}-{many}.whl")
