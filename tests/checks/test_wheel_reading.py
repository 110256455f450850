"""What is read in a wheel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from affineur.core.archives import ArchiveReport
from support.dists import Flaw, wheel

DefectsOf = Callable[[str, bytes], set[str]]
Read = Callable[[str, bytes], ArchiveReport]


def test_an_honest_wheel_has_no_defect_and_gives_its_contents(read: Read) -> None:
    made = wheel("spam", "1.0", files={"spam/__init__.py": b"x = 1\n"})

    report = read(made.filename, made.data)

    assert report.defects == ()
    assert report.members["spam/__init__.py"].size_bytes == 6
    assert set(report.members) == {
        "spam/__init__.py",
        "spam-1.0.dist-info/METADATA",
        "spam-1.0.dist-info/RECORD",
        "spam-1.0.dist-info/WHEEL",
    }


@pytest.mark.parametrize(
    ("flaw", "defect"),
    [
        (Flaw.WRONG_RECORD_HASH, {"record-hash"}),
        (Flaw.NO_RECORD, {"record-missing"}),
        (Flaw.UNRECORDED_FILE, {"record-extra"}),
        (Flaw.MISSING_FILE, {"record-absent-file"}),
        (Flaw.NO_METADATA, {"no-metadata"}),
        (Flaw.WRONG_NAME, set()),  # what METADATA says is for the check to judge
        (Flaw.TRAVERSAL, {"traversal", "record-extra"}),
        (Flaw.ABSOLUTE, {"absolute", "record-extra"}),
        (Flaw.DUPLICATE, {"duplicate", "record-extra"}),
        (Flaw.SYMLINK, {"link-in-zip", "record-extra"}),
        (Flaw.BOMB, {"bomb"}),
        (Flaw.TRUNCATED, {"unreadable"}),
        (Flaw.NOT_AN_ARCHIVE, {"unreadable"}),
    ],
)
def test_a_flaw_of_a_wheel_is_told_by_its_defect(
    defects: DefectsOf, flaw: Flaw, defect: set[str]
) -> None:
    made = wheel("spam", "1.0", flaw=flaw)

    assert defects(made.filename, made.data) == defect


def test_metadata_counts_only_in_the_dist_info_that_bears_the_wheels_name(
    defects: DefectsOf,
) -> None:
    made = wheel("spam", "1.0")

    found = defects("eggs-1.0-py3-none-any.whl", made.data)

    assert found == {"dist-info-name", "no-metadata"}


def test_a_dist_info_may_spell_name_and_version_otherwise(defects: DefectsOf) -> None:
    made = wheel("Zope.Interface", "1.0.0")

    assert defects("zope_interface-1.0-py3-none-any.whl", made.data) == set()


def test_a_second_dist_info_at_the_top_is_a_defect_and_a_vendored_one_is_not(
    defects: DefectsOf,
) -> None:
    vendored = wheel("spam", "1.0", files={"spam/_vendor/eggs-2.dist-info/METADATA": b""})
    second = wheel("spam", "1.0", files={"eggs-2.dist-info/METADATA": b""})

    assert defects(vendored.filename, vendored.data) == set()
    assert defects(second.filename, second.data) == {"several-dist-infos"}


def test_licence_files_are_found_by_metadata_and_by_name(read: Read) -> None:
    folder = "spam-1.0.dist-info"
    made = wheel(
        "spam",
        "1.0",
        files={
            f"{folder}/licenses/MIT.txt": b"MIT text",
            f"{folder}/LICENSE": b"old place",
            f"{folder}/GRANTS": b"named by metadata",
            "spam/LICENSE": b"somebody else's",
            "spam/__init__.py": b"",
        },
        metadata_extra="License-File: GRANTS\n",
    )

    report = read(made.filename, made.data)

    assert report.licence_texts == {
        f"{folder}/licenses/MIT.txt": "MIT text",
        f"{folder}/LICENSE": "old place",
        f"{folder}/GRANTS": "named by metadata",
    }


def test_a_licence_file_is_cut_at_64_kib(read: Read) -> None:
    made = wheel("spam", "1.0", files={"LICENSE": b"abcdefgh" * 20_000})

    assert len(read(made.filename, made.data).licence_texts["LICENSE"]) == 64 * 1024


def test_a_defect_of_very_many_members_is_told_twenty_times_and_counted(read: Read) -> None:
    made = wheel("spam", "1.0", files={f"spam/{n}\\.py": b"" for n in range(100)})

    found = [one for one in read(made.filename, made.data).defects if one.id == "odd-name"]

    assert len(found) == 21
    assert found[-1].what == "The same was seen of 80 more members."
