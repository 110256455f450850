"""Attestations that come with an upload (PEP 740), and the provenance that is made of them.

Decides whether they, and the provenance that an origin gives, have the form of the standard
and speak of this very file. Whether their signatures hold is not decided here, and the
provenance that is made here says so (decision 0008).
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode

from affineur.core.errors import BadInput
from affineur.core.files import Filename
from affineur.core.names import Sha256

PUBLISHER = {"kind": "affineur-token", "claims": None, "verified": False}
"""Who uploaded with a token is no Trusted Publisher, and nobody verified what they gave."""

_MOST = 8
_MOST_BUNDLES = 16
_MOST_IN_A_BUNDLE = 32
_STATEMENT = "https://in-toto.io/Statement/v1"


class AboutAnotherFile(BadInput):
    """A well-formed attestation vouches for other bytes, or for another name."""


def provenance_of(text: str, filename: Filename, sha256: Sha256) -> bytes:
    """Make a file's provenance object of the attestations that were given as JSON.

    Raises `BadInput` when they are malformed, or speak of another file.
    """
    given = _json(text)
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST:
        raise _malformed(f"they are not an array of 1 to {_MOST} objects")
    for one in given:
        _check_statement(_statement_in(one), filename, sha256)
    bundle = {"publisher": PUBLISHER, "attestations": given}
    try:
        written = json.dumps({"version": 1, "attestation_bundles": [bundle]}, allow_nan=False)
    except ValueError as error:
        raise _malformed("a number in them is out of range") from error
    return written.encode()


def check_provenance(body: bytes, filename: Filename, sha256: Sha256) -> None:
    """Check a provenance object that somebody else made.

    Raises `BadInput` when it is malformed, `AboutAnotherFile` when an attestation in it speaks
    of another one.
    """
    try:
        told = _json(body.decode())
    except UnicodeDecodeError as error:
        raise _malformed("they are not UTF-8") from error
    if _of(told, "version") != 1 or isinstance(_of(told, "version"), bool):
        raise _malformed("their provenance is not of version 1")
    for bundle in _list(_of(told, "attestation_bundles"), _MOST_BUNDLES):
        kind = _of(_of(bundle, "publisher"), "kind")
        if not isinstance(kind, str) or not kind:
            raise _malformed("a publisher has no 'kind'")
        for one in _list(_of(bundle, "attestations"), _MOST_IN_A_BUNDLE):
            _check_statement(_statement_in(one), filename, sha256)


def _list(value: object, most: int) -> list[object]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise _malformed(f"a list in them has not 1 to {most} items")
    return value


def _json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _malformed("they are not JSON") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object with one key twice: two programs could read it differently."""
    read = dict(pairs)
    if len(read) != len(pairs):
        message = "a key comes twice"
        raise ValueError(message)
    return read


def _no_number(text: str) -> object:
    raise ValueError(text)


def _statement_in(attestation: object) -> object:
    """Give the statement of an attestation object of version 1."""
    version = _of(attestation, "version")
    if version != 1 or isinstance(version, bool):
        raise _malformed("one is not of version 1")
    material = _of(attestation, "verification_material")
    _bytes(_of(material, "certificate"), "certificate")
    entries = _of(material, "transparency_entries")
    if not isinstance(entries, list) or not entries:
        raise _malformed("one has no 'transparency_entries'")
    envelope = _of(attestation, "envelope")
    _bytes(_of(envelope, "signature"), "signature")
    try:
        statement = _bytes(_of(envelope, "statement"), "statement").decode()
    except UnicodeDecodeError as error:
        raise _malformed("the statement of one is not UTF-8") from error
    return _json(statement)


def _check_statement(statement: object, filename: Filename, sha256: Sha256) -> None:
    """Refuse a statement of another form, or about another file."""
    if _of(statement, "_type") != _STATEMENT:
        raise _malformed("the statement of one is not an in-toto statement of version 1")
    predicate_type = _of(statement, "predicateType")
    if not isinstance(predicate_type, str) or not predicate_type:
        raise _malformed("the statement of one has no 'predicateType'")
    subjects = _of(statement, "subject")
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise _malformed("the statement of one has not exactly one subject")
    name, digest = _of(subjects[0], "name"), _of(_of(subjects[0], "digest"), "sha256")
    if not _is_about(name, filename) or not isinstance(digest, str) or digest.lower() != sha256:
        raise AboutAnotherFile(
            f"An attestation of {filename.text} is about another file.",
            hint="Make the attestations of the very file that is uploaded.",
        )


def _is_about(name: object, filename: Filename) -> bool:
    """Whether a subject's name is the file's, perhaps spelled in another way."""
    if not isinstance(name, str):
        return False
    try:
        said = Filename.parse(name)
    except BadInput:
        return False
    told = (said.project, said.version, said.kind, said.tags)
    return told == (filename.project, filename.version, filename.kind, filename.tags)


def _of(thing: object, key: str) -> object:
    if not isinstance(thing, dict) or key not in thing:
        raise _malformed(f"one has no '{key}'")
    value: object = thing[key]
    return value


def _bytes(value: object, key: str) -> bytes:
    """Decode base64, in which some tools break the lines."""
    if isinstance(value, str):
        try:
            decoded = b64decode(value.replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            decoded = b""
        if decoded:
            return decoded
    raise _malformed(f"the '{key}' of one is not base64")


def _malformed(what: str) -> BadInput:
    return BadInput(
        f"The attestations are malformed: {what}.",
        hint="Give attestation objects as PEP 740 has them, or none.",
    )
