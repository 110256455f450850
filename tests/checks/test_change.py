"""What a file newly has and can do, against the last approved version and against its sdist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from affineur.checks.change import Change
from affineur.checks.child import report
from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.files import Filename
from affineur.core.findings import Finding, Outcome, Severity, Where
from affineur.core.requests import RequestFile
from affineur.core.scans import Capability, Scan, Signal
from affineur.core.subjects import NotAssessable, Previous, Sibling, Subject
from support.dists import Dist, sdist, wheel
from support.values import NOW, digest

Compare = Callable[..., Outcome]
HOOK = {"spam.py": b"", "hook.pth": b"import spam\n"}
ELF = b"\x7fELF" + bytes(100)
PYC = b"\xa7\r\r\n" + bytes(12)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Dist], ArchiveReport]:
    """Read a distribution with the texts that the check wants."""

    def read_it(dist: Dist) -> ArchiveReport:
        path = tmp_path / dist.filename
        path.write_bytes(dist.data)
        return report(path, Filename.parse(dist.filename), 1024**3, Change().wants)

    return read_it


@pytest.fixture
def look(read: Callable[[Dist], ArchiveReport]) -> Compare:
    """Let the check look at a distribution beside the one before it, and beside its sdist."""

    def look_at(new: Dist, old: Dist | None = None, source: Dist | None = None) -> Outcome:
        previous = Previous(_file(old), NOW, read(old)) if old else None
        release = (Sibling(_file(source), read(source)),) if source else ()
        return Change().look(
            Subject(_file(new), NOW, read(new), previous=previous, release=release)
        )

    return look_at


def _file(dist: Dist) -> RequestFile:
    return RequestFile(Filename.parse(dist.filename), dist.sha256, len(dist.data))


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [
        (one.id.removeprefix("change."), one.severity, one.where.file if one.where else "")
        for one in outcome.findings
    ]


def subject(new: ArchiveReport, old: ArchiveReport | NotAssessable | None = None) -> Subject:
    """A subject made of what was read."""
    file, before = (
        RequestFile(Filename.parse(f"spam-{version}-py3-none-any.whl"), digest(version))
        for version in ("1.1", "1.0")
    )
    return Subject(file, NOW, new, previous=Previous(before, NOW, old) if old else None)


# --- against the last approved version ---------------------------------------------------


def test_without_a_version_before_there_is_nothing_to_compare_with(look: Compare) -> None:
    outcome = look(wheel("spam", "1.0"))
    assert outcome == Outcome(
        "change", 1, not_applicable="nothing of its project was approved before"
    )


def test_an_ordinary_release_is_counted_and_nobody_is_asked(look: Compare) -> None:
    old = wheel("spam", "1.0", files={"spam/a.py": b"1", "spam/b.py": b"2"}, requires=["eggs"])
    new = wheel(
        "spam",
        "1.1",
        files={"spam/a.py": b"3", "spam/c.py": b"4"},
        requires=["ham>=2", "extra; extra == 'more'"],
        requires_python=">=3.9",
    )
    outcome = look(new, old)
    assert outcome.findings == ()
    assert outcome.facts == {
        "compared_with": "1.0",
        "compared_file": old.filename,
        "size_bytes": 2,
        "size_bytes_before": 2,
        "added": 1,
        "removed": 1,
        "changed": 1,
        "renamed": 0,
        "unchanged": 0,
        "added_files": ["spam/c.py"],
        "removed_files": ["spam/b.py"],
        "changed_files": ["spam/a.py"],
        "new_entry_points": [],
        "gone_entry_points": [],
        "new_startup": [],
        "new_native": [],
        "new_capabilities": [],
        "new_dependencies": ["ham"],
        "gone_dependencies": ["eggs"],
        "requires_python_changed": True,
    }


def test_what_newly_runs_at_python_s_start_is_for_a_person(look: Compare) -> None:
    old = wheel("spam", "1.0", files={"spam.py": b""})
    assert told(look(wheel("spam", "1.1", files=HOOK), old)) == [("startup", "review", "hook.pth")]
    paths = {"spam.py": b"", "paths.pth": b"# important\nspam/vendored\n"}
    assert told(look(wheel("spam", "1.1", files=paths), old)) == [("startup", "info", "paths.pth")]


def test_what_ran_at_python_s_start_before_is_no_news_unless_it_changed(look: Compare) -> None:
    old = wheel("spam", "1.0", files=HOOK)
    assert told(look(wheel("spam", "1.1", files=HOOK), old)) == []
    other = HOOK | {"hook.pth": b"import spam; spam.x()\n"}
    assert told(look(wheel("spam", "1.1", files=other), old)) == [("startup", "review", "hook.pth")]


def test_compiled_code_is_for_a_person_when_there_was_none_before(look: Compare) -> None:
    old = wheel("spam", "1.0", files={"spam.py": b""})
    new = wheel("spam", "1.1", files={"spam.py": b"", "x.so": ELF, "spam.pyc": PYC})
    later = wheel("spam", "1.2", files={"spam.py": b"", "x.so": ELF, "y.so": ELF, "spam.pyc": PYC})

    assert told(look(new, old)) == [
        ("native", "review", "x.so"),
        ("bytecode", "review", "spam.pyc"),
    ]
    assert told(look(later, new)) == []


def test_what_the_code_can_newly_do_is_asked_about_with_its_first_place() -> None:
    places = (Where("spam/a.py", 3, "socket.socket()"), Where("spam/b.py", 4, "x"))
    can = {Capability.OPENS_SOCKETS: places, Capability.DELETES_TREES: places[:1]}
    outcome = Change().look(
        subject(ArchiveReport(scan=Scan(1, (), can)), ArchiveReport(scan=Scan(1)))
    )

    assert [(one.severity, one.what, one.where, one.anchor) for one in outcome.findings] == [
        (
            Severity.INFO,
            "It deletes whole folders, which nothing in 1.0 did.",
            places[0],
            "deletes-trees",
        ),
        (
            Severity.REVIEW,
            "It opens network connections, which nothing in 1.0 did, and in 1 more places.",
            places[0],
            "opens-sockets",
        ),
    ]
    assert outcome.facts["new_capabilities"] == ["deletes-trees", "opens-sockets"]


def test_what_was_not_scanned_is_not_told_as_without_capabilities() -> None:
    outcome = Change().look(subject(ArchiveReport(scan=Scan(1)), ArchiveReport()))
    assert "new_capabilities" not in outcome.facts


def test_new_entry_points_and_a_sudden_growth_are_worth_knowing(look: Compare) -> None:
    points = b"[console_scripts]\nspam = spam:main\n"
    old = wheel("spam", "1.0", files={"spam.py": b"x"})
    new = wheel(
        "spam",
        "1.1",
        files={"spam.py": bytes(3 << 20), "spam-1.1.dist-info/entry_points.txt": points},
    )
    assert [(one.severity, one.what) for one in look(new, old).findings] == [
        (Severity.INFO, "It has new entry points: spam (console_scripts)."),
        (Severity.INFO, "Its contents have grown from 0.0 to 3.0 MiB."),
    ]


def test_a_version_before_that_cannot_be_read_is_not_taken_as_the_same() -> None:
    outcome = Change().look(subject(ArchiveReport(), NotAssessable("its bytes are lost")))
    assert outcome.not_assessed == (
        "the approved spam-1.0-py3-none-any.whl could not be read: its bytes are lost"
    )


def test_a_file_that_cannot_be_read_is_not_assessed() -> None:
    blind = Subject(subject(ArchiveReport()).file, NOW, NotAssessable("it hung"))
    with pytest.raises(NotAssessable, match="it hung"):
        Change().look(blind)


# --- against the sdist of the same release -----------------------------------------------

SOURCE = sdist("spam", "1.0", files={"src/spam.py": b"print('spam')\n" * 9, "x.py.in": b""})


def test_a_wheel_that_is_built_from_its_sdist_has_nothing_to_ask_about(look: Compare) -> None:
    files = {"spam.py": b"print('spam')\n" * 9, "spam/_version.py": b"1", "spam/x.py": b"made"}
    outcome = look(wheel("spam", "1.0", files=files), source=SOURCE)
    assert outcome == Outcome(
        "change", 1, not_applicable="nothing of its project was approved before"
    )


def test_a_startup_hook_that_the_sdist_has_not_is_for_a_person(look: Compare) -> None:
    outcome = look(wheel("spam", "1.0", files=HOOK), source=SOURCE)
    assert told(outcome)[0] == ("not-from-sdist", "review", "hook.pth")
    assert (
        told(look(wheel("spam", "1.0", files=HOOK), source=sdist("spam", "1.0", files=HOOK))) == []
    )


def test_a_startup_hook_that_setup_py_writes_is_no_surprise(look: Compare) -> None:
    writes = {"spam.py": b"", "setup.py": b"install = 'hook' + '.pth'\n"}
    assert (
        told(look(wheel("spam", "1.0", files=HOOK), source=sdist("spam", "1.0", files=writes)))
        == []
    )


def test_compiled_files_are_expected_in_a_wheel_for_one_platform_only(look: Compare) -> None:
    files = {"spam.py": b"print('spam')\n" * 9, "x.so": ELF}
    assert told(look(wheel("spam", "1.0", files=files), source=SOURCE)) == [
        ("not-from-sdist", "review", "x.so")
    ]
    built = wheel("spam", "1.0", files=files, tag="cp312-cp312-linux_x86_64")
    assert told(look(built, source=SOURCE)) == []


def test_python_files_that_no_build_makes_are_worth_knowing_once(look: Compare) -> None:
    files = {"spam.py": b"print('other')\n" * 9, "extra/a.py": b"a", "spam.txt": b"b"}
    outcome = look(wheel("spam", "1.0", files=files), source=SOURCE)
    assert told(outcome) == [("other-than-sdist", "info", "")]
    assert outcome.findings[0].what.endswith("of the same release: extra/a.py, spam.py.")


def _wheel_with(signal: Signal) -> ArchiveReport:
    members = {signal.where.file: Member(9, digest("new"), Kind.TEXT)}
    return ArchiveReport(members, scan=Scan(1, (signal,)))


def test_code_that_a_scan_wonders_at_is_for_a_person_when_the_sdist_has_it_not() -> None:
    signal = Signal(
        "decode-and-execute", Severity.REVIEW, "It runs.", Where("spam/a.py", 1, "exec")
    )
    file = RequestFile(Filename.parse("spam-1.1.tar.gz"), digest("sdist"))
    given = subject(_wheel_with(signal))
    beside = Sibling(file, ArchiveReport())

    outcome = Change().look(Subject(given.file, NOW, given.archive, release=(beside,)))
    assert told(outcome) == [("not-from-sdist", "review", "spam/a.py")]


def test_an_sdist_that_cannot_be_read_is_said_to_be_so() -> None:
    file = RequestFile(Filename.parse("spam-1.1.tar.gz"), digest("sdist"))
    given = subject(ArchiveReport())
    beside = Sibling(file, NotAssessable("it hung"))

    outcome = Change().look(Subject(given.file, NOW, given.archive, release=(beside,)))
    assert [one.what for one in outcome.findings] == [
        "It could not be held against the sdist of its release: it hung."
    ]


def test_a_finding_has_the_same_key_when_its_line_and_its_version_moved() -> None:
    def key(line: int, folder: str) -> str:
        where = Where(f"{folder}/licenses/a.py", line, "exec(b)")
        return Finding("contents.x", "contents", Severity.REVIEW, "n", where=where).key

    assert key(3, "spam-1.0.dist-info") == key(90, "spam-1.1.dist-info")
    assert key(3, "spam") != key(3, "eggs")
