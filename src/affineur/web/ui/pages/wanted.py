"""The page at `/wanted`: what was tried and not given; one click asks for it."""

from __future__ import annotations

from affineur.core.errors import BadInput, NotFound
from affineur.core.names import FeedName, parse_feed_name
from affineur.services import feeds as feed_service
from affineur.services import wanted as service
from affineur.services.wanted import WantedQuery
from affineur.web.http import Answer
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.links import local, url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

RULES = (
    ("not-approved", "Not approved"),
    ("unknown", "Nobody has it"),
    ("filter", "Filtered"),
    ("block", "Blocked"),
    ("malware", "Malware"),
    ("quarantined", "Quarantined by its index"),
    ("changed-upstream", "Changed at its origin"),
    ("no-digest", "Without a digest"),
)
_KEPT = ("search", "feed", "rule", "mine", "given", "order")


async def wanted(visit: Visit) -> Answer:
    """List what was wanted, as far as whoever is there may know of it."""
    asked = {name: visit.query(name) for name in _KEPT}
    query = WantedQuery(
        mine=asked["mine"] == "yes",
        feed=_feed(asked["feed"]),
        rule=asked["rule"] or None,
        text=asked["search"][:128],
        with_given=asked["given"] == "yes",
        by_count=asked["order"] == "count",
        after=visit.query("after"),
    )
    found = await visit.ask(service.listed, query)
    feeds = await visit.ask(feed_service.visible)
    return await page(
        visit,
        "wanted/wanted.html",
        title="Wanted",
        wanted=found.wanted,
        asked=asked,
        rules=RULES,
        rule_words=dict(RULES),
        feeds=[one.name for one in feeds],
        may_dismiss=await visit.ask(service.may_dismiss),
        here=url("/wanted", **asked, after=visit.query("after")),
        is_filtered=any(asked.values()),
        first_url=url("/wanted", **asked) if visit.query("after") else "",
        next_url=url("/wanted", **asked, after=found.next) if found.next else "",
    )


async def dismiss(visit: Visit, number: str) -> Answer:
    """Take something from the list."""
    if not number.isdecimal() or len(number) > 9:
        raise NotFound("Nothing is wanted under this number.", hint="See the list at /wanted.")
    gone = await visit.ask(service.dismiss, int(number))
    back = local(visit.form.text("back")) or "/wanted"
    return redirect(
        visit, back, said=f"{gone.requirement} is off the list until somebody tries it again."
    )


def _feed(text: str) -> FeedName | None:
    """Read a feed's name; one that cannot be a name shows nothing, like one that is not there."""
    try:
        return parse_feed_name(text) if text else None
    except BadInput as error:
        raise NotFound(f"There is no feed {text[:60]!r}.") from error


ROUTES = (
    Route("GET", "/wanted", wanted),
    Route("POST", "/wanted/{number}/dismiss", dismiss),
)
