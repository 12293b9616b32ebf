"""Products that are ready, as links to files: a bare list on tasking v1, pages of STAC items on v2. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import evolve, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub import Deliverable, HttpRequest, HttpResponse, geometry
from tasking_hub.wire import read_as
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate.pages import check_cursor
from tasking_hub_iceye.translate.requests import read_request, task_url
from tasking_hub_iceye.wire import CONVERTER
from tasking_hub_iceye.wire_orders import ProductPage, ProductV1, TaskDeliveries, TaskDelivery

LINK_LIFE = timedelta(hours=1)
"""How long a link is good; it leads to another host, which is sent no credentials (task-products, read 2026-11)."""


@frozen(kw_only=True)
class Found:
    """Files on one page, and the cursor of the next."""

    files: tuple[Deliverable, ...]
    cursor: str | None = None


def read_deliveries(response: HttpResponse) -> tuple[TaskDelivery, ...]:
    """Where ICEYE itself sends the products of a task, and how far that has come; nothing on tasking v1."""
    return read_as(CONVERTER, TaskDeliveries, response).deliveries


def products_request(settings: IceyeSettings, order_id: str, cursor: str | None = None) -> HttpRequest:
    """The products that are ready; answered 404 while there are none."""
    return read_request(f"{task_url(settings, order_id)}/products", (("cursor", cursor),) if cursor else ())


def read_products(order_id: str, response: HttpResponse, asked_at: datetime, before: Collection[str] = ()) -> Found:
    """The files of one answer, in either version's shape.

    Args:
        order_id: whose they are.
        response: the answer.
        asked_at: when it was asked for: from then on the links are taken to be good for an hour.
        before: the cursors of the pages before it.

    Raises:
        MalformedResponseError: also for a cursor that was given before.
    """
    rows = _rows_v1 if isinstance(response.json(), list) else _rows_v2
    found = tuple(
        Deliverable(
            order_id=order_id,
            name=_name(url, title),
            url=url,
            media_type=kind,
            expires_at=asked_at + LINK_LIFE,
            acquisition_id=order_id,
            raw=raw,
        )
        for url, title, kind, raw in rows(response)
    )
    return Found(files=found, cursor=_cursor(response, before))


def read_footprint(response: HttpResponse) -> BaseGeometry | None:
    """What a task's one image shows, by the first product of tasking v2 that says so; the list of v1 does not."""
    if isinstance(response.json(), list):
        return None
    found = (geometry.geojson_or_none(item.geometry) for item in read_as(CONVERTER, ProductPage, response).data)
    return next((shape for shape in found if shape is not None), None)


Row = tuple[str, str | None, str | None, Mapping[str, Any]]


def _rows_v1(response: HttpResponse) -> Iterator[Row]:
    for product in read_as(CONVERTER, tuple[ProductV1, ...], response):
        for asset in product.assets:
            raw = {"type": product.type, "asset": CONVERTER.unstructure(asset)}
            yield asset.download_url, asset.title, asset.content_type, raw


def _rows_v2(response: HttpResponse) -> Iterator[Row]:
    for item in read_as(CONVERTER, ProductPage, response).data:
        about = {key: value for key, value in CONVERTER.unstructure(item).items() if key != "assets"}
        for key, asset in item.assets.items():
            yield asset.href, asset.title, asset.type, {**about, "asset": {key: CONVERTER.unstructure(asset)}}


def _cursor(response: HttpResponse, before: Collection[str]) -> str | None:
    if isinstance(response.json(), list):
        return None
    cursor = read_as(CONVERTER, ProductPage, response).cursor
    check_cursor(cursor, before, response)
    return cursor


def _name(url: str, title: str | None) -> str:
    """The file's name at the end of its address, else its title."""
    name = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return name or title or "product"


def named_apart(files: Sequence[Deliverable]) -> tuple[Deliverable, ...]:
    """The files, those that would have a name twice numbered from the second on."""
    seen: dict[str, int] = {}
    return tuple(_numbered(one, seen) for one in files)


def _numbered(one: Deliverable, seen: dict[str, int]) -> Deliverable:
    seen[one.name] = number = seen.get(one.name, 0) + 1
    if number == 1:
        return one
    stem, dot, ending = one.name.rpartition(".")
    return evolve(one, name=f"{stem}-{number}.{ending}" if dot and stem else f"{one.name}-{number}")
