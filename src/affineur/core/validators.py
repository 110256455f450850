"""Validators (RFC 9110, 8.8): what tells a state of a file from its other states."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Validators:
    """By what an origin tells a state of a file from others; None for what it does not tell."""

    etag: str | None = None
    modified: str | None = None
    """Its Last-Modified, as it was told."""
