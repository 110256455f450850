"""Measurements: each a ratio against a peer in the same run, never a bare time.

`make bench` runs them all and writes docs/benchmarks.md; `python -m bench page --rounds 1`
runs one. Everything that is fetched, made and measured is kept in `.bench/`.
"""
