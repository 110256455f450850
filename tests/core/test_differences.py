"""Which files of a difference are shown, in which order; and how a change is told."""

from __future__ import annotations

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.change_facts import facts_of, told
from affineur.core.comparing import Comparison, FileChanges, Required
from affineur.core.differences import Side, State, touched
from affineur.core.files import Filename
from affineur.core.findings import Severity, Where
from affineur.core.scans import Capability, Scan, Signal
from support.values import digest

OLD = Side(Filename.parse("spam-1.0-py3-none-any.whl"), ArchiveReport())


def _new(*names: str, scan: Scan | None = None) -> Side:
    members = {name: Member(9, digest(name)) for name in names}
    members["spam/lib.so"] = Member(9, digest("lib"), Kind.NATIVE)
    archive = ArchiveReport(members, scan=scan or Scan())
    return Side(Filename.parse("spam-1.1-py3-none-any.whl"), archive)


def test_what_matters_most_comes_first() -> None:
    signal = Signal("x", Severity.INFO, "It does.", Where("spam/tests/odd.py", 3, "exec(x)"))
    names = (
        "spam/b.py",
        "spam/data.txt",
        "tests/c.py",
        "spam/a.py",
        "hook.pth",
        "spam/tests/odd.py",
    )
    _, files = touched(OLD, _new(*names, scan=Scan(1, (signal,))))

    assert [one.path for one in files] == [
        "spam/tests/odd.py",
        "hook.pth",
        "spam/a.py",
        "spam/b.py",
        "spam/data.txt",
        "spam/lib.so",
        "tests/c.py",
    ]
    assert [one.is_text for one in files] == [True, True, True, True, True, False, True]
    assert {one.state for one in files} == {State.ADDED}


def test_patterns_choose_among_the_files() -> None:
    _, files = touched(OLD, _new("spam/a.py", "spam/b.txt", "c.py"), ("spam/*.py", "c.*"))
    assert [one.path for one in files] == ["c.py", "spam/a.py"]


def test_a_change_is_told_in_lines_what_matters_most_first() -> None:
    names = tuple(f"spam/{number}.py" for number in range(9))
    comparison = Comparison(
        is_same_kind=True,
        files=FileChanges(added=names, changed=("spam/a.txt",), unchanged=4),
        capabilities={Capability.OPENS_SOCKETS: (Where("spam/1.py"),)},
        is_scanned=True,
        required=Required(("eggs",), (), is_other_python=True),
        entry_points=(("console_scripts", "spam"),),
        startup=("hook.pth",),
    )
    assert told(facts_of(comparison)) == (
        "1 changed, 9 added; 4 files as before",
        "It can newly: opens-sockets",
        "Newly runs when Python starts: hook.pth",
        "New entry points: console_scripts: spam",
        "New dependencies: eggs",
        "Added: spam/0.py, spam/1.py, spam/2.py, spam/3.py, spam/4.py, spam/5.py and 3 more",
        "Changed: spam/a.txt",
        "It requires another Python than before",
    )


def test_of_nothing_nothing_is_told() -> None:
    assert told({}) == ()
    assert told(facts_of(Comparison(is_same_kind=False))) == ("Its files cannot be compared.",)
