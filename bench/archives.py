"""`python -m bench.archives FOLDER...`: what the archive readers say of the files in folders.

All wheels and sdists of the folders are read, and held against what `zipfile` and `tarfile` read
in them. With `--harmed N`, N archives with bytes changed, put in and taken out are read as well:
each must be blocked, or be read as those read it.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import random
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from affineur.checks.child import report
from affineur.checks.members import OverLimit, show
from affineur.checks.scanning.scanner import Scanner
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Severity
from bench import vetting_page

_MOST_BYTES = 8 * 1024**3
_ENDINGS = (".whl", ".tar.gz", ".zip")
_SEED = 1
_PIECE = 1024 * 1024


def main() -> int:
    """Read them all; 1 when an archive that nobody blocks is read otherwise by others."""
    asked = _arguments()
    paths = sorted(p for one in asked.folders for p in one.iterdir() if p.name.endswith(_ENDINGS))
    began = time.process_time()
    reports = {path: _read(path, Filename.parse(path.name)) for path in paths}
    took_s = time.process_time() - began
    differing = [path.name for path, one in reports.items() if not _agree(path, one)]
    harmed = harm(asked.harmed)
    rows = [
        ("wheels, sdists", f"{_count(paths, '.whl')}, {len(paths) - _count(paths, '.whl')}"),
        ("files in them", sum(len(one.members) for one in reports.values())),
        ("read otherwise by zipfile or tarfile", ", ".join(differing) or 0),
        *((f"with a defect that is `{one}`", _told(reports, one)) for one in Severity),
        ("processor time", f"{took_s:.0f} s"),
        ("harmed archives, accepted of them", f"{harmed['all']}, {harmed['accepted']}"),
        ("accepted, and read otherwise by zipfile or tarfile", harmed["differing"]),
    ]
    told = vetting_page.table(("what", "how many"), rows)
    print(told)
    if asked.write:
        command = f"python -m bench.archives FOLDER... --harmed {asked.harmed}"
        vetting_page.put("archives", f"{vetting_page.dated(command)}\n\n{told}")
    return int(bool(differing or harmed["differing"]))


def harm(count: int) -> Counter[str]:
    """Harm small archives, and hold what is accepted against what others read."""
    chance = random.Random(_SEED)  # noqa: S311  # the same each time
    tally: Counter[str] = Counter(all=0, accepted=0, differing=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        for turn in range(count):
            name, data = _harmed(chance, is_zip=turn % 2 == 0)
            path.write_bytes(data)
            tally["all"] += 1
            read = _accepted(path, name)
            if read is not None:
                tally["accepted"] += 1
                tally["differing"] += not _agree(path, read)
    return tally


def _read(path: Path, filename: Filename) -> ArchiveReport:
    """Read an archive without looking at what its code does."""
    blind = Scanner(filename, "only the archive is looked at")
    return report(path, filename, _MOST_BYTES, (), blind)


def _accepted(path: Path, name: str) -> ArchiveReport | None:
    try:
        read = _read(path, Filename.parse(name))
    except OverLimit:
        return None
    return None if any(one.severity is Severity.BLOCK for one in read.defects) else read


def _harmed(chance: random.Random, *, is_zip: bool) -> tuple[str, bytes]:
    files = {"spam-1.0/PKG-INFO": b"Name: spam\n", "spam-1.0/" + "long/" * 30 + "a": b"x" * 99}
    if is_zip:
        return "spam-1.0.zip", _changed(chance, _zip(files))
    return "spam-1.0.tar.gz", gzip.compress(_summed(_changed(chance, _tar(files))), 1)


def _changed(chance: random.Random, data: bytes) -> bytes:
    """Change, put in or take out a few bytes in some places."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        until = at + chance.choice((0, 1, 1, 1, 2, 4))
        changed[at:until] = chance.randbytes(chance.choice((until - at, until - at, 2)))
    return bytes(changed)


def _summed(data: bytes) -> bytes:
    """Give each tar header its right checksum again, so that what was harmed is read at all."""
    changed = bytearray(data)
    for at in range(0, len(changed) - 511, 512):
        block = changed[at : at + 512]
        if block[257:262] == b"ustar":
            total = sum(block[:148]) + 8 * 32 + sum(block[156:])
            changed[at + 148 : at + 156] = f"{total:06o}\0 ".encode()
    return bytes(changed)


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _agree(path: Path, read: ArchiveReport) -> bool:
    """Whether the standard library finds the same files with the same content."""
    try:
        others = _by_zipfile(path) if zipfile.is_zipfile(path) else _by_tarfile(path)
    except Exception:  # noqa: BLE001  # whatever it is: what is accepted must be readable
        return False
    return others == {name: one.sha256 for name, one in read.members.items()}


def _by_zipfile(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {
            show(one.filename): _digest(archive.open(one))
            for one in archive.infolist()
            if not one.is_dir()
        }


def _by_tarfile(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    with tarfile.open(path) as archive:
        for one in archive:
            content = archive.extractfile(one) if one.isreg() else None
            if content is not None:
                found[show(one.name.removeprefix("./"))] = _digest(content)
    return found


def _digest(content: IO[bytes]) -> str:
    sha256 = hashlib.sha256()
    while piece := content.read(_PIECE):
        sha256.update(piece)
    return sha256.hexdigest()


def _count(paths: Sequence[Path], ending: str) -> int:
    return sum(path.name.endswith(ending) for path in paths)


def _told(reports: Mapping[Path, ArchiveReport], severity: Severity) -> str:
    by_id = Counter(
        defect
        for one in reports.values()
        for defect in {told.id for told in one.defects if told.severity is severity}
    )
    files = sum(any(told.severity is severity for told in one.defects) for one in reports.values())
    listed = ", ".join(f"`{name}` {count}" for name, count in by_id.most_common())
    return f"{files} ({listed})" if listed else "0"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.archives", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where wheels and sdists lie")
    parser.add_argument("--harmed", type=int, default=0, help="how many archives to harm")
    parser.add_argument("--write", action="store_true", help="write it into docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
