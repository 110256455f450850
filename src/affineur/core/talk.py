"""What people say to each other about a request: remarks, questions back, and answers to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from affineur.core.errors import BadInput

LONGEST = 4_000


class CommentKind(StrEnum):
    """What a comment is for."""

    COMMENT = "comment"
    QUESTION = "question"
    """An approver asks back; the request waits for its requester."""
    ANSWER = "answer"
    """The requester said something while a question was open."""


@dataclass(frozen=True, slots=True)
class Comment:
    """Something that somebody said about a request."""

    id: int
    kind: CommentKind
    author: str
    said: str
    at: datetime


def parse_said(text: str) -> str:
    """Give what somebody says as plain lines; raise `BadInput` when it cannot be read."""
    said = "\n".join(line.replace("\t", "    ").rstrip() for line in text.strip().splitlines())
    if not said or len(said) > LONGEST or not said.replace("\n", "").isprintable():
        raise BadInput(
            f"A comment is plain text of 1 to {LONGEST} characters.",
            hint="Say in words what you want to know, or what should be known.",
        )
    return said
