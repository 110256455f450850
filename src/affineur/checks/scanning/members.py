"""Judges members by what they are: binaries where none belong, bytecode without its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import basename

from affineur.checks.scanning.roles import role_of, weigh
from affineur.core.archives import Kind
from affineur.core.files import FileKind, Filename
from affineur.core.findings import Severity, Where
from affineur.core.scans import Role, Signal

_MAX_KEPT = 2000
_CACHED = re.compile(
    r"(.*/)?__pycache__/([^/]+?)\.(?:cpython|pypy|graalpy)[\w-]*(?:\.opt-\d)?\.pyc"
)
_LAUNCHER = re.compile(r"(cli|gui|t|w)(-?(32|64|arm64|64-arm))?\.exe")
_MAX_LAUNCHER_BYTES = 400 * 1024
_NATIVE_NAME = re.compile(
    r"\.(so(\.[\d.]+)?|dll|pyd|exe|dylib|a|o|lib|node|bin|jnilib|elf|com|sys|obj|ko|cubin|bundle|abi3|out)$"
)
_DISGUISES = re.compile(
    r"\.(py|pyw|pyi|txt|md|rst|json|toml|ya?ml|cfg|ini|csv|xml|html?|js|css|png|jpe?g|gif|bmp|ico|svg|webp|"
    r"pdf|mp3|wav|ttf|woff2?|log|po|mo|pth)$",
    re.IGNORECASE,
)
_TEXTS = {
    "source_defender": (
        "obfuscated-code",
        "It is encrypted with SourceDefender: nobody can read it.",
    ),
    "pyarmor": ("obfuscated-code", "It is obfuscated with PyArmor: nobody can read it."),
    "pyarmor_import": ("obfuscated-code", "It loads what PyArmor obfuscated: nobody can read it."),
    "source_defender_import": (
        "obfuscated-code",
        "It loads modules that are encrypted with SourceDefender.",
    ),
    "confusing_names": (
        "obfuscated-code",
        "Its names are made of letters and digits that nobody can tell apart.",
    ),
    "javascript_obfuscator": ("obfuscated-script", "Its JavaScript is obfuscated."),
}


def of_text(rule: str, where: Where, role: Role) -> Signal:
    """Make the signal of a text rule."""
    name, what = _TEXTS[rule]
    return Signal(name, weigh(Severity.REVIEW, role), what, where, role)


@dataclass(slots=True)
class Members:
    """What stands in the archive, as far as it may be judged by its kind."""

    natives: list[tuple[str, str, int]] = field(default_factory=list)
    bytecode: list[tuple[str, str]] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    def take(self, shown: str, inside: str, size_bytes: int, kind: Kind) -> None:
        """Take note of a member."""
        if inside.endswith((".py", ".pyx")):
            self.sources.add(inside.rpartition(".")[0])
        elif kind is Kind.BYTECODE or inside.endswith(".pyc"):
            self.bytecode.append((shown, inside))
        if kind is Kind.NATIVE and len(self.natives) < _MAX_KEPT:
            self.natives.append((shown, inside, size_bytes))

    def judge(self, filename: Filename) -> Iterator[Signal]:
        """Judge all of them."""
        is_sdist = filename.kind is FileKind.SDIST
        is_pure = not is_sdist and all(tag.platform == "any" for tag in filename.tags)
        for shown, inside, size_bytes in self.natives:
            role = role_of(inside, is_sdist=is_sdist)
            yield from _of_native(shown, inside, size_bytes, role, is_pure=is_pure)
        for shown, inside in self.bytecode:
            cached = _CACHED.fullmatch(inside)
            stem = f"{cached[1] or ''}{cached[2]}" if cached else inside.rpartition(".")[0]
            if stem not in self.sources and inside.endswith((".pyc", ".pyo")):
                role = role_of(f"{stem}.py", is_sdist=is_sdist)
                what = "It is compiled Python without its source: nobody can read what it does."
                weight = weigh(Severity.REVIEW, role)
                yield Signal("bytecode-without-source", weight, what, Where(shown), role, "alone")


def _of_native(
    shown: str, inside: str, size_bytes: int, role: Role, *, is_pure: bool
) -> Iterator[Signal]:
    name = basename(inside)
    if _DISGUISES.search(name):
        what = f"It is a program for the machine itself, and its name {name} says otherwise."
        yield Signal(
            "disguised-binary", weigh(Severity.REVIEW, role), what, Where(shown), role, "disguise"
        )
    elif is_pure:
        is_launcher = _LAUNCHER.fullmatch(name) is not None and size_bytes <= _MAX_LAUNCHER_BYTES
        severity = Severity.INFO if is_launcher else Severity.REVIEW
        what = "It is a program for one kind of machine in a wheel that says it is for any."
        yield Signal("binary-in-pure-wheel", weigh(severity, role), what, Where(shown), role, "any")
