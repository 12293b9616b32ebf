"""Who is let in: tokens by client credentials, and static keys."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64Error
from itertools import count

from tasking_hub import Clock, HttpResponse
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_iceye.sandbox.catalogue import CUSTOMERS, Customer
from tasking_hub_iceye.sandbox.errors import refused

LIFETIME_S = 3600
"""Seconds that a token is good ("currently 3600", the v1 tasking overview, read 2026-11)."""

SCOPE = "catalog.read deliveries.read orders.read activities.read contracts.read bundles.read customers.read"


class Doorman:
    """Hands out tokens and recognises them, and the static keys.

    Args:
        world: gives the time and the randomness.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._clock: Clock = world.clock
        self._numbers = count(1)
        self._tokens: dict[str, tuple[float, Customer]] = {}

    def token(self, request: SandboxRequest) -> HttpResponse:
        """The token endpoint (RFC 6749, client credentials)."""
        if request.form().get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "grant_type must be client_credentials")
        pair = _basic_pair(request.headers.get("authorization", ""))
        customer = next((one for one in CUSTOMERS if (one.client_id, one.client_secret) == pair), None)
        if customer is None:
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        token = f"{self._world.rng('token', next(self._numbers)).getrandbits(128):032x}"
        self._tokens[token] = (self._clock.monotonic() + LIFETIME_S, customer)
        body = {"token_type": "Bearer", "expires_in": LIFETIME_S, "access_token": token, "scope": SCOPE}
        return reply(200, body, headers={"Cache-Control": "no-store"})

    def customer(self, request: SandboxRequest) -> Customer:
        """Who asks.

        Raises:
            RefusedError: 401 for a missing, unknown or expired credential.
        """
        kind, _, credential = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            known = next((one for one in CUSTOMERS if one.api_key == credential), None)
            if known is not None:
                return known
        good_until, customer = self._tokens.get(credential, (float("-inf"), None))
        if kind == "Bearer" and customer is not None and self._clock.monotonic() < good_until:
            return customer
        raise refused(401, "unauthorized", "The access token is missing, unknown or expired")

    def forget(self) -> None:
        """Make every token useless."""
        self._tokens.clear()


def _basic_pair(header: str) -> tuple[str, str] | None:
    kind, _, encoded = header.partition(" ")
    if kind != "Basic":
        return None
    try:
        name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64Error, UnicodeDecodeError):
        return None
    return name, secret


def _oauth_error(status: int, error: str, description: str) -> HttpResponse:
    return reply(status, {"error": error, "error_description": description})
