"""What answers of the index say to caches, and what they depend on."""

from __future__ import annotations

from affineur.web.http import Headers, Request

NEGOTIATED = "Accept, Accept-Encoding, Authorization"
"""What an answer depends on of which there are several representations."""
ONE_FORM = "Accept-Encoding, Authorization"


def caching(request: Request, vary: str) -> Headers:
    """Say how caches may keep it: never without asking again, and never one client's for others."""
    whose = "private, " if "authorization" in request.headers else ""
    return (("cache-control", f"{whose}max-age=0, must-revalidate"), ("vary", vary))
