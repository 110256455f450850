"""Uploads by the legacy form protocol, as twine, uv, poetry and others speak it.

Permission is asked before the body is read. The staged bytes are thrown away on every way
out but the good one.
"""

from __future__ import annotations

import asyncio

from affineur.core.errors import BadInput, FilenameTaken, TooLarge
from affineur.core.names import FeedName
from affineur.core.ports import Staged
from affineur.services import upload as service
from affineur.services.gear import Gear
from affineur.services.upload import UploadForm
from affineur.web import problems
from affineur.web.credentials import identify
from affineur.web.http import Answer, Request
from affineur.web.index.form import Form, FormReader

_BESIDE_THE_FILE = 16 * 1024 * 1024


async def receive(gear: Gear, request: Request, feed: FeedName) -> Answer:
    """Take an upload; answer 200 when it stands, now or before, with these bytes."""
    actor = await identify(gear, request.headers)
    staged = await asyncio.to_thread(service.receive, gear, actor, feed)
    try:
        form = await _read(gear, request, staged)
        done = await asyncio.to_thread(
            service.finish, gear, actor, feed, staged, _upload_form(form)
        )
    except FilenameTaken as error:
        return _taken(error)
    finally:
        await asyncio.to_thread(staged.discard)
    words = "published" if done.created else "stood here before, with the same bytes"
    return Answer(
        200, (("content-type", "text/plain; charset=utf-8"),), f"{done.filename} {words}\n".encode()
    )


async def _read(gear: Gear, request: Request, staged: Staged) -> Form:
    largest = gear.settings.max_file_bytes
    announced = request.headers.get("content-length", "")
    if (
        announced.isdecimal()
        and len(announced) < 20
        and int(announced) > largest + _BESIDE_THE_FILE
    ):
        raise TooLarge("The upload is larger than this server takes (max_file_bytes).")
    reader = FormReader(request.headers.get("content-type", ""), staged.write, largest)
    async for piece in request.body:
        await asyncio.to_thread(reader.feed, piece)
    return reader.finish()


def _upload_form(form: Form) -> UploadForm:
    fields = form.fields
    if fields.get(":action") != "file_upload":
        raise BadInput("The form's ':action' is not 'file_upload'; nothing else is possible here.")
    if fields.get("protocol_version", "1") != "1":
        raise BadInput("The form's 'protocol_version' is not '1'.")
    missing = [name for name in ("name", "version", "filetype") if not fields.get(name)]
    if missing:
        raise BadInput(f"The form lacks the field '{missing[0]}'.")
    return UploadForm(
        name=fields["name"],
        version=fields["version"],
        filename=form.filename,
        filetype=fields["filetype"],
        metadata_version=fields.get("metadata_version", ""),
        sha256=fields.get("sha256_digest") or None,
        md5=fields.get("md5_digest") or None,
        blake2_256=fields.get("blake2_256_digest") or None,
        requires_python=fields.get("requires_python") or None,
    )


def _taken(error: FilenameTaken) -> Answer:
    """Say it as twine's `--skip-existing` understands it: status 400 and these words."""
    if "already exist" not in error.message.lower():
        error = FilenameTaken(f"File already exists: {error.message}", hint=error.hint)
    return problems.answer(error, 400)
