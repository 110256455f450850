"""OSV's API over our own advisories, so that clients of OSV can ask this server instead.

Bodies are read whatever their content type says: neither curl nor pip-audit tells that it
sends JSON. Fields that we do not know are left alone, as OSV does.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from affineur.core.errors import BadInput
from affineur.services import osv_api as service
from affineur.services.osv_api import Answer, Document, Told
from affineur.web.api.base import ActorPart, GearPart

router = APIRouter(tags=["osv"])


class OsvPackage(BaseModel):
    """Which package is asked about."""

    name: str | None = None
    ecosystem: str | None = Field(None, description="PyPI.")
    purl: str | None = Field(None, description="pkg:pypi/NAME@VERSION, in place of the name.")


class OsvQuery(BaseModel):
    """What is asked."""

    version: str | None = None
    package: OsvPackage
    page_token: str | None = None


class OsvBatch(BaseModel):
    """Several questions."""

    queries: list[OsvQuery] = Field(max_length=service.MOST_QUERIES)


class OsvVulnerabilities(BaseModel):
    """Advisories in OSV's form; without any, an empty object."""

    vulns: list[dict[str, Any]] = Field([], description="Whole records (OSV schema 1).")
    next_page_token: str | None = None


class OsvResults(BaseModel):
    """An answer for each question, in their order, with `id` and `modified` alone."""

    results: list[OsvVulnerabilities]


def _takes(model: type[BaseModel]) -> dict[str, Any]:  # Any: a part of an OpenAPI document
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs", {})
    return {"requestBody": {"content": {"application/json": {"schema": _whole(schema, parts)}}}}


def _whole(schema: Any, parts: dict[str, Any]) -> Any:  # Any: a JSON schema
    """Put the parts that a schema refers to in their places."""
    if isinstance(schema, list):
        return [_whole(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {key: _whole(value, parts) for key, value in schema.items()}


@router.post("/query", response_model=OsvVulnerabilities, openapi_extra=_takes(OsvQuery))
async def query(request: Request, gear: GearPart, actor: ActorPart) -> Response:
    """Tell which advisories speak of a release, or of any release of a package."""
    asked = service.parse_query(await _body(request))
    told = await asyncio.to_thread(service.answer, gear, actor, [asked])
    found = told.answers[0]
    return _response(_listed([service.document(one) for one in found.records], found), told)


@router.post("/querybatch", response_model=OsvResults, openapi_extra=_takes(OsvBatch))
async def query_batch(request: Request, gear: GearPart, actor: ActorPart) -> Response:
    """Answer up to 1,000 questions, with ids and dates alone, in their order."""
    asked = service.parse_queries(await _body(request))
    told = await asyncio.to_thread(service.answer, gear, actor, asked)
    results = [
        _listed([_brief(service.document(one)) for one in found.records], found)
        for found in told.answers
    ]
    return _response({"results": results}, told)


@router.get("/vulns/{record_id}", response_model=dict[str, Any])
async def vulnerability(gear: GearPart, actor: ActorPart, record_id: str) -> Response:
    """Give an advisory by its id, also a withdrawn one."""
    return _response(await asyncio.to_thread(service.record, gear, actor, record_id))


async def _body(request: Request) -> object:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise BadInput(f"Invalid JSON: {error}.") from error


def _listed(records: list[Document], found: Answer) -> dict[str, object]:
    """Give a list as OSV does, where an empty one is left out."""
    told: dict[str, object] = {"vulns": records} if records else {}
    return told | ({"next_page_token": found.next_page_token} if found.next_page_token else {})


def _brief(record: Document) -> Document:
    return {name: record[name] for name in ("id", "modified") if name in record}


def _response(document: Document, told: Told | None = None) -> Response:
    headers = {"x-advisories-as-of": told.as_of.isoformat()} if told else {}
    return Response(orjson.dumps(document), 200, headers, "application/json")
