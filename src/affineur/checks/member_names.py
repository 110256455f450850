"""Judges the names of an archive's members: each alone, and all against each other.

What counts is where an installer would write: two spellings of one place are one place, and
what one system takes for two places may be one on another (case, Unicode forms, what Windows
drops or reads otherwise). Imported by the child process.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from affineur.checks.members import MAX_NAME, Defects, OverLimit, show

_MAX_MEMBERS = 100_000
_MAX_NAMES_BYTES = 16 * 1024 * 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(
    r"(?:^|/)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])(?=[./]|$)",
    re.IGNORECASE,
)
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]|[ .](/|$)')
_DROPPED = re.compile(r"(:[^/]*|[ .]+)(?=/|$)")
"""What Windows drops from the end of a name: streams, dots and spaces."""


@dataclass(slots=True)
class Names:
    """Takes names as they come; `finish` when all are known."""

    defects: Defects
    may_repeat: bool = False
    """Whether the reader itself judges members of one name, by their contents."""
    repeated: set[str] = field(default_factory=set)
    """The names that came again, where they may."""
    _files: dict[str, str] = field(default_factory=dict)
    """Names by the place where they lead."""
    _folders: set[str] = field(default_factory=set)
    _folded: dict[str, str] = field(default_factory=dict)
    _windows: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _bytes: int = 0

    def take(self, name: str, *, is_folder: bool) -> str:
        """Judge one name; return it in the form that reports show."""
        self._count += 1
        if self._count > _MAX_MEMBERS:
            raise OverLimit(f"it has more than {_MAX_MEMBERS} members")
        self._bytes += len(name.encode("utf-8", "surrogatepass"))
        if self._bytes > _MAX_NAMES_BYTES:
            raise OverLimit("the names of its members take more than 16 MiB")
        shown = show(name)
        place = "/".join(part for part in name.split("/") if part not in ("", "."))
        self._judge_alone(name, shown, place)
        if is_folder:
            self._folders.add(place)
        else:
            self._judge_against_others(name, shown, place)
        return shown

    def finish(self) -> None:
        """Judge what can be seen only when all names are known."""
        folders = {folder for place in self._files for folder in _parents(place)} | self._folders
        for folder in sorted(folders):
            if folder in self._files:
                what = f"{show(folder)} is a file and also a folder."
                self.defects.add("duplicate", what, show(folder))
            elif (other := self._folded.get(_fold(folder))) is not None:
                what = f"{show(folder)} and {show(other)} are one where case does not count."
                self.defects.add("case-collision", what, show(other))

    def _judge_alone(self, name: str, shown: str, place: str) -> None:
        is_absolute = name.startswith(("/", "\\")) or _DRIVE.match(name) is not None
        parts = re.split(r"[/\\]", name)
        if ".." in parts:
            self.defects.add("traversal", f"{shown} leads out of the archive by '..'.", shown)
        if is_absolute:
            self.defects.add("absolute", f"{shown} is an absolute path.", shown)
        if not name.isprintable() and any(unicodedata.category(c) == "Cc" for c in name):
            self.defects.add("control-character", f"{shown} holds control characters.", shown)
        elif not name.isprintable() or "\\" in name:
            self.defects.add("odd-name", f"{shown} is an odd name for a file.", shown)
        elif name.rstrip("/") != place and not is_absolute:
            self.defects.add("odd-name", f"{shown} is an odd way to write {show(place)}.", shown)
        if len(name) > MAX_NAME:
            what = f"A member's name has {len(name)} characters: {shown[:80]}..."
            self.defects.add("long-name", what, shown)
        if _DEVICE.search(place) or _NOT_ON_WINDOWS.search(place.replace("..", "")):
            what = f"Windows cannot hold a file of the name {shown}, or reads it otherwise."
            self.defects.add("windows-name", what, shown)

    def _judge_against_others(self, name: str, shown: str, place: str) -> None:
        if place in self._files:
            if self.may_repeat and self._files[place] == name:
                self.repeated.add(name)
            else:
                self.defects.add("duplicate", f"{shown} is in the archive more than once.", shown)
            return
        self._files[place] = name
        folded = _fold(place)
        other = self._folded.setdefault(folded, name)
        if other != name:
            what = f"{shown} and {show(other)} are one file where case does not count."
            self.defects.add("case-collision", what, shown)
            return
        on_windows = _DROPPED.sub("", folded.replace("\\", "/"))
        other = self._windows.setdefault(on_windows, name)
        if other != name:
            what = f"{shown} and {show(other)} are one file on Windows."
            self.defects.add("windows-collision", what, shown)


def _parents(place: str) -> Iterator[str]:
    at = place.rfind("/")
    while at > 0:
        yield place[:at]
        at = place.rfind("/", 0, at)


def _fold(place: str) -> str:
    """Give what names have in common that a Mac or Windows takes for one."""
    if place.isascii():
        return place.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", place).casefold())
