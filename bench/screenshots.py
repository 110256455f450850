"""Pictures of the main pages, for the README: `make screenshots`.

They show the office of the browser tests, so they are as true as the tests are.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.borrowed_windows import (
    DESKTOP,
    PHONE,
    BusyOffice,
    Scheme,
    busy_office,
    chromium,
    window,
)
from bench.places import ROOT

_FOLDER = ROOT / "docs" / "screenshots"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    name: str
    who: str
    path: str
    """`{clean}` and `{nasty}` stand for the numbers of the office's requests."""
    scheme: Scheme = "light"
    is_phone: bool = False


_SHOTS = (
    Shot("home", "dev", "/"),
    Shot("request", "approver", "/requests/{nasty}"),
    Shot("request-dark", "approver", "/requests/{nasty}", "dark"),
    Shot("change", "approver", "/feeds/approved/packages/comte/2.1/change?from=2.0"),
    Shot("release", "approver", "/feeds/approved/packages/brie/1.0"),
    Shot("block", "guard", "/security/block?project=brie"),
    Shot("feeds", "dev", "/feeds/internal"),
    Shot("queue-phone", "approver", "/requests", is_phone=True),
)


def main() -> None:
    """Take all pictures."""
    _FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, busy_office(Path(folder)) as office:
        _take_all(office)
    print(f"{len(_SHOTS)} pictures are in {_FOLDER.relative_to(ROOT)}.")


def _take_all(office: BusyOffice) -> None:
    with chromium() as browser:
        for shot in _SHOTS:
            size = PHONE if shot.is_phone else DESKTOP
            with window(browser, office.url, size=size, scheme=shot.scheme) as seen:
                seen.signs_in(shot.who, office.people[shot.who].token)
                seen.page.goto(shot.path.format(clean=office.clean, nasty=office.nasty))
                seen.page.wait_for_load_state("networkidle")
                seen.page.screenshot(path=_FOLDER / f"{shot.name}.png")


if __name__ == "__main__":
    main()
