"""The front door: several accounts at several providers, asked at once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tasking_hub.clock import Clock, SystemClock
from tasking_hub.compare.answers import find, gather, quoted
from tasking_hub.compare.ranking import rank
from tasking_hub.compare.rates import Rates
from tasking_hub.config import Config, load_config
from tasking_hub.connect import ProviderT, connect_all
from tasking_hub.desk import OrderDesk
from tasking_hub.errors import ConfigurationError, InvalidRequestError, TaskingHubError
from tasking_hub.exchanges import observed
from tasking_hub.health import BOOK_S, Health, check_book
from tasking_hub.models import AccountStatus, Comparison, Opportunity, Quote, RankBy, Refusal, TaskRequest
from tasking_hub.orders.limits import Limits
from tasking_hub.pacing import LocalPacer, Pacer, SharedPacer
from tasking_hub.provider import AccountSettings, Provider
from tasking_hub.refusals import adapter_failed, refusal_of
from tasking_hub.registry import Registry
from tasking_hub.streams import merged
from tasking_hub.telemetry import operation, stream
from tasking_hub.transport import AiohttpTransport, Transport

_LOG = logging.getLogger(__name__)

TIMEOUT_S = 360.0
QUOTES_PER_PRODUCT = 5
CONCURRENT_REQUESTS = 4


class Hub(OrderDesk):
    """Accounts at several providers, used as one, inside `async with`.

    Args:
        accounts: settings by account name, each of an adapter's own settings class.
        currency: base currency of comparisons, ISO 4217.
        rates: exchange rates; without them only prices in the base currency are converted.
        transport: exchanges requests for answers and stays the caller's to close; by default one over aiohttp, opened
            and closed here.
        pacer: gives out turns; by default for this process alone, while `from_config` shares them between processes.
        clock: what time it is.
        registry: where adapters are found.
        order_book: URL of the order book, or None for a hub that only compares.
        limits: what may be spent.

    Raises:
        ConfigurationError: an account's credential or address is missing or wrong.
    """

    def __init__(  # noqa: PLR0913 - everything that has a state is passed in
        self,
        accounts: Mapping[str, AccountSettings],
        *,
        currency: str = "EUR",
        rates: Rates | None = None,
        transport: Transport | None = None,
        pacer: Pacer | None = None,
        clock: Clock | None = None,
        registry: Registry | None = None,
        order_book: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        clock = clock or SystemClock()
        registry = registry or Registry()
        self._opened: AiohttpTransport | None = None
        if transport is None:
            transport = self._opened = AiohttpTransport()
        pacer = pacer or LocalPacer(clock)
        self._observed = {
            name: observed(transport, account=name, provider=settings.provider, clock=clock)
            for name, settings in accounts.items()
        }
        super().__init__(
            connect_all(accounts, registry, transports=self._observed, pacer=pacer, clock=clock),
            registry=registry,
            transport=transport,
            clock=clock,
            currency=currency,
            rates=rates or Rates.identity(currency),
            order_book=order_book,
            limits=limits,
        )

    @classmethod
    def from_config(
        cls,
        source: str | Path | Mapping[str, Any] | Config | None = None,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
        registry: Registry | None = None,
    ) -> Self:
        """A hub as configured.

        Args:
            source: a TOML file, a mapping of the same shape, what `load_config` gave, or None for the usual places.
            transport: as for `Hub`.
            clock: as for `Hub`.
            registry: as for `Hub`.

        Raises:
            ConfigurationError: naming the file and the key at fault.
        """
        clock = clock or SystemClock()
        registry = registry or Registry()
        config = source if isinstance(source, Config) else load_config(source, registry=registry)
        try:
            return cls(
                config.accounts,
                currency=config.currency,
                rates=config.rates,
                transport=transport,
                pacer=SharedPacer(config.pace_file, clock) if config.pace_file else LocalPacer(clock),
                clock=clock,
                registry=registry,
                order_book=config.order_book,
                limits=config.limits,
            )
        except ConfigurationError as error:
            msg = f"{config.path or 'configuration'}: {error}"
            raise ConfigurationError(msg) from error

    async def __aenter__(self) -> Self:
        if self._opened is not None:
            await self._opened.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()
        if self._opened is not None:
            await self._opened.__aexit__(kind, error, trace)

    def provider(self, account: str, kind: type[ProviderT]) -> ProviderT:
        """The adapter of an account, of the class that is expected: for what only this provider has.

        Raises:
            ConfigurationError: no account of that name and kind is configured here.
        """
        found = self._providers.get(account)
        if not isinstance(found, kind):
            msg = f"no account {account!r} at {kind.name} is configured"
            raise ConfigurationError(msg)
        return found

    @operation("accounts")
    async def accounts(self) -> tuple[AccountStatus | Refusal, ...]:
        """What each account's contracts allow and have left; a failed account is a refusal."""
        return tuple(await asyncio.gather(*(_status(provider) for provider in self._providers.values())))

    async def health(self, *, book_s: float = BOOK_S) -> Health:
        """How this hub is: the order book is read, nothing is sent to any provider, nothing is raised.

        Args:
            book_s: real seconds after which the order book counts as out of reach.
        """
        book = None if self._order_book is None else await check_book(self._book, self._clock, within_s=book_s)
        accounts = tuple(transport.health() for transport in self._observed.values())
        return Health(at=self._clock.now(), order_book=book, accounts=accounts)

    @stream("opportunities")
    async def opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        """Ways to serve a request, from all asked accounts at once, each as soon as its provider names it.

        Every asked account yields at least one opportunity or refusal; a failure is a refusal.

        Raises:
            InvalidRequestError: the request names an account that is not configured.
        """
        streams = [find(provider, request, self._clock) for provider in self._asked(request)]
        async with aclosing(merged(streams)) as items:
            async for item in items:
                yield item

    @operation("quote")
    async def quote(self, opportunity: Opportunity) -> Quote:
        """The price of an opportunity, with every requirement of the caller among its adjustments.

        Raises:
            QuoteRefusedError: the provider has no price for it; carries the refusal.
            ConfigurationError: its account is not configured here.
            ResponseError: the provider said no for another reason.
            TransportError: no answer came.
        """
        provider = self._providers.get(opportunity.account)
        if provider is None or provider.name != opportunity.provider:
            msg = f"no account {opportunity.account!r} at {opportunity.provider} is configured"
            raise ConfigurationError(msg)
        return await quoted(provider, opportunity)

    @operation("compare")
    async def compare(
        self,
        request: TaskRequest,
        *,
        rank_by: RankBy = RankBy.PRICE,
        quotes_per_product: int | None = QUOTES_PER_PRODUCT,
        timeout_s: float = TIMEOUT_S,
    ) -> Comparison:
        """Every asked account's quotes side by side, best first, and a refusal for what could not be quoted.

        Args:
            request: what is wanted.
            rank_by: what "best" means.
            quotes_per_product: prices asked for per account and product, the soonest ones; None asks for all.
            timeout_s: real seconds after which an account is left behind with what it said until then.

        Raises:
            InvalidRequestError: the request names an account that is not configured.
        """
        answers = await asyncio.gather(
            *(
                gather(
                    provider,
                    request,
                    quotes_per_product=quotes_per_product,
                    timeout_s=timeout_s,
                    clock=self._clock,
                )
                for provider in self._asked(request)
            )
        )
        quotes = [quote for answer in answers for quote in answer.quotes]
        quoted = {quote.money.currency for quote in quotes if quote.money is not None}
        rates = self._rates.used({self._currency, *quoted})
        return Comparison(
            request=request,
            quotes=rank(quotes, by=rank_by, currency=self._currency, rates=self._rates),
            refusals=tuple(refusal for answer in answers for refusal in answer.refusals),
            base_currency=self._currency,
            rates=rates,
            ranked_by=rank_by,
            not_quoted=tuple(opportunity for answer in answers for opportunity in answer.not_quoted),
            timings_s={answer.account: answer.seconds for answer in answers},
        )

    async def compare_many(
        self,
        requests: Iterable[TaskRequest],
        *,
        rank_by: RankBy = RankBy.PRICE,
        quotes_per_product: int | None = QUOTES_PER_PRODUCT,
        timeout_s: float = TIMEOUT_S,
        concurrent: int = CONCURRENT_REQUESTS,
    ) -> AsyncIterator[Comparison]:
        """Comparisons in the order of the requests, a few at a time, each a call; requests are read as they are needed.

        Args:
            requests: what is wanted, one comparison each.
            rank_by: as for `compare`.
            quotes_per_product: as for `compare`.
            timeout_s: as for `compare`, per request.
            concurrent: requests compared at the same time.
        """
        running: deque[asyncio.Task[Comparison]] = deque()
        try:
            for request in requests:
                comparing = self.compare(
                    request, rank_by=rank_by, quotes_per_product=quotes_per_product, timeout_s=timeout_s
                )
                running.append(asyncio.create_task(comparing))
                if len(running) >= concurrent:
                    yield await running.popleft()
            while running:
                yield await running.popleft()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _asked(self, request: TaskRequest) -> list[Provider[Any]]:
        unknown = sorted(set(request.accounts) - set(self._providers))
        if unknown:
            msg = f"no account {', '.join(unknown)} is configured; configured: {', '.join(sorted(self._providers))}"
            raise InvalidRequestError(msg, "accounts")
        return [
            provider for name, provider in self._providers.items() if not request.accounts or name in request.accounts
        ]


async def _status(provider: Provider[Any]) -> AccountStatus | Refusal:
    try:
        return await provider.status()
    except TaskingHubError as error:
        return refusal_of(error, account=provider.account, provider=provider.name)
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not hide the other accounts
        _LOG.exception("the adapter of account %s failed while showing it", provider.account)
        return adapter_failed(error, account=provider.account, provider=provider.name)
