"""The form in which look-alikes are written: one text file for each pattern.

    What the pattern is, in a sentence.
    checks: contents

    ## obvious wheel orchard-tools
    requires: pip
    @@ orchard/__init__.py
    import os
    !! os.system("the line of the attack")

    ## obvious twin wheel orchard-hooks
    ...

`!! ` marks a line in which the attack stands; `@@! ` a file that is the attack as a whole; `DIST`
in a path stands for its name and version. Between a package's headline and its first file stand
fields: `version`, `tag`, `bend` (see `building`), `says` (what the finding must speak of), and
any number of `requires` and `metadata`. `encodings` says what `{{...}}` is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from support.lookalikes.encodings import filled

GUARD = b"import lookalike_guard  # there is no such module: nothing of this file ever runs\n"
"""The first line of every module, of attacks and twins alike."""

_HEADLINE = re.compile(r"## (obvious|obfuscated|split)( twin)? (wheel|sdist) (\S+)")
_FIELD = re.compile(r"([a-z]+): (.*)")
_MARK = "!! "


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a package, with the places of the attack in it."""

    path: str
    content: bytes
    is_culprit: bool
    culprits: frozenset[int]
    """Line numbers; empty when the file as a whole is meant."""


@dataclass(slots=True)
class Draft:
    """A package as it is written down."""

    is_wheel: bool
    name: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[DraftFile] = field(default_factory=list)

    def first(self, name: str, default: str = "") -> str:
        """Give a field that stands once."""
        return self.fields.get(name, [default])[0]

    @property
    def version(self) -> str:
        """The version of the release."""
        return self.first("version", "1.4.2")

    @property
    def stem(self) -> str:
        """What the names of its file and of its metadata folder begin with."""
        return f"{self.name.lower().replace('-', '_').replace('.', '_')}-{self.version}"

    @property
    def says(self) -> str:
        """What the finding must speak of."""
        return self.first("says")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One file of the corpus."""

    sentence: str
    checks: frozenset[str]
    drafts: Mapping[tuple[str, bool], Draft]
    """By form, and whether it is the twin."""


def read_pattern(text: str) -> Pattern:
    """Read a file of the corpus; raise `ValueError` or `KeyError` when it has another form."""
    head, *packages = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    sentence, checks = head.strip().split("\nchecks: ")
    drafts = dict(_draft(package) for package in packages)
    return Pattern(" ".join(sentence.split()), frozenset(checks.split()), drafts)


def _draft(text: str) -> tuple[tuple[str, bool], Draft]:
    head, *files = re.split(r"^(?=@@)", text, flags=re.MULTILINE)
    lines = head.strip().splitlines()
    headline = _HEADLINE.fullmatch(lines[0])
    if headline is None:
        raise ValueError(f"no headline: {lines[0]}")
    draft = Draft(headline[3] == "wheel", headline[4])
    for name, value in _fields(lines[1:]):
        draft.fields.setdefault(name, []).append(value)
    draft.files.extend(_file(file, draft.stem) for file in files)
    return (headline[1], headline[2] is not None), draft


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        told = _FIELD.fullmatch(line)
        if told is None:
            raise ValueError(f"no field: {line}")
        yield told[1], told[2]


def _file(text: str, stem: str) -> DraftFile:
    headline, body = text.split("\n", 1)
    is_whole, path = headline.startswith("@@!"), headline.split(" ", 1)[1].replace("DIST", stem)
    lines = body.rstrip("\n").split("\n")
    is_module = path.endswith(".py")
    first = 2 if is_module else 1
    culprits = {number for number, line in enumerate(lines, first) if line.startswith(_MARK)}
    plain = "\n".join(line.removeprefix(_MARK) for line in lines)
    content = filled(plain.encode()) + (b"" if _is_binary(path) else b"\n")
    if is_module:
        content = GUARD + content
    return DraftFile(path, content, is_whole or bool(culprits), frozenset(culprits))


def _is_binary(path: str) -> bool:
    return path.endswith((".png", ".ico", ".pyc", ".so", ".bin", ".dat", ".exe", ".woff", ".mo"))
