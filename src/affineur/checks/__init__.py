"""Checks: each looks at one file and returns findings, or says that it could not look."""
