"""The process that reads archives: whatever happens in it, ours goes on and says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from affineur.checks import reading
from affineur.checks.reading import ChildReader
from affineur.core.files import Filename
from affineur.core.subjects import NotAssessable
from support.dists import Dist, Flaw, sdist, wheel
from support.zips import Part, hand_made_zip

MIB = 1024 * 1024


def saved(dist: Dist, folder: Path) -> tuple[Path, Filename]:
    path = folder / "held-under-its-digest"
    path.write_bytes(dist.data)
    return path, Filename.parse(dist.filename)


def reader(**changes: float) -> ChildReader:
    limits = {"timeout_s": 30, "memory_bytes": 1024 * MIB, "total_bytes": 1024 * MIB} | changes
    return ChildReader(limits["timeout_s"], int(limits["memory_bytes"]), int(limits["total_bytes"]))


def test_a_wheel_is_read_in_a_child_process(tmp_path: Path) -> None:
    made = wheel(
        "spam", "1.0", flaw=Flaw.UNRECORDED_FILE, files={"LICENSE": b"gr\xc3\xbc\xc3\x9fe"}
    )

    report = reader().read(*saved(made, tmp_path))

    assert report.metadata == made.metadata
    assert report.licence_texts == {"LICENSE": "grüße"}
    assert [(one.id, one.member) for one in report.defects] == [("record-extra", "unrecorded.py")]


def test_an_sdist_is_read_in_a_child_process(tmp_path: Path) -> None:
    made = sdist("spam", "1.0")

    assert reader().read(*saved(made, tmp_path)).metadata == made.metadata


def test_reading_works_from_any_directory_and_with_a_hostile_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = wheel("spam", "1.0")
    (tmp_path / "zipfile.py").write_text("raise SystemExit(3)")
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))

    assert reader().read(*saved(made, tmp_path)).metadata == made.metadata


def test_a_file_that_is_not_there_cannot_be_assessed(tmp_path: Path) -> None:
    with pytest.raises(NotAssessable, match="could not be opened: No such file"):
        reader().read(tmp_path / "absent", Filename.parse("spam-1.0-py3-none-any.whl"))


def test_reading_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)  # opening it waits for a writer that never comes

    with pytest.raises(NotAssessable, match=r"took longer than 0\.5 seconds"):
        reader(timeout_s=0.5).read(path, Filename.parse("spam-1.0-py3-none-any.whl"))


def test_reading_that_takes_too_much_memory_is_not_assessed(tmp_path: Path) -> None:
    path = tmp_path / "wheel"
    path.write_bytes(hand_made_zip(Part("spam-1.0.dist-info/RECORD", b",\n" * 20_000_000)))

    with pytest.raises(NotAssessable, match="memory"):
        reader(memory_bytes=150 * MIB).read(path, Filename.parse("spam-1.0-py3-none-any.whl"))


def test_an_archive_over_the_limit_is_not_assessed(tmp_path: Path) -> None:
    made = wheel("spam", "1.0", files={"data": os.urandom(3 * MIB)})

    with pytest.raises(NotAssessable, match="more than 2 MiB uncompressed, the limit"):
        reader(total_bytes=2 * MIB).read(*saved(made, tmp_path))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os.kill(os.getpid(), 11)", r"crashed \(SIGSEGV\)"),
        ("import os; os.kill(os.getpid(), 9)", "was killed, perhaps for lack of memory"),
        ("while True: pass", r"longer than 2 seconds"),
        ("raise SystemExit(1)", "failed"),
        ("pass", "an answer without sense"),
        ("print('[]')", "an answer without sense"),
        ('print(\'{"members": {"a": "b"}}\')', "an answer without sense"),
        ("while True: print('x' * 1_000_000)", "there is too much in it to report"),
        ("import os, time; os.close(1); time.sleep(60)", "did not end"),
    ],
)
def test_a_child_that_misbehaves_is_not_assessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, why: str
) -> None:
    monkeypatch.setattr(reading, "_PROGRAM", program)
    monkeypatch.setattr(reading, "_GRACE_S", 1.0)

    with pytest.raises(NotAssessable, match=why):
        reader(timeout_s=2).read(*saved(wheel("spam", "1.0"), tmp_path))


def test_the_child_may_write_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "written"
    program = (
        "import json, sys; sys.path += json.loads(sys.argv[1]); "
        "from affineur.checks.child import limit; limit(10, 1 << 30); "
        f"open({str(written)!r}, 'w').write('x')"
    )
    monkeypatch.setattr(reading, "_PROGRAM", program)

    with pytest.raises(NotAssessable):
        reader().read(*saved(wheel("spam", "1.0"), tmp_path))
    assert written.read_bytes() == b""


def test_a_scan_that_crashes_costs_only_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = wheel("spam", "1.0", files={"LICENSE": b"Do as you like.", "spam.py": b""})
    crashing = (
        "import json, os, sys; sys.path += json.loads(sys.argv[1]); "
        "sys.argv[7] or os.kill(os.getpid(), 11); "
        "from affineur.checks.child import main; main(sys.argv[2:])"
    )
    monkeypatch.setattr(reading, "_PROGRAM", crashing)

    report = reader().read(*saved(made, tmp_path))

    assert report.licence_texts == {"LICENSE": "Do as you like."}
    assert (report.scan.version, report.scan.unread) == (
        0,
        (("", "the process that read it crashed (SIGSEGV)"),),
    )
