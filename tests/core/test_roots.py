"""Which names come through to a feed's list of all projects."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from affineur.core.filters import Action, Filter, hides_name
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Show
from affineur.core.roots import Part, Root, Sieve
from affineur.web.index.root_child import merged

_NAMES = st.from_regex(r"[ab]([ab-]{0,4}[ab])?", fullmatch=True).map(ProjectName)
_PATTERNS = st.from_regex(r"[ab*]([ab*-]{0,3}[ab*])?", fullmatch=True).map(NamePattern.parse)


def _filter(action: Action, names: list[NamePattern], show: Show, is_narrow: bool) -> Filter:  # noqa: FBT001
    versions = SpecifierSet("<2") if is_narrow else None
    return Filter(action, "why", tuple(names), versions, show=show)


_FILTERS = st.lists(
    st.builds(
        _filter,
        st.sampled_from(Action),
        st.lists(_PATTERNS, max_size=2),
        st.sampled_from(Show),
        st.booleans(),
    ),
    max_size=3,
)
_SIEVES = st.builds(
    lambda hops, without, reserved: (
        Sieve().through(hops[0]).through(hops[1]).and_without(without, reserved)
    ),
    st.tuples(_FILTERS, _FILTERS),
    st.lists(_NAMES, max_size=2),
    st.lists(_PATTERNS, max_size=1),
)


@given(st.tuples(_FILTERS, _FILTERS), _NAMES)
def test_a_name_comes_through_unless_a_hop_hides_it(
    hops: tuple[list[Filter], list[Filter]], name: ProjectName
) -> None:
    sieve = Sieve().through(hops[0]).through(hops[1])

    assert sieve.keeps(name) is not any(hides_name(hop, name) for hop in hops)


def test_names_that_are_taken_do_not_come_through() -> None:
    sieve = Sieve().and_without([ProjectName("a")], [NamePattern("our-*")])

    kept = [sieve.keeps(ProjectName(name)) for name in ("a", "our-tools", "b")]

    assert kept == [False, False, True]


@given(st.lists(st.tuples(_SIEVES, st.lists(_NAMES)), max_size=3))
def test_the_child_keeps_what_the_rules_keep(parts: list[tuple[Sieve, list[ProjectName]]]) -> None:
    root = Root(FeedName("team"), tuple(Part(sieve, tuple(names)) for sieve, names in parts))

    with ExitStack() as opened:
        listed = [name.decode() for name in merged(root.recipe({}), opened)]

    assert tuple(listed) == root.known_names()


def test_the_child_merges_files_of_names(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"a\nb\nd\n")
    (tmp_path / "two").write_bytes(b"b\nc\n")
    (tmp_path / "none").write_bytes(b"")
    blobs = {1: str(tmp_path / "one"), 2: str(tmp_path / "two"), 3: str(tmp_path / "none")}
    without_d = Sieve().and_without([ProjectName("d")])
    parts: tuple[Any, ...] = tuple(Part(without_d, connector_id=number) for number in blobs)
    own = Part(Sieve(), (ProjectName("z"), ProjectName("bb")))

    with ExitStack() as opened:
        recipe = Root(FeedName("team"), (own, *parts)).recipe(blobs)
        listed = list(merged(recipe, opened))

    assert listed == [b"a", b"b", b"bb", b"c", b"z"]
