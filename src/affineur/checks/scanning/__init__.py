"""Scanning the contents of an archive, member by member, in the process that reads it."""

from affineur.checks.scanning.scanner import SCAN_VERSION, Scanner

__all__ = ["SCAN_VERSION", "Scanner"]
