"""The JSON of a request, which others script against."""

from affineur.core.files import Filename
from affineur.core.findings import Against, Assessment, Finding, Outcome, Severity, Verdict, Where
from affineur.core.names import FeedName, ProjectName, Sha256, parse_version
from affineur.core.requests import (
    Ask,
    Decision,
    Item,
    ItemAnswer,
    ItemState,
    Release,
    Request,
    RequestFile,
    RequestState,
)
from affineur.core.talk import Comment, CommentKind
from affineur.web.api.request_models import tell_request
from support.clocks import NOON

DIGEST = Sha256("a" * 64)
AT = NOON.isoformat().replace("+00:00", "Z")
WHERE = Where("a.py", 3, "import os")
KEY = Finding("x", "licence", Severity.REVIEW, "what", where=WHERE).key
TOLD = {
    "id": 7,
    "state": "approved",
    "feed": "approved",
    "requirements": ["demo"],
    "document_name": None,
    "requester": "dev",
    "reason": "needed",
    "used_in": "the shop",
    "is_draft": False,
    "created_at": AT,
    "notes": ["a note"],
    "verdict": "review",
    "items": [
        {
            "name": "demo",
            "version": "1.0",
            "state": "vetted",
            "files": [
                {
                    "filename": "demo-1.0.tar.gz",
                    "sha256": DIGEST,
                    "size_bytes": 7,
                    "uploaded_at": AT,
                }
            ],
            "verdict": "review",
            "reasons": ["review: so"],
            "findings": [
                {
                    "id": "x",
                    "key": KEY,
                    "check": "licence",
                    "severity": "review",
                    "what": "what",
                    "why": "why",
                    "todo": "todo",
                    "where": {"file": "a.py", "line": 3, "quote": "import os"},
                    "file": "demo-1.0.tar.gz",
                    "is_new": False,
                }
            ],
            "not_assessed": [{"check": "history", "reason": "no data", "file": "demo-1.0.tar.gz"}],
            "against": "0.9",
            "facts": {"licence": {"licence": "MIT"}, "history": {}},
            "note": "a note",
            "risk": 20,
            "answer": "approved",
            "decision": 5,
            "required_by": [],
        }
    ],
    "decisions": [
        {
            "id": 5,
            "verdict": "approved",
            "comment": "fine",
            "by": "approver",
            "at": AT,
            "digests": [DIGEST],
            "is_exact": True,
        }
    ],
    "comments": [
        {"id": 3, "kind": "question", "author": "approver", "said": "why?", "at": AT},
    ],
    "awaits_requester": True,
    "approved_before": [],
    "left_out": [],
}


def a_request() -> Request:
    file = RequestFile(Filename.parse("demo-1.0.tar.gz"), DIGEST, 7, NOON)
    finding = Finding("x", "licence", Severity.REVIEW, "what", "why", "todo", WHERE)
    outcomes = (
        Outcome("licence", 1, (finding,), facts={"licence": "MIT"}),
        Outcome("history", 1, not_assessed="no data"),
    )
    item = Item(
        1,
        Release(ProjectName("demo"), parse_version("1.0"), (file,)),
        ItemState.VETTED,
        Verdict.REVIEW,
        ("review: so",),
        (Assessment(DIGEST, NOON, outcomes, Against("0.9", DIGEST, frozenset({KEY}))),),
        "a note",
        20,
        ItemAnswer.APPROVED,
        5,
    )
    decision = Decision(
        5, RequestState.APPROVED, "fine", "approver", NOON, (DIGEST,), is_exact=True
    )
    return Request(
        7,
        FeedName("approved"),
        Ask(("demo",)),
        "dev",
        "needed",
        RequestState.APPROVED,
        NOON,
        (item,),
        ("a note",),
        (decision,),
        used_in="the shop",
        awaits_requester=True,
        comments=(Comment(3, CommentKind.QUESTION, "approver", "why?", NOON),),
    )


def test_a_request_is_told_in_the_agreed_shape() -> None:
    assert tell_request(a_request()).model_dump(mode="json") == TOLD
