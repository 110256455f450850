"""Two archives held against each other: files by digest, and by paths that stay the same."""

from __future__ import annotations

import pytest

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.comparable import comparable, contents_of, is_startup
from affineur.core.comparing import Comparison, FileChanges, compare, missing_in
from affineur.core.files import Filename
from affineur.core.findings import Where
from affineur.core.scans import Capability, Scan
from support.values import digest

OLD = Filename.parse("spam-1.0-py3-none-any.whl")
NEW = Filename.parse("spam-1.1-py3-none-any.whl")
SDIST = Filename.parse("spam-1.1.tar.gz")


def archive(
    *names: str, texts: dict[str, str] | None = None, scan: Scan | None = None, **bodies: str
) -> ArchiveReport:
    """An archive of files whose bytes are their names, or those that `bodies` says."""
    members = {
        name: Member(100, digest(bodies.get(name.replace("/", "_").replace(".", "_"), name)))
        for name in names
    }
    return ArchiveReport(members, texts=texts or {}, scan=scan or Scan())


@pytest.mark.parametrize(
    ("filename", "name", "path"),
    [
        ("spam-1.0-py3-none-any.whl", "spam/a.py", "spam/a.py"),
        ("spam-1.0-py3-none-any.whl", "spam-1.0.dist-info/licenses/X", ".dist-info/licenses/X"),
        ("spam-1.0-py3-none-any.whl", "Spam-1.0.0.data/scripts/x", ".data/scripts/x"),
        ("spam-1.0-py3-none-any.whl", "eggs-1.0.dist-info/X", "eggs-1.0.dist-info/X"),
        ("spam-1.0-py3-none-any.whl", "spam/_vendor/spam-1.0.dist-info/X", None),
        ("spam-1.0.tar.gz", "spam-1.0/src/spam/a.py", "src/spam/a.py"),
        ("spam-1.0-py3-none-any.whl", "spam/a.cpython-312-x86_64-linux-gnu.so", "spam/a.so"),
        ("spam-1.0-py3-none-any.whl", "spam/a.cp312-win_amd64.pyd", "spam/a.pyd"),
        ("spam-1.0-py3-none-any.whl", "spam/a.abi3.so", "spam/a.so"),
        ("spam-1.0-py3-none-any.whl", "spam.libs/libz-8f1e9814.so.5.0.0", "spam.libs/libz.so"),
    ],
)
def test_a_path_is_told_without_version_python_and_platform(
    filename: str, name: str, path: str | None
) -> None:
    assert comparable(Filename.parse(filename), name) == (path or name)


def test_files_are_added_removed_changed_and_renamed_by_their_digests() -> None:
    old = archive(
        "spam/a.py", "spam/b.py", "spam/gone.py", "spam/from.py", "spam-1.0.dist-info/RECORD"
    )
    new = archive(
        "spam/a.py",
        "spam/b.py",
        "spam/new.py",
        "spam/to.py",
        "spam-1.1.dist-info/RECORD",
        spam_b_py="other",
        spam_to_py="spam/from.py",
    )
    assert compare(OLD, old, NEW, new).files == FileChanges(
        added=("spam/new.py",),
        removed=("spam/gone.py",),
        changed=("spam/b.py",),
        renamed=(("spam/from.py", "spam/to.py"),),
        unchanged=1,
    )


def test_of_an_archive_of_another_kind_no_files_are_compared() -> None:
    found = compare(OLD, archive("spam/a.py"), SDIST, archive("spam-1.1/spam/a.py"))
    assert found == Comparison(is_same_kind=False, is_scanned=False, old_bytes=100, new_bytes=100)


def test_entry_points_are_told_that_come_and_go() -> None:
    old = archive(
        "spam-1.0.dist-info/entry_points.txt",
        texts={"spam-1.0.dist-info/entry_points.txt": "[console_scripts]\nspam = spam:main\n"},
    )
    new = archive(
        "spam-1.1.dist-info/entry_points.txt",
        texts={
            "spam-1.1.dist-info/entry_points.txt": "# made\n[ console_scripts ]\n"
            "ham=spam:main [x]\n"
            "[pytest11]\nspam = spam.plugin\n",
        },
    )
    found = compare(OLD, old, NEW, new)
    assert found.entry_points == (("console_scripts", "ham"), ("pytest11", "spam"))
    assert found.gone_entry_points == (("console_scripts", "spam"),)


