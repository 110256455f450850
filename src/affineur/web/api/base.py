"""What every route of the API needs: the gear, who is asking, and the base of its models."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, field_validator

from affineur.core.permissions import Actor
from affineur.services.gear import Gear
from affineur.web.credentials import identify

_BEARER = HTTPBearer(
    auto_error=False,
    bearerFormat="aff_...",
    description="A token. Basic authentication with the token as password is taken, too.",
)


class Asked(BaseModel):
    """The body of a request: a field that it does not know is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_nul(cls, value: object) -> object:
        """Refuse the one character that no database keeps."""
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            message = "it holds a NUL character"
            raise ValueError(message)
        return value


class Told(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class Done(Told):
    """It is done, and there is nothing more to tell."""

    done: bool = True


def _gear(request: Request) -> Gear:
    gear: Gear = request.app.state.gear
    return gear


GearPart = Annotated[Gear, Depends(_gear)]


async def _actor(
    request: Request,
    gear: GearPart,
    _declared: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> Actor:
    return await identify(gear, request.headers)


ActorPart = Annotated[Actor, Depends(_actor)]

NumberPart = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""The number of a request, a token or a filter, as a part of the path."""
