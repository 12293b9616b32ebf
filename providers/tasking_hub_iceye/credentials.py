"""Which of ICEYE's two ways to say who asks is configured: client credentials, or a static key."""

from __future__ import annotations

from tasking_hub import Authenticator, Clock, ConfigurationError, Secret, StaticAuth, TokenAuth, read_json_error
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate.requests import token_request


def authenticator(settings: IceyeSettings, clock: Clock) -> Authenticator:
    """Bearer tokens from the client's credentials, or the static key after "Basic".

    Raises:
        ConfigurationError: both are configured or neither is as a whole; the message names the keys.
    """
    client = {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "token_url": settings.token_url,
    }
    given = [key for key, value in client.items() if value]
    if settings.api_key:
        return _static(settings.api_key, given)
    if not (settings.client_id and settings.client_secret and settings.token_url):
        raise _missing([key for key in client if key not in given])
    request = token_request(settings.token_url, settings.client_id, settings.client_secret)
    return TokenAuth(request, clock=clock, read_error=read_json_error)


def _static(api_key: Secret, given: list[str]) -> Authenticator:
    if given:
        msg = f"an ICEYE account has either api_key or {', '.join(given)}: remove one of the two"
        raise ConfigurationError(msg)
    return StaticAuth({"Authorization": Secret(f"Basic {api_key.reveal()}")})


def _missing(keys: list[str]) -> ConfigurationError:
    needed = "an ICEYE account needs client_id, client_secret and token_url, or api_key instead of all three"
    return ConfigurationError(f"{needed}; missing: {', '.join(keys)}")


def credential(settings: IceyeSettings) -> str:
    """What tells one customer of ICEYE from another; only ever used as a digest."""
    known = settings.api_key or settings.client_id
    return known.reveal() if known else ""
