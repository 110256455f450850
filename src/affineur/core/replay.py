"""Rebuilding the present from the audit log alone.

What stands in the tables must be what the log says happened; a test compares the two after
a series of changes. Events of other kinds change nothing that is rebuilt here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import FeedName, Sha256

Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class State:
    """What is current: feeds and all that is theirs, blocks, waivers, requests, people, hooks."""

    feeds: dict[FeedName, Facts] = field(default_factory=dict)
    """The flags, the source and, when it is its own, the policy (`policy_toml`) of each feed."""
    connectors: dict[str, Facts] = field(default_factory=dict)
    """By `feed/connector`; those of a feed in the order in which they are asked."""
    filters: dict[int, Facts] = field(default_factory=dict)
    reserved: set[tuple[FeedName, str]] = field(default_factory=set)
    listings: dict[tuple[FeedName, str], Sha256] = field(default_factory=dict)
    """By feed and filename."""
    yanks: dict[tuple[FeedName, str], str] = field(default_factory=dict)
    """The reason of each yanked listing."""
    blocks: dict[int, Facts] = field(default_factory=dict)
    waivers: dict[int, Facts] = field(default_factory=dict)
    requests: dict[int, str] = field(default_factory=dict)
    """The state of each request."""
    drafts: set[int] = field(default_factory=set)
    """The requests that were never sent."""
    answers: dict[tuple[int, str], str] = field(default_factory=dict)
    """What was answered, by request and item (`flask==3.1.0`)."""
    awaiting: set[int] = field(default_factory=set)
    """The requests whose requester was asked back."""
    comments: dict[int, Facts] = field(default_factory=dict)
    users: dict[str, set[str]] = field(default_factory=dict)
    """The grants of each user."""
    tokens: dict[int, Facts] = field(default_factory=dict)
    webhooks: dict[int, Facts] = field(default_factory=dict)


def replay(events: Iterable[Event]) -> State:
    """Rebuild what is current from all events, in their order."""
    state = State()
    for event in events:
        kind = event.action.partition(".")[0]
        step = _STEPS.get(event.action) or _STEPS.get(f"{kind}.*")
        if step is not None:
            step(state, event)
    return state


def _feed(state: State, event: Event) -> None:
    name = FeedName(_named(event))
    known = state.feeds.get(name, {"policy_toml": None})
    state.feeds[name] = known | _after(event)


def _policy(state: State, event: Event) -> None:
    state.feeds[FeedName(_named(event))]["policy_toml"] = _after(event)["toml"]


def _connector_made(state: State, event: Event) -> None:
    state.connectors[_named(event)] = _after(event)


def _connector_ended(state: State, event: Event) -> None:
    """Let its filters end with it."""
    del state.connectors[_named(event)]
    for number in [n for n, facts in state.filters.items() if facts["of"] == _named(event)]:
        del state.filters[number]


def _connectors_ordered(state: State, event: Event) -> None:
    """Let the connectors of a feed follow each other as they are asked."""
    feed, names = _named(event), _after(event)["names"]
    for name in names if isinstance(names, list) else ():
        key = f"{feed}/{name}"
        state.connectors[key] = state.connectors.pop(key)


def _filter_made(state: State, event: Event) -> None:
    state.filters[_number(_after(event)["id"])] = {**_after(event), "of": _named(event)}


def _filter_ended(state: State, event: Event) -> None:
    del state.filters[_number(_before(event)["id"])]


def _reserved_made(state: State, event: Event) -> None:
    state.reserved.add((FeedName(_named(event)), str(_after(event)["pattern"])))


def _reserved_ended(state: State, event: Event) -> None:
    state.reserved.remove((FeedName(_named(event)), str(_before(event)["pattern"])))


def _listing_added(state: State, event: Event) -> None:
    _list(state, FeedName(_named(event)), _after(event))


def _listing_ended(state: State, event: Event) -> None:
    for filename in _files(_before(event)):
        del state.listings[FeedName(_named(event)), filename]
        state.yanks.pop((FeedName(_named(event)), filename), None)


def _listing_yanked(state: State, event: Event) -> None:
    """Follow what became of each file: a reason, or None when it is yanked no more."""
    _yank(state, FeedName(_named(event)), _after(event))


def _block_made(state: State, event: Event) -> None:
    state.blocks[_number(_after(event)["id"])] = {**_after(event), "project": _named(event)}


def _block_ended(state: State, event: Event) -> None:
    del state.blocks[_number(_before(event)["id"])]


def _waiver_made(state: State, event: Event) -> None:
    state.waivers[_number(_after(event)["id"])] = {**_after(event), "of": _named(event)}


def _waiver_ended(state: State, event: Event) -> None:
    del state.waivers[_number(_before(event)["id"])]


def _request(state: State, event: Event) -> None:
    """Follow the state and the answers; an approval also lists the files that it approves.

    A draft that is sent is made then, as any request.
    """
    after = _after(event)
    number = _number(_named(event))
    if "state" in after:
        state.requests[number] = str(after["state"])
    if event.action == "draft.made":
        state.drafts.add(number)
    if event.action == "request.made":
        state.drafts.discard(number)
    items = after.get("items")
    for name in items if isinstance(items, list) and "answer" in after else ():
        state.answers[number, str(name)] = str(after["answer"])
    if "files" in after:
        _list(state, FeedName(str(after.get("feed"))), after)


def _commented(state: State, event: Event) -> None:
    """Follow what was said, and whether the requester has to answer."""
    number, after = _number(_named(event)), _after(event)
    awaits = after.pop("awaits")
    state.comments[_number(after["id"])] = {**after, "of": number}
    state.awaiting.discard(number)
    if awaits:
        state.awaiting.add(number)


def _user_made(state: State, event: Event) -> None:
    state.users[_named(event)] = set()


def _user_ended(state: State, event: Event) -> None:
    """Give the user's tokens end too."""
    name = _named(event)
    del state.users[name]
    for number in [n for n, facts in state.tokens.items() if facts["user"] == name]:
        del state.tokens[number]


