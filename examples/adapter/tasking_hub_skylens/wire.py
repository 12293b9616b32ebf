"""SkyLens's JSON, field for field."""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tasking_hub.wire import WireObject, camel_case, make_converter

CONVERTER = make_converter(camel_case)


@frozen(kw_only=True)
class WireContract(WireObject):
    """The answer of `GET /v1/contract`; the credit is a string."""

    contract_id: str
    credit_left: Decimal
    currency: str


@frozen(kw_only=True)
class WirePass(WireObject):
    """One pass, as `GET /v1/passes` lists it."""

    pass_id: str
    starts_at: datetime
    ends_at: datetime
    incidence_angle: float
    cloud_forecast: float | None = None


@frozen(kw_only=True)
class WirePasses(WireObject):
    """The answer of `GET /v1/passes`."""

    passes: list[WirePass]


@frozen(kw_only=True)
class WirePrice(WireObject):
    """The answer of `GET /v1/passes/{passId}/price`; the amount is a string."""

    amount: Decimal
    currency: str