def test_what_runs_at_python_s_start_is_told_when_it_is_new_or_other_than_before() -> None:
    old = archive("a.pth", "b.pth", "spam/c.pth")
    new = archive(
        "a.pth", "b.pth", "spam-1.1.data/purelib/d.pth", "sitecustomize.py", b_pth="other"
    )

    found = compare(OLD, old, NEW, new)
    assert found.startup == (".data/purelib/d.pth", "b.pth", "sitecustomize.py")
    assert not is_startup("spam/sitecustomize.py")


def test_compiled_files_are_told_that_are_new() -> None:
    def member(kind: Kind) -> Member:
        return Member(1, digest(kind), kind)

    native, bytecode = member(Kind.NATIVE), member(Kind.BYTECODE)
    old = ArchiveReport({"spam/a.cp311-win_amd64.pyd": native})
    new = ArchiveReport(
        {"spam/a.cp312-win_amd64.pyd": native, "spam/b.so": native, "c.pyc": bytecode}
    )

    found = compare(OLD, old, NEW, new)
    assert (found.native, found.had_native) == (("spam/b.so",), True)
    assert (found.bytecode, found.had_bytecode) == (("c.pyc",), False)


def test_a_capability_is_new_when_nothing_had_it_before() -> None:
    place = (Where("spam/a.py", 3, "socket.socket()"),)
    sockets, programs = Capability.OPENS_SOCKETS, Capability.STARTS_PROCESSES
    old = archive(scan=Scan(1, capabilities={sockets: (Where("spam/z.py"),)}))
    new = archive(scan=Scan(1, capabilities={sockets: place, programs: place}))

    assert compare(OLD, old, NEW, new).capabilities == {programs: place}
    assert compare(OLD, archive(), NEW, new).capabilities == {}


# --- a wheel and its sdist ---------------------------------------------------------------


def missing(wheel: ArchiveReport, sdist: ArchiveReport) -> FileChanges:
    return missing_in(contents_of(SDIST, sdist), contents_of(NEW, wheel))


def test_a_wheel_s_files_are_found_in_the_sdist_wherever_they_stand() -> None:
    wheel = archive("spam/a.py", "spam/b/c.py", spam_b_c_py="c")
    sdist = archive("spam-1.1/lib/a.py", "spam-1.1/x/c.py", spam_1_1_lib_a_py="spam/a.py")
    moved = {
        "spam-1.1/lib/a.py": Member(1, digest("spam/a.py")),
        "spam-1.1/c": Member(1, digest("c")),
    }

    assert missing(wheel, ArchiveReport({**sdist.members, **moved})) == FileChanges(unchanged=2)


def test_a_file_differs_where_its_neighbours_tell_that_it_comes_from() -> None:
    wheel = archive("spam/a.py", "spam/b.py", "spam/new.py", "top.pth")
    sdist = ArchiveReport(
        {
            "spam-1.1/lib/a.py": Member(1, digest("spam/a.py")),
            "spam-1.1/lib/b.py": Member(1, digest("other")),
            "spam-1.1/docs/new.py": Member(1, digest("unrelated")),
        }
    )
    assert missing(wheel, sdist) == FileChanges(
        added=("spam/new.py", "top.pth"), changed=("spam/b.py",), unchanged=1
    )


@pytest.mark.parametrize("folder", ["", "src/", "lib/", "python/"])
def test_a_file_differs_in_the_usual_layouts_without_any_neighbour(folder: str) -> None:
    sdist = archive(f"spam-1.1/{folder}spam/a.py")
    assert missing(archive("spam/a.py"), sdist) == FileChanges(changed=("spam/a.py",))


def test_what_a_build_writes_into_dist_info_needs_no_source() -> None:
    assert missing(archive("spam-1.1.dist-info/top_level.txt"), archive()) == FileChanges()
