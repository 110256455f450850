"""The FastAPI application behind /api/ and /osv/. It describes itself at /api/v1/openapi.json.

Its interactive pages are off: they would load scripts from elsewhere.
"""

from __future__ import annotations

from fastapi import FastAPI

import affineur
from affineur.services.gear import Gear
from affineur.web.api import (
    access,
    account,
    audit,
    blocks,
    change,
    concerns,
    connectors,
    diff,
    drafts,
    faults,
    feeds,
    insight,
    latest,
    numbers,
    osv,
    policies,
    projects,
    reading,
    releases,
    requests,
    server_state,
    vetting,
    waivers,
    wanted,
    webhooks,
    yanks,
)
from affineur.web.problems import MEDIA_TYPE

_PREFIX = "/api/v1"
_ROUTERS = (
    access.router,
    account.router,
    server_state.router,
    requests.router,
    drafts.router,
    vetting.router,
    change.router,
    diff.router,
    blocks.router,
    concerns.router,
    yanks.router,
    insight.router,
    wanted.router,
    numbers.router,
    releases.router,
    reading.router,
    feeds.router,
    projects.router,
    latest.router,
    policies.router,
    waivers.router,
    connectors.router,
    connectors.status_router,
    audit.router,
    webhooks.router,
)


def build_api(gear: Gear) -> FastAPI:
    """Build the API of one server."""
    api = FastAPI(
        title="affineur",
        summary="Python packages, let through after review.",
        version=affineur.__version__,
        openapi_url=f"{_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            "4XX": {
                "description": "A refusal, with its reason.",
                "content": {MEDIA_TYPE: {"schema": faults.PROBLEM_SCHEMA}},
            }
        },
    )
    api.state.gear = gear
    faults.install(api)
    for router in _ROUTERS:
        api.include_router(router, prefix=_PREFIX)
    api.include_router(osv.router, prefix="/osv/v1")
    return api
