"""What an adapter is: what it can do, where it sends, and the three questions that it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from attrs import field, frozen

from tasking_hub.auth import Authenticator
from tasking_hub.channel import Route
from tasking_hub.clock import Clock
from tasking_hub.messages import HttpRequest, HttpResponse
from tasking_hub.models import AccountStatus, Imaging, Opportunity, Quote, Refusal, TaskRequest
from tasking_hub.pacing import above_zero
from tasking_hub.streaming import Streamer

if TYPE_CHECKING:
    from tasking_hub.sandbox import ProviderSandbox


@frozen(kw_only=True)
class Capabilities:
    """What an adapter can express, known before anything is sent.

    Attributes:
        title: the provider's name as people write it.
        imaging: kinds of image.
        areas: geometry types that a request may have ("Point", "LineString", "Polygon").
        requirements: requirements that the provider is told or that are checked on its answer, in the words of
            `TaskRequest`; any other one becomes a NOT_ENFORCED adjustment.
        products: what can be bought, in the provider's words.
    """

    title: str
    imaging: frozenset[Imaging]
    areas: frozenset[str]
    requirements: frozenset[str]
    products: tuple[str, ...]


@frozen(kw_only=True)
class AccountSettings:
    """What every account may set; each adapter adds its own credentials and addresses.

    Attributes:
        requests_per_second: instead of the adapter's own pace; for servers that are not the provider's.

    Raises:
        ConfigurationError: it is not above 0.
    """

    provider: ClassVar[str]

    requests_per_second: float | None = field(default=None, validator=above_zero)


SettingsT = TypeVar("SettingsT", bound=AccountSettings)


class Sender(Protocol):
    """What an adapter sees of the network; `tasking_hub.channel.Channel` in production."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return its 2xx answer; anything else is raised as a typed error."""
        ...


class Provider(ABC, Generic[SettingsT]):
    """One account at one provider. Subclasses await and nothing else: translation is pure and stands elsewhere.

    Args:
        account: name of the configured account.
        settings: its configuration.
        sender: the way to the provider.
        clock: what time it is.
    """

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    settings_type: ClassVar[type[AccountSettings]]
    options_type: ClassVar[type[Any]]

    def __init__(self, account: str, settings: SettingsT, *, sender: Sender, clock: Clock) -> None:
        self.account = account
        self.settings = settings
        self._sender = sender
        self._clock = clock

    @property
    def streamer(self) -> Streamer | None:
        """The account's way to files on its own hosts, with its credentials and pace; None where there is none."""
        return self._sender if isinstance(self._sender, Streamer) else None

    @classmethod
    @abstractmethod
    def route(cls, settings: SettingsT) -> Route:
        """The hosts that this account talks to, the pace they tolerate, and how their errors read."""

    @classmethod
    @abstractmethod
    def authenticator(cls, settings: SettingsT, clock: Clock) -> Authenticator:
        """Where this account's headers come from.

        Raises:
            ConfigurationError: a credential is missing; the message names the key.
        """

    @classmethod
    @abstractmethod
    def sandbox(cls) -> type[ProviderSandbox]:
        """The adapter's own sandbox; imported when asked for, since it needs an extra."""

    @abstractmethod
    async def status(self) -> AccountStatus:
        """What this account's contracts allow and have left."""

    @abstractmethod
    def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        """Ways to serve the request, each as soon as the provider names it, and reasons why a product cannot.

        An adapter that finds nothing yields a refusal, never nothing.
        """

    @abstractmethod
    async def quote(self, opportunity: Opportunity) -> Quote:
        """The price of an opportunity that `find_opportunities` yielded.

        Raises:
            QuoteRefusedError: the provider has no price for it.
        """
