"""The files of one order at its provider: listed as STAC Items, fetched, their links renewed by listing them again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shapely.geometry.base import BaseGeometry

from tasking_hub.clock import Clock
from tasking_hub.collect.courier import Collected, Courier, ProgressOfEach, Renew
from tasking_hub.collect.download import CONCURRENT, download_all
from tasking_hub.collect.stac import deliverable_items
from tasking_hub.errors import ConfigurationError, DownloadError
from tasking_hub.models import Deliverable, Order, Window
from tasking_hub.ordering import OrderingProvider
from tasking_hub.streaming import Streamer
from tasking_hub.transport import Transport

__all__ = ["collect_order", "courier", "order_items"]


async def order_items(
    provider: OrderingProvider[Any],
    order: Order,
    *,
    clock: Clock,
    area: BaseGeometry | None = None,
    window: Window | None = None,
) -> list[dict[str, Any]]:
    """The files of an order that are ready, as STAC Items; none yet is an empty list.

    Args:
        provider: the account that it was bought from.
        order: the order.
        clock: says when the files were seen.
        area: what was ordered, where that is known.
        window: when it was to be taken, where that is known.

    Raises:
        ResponseError: the provider said no.
        TransportError: no answer came.
    """
    deliverables = await provider.deliverables(order)
    if not deliverables:
        return []
    images = await provider.acquisitions(order)
    return deliverable_items(order, deliverables, acquisitions=images, area=area, window=window, seen_at=clock.now())


async def collect_order(
    provider: OrderingProvider[Any],
    order: Order,
    folder: Path | str,
    *,
    transport: Transport,
    clock: Clock,
    concurrent: int = CONCURRENT,
    progress: ProgressOfEach | None = None,
) -> AsyncGenerator[Collected, None]:
    """Fetch every file of an order that is ready, each result as soon as it is known.

    Args:
        provider: the account that it was bought from.
        order: the order.
        folder: where to; one for each order keeps files of one name apart.
        transport: goes to the stores, without credentials.
        clock: what time it is.
        concurrent: files fetched at the same time.
        progress: hears of every piece of every file.

    Raises:
        ConfigurationError: the transport cannot stream.
        ResponseError: the provider did not list the files.
        TransportError: no answer to that came.
    """
    by = courier(provider, order, transport=transport, clock=clock)
    deliverables = await provider.deliverables(order)
    files = download_all(deliverables, folder, courier=by, concurrent=concurrent, progress=progress)
    async with aclosing(files) as results:
        async for result in results:
            yield result


def courier(provider: OrderingProvider[Any], order: Order, *, transport: Transport, clock: Clock) -> Courier:
    """How the files of an order are fetched.

    Raises:
        ConfigurationError: the transport cannot stream.
    """
    if not isinstance(transport, Streamer):
        msg = f"{type(transport).__name__} cannot fetch files piece by piece"
        raise ConfigurationError(msg)
    return Courier(transport=transport, account=provider.streamer, renew=_renewing(provider, order), clock=clock)


def _renewing(provider: OrderingProvider[Any], order: Order) -> Renew:
    async def renew(old: Deliverable) -> Deliverable:
        listed = [new for new in await provider.deliverables(order) if _identity(new) == _identity(old)]
        if len(listed) > 1:
            listed = [new for new in listed if urlsplit(new.url).path == urlsplit(old.url).path]
        if len(listed) != 1:
            msg = f"{old.name} has expired, and order {order.reference} lists {len(listed)} such files now"
            raise DownloadError(msg)
        return listed[0]

    return renew


def _identity(deliverable: Deliverable) -> tuple[str, str, str | None]:
    return deliverable.order_id, deliverable.name, deliverable.acquisition_id
