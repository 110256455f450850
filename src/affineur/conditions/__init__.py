"""Conditions of policies, in the Common Expression Language."""

from affineur.conditions.cel import CelConditions

__all__ = ["CelConditions"]
