"""The OpenSSF Scorecard of a project's repository, where a network allows to ask for it.

It is asked for only when the setting `scorecard_url` names a service: nobody outside learns
what a house is about to use unless its operator wants that. It informs and decides nothing, so
whatever goes wrong is a card that is not known.
"""

from __future__ import annotations

import asyncio
import logging

from affineur.core.archives import ArchiveReport
from affineur.core.errors import DomainError
from affineur.core.findings import Fact
from affineur.core.ports import Site
from affineur.core.requests import RequestFile
from affineur.core.scorecards import parse_scorecard, repository_in
from affineur.services import reports
from affineur.services.gear import Gear

_LOG = logging.getLogger(__name__)
_MAX_BYTES = 1024 * 1024
_TIMEOUT_S = 5.0


async def of_vetted(gear: Gear, file: RequestFile) -> dict[str, Fact] | None:
    """Give the card of the repository that a held file names; None when it is not known."""
    url = gear.settings.scorecard_url
    if not url:
        return None
    archive = await asyncio.to_thread(reports.read, gear, file)
    if not isinstance(archive, ArchiveReport) or archive.metadata is None:
        return None
    repository = repository_in(archive.metadata)
    if repository is None:
        return None
    base = url.rstrip("/") + "/"
    site = Site(base, timeout_s=_TIMEOUT_S, max_file_bytes=_MAX_BYTES)
    try:
        async with gear.upstream.file(site, f"{base}projects/{repository}") as download:
            body = b"".join([chunk async for chunk in download.chunks])
        return {"repository": str(repository), **parse_scorecard(body)}
    except DomainError as error:
        _LOG.info("The Scorecard of %s is not known: %s", repository, error.message)
        return None
