"""What runs later: the runner that takes jobs and hands them to use cases."""

from affineur.jobs.runner import Runner

__all__ = ["Runner"]
