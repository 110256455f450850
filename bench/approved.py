"""A data directory in which the corpus is approved, as the product itself would have made it.

affineur has nginx upstream; every release is fetched from it into the blob store, assessed,
and promoted to `approved`, by the product's own use cases in this process. What is left out
is the vetting of 2,200 archives, which says nothing about serving them: each file gets an
assessment without findings.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.version import Version

from affineur import bootstrap
from affineur.config import load_settings
from affineur.core.findings import Assessment, Outcome
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Entry
from affineur.core.permissions import OPERATOR, Grant
from affineur.services import access, cache, metadata, promotion, serve, setup
from affineur.services.access import TokenOrder
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.services.promotion import Promotion
from affineur.store import assessments
from bench import nginx
from bench.corpus import Corpus, Item
from bench.places import KEPT, ROOT, digest_of

UNAPPROVED, APPROVED = FeedName("unapproved"), FeedName("approved")
_AT_ONCE = 8
_PEOPLE = {
    "dev": ("reader@internal",),
    "approver": ("approver",),
}


@dataclass(frozen=True, slots=True)
class Home:
    """A data directory, and the tokens of two people who use it."""

    data: Path
    dev: str
    approver: str


def approved(corpus: Corpus) -> Home:
    """Give a data directory with the corpus; nginx must be up when it is made."""
    key = digest_of(ROOT / "src" / "affineur", Path(__file__))
    data = KEPT / f"approved-{corpus.key}-{key}"
    if not (data / "bench.json").exists():
        print("approving the corpus in affineur", flush=True)
        for old in KEPT.glob("approved-*"):
            shutil.rmtree(old)
        index = f"http://127.0.0.1:{nginx.PORT}/simple/"
        new_home(data, NewConnector("upstream", url=index))
        asyncio.run(fill(data, corpus.projects()))
        (data / "bench.json").touch()
    return home_in(data)


def new_home(data: Path, upstream: NewConnector) -> Home:
    """Make an empty data directory with its two people."""
    gear = opened(data)
    try:
        setup.initialise(gear, upstream, serving_on_loopback=False)
        secrets = {}
        for name, grants in _PEOPLE.items():
            access.add_user(gear, OPERATOR, name, [Grant.parse(text) for text in grants])
            secrets[name] = access.create_token(gear, OPERATOR, TokenOrder(name, "bench")).secret
    finally:
        asyncio.run(bootstrap.close(gear))
    home = Home(data, secrets["dev"], secrets["approver"])
    (data / "people.json").write_text(json.dumps(asdict(home), default=str), "utf-8")
    return home


def home_in(data: Path) -> Home:
    """Read the tokens of a data directory that was made before."""
    told = json.loads((data / "people.json").read_text("utf-8"))
    return Home(data, told["dev"], told["approver"])


def opened(data: Path) -> Gear:
    """Put the parts of a server together, in this process."""
    settings = load_settings({"AFFINEUR_DATA": str(data)})
    return bootstrap.build(settings, public_url="http://127.0.0.1")


async def vetted(gear: Gear, project: ProjectName, items: Iterable[Item]) -> tuple[Entry, ...]:
    """Fetch all files of a project into the blob store, and assess them: all but promote them."""
    page = await serve.page(gear, OPERATOR, UNAPPROVED, project)
    known = {item.sha256: item.metadata for item in items}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def hold(entry: Entry) -> None:
        async with gate:
            if entry.origin.connector_id is not None:
                await cache.hold(gear, entry.origin.connector_id, entry.file)

    await asyncio.gather(*(hold(entry) for entry in page.served))
    await asyncio.to_thread(_assess, gear, page.served, known)
    return page.served


async def fill(data: Path, projects: Mapping[ProjectName, Sequence[Item]]) -> None:
    """Approve all files of these projects."""
    gear = opened(data)
    try:
        for project, items in projects.items():
            entries = await vetted(gear, project, items)
            for version in sorted({entry.file.filename.version for entry in entries}):
                await _promote(gear, project, version)
    finally:
        await bootstrap.close(gear)


async def _promote(gear: Gear, project: ProjectName, version: Version) -> None:
    order = Promotion(project, version, UNAPPROVED, APPROVED, "for the benchmarks")
    await promotion.promote(gear, OPERATOR, order)


def _assess(gear: Gear, entries: Sequence[Entry], known: dict[str, bytes | None]) -> None:
    now = gear.clock.now()
    files = [(entry.file.filename, entry.file.sha256) for entry in entries]
    for name, sha256 in files:
        if sha256 is not None:
            metadata.keep_metadata(gear, name, sha256, known.get(sha256))
    with gear.db.writing() as conn:
        for _name, sha256 in files:
            if sha256 is not None:
                assessments.keep(conn, Assessment(sha256, now, (Outcome("archive", 1),)))
