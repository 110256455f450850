"""Resolvers: closures of what is asked for, behind the port `core.ports.Resolver`."""

from affineur.resolve.uv import UvResolver

__all__ = ["UvResolver"]
