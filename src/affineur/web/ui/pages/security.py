"""The pages at `/security`: what speaks against something approved, and news of it."""

from __future__ import annotations

from affineur.core.concerns import Level, Source
from affineur.core.errors import BadInput
from affineur.services import feeds, incidents, standing
from affineur.services.standing import Ask
from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_LEVELS = {level.name.lower(): level for level in reversed(Level)}
_FIELDS = ("feed", "level", "source", "project", "news", "waived", "sort")


async def concerns(visit: Visit) -> Answer:
    """Show what is approved and has something against it, the worst or the most used first."""
    typed = {name: visit.query(name) for name in _FIELDS}
    asked = _asked(visit, typed)
    found = await visit.ask(standing.standing, asked)
    overview = await visit.ask(standing.overview, asked)
    given = {name: value for name, value in typed.items() if value}
    last = standing.write_place(found[-1].place) if len(found) == asked.limit else None
    return await page(
        visit,
        "security/concerns.html",
        title="Security",
        found=found,
        overview=overview,
        levels=_LEVELS,
        sources=tuple(Source),
        typed=typed,
        feeds=[str(one.name) for one in await visit.ask(feeds.visible)],
        with_=lambda **more: url("/security", **{**given, **more}),
        first=url("/security", **given) if asked.after else "",
        following=url("/security", **given, after=last) if last else "",
    )


async def listed_incidents(visit: Visit) -> Answer:
    """List incidents, newest first."""
    kind, before = visit.query("kind"), visit.asked.number("before")
    if kind and kind not in incidents.KINDS:
        raise BadInput(
            f"There is no kind of incident '{kind[:40]}'.", hint="Choose one of the list."
        )
    found = await visit.ask(incidents.listed, before=before, kind=kind)
    return await page(
        visit,
        "security/incidents.html",
        title="Incidents",
        found=found,
        kind=kind,
        is_first=before is None,
        next_before=found[-1].id if len(found) == incidents.PAGE else None,
    )


def _asked(visit: Visit, typed: dict[str, str]) -> Ask:
    if typed["level"] not in {"", *_LEVELS} or typed["source"] not in {"", *Source}:
        raise BadInput("There is no such level or source.", hint="Begin at /security.")
    return Ask(
        feed=typed["feed"],
        level=_LEVELS.get(typed["level"]),
        source=Source(typed["source"]) if typed["source"] else None,
        project=typed["project"],
        only_news=typed["news"] == "yes",
        with_waived=typed["waived"] == "yes",
        by_use=typed["sort"] == "use",
        after=standing.read_place(visit.query("after")),
    )


ROUTES = (
    Route("GET", "/security", concerns),
    Route("GET", "/security/incidents", listed_incidents),
)
