"""Looking at one account: all its orders by list, and more only of those that changed; what is new becomes events."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from tasking_hub.clock import Clock
from tasking_hub.errors import NotFoundError, OrderBookError, ResponseError, TaskingHubError
from tasking_hub.lifecycle import ALLOWED_MOVES, TERMINAL
from tasking_hub.models import Deliverable, Order, Refusal
from tasking_hub.ordering import OrderingProvider
from tasking_hub.orders.agenda import Agenda
from tasking_hub.orders.awaiting import AwaitedFiles, awaits_files
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.events import DecisionDue, Progress
from tasking_hub.orders.findings import Findings
from tasking_hub.orders.followed import Followed, followed, references
from tasking_hub.orders.log import EventLog, Look
from tasking_hub.orders.looks import (
    ACCOUNT_WIDE,
    GONE,
    HOPELESS,
    WITHOUT_IMAGES,
    Pending,
    WatchRules,
    closing,
    contradiction,
    decision_due,
    details,
    mark_of,
    refusal_for,
    trouble,
)

__all__ = ["Onlooker"]

_Part = Callable[[dict[str, Followed]], Awaitable[None]]

_logger = logging.getLogger(__name__)


class Onlooker:
    """Follows the orders of one account; asks the account, not each order.

    Args:
        provider: the account.
        book: where orders are recorded.
        log: where events are told.
        clock: what time it is.
        rules: how closely it looks.

    Attributes:
        failures: rounds that failed since the last one that did not.
        silence_s: for which the provider wants to hear nothing, as it said in the last round.
    """

    def __init__(
        self, provider: OrderingProvider[Any], book: OrderBook, log: EventLog, clock: Clock, rules: WatchRules
    ) -> None:
        self._provider = provider
        self._book = book
        self._found = Findings(log)
        self._clock = clock
        self._rules = rules
        self._agenda = Agenda(provider, book, clock, notice=rules.notice)
        self._awaited = AwaitedFiles(clock, within=rules.files_within)
        self._pending: dict[str, Pending] = {}
        self._doubtful: dict[str, int] = {}
        self._waiting: dict[str, DecisionDue] = {}
        self._since: datetime | None = None
        self._full_at = float("-inf")
        self.failures = 0
        self.silence_s = 0.0
        self._details_left = 0

    # --- A round -------------------------------------------------------------------------------------

    async def round(self) -> None:
        """Look once at everything that is followed; what fails is told as trouble and tried in the next round.

        Raises:
            OrderBookError: the order book fails.
        """
        rows = await self.follow()
        open_ = {row.order_id: row for row in rows if row.order_id is not None and not awaits_files(row)}
        self._found.add(*self._agenda.due(row.reference for row in open_.values()))
        self.silence_s, self._details_left = 0.0, self._rules.details_per_round
        asks = open_ or any(row.may_ask and not awaits_files(row) for row in rows)
        parts: list[_Part] = [self._list_orders, self._look_closer] if open_ else []
        work = [(part, open_) for part in (*parts, *([self._ask_decisions] if asks else []))]
        work += [(self._look_for_files, late)] if (late := self._awaited.due(rows)) else []
        failed = False
        for part, orders in work:
            error = await self._guarded(part, orders)
            failed |= error is not None
            if isinstance(error, HOPELESS):
                break
        self.failures = self.failures + 1 if failed else 0
        await self.flush()

    async def follow(self, order_id: str | None = None) -> list[Followed]:
        """What is followed of this account, remembered durably, so that its end is told even after a crash."""
        since = self._clock.now() - self._rules.files_within
        rows = await followed(self._book, account=self._provider.account, order_id=order_id, ended_since=since)
        self._found.know(row.look for row in rows if row.look is not None)
        fresh = [row for row in rows if row.look is None or row.without_order]
        for row in fresh:
            self._found.told(Look(reference=row.reference, done=row.without_order))
        if fresh:
            await self.flush()
        return [row for row in rows if not row.without_order]

    async def flush(self) -> None:
        """Tell what was found since the last time."""
        try:
            await self._found.tell()
        except BaseException:
            # What was not kept is found again where everything is listed anew.
            self._since = None
            raise

    async def _guarded(self, part: _Part, open_: dict[str, Followed]) -> Exception | None:
        try:
            await part(open_)
        except Exception as error:  # noqa: BLE001 - one account's failure, even an adapter's mistake, ends no other's watch
            self._trouble(error)
            return error
        return None

    def _trouble(self, error: Exception, followed_: Followed | None = None) -> None:
        """Tell a failure; what the order book says is raised."""
        if isinstance(error, OrderBookError):
            raise error
        if isinstance(error, ResponseError):
            self.silence_s = max(self.silence_s, error.retry_after_s or 0.0)
        if not isinstance(error, TaskingHubError):
            _logger.error("the adapter of account %s failed", self._provider.account, exc_info=error)
        self._refuse(refusal_for(error, self._provider.account, self._provider.name), followed_)

    def _refuse(self, refusal: Refusal, followed_: Followed | None = None) -> None:
        self._found.add(trouble(self._provider.account, followed_, refusal, self._clock.now()))

    # --- Lists ---------------------------------------------------------------------------------------

    async def _list_orders(self, open_: dict[str, Followed]) -> None:
        began, now = self._clock.now(), self._clock.monotonic()
        full = self._since is None or now >= self._full_at
        oldest = min(row.created_at for row in open_.values())
        since = oldest if full or self._since is None else self._since
        shown = set[str]()
        listed = self._provider.orders(since - timedelta(seconds=self._rules.overlap_s))
        async for order in closing(listed):
            row = open_.get(order.id or "")
            if row is not None:
                shown.add(row.reference)
                await self.see(row, order)
        if full:
            self._full_at = now + self._rules.full_every_s
            self._doubtful = dict.fromkeys({row.reference for row in open_.values()} - shown, 0) | self._doubtful
        await self._agenda.read_windows()
        self._found.add(*self._agenda.due(row.reference for row in open_.values()))
        self._since = began
        await self.flush()

    async def see(self, row: Followed, order: Order) -> None:
        """Record what a look shows, and remember what is still to be asked."""
        mark = mark_of(order)
        known = self._told_already(row.reference, order, mark)
        if not known or row.reference not in self._agenda:
            self._agenda.note(row.reference, order)
        if known:
            return
        recorded = await self._record(row, order)
        if recorded is None:
            return
        if order.state not in {recorded.state, *ALLOWED_MOVES[recorded.state]}:
            # Either this look is older than what the book knows, or the provider does what it should not.
            self._doubtful.setdefault(row.reference, 0)
            return
        self._note(row, recorded, mark)

    def _told_already(self, reference: str, order: Order, mark: str) -> bool:
        pending = self._pending.get(reference)
        told = Look(reference=reference, mark=mark, done=order.state in TERMINAL)
        return self._found.look(reference) == told or (pending is not None and pending.mark == mark)

    async def _record(self, row: Followed, order: Order) -> Order | None:
        try:
            return await self._book.record(order)
        except TaskingHubError as error:
            self._trouble(error, row)
        self._found.told(Look(reference=row.reference, mark=mark_of(order), done=row.state in TERMINAL))
        return None

    def _note(self, row: Followed, order: Order, mark: str) -> None:
        self._doubtful.pop(row.reference, None)
        if order.progress_percent is not None:
            self._found.add(Progress(**row.names, at=self._clock.now(), percent=order.progress_percent))
        if order.state in WITHOUT_IMAGES:
            self._pending.pop(row.reference, None)
            self._found.told(Look(reference=row.reference, mark=mark, done=order.state in TERMINAL))
        else:
            self._pending[row.reference] = Pending(order, mark)

    # --- More of those that changed ------------------------------------------------------------------

    async def _look_closer(self, open_: dict[str, Followed]) -> None:
        """Ask for the images and files of changed orders, and for orders that no list showed; a few a round."""
        rows = {row.reference: row for row in open_.values()}
        self._pending = {name: pending for name, pending in self._pending.items() if name in rows}
        self._doubtful = {name: tries for name, tries in self._doubtful.items() if name in rows}
        for reference in sorted(self._doubtful)[: self._details_left]:
            self._details_left -= 1
            await self._look_again(rows[reference])
        # A webhook may bring in an order that was placed since.
        for reference in [name for name in self._pending if name in rows][: self._details_left]:
            self._details_left -= 1
            await self.look_at_details(rows[reference])
        await self.flush()

    async def _look_again(self, row: Followed) -> None:
        """Look at one order by itself: if it still contradicts the order book, that is told."""
        tries = self._doubtful.pop(row.reference, 0) + 1
        try:
            order = await self._provider.order(row.order_id or "")
        except ACCOUNT_WIDE:
            self._doubtful[row.reference] = tries - 1
            raise
        except Exception as error:  # noqa: BLE001 - one order's failure must not keep the others waiting
            self._trouble(error, row)
            if tries < self._rules.tries:
                self._doubtful[row.reference] = tries
            elif row.state in TERMINAL or isinstance(error, NotFoundError):
                self._found.told(Look(reference=row.reference, mark=GONE, done=row.state in TERMINAL))
            return
        await self.see(row, order)
        if self._doubtful.pop(row.reference, None) is not None:
            known = (await self._book.show(row.reference)).state
            self._found.told(Look(reference=row.reference, mark=mark_of(order), done=known in TERMINAL))
            self._refuse(contradiction(known, order), row)

    async def look_at_details(self, row: Followed) -> None:
        """Ask for the images and files of an order that changed, if they are still to be asked for.

        Raises:
            RateLimitedError: the account must wait, whatever order is asked for (so its kin for 401 and no answer).
        """
        pending = self._pending.get(row.reference)
        if pending is None:
            return
        order, files = pending.order, tuple[Deliverable, ...]()
        try:
            images = await self._provider.acquisitions(order)
            files = await self._provider.deliverables(order)
            self._found.add(*details(row, images, files, self._clock.now()))
        except ACCOUNT_WIDE:
            raise
        except Exception as error:  # noqa: BLE001 - one order's failure must not keep the others waiting
            self._trouble(error, row)
            pending.tries += 1
            if pending.tries < self._rules.tries:
                return
        if self._pending.get(row.reference) is pending:
            del self._pending[row.reference]
            self._found.told(self._awaited.told(order, row, pending.mark, files=bool(files)))

    async def _look_for_files(self, late: dict[str, Followed]) -> None:
        """Ask for files that come later than their order changes, with what is left of the round's requests."""
        for row in list(late.values())[: self._details_left]:
            order, files = await self._book.show(row.reference), tuple[Deliverable, ...]()
            try:
                files = await self._provider.deliverables(order)
            except ACCOUNT_WIDE:
                raise
            except Exception as error:  # noqa: BLE001 - one order's failure must not keep the others waiting
                self._trouble(error, row)
            self._found.add(*details(row, (), files, self._clock.now()))
            self._found.told(self._awaited.told(order, row, files=bool(files)))
        await self.flush()

    # --- Decisions -----------------------------------------------------------------------------------

    async def _ask_decisions(self, _: dict[str, Followed]) -> None:
        """Ask what waits for the buyer, also of orders that have ended."""
        asked = [decision async for decision in closing(self._provider.decisions())]
        names = await references(self._book, self._provider.account, {decision.order_id for decision in asked})
        account, now = self._provider.account, self._clock.now()
        events = [decision_due(account, names.get(decision.order_id), decision, now) for decision in asked]
        waiting = {event.id: event for event in events}
        self._found.add(*(event for key, event in waiting.items() if key not in self._waiting))
        self._waiting = waiting
        await self.flush()
