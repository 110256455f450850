"""What runs in the child process: attestations are verified, the answers go to stdout.

What is needed for it takes a second and 60 MB to import, and reads certificates and JSON that
strangers made; so it stays out of the server. Nothing is asked of any network: the trust root
is the one that sigstore brings. Started by `attesting.ChildVerifier`.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from base64 import b64decode
from typing import Any

_OPEN_FILES = 64
_MAX_FILE_BYTES = 1024 * 1024
"""The trust root is copied into a folder of our own before it is read."""
_MAX_TEXT = 500
_CLAIMS = {
    "1.3.6.1.4.1.57264.1.11": "runner",
    "1.3.6.1.4.1.57264.1.12": "source",
    "1.3.6.1.4.1.57264.1.13": "commit",
    "1.3.6.1.4.1.57264.1.14": "ref",
    "1.3.6.1.4.1.57264.1.15": "repository_id",
    "1.3.6.1.4.1.57264.1.17": "owner_id",
    "1.3.6.1.4.1.57264.1.20": "trigger",
    "1.3.6.1.4.1.57264.1.21": "run",
}
"""The claims of the certificate that are told on: what the builder's identity provider said."""


def main(arguments: list[str]) -> None:
    """Verify the provenance on stdin for a file; arguments: filename, sha256, seconds, memory."""
    filename, sha256, cpu_s, memory_bytes = arguments
    _limit(int(cpu_s), int(memory_bytes))
    logging.disable()
    told = json.loads(sys.stdin.buffer.read())
    answer = [
        _verify(bundle["publisher"], one, filename, sha256)
        for bundle in told["attestation_bundles"]
        for one in bundle["attestations"]
    ]
    sys.stdout.buffer.write(json.dumps(answer).encode())


def _limit(cpu_s: int, memory_bytes: int) -> None:
    """Give up the right to more than verifying needs."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES, _MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":  # which refuses every limit of the address space
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _verify(publisher: Any, attestation: Any, filename: str, sha256: str) -> dict[str, Any]:
    """Say whether one attestation holds for its publisher, and what it then proves. Any: JSON."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  within the limits
    from pypi_attestations import Attestation, Distribution, Publisher  # noqa: PLC0415

    told = {str(key)[:50]: str(one)[:_MAX_TEXT] for key, one in publisher.items() if one}
    answer: dict[str, Any] = {"publisher": told, "holds": "unknown", "claims": {}}
    try:
        identity = TypeAdapter(Publisher).validate_python(publisher)
    except ValidationError:
        return answer | {"why": f"nobody can verify a publisher of the kind {told.get('kind')!r}"}
    try:
        parsed = Attestation.model_validate(attestation)
    except ValidationError:
        return answer | {"holds": "no", "why": "it is not in the form of an attestation"}
    try:
        file = Distribution(name=filename, digest=sha256)
        predicate, _ = parsed.verify(identity, file, offline=True)
    except Exception as error:  # noqa: BLE001  whatever a made-up certificate can raise
        stranger = _stranger(parsed)
        told_why = stranger or f"{str(error)[:_MAX_TEXT]} ({type(error).__name__})"
        return answer | {"holds": "unknown" if stranger else "no", "why": told_why}
    return answer | {"holds": "yes", "why": "", "predicate": predicate, "claims": _claims(parsed)}


def _claims(attestation: Any) -> dict[str, str]:
    """Give what a verified certificate says of the build. Any: the library's attestation."""
    claims: dict[str, str] = attestation.certificate_claims
    return {name: claims[oid][:_MAX_TEXT] for oid, name in _CLAIMS.items() if claims.get(oid)}


def _stranger(attestation: Any) -> str:
    """Say who signed or logged this whom the trust root does not know; empty when it knows all.

    Such an attestation is not proven wrong: the trust root may be older than it. Any: the
    library's attestation.
    """
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415  within the limits
    from sigstore.models import ClientTrustConfig  # noqa: PLC0415

    root = ClientTrustConfig.production(offline=True).trusted_root
    material = attestation.verification_material
    try:
        issuer = load_der_x509_certificate(material.certificate).issuer
        log = b64decode(material.transparency_entries[0]["logId"]["keyId"])
    except (ValueError, KeyError, TypeError):
        return ""
    if issuer not in {one.subject for one in root.get_fulcio_certs()}:
        name = issuer.rfc4514_string()[:200]
        return f"its certificate was issued by {name!r}, whom the trust root does not know"
    # There is no public way to ask the trust root for its logs.
    if log not in {one.log_id.key_id for one in root._inner.tlogs}:  # noqa: SLF001
        return "it stands in a transparency log that the trust root does not know"
    return ""
