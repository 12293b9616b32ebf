"""Delivered images of an order, found in the workspace by Airbus' catalogue. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from attrs import evolve

from tasking_hub import Acquisition, ConfigurationError, Deliverable, HttpRequest, HttpResponse, Order
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.orders import plain_reference
from tasking_hub_airbus.translate.pages import Page, may_go_on
from tasking_hub_airbus.wire import CONVERTER
from tasking_hub_airbus.wire_orders import DeliveredImage, Link

ARCHIVE = "application/zip"
"""What a link called "download" leads to (Airbus' own airbusgeo/geocube-ingester, read 2026-11)."""

PAGE_SIZE = 500
"""Images on a page; the most that Airbus gives (Airbus' OpenAPI description, read 2026-11)."""


def known_workspace(workspace: str | None) -> str:
    """The workspace that images are delivered to.

    Raises:
        ConfigurationError: nobody names one.
    """
    if workspace is None:
        msg = "Airbus names no workspace for this contract: set workspace_id in the account's configuration"
        raise ConfigurationError(msg)
    return workspace


def delivered_request(settings: AirbusSettings, workspace: str, order: Order) -> HttpRequest:
    """The first page of the images delivered for an order, by the guide's address.

    Assumption: the filter customerReference, which is documented for the search's other form, works here; what names
    another order is left out again.
    """
    query = (
        ("workspaceid", workspace),
        ("customerReference", order.reference),
        ("itemsPerPage", str(PAGE_SIZE)),
        ("startPage", "1"),
    )
    return HttpRequest(method="GET", url=f"{settings.search_url}/api/v2/opensearch", query=query, repeatable=True)


def read_delivered(request: HttpRequest, response: HttpResponse) -> Page[DeliveredImage]:
    """A page of delivered images.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    items = read_as(CONVERTER, tuple[DeliveredImage, ...], response, "features")
    page = int(dict(request.query)["startPage"])
    following = evolve(request, query=(*request.query[:-1], ("startPage", str(page + 1))))
    return Page(items=items, following=following if may_go_on(len(items)) else None)


def belongs_to(order: Order, image: DeliveredImage) -> bool:
    """Whether an image may be of an order: it names no other reference and no other sales order."""
    told = image.properties
    sales = sales_order_of(order)
    reference = told.customer_reference if told else None
    internal = told.internal_reference if told else None
    other = internal is not None and sales is not None and internal != sales
    return not other and (reference is None or plain_reference(reference) == plain_reference(order.reference))


def sales_order_of(order: Order) -> str | None:
    """Airbus' number of the sales order ("SAL..."), or None where it is not known."""
    for part, name in (("tasking", "sal"), ("item", "salesOrderId"), ("placed", "salesOrderId")):
        members: Any = order.raw.get(part)
        value = cast(Mapping[str, Any], members).get(name) if isinstance(members, Mapping) else None
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def names_its_source(image: DeliveredImage) -> bool:
    """Whether an image says which acquisition it was made from."""
    return bool(_catalogue_ids(image))


def _catalogue_ids(image: DeliveredImage) -> tuple[str, ...]:
    return image.properties.catalogue_ids if image.properties else ()


def catalogued(acquisitions: Iterable[Acquisition]) -> dict[str, str]:
    """Ids of segments and coverages by what the catalogue calls them."""
    named = ((_catalogue_id(acquisition.raw), acquisition.id) for acquisition in acquisitions)
    return {name: id_ for name, id_ in named if name is not None}


def _catalogue_id(raw: Mapping[str, Any]) -> str | None:
    """A segment's `asDetail1.catalogId`, a coverage's `archiveId`."""
    detail: Any = raw.get("asDetail1")
    found = cast(Mapping[str, Any], detail).get("catalogId") if isinstance(detail, Mapping) else raw.get("archiveId")
    return found if isinstance(found, str) else None


def read_deliverables(
    settings: AirbusSettings, order: Order, image: DeliveredImage, taken: Mapping[str, str]
) -> list[Deliverable]:
    """The files of an image. A link that the account has no right to answers 403 when it is followed.

    Args:
        settings: the account.
        order: what was bought.
        image: one of the delivered images.
        taken: ids of the order's acquisitions by what the catalogue calls them.
    """
    links = image.links.download if image.links else ()
    acquisition = next((taken[name] for name in _catalogue_ids(image) if name in taken), None)
    return [_deliverable(settings, order, image, link, acquisition) for link in links]


def _deliverable(
    settings: AirbusSettings, order: Order, image: DeliveredImage, link: Link, acquisition: str | None
) -> Deliverable:
    told = link.type if "/" in (link.type or "") else None
    return Deliverable(
        order_id=order.id or order.reference,
        name=_name(image, link),
        url=link.href,
        media_type=told or (ARCHIVE if _is_archive(link) else None),
        acquisition_id=acquisition,
        needs_credentials=any(link.href.startswith(f"{url}/") for url in settings.urls),
        raw={"image": image.id, "link": dict(link.raw)},
    )


def _name(image: DeliveredImage, link: Link) -> str:
    """A file name: the link's own where it looks like one, else that of the image in the catalogue, else its id."""
    last = unquote(urlsplit(link.href).path).rsplit("/", 1)[-1]
    named = next((text for text in (link.name or "", last) if "." in text), None)
    image_name = next(iter(_catalogue_ids(image)), image.id or _digest(link.href))
    made = f"{image_name}.zip" if _is_archive(link) else f"{image_name}-{link.name or last}"
    safe = (named or made).replace("/", "_").replace("\\", "_")
    return safe.lstrip(".") or "image"


def _is_archive(link: Link) -> bool:
    return link.name == "download"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
