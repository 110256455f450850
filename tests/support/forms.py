"""Multipart forms as twine sends them, and as nobody should."""

from __future__ import annotations

from collections.abc import Iterable

BOUNDARY = "affineur-test-boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"

Part = tuple[str, str | None, bytes]
"""A field's name, its filename when it is a file, and its bytes."""


def form(parts: Iterable[Part], *, end: bytes = b"--\r\n") -> bytes:
    """Write a form, as twine does: fields in order, the file with a content type."""
    delimiter = f"--{BOUNDARY}".encode()
    written = b"".join(delimiter + b"\r\n" + _part(part) + b"\r\n" for part in parts)
    return written + delimiter + end


def upload_parts(
    filename: str, content: bytes, fields: dict[str, str], extra: Iterable[Part] = ()
) -> list[Part]:
    """Name the parts of an upload: the protocol's own, some fields, the file."""
    told = {":action": "file_upload", "protocol_version": "1", **fields}
    named: list[Part] = [(name, None, value.encode()) for name, value in told.items()]
    return [*named, *extra, ("content", filename, content)]


def _part(part: Part) -> bytes:
    name, filename, body = part
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
    return f"{head}\r\n\r\n".encode() + body
