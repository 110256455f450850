"""The policy of a feed: reading it, changing it with check and trial, and its versions.

A policy is saved only as it was tried: the text that is set comes from the page that showed what
it would turn. What was typed is never lost, whatever is wrong with it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from affineur.core.errors import BadInput, DomainError
from affineur.core.names import FeedName, parse_feed_name
from affineur.core.permissions import Permission, require
from affineur.core.policy_flaws import Flaw, difference
from affineur.core.policy_presets import PRESETS
from affineur.services import feeds, policies
from affineur.web.http import Answer
from affineur.web.ui.answers import fragment, page, redirect
from affineur.web.ui.links import url
from affineur.web.ui.pages.feed_frame import frame
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_MOST_SHOWN = 100


async def show(visit: Visit, feed: str) -> Answer:
    """Show the policy that holds, with the editor for whoever may set it."""
    name = parse_feed_name(feed)
    now = await visit.ask(policies.show, name)
    preset = visit.query("preset")
    toml = f'preset = "{preset}"\n' if preset in PRESETS else now.toml
    return await _page(visit, name, toml)


async def try_or_save(visit: Visit, feed: str) -> Answer:
    """Check what was typed, and try it; or save what was tried just before."""
    name = parse_feed_name(feed)
    require(visit.actor, Permission.FEED_MANAGE, name)
    toml = next(iter(visit.form.texts("toml")), "")
    found = await visit.ask(policies.check, name, toml)
    if found:
        return await _page(visit, name, toml, flaws=found)
    if visit.form.text("do") == "save" and visit.form.texts("tried") == (toml,):
        await visit.ask(policies.set_policy, name, toml)
        number = (await visit.ask(policies.show, name)).number
        return redirect(visit, _here(name), said=f"Version {number} of the policy holds now.")
    trial = await visit.ask(policies.try_out, name, toml)
    return await _page(visit, name, toml, trial=trial)


async def reset(visit: Visit, feed: str) -> Answer:
    """Go back to the policy that affineur ships with."""
    name = parse_feed_name(feed)
    await visit.ask(policies.set_policy, name, None)
    return redirect(visit, _here(name), said="The shipped policy holds again.")


async def show_version(visit: Visit, feed: str, number: str) -> Answer:
    """Show an earlier version, and how the policy that holds differs from it."""
    name = parse_feed_name(feed)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise BadInput(f"'{number[:40]}' is not the number of a version.")
    then = await visit.ask(policies.show, name, int(number) or None)
    lines = await visit.ask(policies.compare, name, int(number))
    return await page(
        visit,
        "feeds/policy_version.html",
        title=f"Policy of {name}, version {number}",
        frame=await frame(visit, name, "Policy"),
        number=int(number),
        toml=then.toml,
        lines=lines,
    )


def _here(name: FeedName) -> str:
    return url("/feeds", name, "policy")


async def _page(
    visit: Visit,
    name: FeedName,
    toml: str,
    *,
    flaws: tuple[Flaw, ...] = (),
    trial: policies.Trial | None = None,
) -> Answer:
    now = await visit.ask(policies.show, name)
    seen = await visit.ask(feeds.show, name)
    changes = await asyncio.to_thread(difference, now.toml, toml)
    values: dict[str, Any] = {"turned": _turned(trial)}  # Any: values of a template
    return await page(
        visit,
        "feeds/policy.html",
        title=f"Policy of {name}",
        status=422 if flaws else 200,
        frame=await frame(visit, name, "Policy"),
        current=now,
        is_own=seen.policy_toml is not None,
        toml=toml,
        flaws=flaws,
        trial=trial,
        changes=changes,
        versions=(await visit.ask(policies.history, name))[:_MOST_SHOWN],
        presets=list(PRESETS),
        is_judging=bool(seen.source),
        **values,
    )


def _turned(trial: policies.Trial | None) -> list[tuple[str, tuple[policies.Turned, ...]]]:
    if trial is None:
        return []
    return [
        ("Would be answered more strictly", trial.stricter),
        ("Would be answered more mildly", trial.milder),
    ]


async def show_flaws(visit: Visit, feed: str) -> Answer:
    """Say what is wrong with a policy, for the script that asks while somebody types."""
    name = parse_feed_name(feed)
    toml = next(iter(visit.form.texts("toml")), "")
    try:
        found = await visit.ask(policies.check, name, toml)
    except DomainError as error:
        found = (Flaw(None, error.message, error.hint),)
    return await fragment(visit, "feeds/_flaws.html", flaws=found, is_typed=True)


ROUTES = (
    Route("GET", "/feeds/{feed}/policy", show),
    Route("POST", "/feeds/{feed}/policy", try_or_save),
    Route("POST", "/feeds/{feed}/policy/check", show_flaws),
    Route("POST", "/feeds/{feed}/policy/reset", reset),
    Route("GET", "/feeds/{feed}/policy/versions/{number}", show_version),
)
