"""Uploads by the legacy form protocol, as twine, uv, poetry and others speak it.

Permission is asked before the body is read. The staged bytes are thrown away on every way
out but the good one. What becomes of each field of the form stands in docs/uploads.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from affineur.core.errors import BadInput, Conflict, FilenameTaken, TooLarge
from affineur.core.names import FeedName
from affineur.core.ports import Staged
from affineur.services import upload as service
from affineur.services.gear import Gear
from affineur.services.upload import UploadAnswer, UploadForm
from affineur.web import problems
from affineur.web.credentials import identify
from affineur.web.http import Answer, Request
from affineur.web.index.form import MOST_BESIDE_THE_FILE, Form, FormReader
from affineur.web.unread import read_out

_FILE_UPLOAD = "file_upload"
_GONE = frozenset({"submit", "submit_pkg_info", "doc_upload"})
_UPLOAD_2 = "application/vnd.pypi.upload."
_NOT_STAGED = frozenset({"", "0", "false", "no"})


async def receive(gear: Gear, request: Request, feed: FeedName) -> Answer:
    """Take an upload; answer 200 when it stands, now or before, with these bytes."""
    actor = await identify(gear, request.headers)
    _refuse_upload_2(request)
    announced = _announced(request)
    size = announced if announced <= _largest(gear) else 0
    try:
        staged = await asyncio.to_thread(service.receive, gear, actor, feed, size)
        try:
            form = await _read(gear, request, staged)
            done = await asyncio.to_thread(
                service.finish, gear, actor, feed, staged, _upload_form(form)
            )
        finally:
            await asyncio.to_thread(staged.discard)
    except Conflict as error:
        await read_out(request)
        return _in_conflict(error)
    plain = (("content-type", "text/plain; charset=utf-8"),)
    return Answer(200, plain, _told(form, done).encode())


def _told(form: Form, done: UploadAnswer) -> str:
    """Say what became of the upload; curl shows it, and twine with --verbose."""
    words = "published" if done.created else "stood here before, with the same bytes"
    lines = [f"{done.filename} {words}"]
    if done.keeps_attestations:
        lines.append("its attestations were kept; their signatures were not verified")
    if form.has_signature:
        lines.append("gpg_signature was ignored; attestations (PEP 740) are kept")
    return "".join(f"{line}\n" for line in lines)


def _refuse_upload_2(request: Request) -> None:
    """Let a client of the Upload 2.0 API (PEP 694, a draft) fall back to this one."""
    told = (request.headers.get(name, "").lower() for name in ("content-type", "accept"))
    if any(_UPLOAD_2 in one for one in told):
        raise problems.NotAcceptable(
            "The Upload 2.0 API (PEP 694) is not spoken here.",
            hint="Upload with the form of the legacy API, as twine and uv publish do.",
        )


async def _read(gear: Gear, request: Request, staged: Staged) -> Form:
    if _announced(request) > _largest(gear):
        raise TooLarge("The upload is larger than this server takes (max_file_bytes).")
    largest = gear.settings.max_file_bytes
    reader = FormReader(request.headers.get("content-type", ""), staged.write, largest)
    async for piece in request.body:
        await asyncio.to_thread(reader.feed, piece)
    return reader.finish()


def _announced(request: Request) -> int:
    """Give the size of the body, 0 when it is not told."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isdecimal() and len(told) < 20 else 0


def _largest(gear: Gear) -> int:
    return gear.settings.max_file_bytes + MOST_BESIDE_THE_FILE


def _upload_form(form: Form) -> UploadForm:
    fields = form.fields
    _check_action(fields)
    missing = [name for name in ("name", "version", "filetype") if not fields.get(name)]
    if missing:
        raise BadInput(f"The form lacks the field '{missing[0]}'.")
    return UploadForm(
        name=fields["name"],
        version=fields["version"],
        filename=form.filename,
        filetype=fields["filetype"],
        sha256=fields.get("sha256_digest") or None,
        md5=fields.get("md5_digest") or None,
        blake2_256=fields.get("blake2_256_digest") or None,
        comment=fields.get("comment", ""),
        attestations=fields.get("attestations") or None,
    )


def _check_action(fields: Mapping[str, str]) -> None:
    action = fields.get(":action")
    if action in _GONE:
        raise BadInput(
            f"The form's ':action' is '{action}', which no index does any more.",
            hint="Upload the files themselves: ':action' is 'file_upload'.",
        )
    if action != _FILE_UPLOAD:
        raise BadInput("The form's ':action' is not 'file_upload'; nothing else is possible here.")
    if fields.get("protocol_version", "1") != "1":
        raise BadInput("The form's 'protocol_version' is not '1'.")
    if fields.get("staged", "").lower() not in _NOT_STAGED:
        raise BadInput(
            "The form asks for a staged release; here every upload is published at once.",
            hint="Nothing was kept. Upload it without the field 'staged'.",
        )


def _in_conflict(error: Conflict) -> Answer:
    """Say it with status 400: for 409, clients told to skip existing files would skip this one.

    Those look for 400 and the words "already exist" when the filename is taken.
    """
    if isinstance(error, FilenameTaken) and "already exist" not in error.message.lower():
        error = FilenameTaken(f"File already exists: {error.message}", hint=error.hint)
    return problems.answer(error, 400)
