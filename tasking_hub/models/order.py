"""What was bought, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub.checksums import Checksum
from tasking_hub.clock import utc
from tasking_hub.lifecycle import OrderState
from tasking_hub.models.checks import moment_or_none, whole
from tasking_hub.models.quote import CancellationStep
from tasking_hub.models.request import Window
from tasking_hub.money import Money, Quota


@frozen(kw_only=True)
class OrderEvent:
    """One step in an order's life.

    Attributes:
        at: when it happened.
        state: the neutral state from then on.
        provider_status: the provider's own word, kept as it came.
        note: what else was said.
    """

    at: datetime = field(converter=utc)
    state: OrderState
    provider_status: str | None = None
    note: str = ""


@frozen(kw_only=True)
class Order:
    """What was bought from one provider.

    Attributes:
        account: name of the configured account.
        provider: name of its adapter.
        id: the provider's order id, or None until it is known.
        reference: the buyer's unique handle.
        state: the neutral state.
        provider_status: the provider's own word.
        history: how it came to that state, oldest first.
        price: what was agreed, or None where a study decides.
        window: in which the image is to be taken, as the provider shows it now, or None where it does not.
        cancellable_until: the last moment to leave, or None where the provider does not say.
        cancellation: what leaving costs, in order of time.
        progress_percent: of the ordered area, 0..100, or None.
        replaced: ids of the orders that this one replaced.
        raw: the provider's own JSON.
    """

    account: str
    provider: str
    id: str | None = None
    reference: str
    state: OrderState
    provider_status: str | None = None
    history: tuple[OrderEvent, ...] = field(default=(), converter=tuple[OrderEvent, ...])
    price: Money | Quota | None = None
    window: Window | None = None
    cancellable_until: datetime | None = field(default=None, converter=moment_or_none)
    cancellation: tuple[CancellationStep, ...] = field(default=(), converter=tuple[CancellationStep, ...])
    progress_percent: Decimal | None = None
    replaced: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)


@frozen(kw_only=True)
class Acquisition:
    """One image taken for an order: a segment, a capture or a scene.

    Attributes:
        id: the provider's id.
        order_id: the order that it belongs to.
        provider_status: the provider's own word.
        proposed: whether it waits for the buyer to accept or refuse it.
        taken_at: when it was acquired, or None until then.
        footprint: what it shows (WGS 84), or None.
        incidence_deg: at the target.
        cloud_cover_percent: measured on the image, 0..100.
        raw: the provider's own JSON.
    """

    id: str
    order_id: str
    provider_status: str
    proposed: bool = False
    taken_at: datetime | None = field(default=None, converter=moment_or_none)
    footprint: BaseGeometry | None = None
    incidence_deg: float | None = None
    cloud_cover_percent: float | None = None
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)


@frozen(kw_only=True)
class Decision:
    """Something that waits for the buyer.

    Attributes:
        id: unique within the account.
        account: name of the configured account.
        order_id: the order that it belongs to; the buyer's reference while the provider has given it no id.
        question: what is to be decided, one sentence.
        deadline: until when, or None where the provider does not say.
        cost: what accepting costs, or None where it is unknown.
        if_ignored: what happens without an answer.
        raw: the provider's own JSON.
    """

    id: str
    account: str
    order_id: str
    question: str
    deadline: datetime | None = field(default=None, converter=moment_or_none)
    cost: Money | Quota | None = None
    if_ignored: str
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)


def _checksum(_instance: object, _attribute: object, value: str | None) -> None:
    if value is not None:
        Checksum.read(value)


@frozen(kw_only=True)
class Deliverable:
    """A file that belongs to an order.

    Attributes:
        order_id: the order.
        name: file name.
        url: where it can be fetched; may expire.
        media_type: MIME type, or None.
        size_bytes: length, or None where the provider does not say.
        checksum: `md5:…`, `sha256:…` and their kin with the digest in hexadecimal, or a multihash in hexadecimal
            (`tasking_hub.checksums`); None where the provider does not say, or uses another algorithm.
        expires_at: until when the link works, or None.
        acquisition_id: the image that it belongs to, or None where the provider does not say.
        needs_credentials: the link is of one of the account's own hosts and wants the account's headers; never for a
            link that is signed.
        raw: the provider's own JSON.

    Raises:
        InvalidRequestError: the length is negative, or the checksum is none.
    """

    order_id: str
    name: str
    url: str = field(repr=False)
    media_type: str | None = None
    size_bytes: int | None = field(default=None, validator=whole(0, 2**63 - 1))
    checksum: str | None = field(default=None, validator=_checksum)
    expires_at: datetime | None = field(default=None, converter=moment_or_none)
    acquisition_id: str | None = None
    needs_credentials: bool = False
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)
