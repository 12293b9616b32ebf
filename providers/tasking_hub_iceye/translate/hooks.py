"""Webhooks: registering one, and what one that was called says. Pure.

ICEYE publishes neither the fields of the registration nor what its callbacks hold, so both are read with an open mind,
and a callback is never more than a hint to look. It has no signature: whoever receives it checks the Basic or OAuth2
credentials with which ICEYE calls (docs.iceye.com, notifications, read 2026-11) before handing it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from tasking_hub import Hint, HttpRequest, HttpResponse, InvalidRequestError
from tasking_hub.wire import read_as
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate.requests import ACCEPT
from tasking_hub_iceye.wire import CONVERTER
from tasking_hub_iceye.wire_orders import WebhookAnswer

_DEPTH_MAX = 5
_TASK_IDS = frozenset({"taskid"})
_WRAPPERS = frozenset({"task", "data", "payload", "resource"})


def register_request(settings: IceyeSettings, url: str) -> HttpRequest:
    """Register an address; not repeated, since each registration makes another webhook.

    Assumption: the address is called `url`, and nothing else is required.
    """
    return HttpRequest(
        method="POST",
        url=f"{settings.base_url.rstrip('/')}/api/notifications/v1/webhooks",
        headers={"Accept": ACCEPT},
        json={"url": url},
        repeatable=False,
    )


def read_webhook(response: HttpResponse) -> str:
    """The id of the webhook, for `IceyeOptions.webhook_id`."""
    return read_as(CONVERTER, WebhookAnswer, response).id


def read_hook(body: bytes) -> Hint:
    """What a callback says: the task's id and ICEYE's word, each where it can be found.

    Assumption: the id is a member "taskID", however written, else the "id" of the task or of the whole.

    Raises:
        InvalidRequestError: it is not a JSON object.
    """
    read = HttpResponse(status=200, body=body).json_or_none()
    if not isinstance(read, dict):
        msg = "a webhook of ICEYE's holds a JSON object"
        raise InvalidRequestError(msg)
    layers = list(_layers(cast(Mapping[str, Any], read)))
    named = (_text(layer, _TASK_IDS) for layer in layers)
    inner_first = (_text(layer, frozenset({"id"})) for layer in [*layers[1:], layers[0]])
    return Hint(
        order_id=next((found for found in (*named, *inner_first) if found), None),
        word=next((found for layer in layers if (found := _text(layer, frozenset({"status"})))), None),
    )


def _layers(body: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The object, and those that stand in it for the task."""
    yield body
    for name, value in body.items():
        if _plain(name) in _WRAPPERS and isinstance(value, dict) and depth < _DEPTH_MAX:
            yield from _layers(cast(Mapping[str, Any], value), depth + 1)


def _text(body: Mapping[str, Any], names: frozenset[str]) -> str | None:
    found: Sequence[Any] = [value for name, value in body.items() if _plain(name) in names]
    return next((value for value in found if isinstance(value, str) and value), None)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
