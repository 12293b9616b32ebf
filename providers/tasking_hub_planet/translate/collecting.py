"""The images: from published captures to the files that Planet's Data API has of them.

Source for that API is Planet's own client: github.com/planetlabs/planet-client-python, clients/data.py, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeAlias, cast
from urllib.parse import quote, urlsplit

from attrs import frozen

from tasking_hub import Deliverable, HttpRequest, HttpResponse, InvalidRequestError, parse_time
from tasking_hub.wire import read_as
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.following import PUBLISHED, CaptureFacts
from tasking_hub_planet.translate.requests import planet_url
from tasking_hub_planet.wire import CONVERTER
from tasking_hub_planet.wire_orders import Asset

DEFAULT_ITEM_TYPE = "SkySatCollect"
"""Where a capture names no type: the one that Planet's notebook looks for (order creation, read 2026-11)."""

_MD5 = re.compile("[0-9a-fA-F]{32}")


@frozen(kw_only=True)
class Item:
    """One scene in Planet's catalogue.

    Attributes:
        type: its item type.
        id: its id.
    """

    type: str
    id: str


@frozen(kw_only=True)
class AssetFacts:
    """A file as it was read once.

    Attributes:
        asset: its fields.
        raw: the same as it came.
    """

    asset: Asset
    raw: Mapping[str, Any]


Assets: TypeAlias = Mapping[str, AssetFacts]
"""The files of an item, by type."""


def items_of(facts: CaptureFacts) -> tuple[Item, ...]:
    """The scenes of a published capture; none before.

    Assumption: there are as many `item_types` as `item_ids`, or the first one holds for all.
    """
    wire = facts.capture
    ids, types = wire.item_ids or (), wire.item_types or (DEFAULT_ITEM_TYPE,)
    if wire.status != PUBLISHED:
        return ()
    matching = types if len(types) == len(ids) else types[:1] * len(ids)
    return tuple(Item(type=kind, id=one) for kind, one in zip(matching, ids, strict=True))


def assets_request(settings: PlanetSettings, item: Item) -> HttpRequest:
    """The files of a scene."""
    path = f"/data/v1/item-types/{quote(item.type, safe='')}/items/{quote(item.id, safe='')}/assets"
    return HttpRequest(method="GET", url=planet_url(settings, path), repeatable=True)


def read_assets(response: HttpResponse) -> Assets:
    """Files by type.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    read = read_as(CONVERTER, dict[str, Asset], response)
    raw = cast(Mapping[str, Any], response.json())
    return {name: AssetFacts(asset=asset, raw=raw[name]) for name, asset in read.items()}


def wanted_types(settings: PlanetSettings, facts: CaptureFacts) -> frozenset[str]:
    """The files to collect: those that the capture says were delivered, and those that are configured."""
    return frozenset({*(facts.capture.delivered_asset_types or ()), *settings.asset_types})


def read_deliverables(
    settings: PlanetSettings, facts: CaptureFacts, item: Item, assets: Assets
) -> Iterator[Deliverable]:
    """The files that are ready: those that are wanted, or all where none is named anywhere.

    The link is signed, so it needs no credential.
    """
    named = wanted_types(settings, facts)
    for name, one in sorted(assets.items()):
        if one.asset.location and (not named or name in named):
            yield Deliverable(
                order_id=facts.capture.order_id or "",
                name=f"{item.id}_{name}",
                url=one.asset.location,
                checksum=_checksum(one.asset),
                expires_at=_expiry(one.asset),
                acquisition_id=facts.capture.id,
                raw=one.raw,
            )


def _checksum(asset: Asset) -> str | None:
    digest = asset.md5_digest or ""
    return f"md5:{digest}" if _MD5.fullmatch(digest) else None


def _expiry(asset: Asset) -> datetime | None:
    """Until when the link works; nothing where that cannot be read, since the link works all the same."""
    for text in (asset.expires_at, f"{asset.expires_at}Z"):
        with suppress(InvalidRequestError):
            return parse_time(text or "")
    return None


def activations(settings: PlanetSettings, facts: CaptureFacts, assets: Assets) -> list[HttpRequest]:
    """Requests for files that are wanted and not ready; only on the configured host.

    Others are left alone: nothing readable says whether asking for one costs anything.
    """
    named = wanted_types(settings, facts)
    asleep = [one.asset for name, one in sorted(assets.items()) if name in named and one.asset.status == "inactive"]
    links = [_link(asset) for asset in asleep]
    return [HttpRequest(method="GET", url=link, repeatable=True) for link in links if link and _is_ours(settings, link)]


def _link(asset: Asset) -> str | None:
    stated = cast(Mapping[str, Any], asset.links).get("activate") if isinstance(asset.links, Mapping) else None
    return stated if isinstance(stated, str) else None


def _is_ours(settings: PlanetSettings, link: str) -> bool:
    try:
        there, here = urlsplit(link), urlsplit(settings.base_url)
    except ValueError:
        return False
    return (there.scheme, there.netloc.lower()) == (here.scheme, here.netloc.lower()) and not there.query
