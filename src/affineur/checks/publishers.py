"""Trusted Publishers: who built and published a file, and whether that is who it was before.

A publisher is read of an attestation that holds: what its certificate says, and what the index
says beside it. Forges give a repository a number that stays when it is renamed, and that a new
repository under an old name does not get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from affineur.checks.attesting import Attested
from affineur.checks.core_metadata import printable
from affineur.core.findings import Fact
from affineur.core.repositories import Repository, repository_of

_FORGES = {"GitHub": "github.com", "GitLab": "gitlab.com"}


class Change(StrEnum):
    """How the publisher stands to that of the last approved version. A fact for policy."""

    FIRST = "first"
    """Nothing of the project was approved before."""
    UNKNOWN = "unknown"
    """What was approved was not looked at in this way, or this was not verified."""
    NONE = "none"
    """The same publisher; or neither has one."""
    GAINED = "gained"
    LOST = "lost"
    RENAMED = "renamed"
    """The same repository under another name."""
    REPOSITORY = "repository"
    """Another repository, or another kind of publisher."""
    WORKFLOW = "workflow"
    ENVIRONMENT = "environment"

    @property
    def is_news(self) -> bool:
        """Whether another publisher than before vouches for the file."""
        return self in {self.RENAMED, self.REPOSITORY, self.WORKFLOW, self.ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who vouches for a file."""

    kind: str
    """`GitHub`, `GitLab`, `Google`, `CircleCI`."""
    repository: Repository | None = None
    workflow: str = ""
    """The workflow's file, or what else names the pipeline."""
    environment: str = ""
    """By the word of the index alone; certificates do not tell."""
    account: str = ""
    """The e-mail address of a service account, where there is no repository."""
    repository_id: str = ""
    owner_id: str = ""

    def __str__(self) -> str:
        """Name it in a sentence."""
        who = str(self.repository or self.account or self.kind)
        return f"{who} (workflow {self.workflow})" if self.workflow else who

    @property
    def fact(self) -> dict[str, Fact]:
        """Give it as facts; what it has not is None."""
        return {
            "kind": self.kind,
            "repository": str(self.repository) if self.repository else None,
            "workflow": self.workflow or None,
            "environment": self.environment or None,
            "account": self.account or None,
            "repository_id": self.repository_id or None,
            "owner_id": self.owner_id or None,
        }


def publisher_of(one: Attested) -> Publisher:
    """Read the publisher of an attestation that holds."""
    told, claims = one.publisher, one.claims
    kind = printable(told.get("kind", ""))
    named = told.get("repository", "")
    url = f"https://{_FORGES[kind]}/{named}" if kind in _FORGES else claims.get("source", "")
    workflow = next((told[key] for key in _WORKFLOWS if told.get(key)), "")
    return Publisher(
        kind,
        repository_of(url),
        printable(workflow),
        printable(told.get("environment", "")),
        printable(told.get("email", "")),
        printable(claims.get("repository_id", "")),
        printable(claims.get("owner_id", "")),
    )


_WORKFLOWS = ("workflow", "workflow_filepath", "pipeline_definition_id")


def from_fact(fact: Fact) -> Publisher | None:
    """Read a publisher as `Publisher.fact` gave it; None when it is none."""
    if not isinstance(fact, dict) or not isinstance(fact.get("kind"), str):
        return None
    told: Mapping[str, str] = {key: one for key, one in fact.items() if isinstance(one, str)}
    return Publisher(
        told["kind"],
        repository_of(told.get("repository", "")),
        told.get("workflow", ""),
        told.get("environment", ""),
        told.get("account", ""),
        told.get("repository_id", ""),
        told.get("owner_id", ""),
    )


def change(before: Publisher, now: Publisher) -> Change:
    """Say what changed from one publisher to the next, the weightiest first."""
    if (before.kind, before.account) != (now.kind, now.account):
        return Change.REPOSITORY
    is_numbered = bool(before.repository_id and now.repository_id)
    if is_numbered and before.repository_id != now.repository_id:
        return Change.REPOSITORY
    if before.repository != now.repository:
        return Change.RENAMED if is_numbered else Change.REPOSITORY
    if before.workflow != now.workflow:
        return Change.WORKFLOW
    return Change.NONE if before.environment == now.environment else Change.ENVIRONMENT
