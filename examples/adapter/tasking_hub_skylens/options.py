"""What an account and a request may set at SkyLens."""

from typing import ClassVar

from attrs import frozen

from tasking_hub import AccountSettings, Secret


@frozen(kw_only=True)
class SkylensSettings(AccountSettings):
    """The keys of an `[accounts.x]` table.

    Attributes:
        api_key: sent as `X-Api-Key`.
        base_url: where the API is.
    """

    provider: ClassVar[str] = "skylens"

    api_key: Secret
    base_url: str = "https://api.skylens.example"


@frozen(kw_only=True)
class SkylensOptions:
    """What a request may set at SkyLens alone.

    Attributes:
        rush: processed within the hour, at twice the price.
    """

    rush: bool = False
