"""Source repositories as URLs name them: which one is meant, however it is spelled.

Metadata names a project's repository as a page, a page of pages, a clone address or a file in
it. Only forges whose paths begin with owner and name are read; anything else names none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
_RAW = {"raw.githubusercontent.com": "github.com", "raw.github.com": "github.com"}
_PAGES = {"github.io": "github.com", "gitlab.io": "gitlab.com", "codeberg.page": "codeberg.org"}
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.[a-z]+):(?P<path>[^/\s].*)", re.IGNORECASE)
_GIT = re.compile(r"\.git(@.*)?$")
_NO_OWNERS = frozenset(
    {"about", "apps", "collections", "explore", "features", "groups", "login", "marketplace"}
    | {"orgs", "search", "settings", "site", "sponsors", "stars", "topics", "users"}
)
_BELOW = frozenset({"-", "blob", "commits", "issues", "raw", "releases", "tree", "wikis"})
_LONGEST_URL = 2000
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at a forge, or all that an owner has there: then `path` has one part."""

    forge: str
    path: tuple[str, ...]
    """Owner, perhaps subgroups, and name, in lower case: no forge tells cases apart."""

    def __str__(self) -> str:
        """Write it as people do: github.com/owner/name."""
        return "/".join((self.forge, *self.path))

    @property
    def owner(self) -> tuple[str, str]:
        """Whose it is."""
        return self.forge, self.path[0]


class Kinship(StrEnum):
    """How a repository stands to those that somebody names."""

    SAME = "same"
    OWNER = "owner"
    """Another one, of an owner who is named."""
    OTHER = "other"
    NONE = "none"
    """No repository is named at all."""


def repository_of(url: str) -> Repository | None:
    """Read the repository that a URL leads into; None when it leads to none that we know."""
    url = url.strip()
    if not url or len(url) > _LONGEST_URL:
        return None
    scp = _SCP.fullmatch(url)
    try:
        parts = urlsplit(url.removeprefix("git+") if "://" in url else f"https://{url}")
        host, path = (parts.hostname or "").rstrip("."), parts.path
    except ValueError:
        return None
    if scp is not None and "://" not in url:
        host, path = scp["host"].lower(), scp["path"]
    return _placed(host.removeprefix("www."), [one for one in path.lower().split("/") if one])


def repositories_of(urls: Iterable[str]) -> frozenset[Repository]:
    """Read all repositories that some URLs lead into."""
    return frozenset(one for one in map(repository_of, urls) if one is not None)


def kinship(repository: Repository, named: Iterable[Repository]) -> Kinship:
    """Say how a repository stands to the named ones: the closest relation counts."""
    known = tuple(named)
    if not known:
        return Kinship.NONE
    if any(one.forge == repository.forge and _same(one, repository) for one in known):
        return Kinship.SAME
    return Kinship.OWNER if any(one.owner == repository.owner for one in known) else Kinship.OTHER


def _same(one: Repository, other: Repository) -> bool:
    """Whether the paths are the same, as far as a path within a group can be told from a page."""
    length = min(len(one.path), len(other.path))
    return length > 1 and one.path[:length] == other.path[:length]


def _placed(host: str, path: list[str]) -> Repository | None:
    for suffix, forge in _PAGES.items():
        if host.endswith(f".{suffix}"):
            return _repository(forge, [host.removesuffix(f".{suffix}").split(".")[-1], *path[:1]])
    forge = _RAW.get(host, host)
    return _repository(forge, path) if forge in _FORGES else None


def _repository(forge: str, path: list[str]) -> Repository | None:
    if not path or path[0] in _NO_OWNERS:
        return None
    own = path[:2] if forge != "gitlab.com" else _above_pages(path)
    own[-1] = _GIT.sub("", own[-1])
    return Repository(forge, tuple(one for one in own if one)) if own[0] else None


def _above_pages(path: list[str]) -> list[str]:
    """Cut what stands below a project of GitLab, which may lie in groups within groups."""
    ends = (at for at, part in enumerate(path) if at >= 2 and part in _BELOW)
    return path[: min(next(ends, len(path)), _DEEPEST)]
