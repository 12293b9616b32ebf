"""Webhooks as the played ICEYE registers them. It calls none: what ICEYE sends to them is not published."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, cast
from uuid import UUID

from tasking_hub import HttpResponse
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_iceye.sandbox.catalogue import Customer
from tasking_hub_iceye.sandbox.checks import json_of
from tasking_hub_iceye.sandbox.errors import bad_request


class Webhooks:
    """Registered addresses.

    Args:
        world: gives the randomness.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = count(1)
        self._urls: dict[str, str] = {}

    def register(self, _customer: Customer, request: SandboxRequest) -> HttpResponse:
        """Register an address; the one field that is asked for is the sandbox's own choice."""
        body = json_of(request)
        url = cast(Mapping[str, Any], body).get("url") if isinstance(body, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            msg = "url must be an http address"
            raise bad_request(msg)
        webhook_id = str(UUID(int=self._world.rng("webhook", next(self._numbers)).getrandbits(128), version=4))
        self._urls[webhook_id] = url
        return reply(201, {"id": webhook_id, "url": url})

    def check(self, task: Mapping[str, Any]) -> None:
        """Nothing, where the task names no webhook or a registered one.

        Raises:
            RefusedError: 400.
        """
        if "notifications" in task and _named(task["notifications"]) not in self._urls:
            msg = "notifications.webhook.id is not a registered webhook"
            raise bad_request(msg)


def _named(notifications: Any) -> Any:
    try:
        return str(notifications["webhook"]["id"])
    except (KeyError, TypeError):
        return None
