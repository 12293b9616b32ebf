"""One search for imaging windows: who asks, for what, under which contract, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import Factory, field, frozen

from tasking_hub import Optical, Refusal, RefusalCode, TaskRequest
from tasking_hub_planet.options import PlanetOptions, PlanetSettings


@frozen(kw_only=True)
class Inquiry:
    """What every translation of one search needs to know.

    Attributes:
        account: name of the configured account.
        settings: its configuration.
        request: what the buyer wants.
        options: what the buyer wants of Planet alone.
        asked_at: when the search is made; what Planet allows is counted from then.
        product: which of the contract's products is asked about; the one with imaging windows unless said otherwise.
    """

    account: str
    settings: PlanetSettings
    request: TaskRequest
    options: PlanetOptions
    asked_at: datetime
    product: str = field(default=Factory(lambda self: self.settings.product, takes_self=True))

    @property
    def optical(self) -> Optical:
        """The requirements on the image; none where the request wants no optical image."""
        return self.request.optical or Optical()

    def refuse(
        self,
        code: RefusalCode,
        message: str,
        *,
        field: str | None = None,
        limit: Any = None,
        actual: Any = None,
        unit: str | None = None,
        remedy: str | None = None,
    ) -> Refusal:
        """A refusal of this account's product that asking again would not change."""
        return Refusal(
            account=self.account,
            provider=self.settings.provider,
            code=code,
            message=message,
            field=field,
            limit=limit,
            actual=actual,
            unit=unit,
            remedy=remedy,
            product=self.product,
        )
