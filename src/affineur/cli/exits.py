"""The one table from the kind of an error to the exit code, and how an error is told."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from affineur.cli.plain import clean, clean_block
from affineur.core import errors

DONE = 0
ANSWER_IS_NO = 1
WRONG_USE = 2
TROUBLE = 3
INTERRUPTED = 130

EXITS: Mapping[type[errors.DomainError], int] = {
    errors.BadInput: WRONG_USE,
    errors.Unauthenticated: WRONG_USE,
    errors.Forbidden: ANSWER_IS_NO,
    errors.Refused: ANSWER_IS_NO,
    errors.NotFound: ANSWER_IS_NO,
    errors.Conflict: ANSWER_IS_NO,
    errors.ResolutionFailed: ANSWER_IS_NO,
    errors.UpstreamTrouble: TROUBLE,
    errors.TooMany: TROUBLE,
    errors.Unavailable: TROUBLE,
    errors.DomainError: TROUBLE,
}


def exit_code(error: errors.DomainError) -> int:
    """Look up the exit code of an error, by its kind or the nearest kind above it."""
    return next(EXITS[kind] for kind in type(error).__mro__ if kind in EXITS)


def complain(error: errors.DomainError) -> int:
    """Tell an error on stderr, with what to do next, and give its exit code."""
    click.echo(f"affineur: {clean_block(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {clean(error.hint)}", err=True)
    sys.stderr.flush()
    return exit_code(error)
