"""A house in which vetting is complete: every check, requests that are decided, and visitors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from affineur.core.permissions import OPERATOR, Grant
from affineur.services import access
from affineur.services.access import TokenOrder
from affineur.web.app import build_app
from support.approving import Office, approval_office
from support.browsing import Visitor
from support.databases import sqlite_database
from support.house import PEOPLE, House


@dataclass(frozen=True)
class Desk:
    """An approval office, and the house that shows its pages."""

    office: Office
    house: House

    def visitor(self, who: str | None) -> Visitor:
        """Give somebody with a browser, signed in."""
        return Visitor(self.house, who)


@contextmanager
def open_desk(tmp_path: Path) -> Iterator[Desk]:
    """Open it on SQLite, with the people of `support.house`."""
    with sqlite_database(tmp_path / "desk.db") as db, approval_office(db, tmp_path) as office:
        tokens: dict[str, str] = {}
        for name, grants in PEOPLE.items():
            if name not in {"admin", "stranger"}:
                wanted = [Grant.parse(text) for text in grants]
                access.add_user(office.gear, OPERATOR, name, wanted)
            if name != "stranger":
                order = TokenOrder(name, "test")
                tokens[name] = access.create_token(office.gear, OPERATOR, order).secret
        app = build_app(office.gear)
        house = House(office.gear, app, office.upstream, office.clock, tokens, office.runner)
        yield Desk(office, house)
