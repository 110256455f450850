"""Requests at a house, made and vetted as jobs do it, for tests of the pages about them."""

from __future__ import annotations

from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Actor
from affineur.core.requests import Request
from affineur.jobs.runner import Runner
from affineur.services import requests
from affineur.services.jobs import job_kinds
from support.approving import lock_of
from support.dists import Dist
from support.gear import somebody
from support.house import House

INTERNAL, APPROVED = FeedName("internal"), FeedName("approved")
DEV = somebody("reader@internal", name="dev")


def vetted(house: House, *dists: Dist, by: Actor = DEV, used_in: str = "") -> Request:
    """Put files upstream, ask for them, and do what can be done without a person."""
    house.upstream.add(*dists)
    made = asked(house, *dists, by=by, used_in=used_in)
    work(house)
    return requests.show(house.gear, OPERATOR, made.id)


def asked(house: House, *dists: Dist, by: Actor = DEV, used_in: str = "") -> Request:
    """Ask for files; nothing is done about it yet."""
    why = "the app needs it"
    return requests.create(house.gear, by, INTERNAL, lock_of(*dists), why, used_in)


def work(house: House) -> None:
    """Do all jobs that can be done now."""
    house.run(Runner(house.gear, job_kinds(house.gear.settings)).run_until_idle())


def approved(house: House, *dists: Dist) -> Request:
    """Ask for files and approve them."""
    done = vetted(house, *dists)
    return requests.approve(house.gear, OPERATOR, done.id, "looked at")


def show(house: House, request: Request) -> Request:
    """Give a request as it is now."""
    return requests.show(house.gear, OPERATOR, request.id)
