"""External indexes: how they are asked, what they may lead to, how their pages are read."""

from affineur.upstream.client import HttpUpstream
from affineur.upstream.default_index import IndexUrl, default_index, split_credentials

__all__ = ["HttpUpstream", "IndexUrl", "default_index", "split_credentials"]
