"""What can go wrong, as values: the sentence, the hint and the stable code of every refusal.

One table in `web/problems.py` maps a kind to an HTTP status, one in `cli/exits.py` to an
exit code; nothing in between handles these errors.
"""

from __future__ import annotations


class DomainError(Exception):
    """A refusal or a failure that a person can act on.

    `message` is a whole sentence that names the thing, `hint` says what to do next (it may be
    empty), `code` is stable for programs.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code


class BadInput(DomainError):
    """What was given is not of the form that was asked for."""

    code = "bad-input"


class TooLarge(BadInput):
    """What was given is over a limit of the settings."""

    code = "too-large"


class Unauthenticated(DomainError):
    """Nobody said who is asking, or the credentials are unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(DomainError):
    """The actor is known and may see the thing, but may not do this to it."""

    code = "forbidden"


class Refused(DomainError):
    """Policy keeps this file back: filtered, blocked or not approved; the reason is the message."""

    code = "refused"


class NotFound(DomainError):
    """The thing does not exist, or the actor may not know that it does."""

    code = "not-found"


class Conflict(DomainError):
    """The thing is not in the state that this change needs."""

    code = "conflict"


class FilenameTaken(Conflict):
    """Other bytes stand, or stood, under this filename in this feed."""

    code = "filename-taken"


class UpstreamTrouble(DomainError):
    """An external index did not answer, or answered something that cannot be used.

    `cause` is the part of the message that names no project, such as "answered 500";
    `retry_after_s` is when trying again may help, if anybody knows; `index_answers` says that
    the trouble is with this one page or file alone; `status` is what it answered, if that is it.
    """

    code = "upstream-trouble"
    status: int | None = None

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str | None = None,
        cause: str = "",
        retry_after_s: float | None = None,
        index_answers: bool = False,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.cause = cause or "it cannot be used"
        self.retry_after_s = retry_after_s
        self.index_answers = index_answers


class UpstreamChanged(UpstreamTrouble):
    """An external index now gives other bytes for a filename than at first sight."""

    code = "upstream-changed"


class Unavailable(DomainError):
    """The server cannot do this now (database busy, disk full); trying again may help."""

    code = "unavailable"


class TooMany(DomainError):
    """Somebody tried too often; `retry_after_s` is when the next try is looked at."""

    code = "too-many"

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class NoRoom(Unavailable):
    """The disk has no room for a file beyond what is kept free; nothing of the file is kept."""

    code = "no-room"


class ResolutionFailed(DomainError):
    """The resolver found no closure for what was asked; the message is what it said."""

    code = "resolution-failed"