def _grant_made(state: State, event: Event) -> None:
    state.users[_named(event)].add(str(_after(event)["grant"]))


def _grant_ended(state: State, event: Event) -> None:
    state.users[_named(event)].remove(str(_before(event)["grant"]))


def _token_made(state: State, event: Event) -> None:
    state.tokens[_number(_named(event))] = _after(event)


def _token_revoked(state: State, event: Event) -> None:
    del state.tokens[_number(_named(event))]


def _webhook_made(state: State, event: Event) -> None:
    state.webhooks[_number(_named(event))] = _after(event)


def _webhook_ended(state: State, event: Event) -> None:
    del state.webhooks[_number(_named(event))]


_STEPS: Mapping[str, Callable[[State, Event], None]] = {
    "feed.made": _feed,
    "feed.changed": _feed,
    "policy.changed": _policy,
    "connector.made": _connector_made,
    "connector.ended": _connector_ended,
    "connectors.ordered": _connectors_ordered,
    "filter.made": _filter_made,
    "filter.ended": _filter_ended,
    "reserved.made": _reserved_made,
    "reserved.ended": _reserved_ended,
    "listing.added": _listing_added,
    "listing.ended": _listing_ended,
    "listing.yanked": _listing_yanked,
    "listing.unyanked": _listing_yanked,
    "block.made": _block_made,
    "block.ended": _block_ended,
    "waiver.made": _waiver_made,
    "waiver.ended": _waiver_ended,
    "draft.*": _request,
    "request.commented": _commented,
    "request.*": _request,
    "user.made": _user_made,
    "user.ended": _user_ended,
    "grant.made": _grant_made,
    "grant.ended": _grant_ended,
    "token.made": _token_made,
    "token.revoked": _token_revoked,
    "webhook.made": _webhook_made,
    "webhook.ended": _webhook_ended,
}


def _list(state: State, feed: FeedName, facts: Facts) -> None:
    for filename, sha256 in _files(facts).items():
        state.listings[feed, filename] = Sha256(str(sha256))
    _yank(state, feed, facts)


def _yank(state: State, feed: FeedName, facts: Facts) -> None:
    yanked = facts.get("yanked")
    for filename, reason in yanked.items() if isinstance(yanked, dict) else ():
        state.yanks.pop((feed, filename), None)
        if reason is not None:
            state.yanks[feed, filename] = str(reason)


def _named(event: Event) -> str:
    """Take the name out of a subject such as `feed:internal`."""
    return event.subject.partition(":")[2]


def _after(event: Event) -> Facts:
    return dict(event.after or {})


def _before(event: Event) -> Facts:
    return dict(event.before or {})


def _files(facts: Facts) -> Mapping[str, Fact]:
    files = facts.get("files")
    return files if isinstance(files, dict) else {}


def _number(fact: Fact) -> int:
    return int(str(fact))
