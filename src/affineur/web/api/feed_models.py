"""The shapes of feeds, connectors and filters."""

from __future__ import annotations

from pydantic import Field

from affineur.core.feeds import Feed
from affineur.services.connectors import KnownConnector
from affineur.store.feeds import StandingFilter
from affineur.web.api.base import Asked, Told


class NewFeedAsked(Asked):
    """A feed about to be made."""

    name: str
    source: str | None = Field(None, description="The feed whose releases may be asked for.")
    merge: bool = Field(default=False, description="Merge connectors; else the first one wins.")
    reads_anonymous: bool = Field(default=False, description="Anybody may read it.")
    requester_may_approve: bool = True
    reads: str | None = Field(None, description="A feed that it connects to from the beginning.")
    mirrors: str | None = Field(None, description="The URL of an external index, likewise.")


class FeedChangeAsked(Asked):
    """What is to be changed; what is left out stays."""

    source: str | None = Field(None, description="null ends the source.")
    merge: bool | None = None
    reads_anonymous: bool | None = None
    requester_may_approve: bool | None = None


class FeedTold(Told):
    """A feed."""

    name: str
    source: str | None
    merge: bool
    reads_anonymous: bool
    requester_may_approve: bool
    revision: int = Field(description="Rises with every change that can alter one of its pages.")
    reserved: list[str] = Field(description="Name patterns that only this feed may hold.")
    connectors: list[str] = Field(description="The names of its connectors, in their order.")
    has_own_policy: bool


class FeedsTold(Told):
    """The feeds that you may know of."""

    feeds: list[FeedTold]


class PatternAsked(Asked):
    """Names to reserve."""

    pattern: str = Field(description="A name in which * stands for anything: mycompany-*")


class NewConnectorAsked(Asked):
    """A connector about to be made: to a feed, or to an external index."""

    name: str
    target: str | None = Field(None, description="The feed that it leads to.")
    url: str | None = Field(None, description="The simple index that it leads to.")
    origins: list[str] = Field(
        default_factory=list,
        max_length=100,
        description="Further origins that files and redirects may lead to.",
    )
    username: str | None = None
    password: str | None = Field(None, description="Sent to the URL's origin alone; never told.")


class ConnectorTold(Told):
    """A connector, as those who manage its feed see it."""

    name: str
    target: str | None
    url: str | None
    origins: list[str]
    username: str | None
    has_password: bool


class ConnectorsTold(Told):
    """A feed's connectors, in the order in which they are asked."""

    connectors: list[ConnectorTold]


class OrderAsked(Asked):
    """The order in which connectors are asked."""

    names: list[str] = Field(max_length=100, description="Each connector of the feed, once.")


class NewFilterAsked(Asked):
    """A filter about to be made. Conditions that are not given hold for every file."""

    action: str = Field(description="allow or deny.")
    reason: str = Field(description="What a refused developer reads.")
    names: list[str] = Field(default_factory=list, max_length=1000)
    versions: str | None = Field(None, description="Version specifiers, such as >=2,<3.")
    min_age_days: int | None = None
    kind: str | None = Field(None, description="wheel or sdist.")
    show: str = Field("explain", description="explain or hide.")


class FilterTold(Told):
    """A filter of a connector."""

    id: int
    action: str
    reason: str
    names: list[str]
    versions: str | None
    min_age_days: int | None
    kind: str | None
    show: str


class FiltersTold(Told):
    """A connector's filters, oldest first."""

    filters: list[FilterTold]


def tell_feed(feed: Feed) -> FeedTold:
    """Tell a feed."""
    return FeedTold(
        name=feed.name,
        source=feed.source,
        merge=feed.merge,
        reads_anonymous=feed.reads_anonymous,
        requester_may_approve=feed.requester_may_approve,
        revision=feed.revision,
        reserved=[pattern.text for pattern in feed.reserved],
        connectors=[connector.name for connector in feed.connectors],
        has_own_policy=feed.policy_toml is not None,
    )


def tell_connector(known: KnownConnector) -> ConnectorTold:
    """Tell a connector, without its password."""
    return ConnectorTold(
        name=known.connector.name,
        target=known.connector.target,
        url=known.connector.url,
        origins=list(known.origins),
        username=known.username,
        has_password=known.has_password,
    )


def tell_filter(standing: StandingFilter) -> FilterTold:
    """Tell a filter."""
    rule = standing.filter
    return FilterTold(
        id=standing.id,
        action=rule.action,
        reason=rule.reason,
        names=[pattern.text for pattern in rule.names],
        versions=None if rule.versions is None else str(rule.versions),
        min_age_days=rule.min_age_days,
        kind=rule.kind,
        show=rule.show,
    )
