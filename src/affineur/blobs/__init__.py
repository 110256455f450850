"""Blob stores: content-addressed bytes behind the port `core.ports.Blobs`."""

from affineur.blobs.local import LocalBlobs

__all__ = ["LocalBlobs"]
