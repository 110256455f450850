"""What came after approval: advisories, incidents, blocks, waivers; and how much was used."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from bench.advisory_records import MALWARE
from bench.house.people import Opened
from bench.house.rows import Rows, moment, text
from bench.house.shape import House, Project

_HIT = 1_500
_KINDS = ("page", "unchanged", "file", "metadata", "not-approved", "unknown")
_RULES = ("not-approved", "unknown", "block", "filter", "quarantined")
_VECTORS = (
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N",
    "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N",
)
_Row = tuple[object, ...]


def fill(rows: Rows, house: House, opened: Opened) -> None:
    """Put in what is known now, what was done about it, and who used what."""
    rows.put("advisory", "id project modified_at withdrawn_at record", _advisories(house))
    sourced = ("advisories", moment(house.now), "made up")
    rows.put("data_source", "name fetched_at detail", [sourced])
    rows.put("incident", "kind project what happened_at", _incidents(house))
    rows.put("block", _BLOCK, _blocks(house, opened))
    rows.put("waiver", _WAIVER, _waivers(house, opened))
    rows.put("download", _DOWNLOAD, _downloads(house, opened))
    rows.put("traffic", "day feed_id kind count bytes", _traffic(house, opened))
    rows.put("wanted", _WANTED, _wanted(house, opened))
    rows.put("wanted_by", "wanted_id who token_id count last_at", _wanted_by(house, opened))
    rows.put("storage_day", "day files bytes cached_bytes", _storage(house))
    rows.put("webhook", _WEBHOOK, _webhooks(house))
    rows.put("webhook_delivery", _DELIVERY, _deliveries(house))


_BLOCK = (
    "project version sha256 reason is_malware blocked_at blocked_by ended_at ended_by ended_why"
)
_WAIVER = "feed_id finding scope project version reason made_by made_at expires_at"
_DOWNLOAD = "day feed_id sha256 taker token_id project filename count last_at"
_WANTED = "id feed_id project version rule why count first_at last_at"
_WEBHOOK = "name url secret actions seen_seq made_by made_at"
_DELIVERY = "webhook_id event_seq attempts status tried_at done_at"


def _popular(house: House, turn: int) -> Project:
    """Give one of the projects that are used much, or now and then any other."""
    most = house.scale.projects if turn % 11 == 0 else house.scale.popular * 3
    return house.project(turn * 7919 % most)


def _advisories(house: House) -> Iterator[_Row]:
    """Give records of vulnerabilities of some of our projects, and of malware of few."""
    modified = moment(house.now - timedelta(days=3))
    for turn in range(min(_HIT, house.scale.projects)):
        project = _popular(house, turn)
        middle = project.releases[len(project.releases) // 2].version
        events = [{"introduced": "0"}, {"fixed": middle}]
        number = f"GHSA-{turn:04}-aaaa-bbbb"
        record = _record(number, project.name, {"ranges": [_range(events)]})
        vector = _VECTORS[turn % len(_VECTORS)]
        record |= {"severity": [{"type": "CVSS_V3", "score": vector}]}
        yield number, project.name, modified, None, text(record)
    for turn in range(MALWARE):
        project_name, named = f"malicious-{turn}", f"MAL-2026-{turn}"
        record = _record(named, project_name, {"versions": ["1.0.0", "1.0.1"]})
        yield named, project_name, modified, None, text(record)


def _record(number: str, project: str, says: dict[str, object]) -> dict[str, object]:
    return {
        "id": number,
        "modified": "2026-10-02T03:04:05Z",
        "published": "2026-10-01T00:00:00Z",
        "aliases": [number.replace("GHSA", "CVE-2026")],
        "summary": f"A remote attacker may read the memory of {project}",
        "details": "What a header says of its length is believed. " * 12,
        "affected": [{"package": {"ecosystem": "PyPI", "name": project}, **says}],
    }


def _range(events: list[dict[str, str]]) -> dict[str, object]:
    return {"type": "ECOSYSTEM", "events": events}


def _incidents(house: House) -> Iterator[_Row]:
    kinds = ("new-advisory", "changed-upstream", "quarantined-upstream", "new-advisory")
    for turn in range(house.scale.requests // 4):
        project = _popular(house, turn)
        what = f"News of {project.name}, which is listed in approved. Take the next version."
        at = house.now - timedelta(hours=(house.scale.requests // 4 - turn) * 5)
        yield kinds[turn % len(kinds)], project.name, what, moment(at)


def _blocks(house: House, opened: Opened) -> Iterator[_Row]:
    for turn in range(house.scale.requests // 30):
        project = house.project((turn + 2) * 311 % house.scale.projects)
        version = project.releases[0].version if turn % 3 else None
        by = opened.approvers[turn % len(opened.approvers)]
        at = moment(house.now - timedelta(days=turn))
        ended = (at, by, "Checked again.") if turn % 2 else (None, None, None)
        reason = "It sends the environment to a stranger."
        yield project.name, version, None, reason, turn % 5 == 0, at, by, *ended


def _waivers(house: House, opened: Opened) -> Iterator[_Row]:
    for turn in range(house.scale.requests // 20):
        project = house.project(turn * 53 % house.scale.projects)
        made = house.now - timedelta(days=turn % 200)
        by = opened.approvers[turn % len(opened.approvers)]
        until = moment(made + timedelta(days=180))
        feed, finding = opened.feeds["approved"], "licence.unknown"
        reason = "The text in the archive is MIT."
        yield feed, finding, "project", project.name, None, reason, by, moment(made), until


def _downloads(house: House, opened: Opened) -> Iterator[_Row]:
    """Give what was taken each day: the popular much, everything by somebody."""
    chance = random.Random(5)  # noqa: S311  nothing is kept secret by it
    takers = opened.developers + opened.builders
    many = [house.project(number) for number in range(house.scale.popular)]
    feed = opened.feeds["internal"]
    for back in range(house.scale.days):
        at = house.now - timedelta(days=back)
        seen = set[tuple[str, str]]()
        for turn in range(house.scale.downloads_a_day):
            rare = house.project(chance.randrange(house.scale.projects)) if turn % 20 == 0 else None
            project = rare or chance.choice(many)
            file = chance.choice(chance.choice(project.releases[-9:]).files)
            taker = chance.choice(takers)
            if (file.sha256, taker) not in seen:
                seen.add((file.sha256, taker))
                yield (
                    *(f"{at:%Y-%m-%d}", feed, file.sha256, taker, opened.tokens[taker]),
                    *(project.name, file.filename, 1 + turn % 7, moment(at)),
                )


def _traffic(house: House, opened: Opened) -> Iterator[_Row]:
    for back in range(365):
        day = f"{house.now - timedelta(days=back):%Y-%m-%d}"
        for feed in opened.feeds.values():
            for place, kind in enumerate(_KINDS):
                count = 40_000 // (place + 1) - back * 7 + feed
                yield day, feed, kind, count, count * 20_000


def _wanted(house: House, opened: Opened) -> Iterator[_Row]:
    for number in range(1, house.scale.requests // 2 + 1):
        name = f"{house.name(number * 17 % house.scale.projects)}-next"
        rule = _RULES[number % len(_RULES)]
        first = house.now - timedelta(days=number % 90 + 1)
        last = moment(house.now - timedelta(minutes=number))
        version = "" if number % 3 else "2.0"
        why = f"{name} is not approved."
        row = (number, opened.feeds["internal"], name, version, rule, why)
        yield *row, 1 + 9000 // number, moment(first), last


def _wanted_by(house: House, opened: Opened) -> Iterator[_Row]:
    for number in range(1, house.scale.requests // 2 + 1):
        for turn in range(min(1 + 60 // number, len(opened.developers))):
            who = opened.developers[(number + turn) % len(opened.developers)]
            last = moment(house.now - timedelta(minutes=number))
            yield number, who, opened.tokens[who], 1 + turn, last


def _storage(house: House) -> Iterator[_Row]:
    most = house.scale.projects * 10
    for back in range(365):
        day = f"{house.now - timedelta(days=back):%Y-%m-%d}"
        files = most - back * most // 800
        yield day, files, files * 500_000, files * 90_000


def _webhooks(house: House) -> Iterator[_Row]:
    for number in range(5):
        url = f"http://127.0.0.1:9/hooks/{number}"
        made = moment(house.now - timedelta(days=90))
        seen = house.scale.events * 2  # nothing is told while pages are measured
        actions = text(["request.*", "block.*"])
        yield f"chat-{number}", url, "no secret", actions, seen, "admin", made


def _deliveries(house: House) -> Iterator[_Row]:
    for number in range(house.scale.requests):
        at = moment(house.now - timedelta(minutes=number * 9))
        yield 1 + number % 5, number + 1, 1, 200, at, at
