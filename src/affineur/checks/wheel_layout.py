"""Where the files of a wheel would be installed to, and what its WHEEL file says of that.

Source: the binary distribution format specification, "The .data directory" and "File contents".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

from packaging.tags import Tag, parse_tag

from affineur.checks.members import Defects, show
from affineur.core.archives import Kind, Member
from affineur.core.files import Filename

_DATA = ".data"
_SCHEMES = frozenset({"purelib", "platlib", "headers", "scripts", "data"})
_LIBRARIES = frozenset({"purelib", "platlib"})
_FIELD = re.compile(r"^([A-Za-z-]+):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_EXTENSIONS = (".so", ".pyd", ".dylib")
_SHOWN_TAGS = 3
_MAX_DOTS = 20


def judge_places(names: Iterable[str], filename: Filename, defects: Defects) -> None:
    """Judge where members would go; two that go to one place overwrite each other."""
    places: dict[str, str] = {}
    for name in names:
        top, _, inside = name.partition("/")
        place = name
        if inside and top.endswith(_DATA):
            scheme, _, rest = inside.partition("/")
            _judge_data(name, scheme if rest else "", filename, defects)
            place = rest if scheme in _LIBRARIES else name
        other = places.setdefault(place, name)
        if other != name:
            what = f"{show(name)} and {show(other)} would be installed to the same place."
            defects.add("same-place", what, show(name))


def _judge_data(name: str, scheme: str, filename: Filename, defects: Defects) -> None:
    """Judge a member of a `.data` folder: pip installs from every one, uv from the wheel's own."""
    shown = show(name)
    if not filename.is_meant_by(name.partition("/")[0].removesuffix(_DATA)):
        what = f"{shown} is in the data folder of another project: not every installer takes it."
        defects.add("foreign-data-folder", what, shown)
    if scheme not in _SCHEMES:
        what = f"{shown} is in a data folder, but in no part of it that installers know."
        defects.add("data-folder", what, shown)


def judge_wheel_file(
    content: bytes | None, filename: Filename, members: Mapping[str, Member], defects: Defects
) -> None:
    """Compare what WHEEL says with the filename and with what is in the wheel."""
    if content is None:
        defects.add("no-wheel-file", "The wheel has no WHEEL file; pip does not install it.")
        return
    fields: dict[str, list[str]] = {}
    for key, value in _FIELD.findall(content.decode("utf-8", "replace").replace("\r\n", "\n")):
        fields.setdefault(key.lower(), []).append(value)
    version = "".join(fields.get("wheel-version", [])[:1])
    if version.partition(".")[0] != "1":
        what = f"Its WHEEL file is of version {show(version)[:20] or '(none)'}, not 1."
        defects.add("wheel-version", what)
    _judge_tags(fields.get("tag", []), filename, defects)
    if [one.lower() for one in fields.get("root-is-purelib", [])] == ["true"]:
        _judge_purity(members, defects)


def _judge_tags(said: Iterable[str], filename: Filename, defects: Defects) -> None:
    tags: set[Tag] = set()
    for one in said:
        if one.count(".") < _MAX_DOTS:
            with suppress(ValueError):
                tags |= parse_tag(one)
    if tags and tags != filename.tags:
        some = ", ".join(sorted(map(str, tags))[:_SHOWN_TAGS])
        what = f"Its WHEEL file names other tags than its filename, which counts: {show(some)}."
        defects.add("tags-differ", what)


def _judge_purity(members: Mapping[str, Member], defects: Defects) -> None:
    for name, member in members.items():
        if member.kind is Kind.NATIVE and name.endswith(_EXTENSIONS):
            what = f"It says that it holds no native code (Root-Is-Purelib), and holds {name}."
            defects.add("native-in-purelib", what, name)
