"""Reads the members of a zip archive, a wheel's or a zip sdist's, each to its end.

Nothing is unpacked; a member is at most one chunk in memory, unless more of it is to be kept.
"""

from __future__ import annotations

import hashlib
import stat
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from affineur.checks.member_names import Names
from affineur.checks.members import Budget, Defects, show
from affineur.checks.record_file import Line, Seen, hasher_for
from affineur.checks.tar_headers import BLOCK_BYTES, is_tar
from affineur.checks.zip_entries import DEFLATED, STORED, Entry, inflate, read_entries


@dataclass(slots=True)
class ZipContents:
    """A zip archive being read: its files by name, and what was read of them so far."""

    file: BinaryIO
    budget: Budget
    defects: Defects
    entries: dict[str, Entry] = field(default_factory=dict)
    """Files only, in the order in which they stand in the archive."""

    def open(self) -> None:
        """Read the directory and judge names and kinds of members."""
        self.file.seek(0)
        if is_tar(self.file.read(BLOCK_BYTES)):
            what = "It is a zip archive by its end, and a tar archive by its beginning."
            self.defects.add("polyglot", what)
        names = Names(self.defects)
        for entry in read_entries(self.file, self.budget.file_bytes, self.defects):
            shown = names.take(entry.name, is_folder=entry.is_folder)
            self._judge_kind(entry, shown)
            if entry.is_folder:
                if entry.size_bytes or entry.compressed_bytes > 2:
                    self.defects.add("wrong-size", f"The folder {shown} has content.", shown)
            elif self._is_readable(entry, shown):
                self.entries.setdefault(entry.name, entry)
        names.finish()

    def read(self, name: str, keep_bytes: int, line: Line | None = None) -> tuple[bytes, Seen]:
        """Inflate one file to its end; return its first bytes, its size and its digests."""
        entry, shown = self.entries[name], show(name)
        sha256 = hashlib.sha256()
        other = hasher_for(line)
        crc, size, kept = 0, 0, bytearray()
        try:
            for chunk in inflate(self.file, entry):
                self.budget.spend(len(chunk))
                size += len(chunk)
                crc = zlib.crc32(chunk, crc)
                sha256.update(chunk)
                if other is not None:
                    other.update(chunk)
                if len(kept) < keep_bytes:
                    kept += chunk[: keep_bytes - len(kept)]
        except ValueError as error:
            self.defects.add("broken-data", f"{shown} cannot be read: {error}.", shown)
        else:
            if size != entry.size_bytes:
                what = f"{shown} has {size} bytes and claims to have {entry.size_bytes}."
                self.defects.add("wrong-size", what, shown)
            if crc != entry.crc:
                self.defects.add("crc", f"{shown} does not have its checksum (CRC-32).", shown)
        digest = sha256.digest()
        return bytes(kept), Seen(size, digest, other.digest() if other else digest)

    def _is_readable(self, entry: Entry, shown: str) -> bool:
        if entry.is_encrypted:
            self.defects.add("encrypted", f"{shown} is encrypted.", shown)
            return False
        if entry.method not in (STORED, DEFLATED):
            what = f"{shown} is packed by method {entry.method}, which is neither of the usual two."
            self.defects.add("odd-compression", what, shown)
            return False
        return True

    def _judge_kind(self, entry: Entry, shown: str) -> None:
        """Judge what its attributes say that it is; its name says whether it is a folder."""
        kind = stat.S_IFMT(entry.mode)
        if kind == stat.S_IFLNK:
            self.defects.add("link-in-zip", f"{shown} is a symbolic link.", shown)
        elif kind == stat.S_IFDIR or (entry.is_marked_folder and not kind):
            if not entry.is_folder:
                what = f"{shown} is a file by its name and a folder by its attributes."
                self.defects.add("header-mismatch", what, shown)
        elif kind not in (0, stat.S_IFREG):
            self.defects.add("device", f"{shown} is neither a file nor a folder.", shown)
