"""Which files of a release an organisation wants: those that its Pythons and platforms use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from packaging.tags import Tag

from affineur.core.errors import BadInput
from affineur.core.files import FileKind, Filename

_INTERPRETER = re.compile(r"(cp|py)(\d)(\d*)")


@dataclass(frozen=True, slots=True)
class Selection:
    """The organisation's Pythons and platforms."""

    pythons: tuple[tuple[int, int], ...]
    platforms: tuple[str, ...]
    """Platform tags of wheels, where `*` stands for anything."""
    sdists: bool = True
    everything: bool = False
    """Whether all files are wanted, whoever could use them."""

    @classmethod
    def parse(
        cls,
        pythons: Sequence[str],
        platforms: Sequence[str],
        *,
        sdists: bool,
        everything: bool = False,
    ) -> Selection:
        """Read the settings; raise `BadInput` naming a Python that cannot be read."""
        return cls(tuple(sorted(map(_version, pythons))), tuple(platforms), sdists, everything)

    def wants(self, filename: Filename) -> bool:
        """Say whether some Python of the organisation would use this file."""
        if self.everything:
            return True
        if filename.kind is FileKind.SDIST:
            return self.sdists
        return any(self._fits(tag) for tag in filename.tags)

    def of(self, filenames: Sequence[Filename]) -> tuple[Filename, ...]:
        """Choose among a release's files; one that would be left with nothing keeps them all."""
        wanted = tuple(one for one in filenames if self.wants(one))
        if self.everything:
            return wanted
        has_wheel = any(one.kind is FileKind.WHEEL for one in wanted)
        if has_wheel or (wanted and all(one.kind is FileKind.SDIST for one in filenames)):
            return wanted
        sdists = tuple(one for one in filenames if one.kind is FileKind.SDIST)
        return sdists or tuple(filenames)

    def _fits(self, tag: Tag) -> bool:
        found = _INTERPRETER.fullmatch(tag.interpreter)
        if found is None or found[2] != "3":
            return False
        if not any(fnmatchcase(tag.platform, pattern) for pattern in self.platforms):
            return False
        if not found[3]:
            return True  # py3
        version = (3, int(found[3]))
        is_forward = found[1] == "py" or tag.abi in {"abi3", "none"}
        if is_forward:
            return any(version <= python for python in self.pythons)
        return version in self.pythons and not tag.abi.endswith("t")


def _version(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"3\.(\d{1,2})", text)
    if found is None:
        raise BadInput(f"{text!r} in the setting `pythons` is no Python version, such as 3.12.")
    return 3, int(found[1])
