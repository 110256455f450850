"""Why each defect of an archive matters, in a sentence or two for the person who decides."""

from __future__ import annotations

from collections.abc import Mapping

from affineur.core.findings import Severity

TODO: Mapping[Severity, str] = {
    Severity.BLOCK: "Do not approve it; tell its project.",
    Severity.REVIEW: "Look at the file, or compare it with another file of the same release.",
    Severity.INFO: "",
}
_TWO_READINGS = (
    "Programs read such an archive differently: what was looked at here may not be what is "
    "installed. No honest build tool makes one."
)
_OUT = "Unpacked by a careless program, it writes outside of where it should."
_UNLISTED = "What stands in no RECORD may have been put in after the wheel was built."

_WHY: Mapping[str, str] = {
    "absolute": _OUT,
    "archive-comment": "Nothing reads it.",
    "bomb": "It is made to fill the memory or the disk of whoever unpacks it.",
    "case-collision": "On Windows and on a Mac one of the two overwrites the other.",
    "control-character": "Such a name shows as another one in terminals and logs.",
    "crc": "Its bytes were changed or damaged after it was packed.",
    "data-folder": "pip refuses such a wheel; other installers may put the file anywhere.",
    "device": "An sdist or wheel has no use for devices; unpacking one can hang or harm a system.",
    "duplicate": "Which of the two is installed depends on the program.",
    "encrypted": "What cannot be read cannot be vetted, and no installer asks for a password.",
    "foreign-data-folder": "pip installs what stands there, and uv does not.",
    "link": "Both ends are in the sdist: what is built from it was looked at.",
    "link-in-zip": "No installer makes links from wheels; a program that does is led elsewhere.",
    "link-outside": "What it leads to is on the machine that builds, and could be read or written.",
    "native-in-purelib": "It may be installed among what runs on every machine.",
    "no-pkg-info": "Nothing in it says what it is; it cannot be compared with its filename.",
    "no-wheel-file": "It was not made by a build tool as it stands.",
    "odd-name": "Such names are shown, unpacked and compared differently from system to system.",
    "record-absent-file": "The list was not made with this wheel; nothing is installed by it.",
    "record-conflict": "Programs believe one line or the other.",
    "record-extra": _UNLISTED,
    "record-hash": "The file was changed after the wheel was built and listed.",
    "record-missing": _UNLISTED,
    "record-outside": "Removing the package may remove that file of the system.",
    "record-size": "The hash beside it is right, so the file is the one that was listed.",
    "record-unhashed": _UNLISTED,
    "record-weak-hash": "It is the right one; an older build tool made it.",
    "repeated": "Whichever is taken, it is the same.",
    "same-place": "Which of the two is installed depends on the order of unpacking.",
    "stored-descriptor": "A program that reads while it downloads may find other members.",
    "tags-differ": "Installers go by the filename; the wheel was renamed after it was built.",
    "traversal": _OUT,
    "windows-collision": "On Windows one of the two overwrites the other.",
    "windows-name": "It can be installed anywhere else.",
}


def why(defect_id: str) -> str:
    """Say why a defect matters; what has no words of its own is a matter of two readings."""
    return _WHY.get(defect_id, _TWO_READINGS)
