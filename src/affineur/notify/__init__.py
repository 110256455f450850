"""Telling others what happened: signed messages over HTTP."""

from affineur.notify.http import HttpNotifier

__all__ = ["HttpNotifier"]
