"""The core metadata inside a wheel, read in memory and within limits."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from email.parser import BytesHeaderParser

from affineur.probe.rows import CannotTell
from affineur.probe.samples import Session

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_MOST_BYTES = 4 * 1024 * 1024
_MOST_MEMBERS = 20_000


async def core_metadata_of(session: Session) -> bytes:
    """Read the METADATA of the wheel that was chosen; raise `CannotTell` when it has none."""
    file = session.some_file()
    if not file.is_wheel:
        raise CannotTell(f"no wheel was found; {file.filename} is none")
    whole = await session.whole_file()
    try:
        return _read(whole.body)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError) as error:
        raise CannotTell(f"{file.filename} cannot be read: {error}", whole.ask) from error


def requires_python_of(metadata: bytes) -> str | None:
    """Find the Requires-Python of core metadata."""
    value = BytesHeaderParser().parsebytes(metadata).get("Requires-Python")
    return None if value is None else str(value).strip()


def _read(body: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = archive.infolist()
        found = [member for member in members if _METADATA.fullmatch(member.filename)]
        if len(members) > _MOST_MEMBERS or len(found) != 1:
            message = f"{len(found)} METADATA among {len(members)} members"
            raise ValueError(message)
        with archive.open(found[0]) as stream:
            read = stream.read(_MOST_BYTES + 1)
    if len(read) > _MOST_BYTES:
        message = f"its METADATA is longer than {_MOST_BYTES} bytes"
        raise ValueError(message)
    return read
