"""What goes to ICEYE, as request values. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from attrs import evolve

from tasking_hub import HttpRequest, Secret, dump_json
from tasking_hub_iceye.options import ApiVersion, IceyeSettings, PriceParameters
from tasking_hub_iceye.wire import CONVERTER, TaskParameters

ACCEPT = "application/json, application/problem+json"
"""What every documented call accepts."""

PAGE_LIMIT = 100
"""Contracts asked for at once; ICEYE's default is 10, its limit 10,000 (v1 changelog, 2025-02-17)."""

FEASIBILITY_TIMEOUT_S = 120.0
"""What ICEYE's own example application allows (github.com/iceye-ltd/app-examples, 2026-03)."""

GLANCE_TIMEOUT_S = 10.0
"""How long a price waits for the note on funds beside it: our own choice."""

Pairs = tuple[tuple[str, str], ...]


def token_request(token_url: str, client_id: Secret, client_secret: Secret) -> HttpRequest:
    """Ask for a bearer token with client credentials (docs.iceye.com, authentication, read 2026-11)."""
    pair = f"{client_id.reveal()}:{client_secret.reveal()}".encode()
    headers = {
        "Authorization": f"Basic {b64encode(pair).decode()}",
        "Accept": ACCEPT,
        "Cache-Control": "no-cache",
    }
    form = {"grant_type": "client_credentials"}
    return HttpRequest(method="POST", url=token_url, headers=headers, form=form, repeatable=True)


def contracts_request(settings: IceyeSettings, cursor: str | None = None) -> HttpRequest:
    """One page of the account's contracts."""
    query: Pairs = (("limit", str(PAGE_LIMIT)),)
    return read_request(_company(settings), (*query, ("cursor", cursor)) if cursor else query)


def contract_request(settings: IceyeSettings, contract_id: str) -> HttpRequest:
    """One contract."""
    return read_request(f"{_company(settings)}/{quote(contract_id, safe='')}")


def summary_request(settings: IceyeSettings, contract_id: str) -> HttpRequest:
    """What a contract has left; answered 404 for one without a pricing plan."""
    return read_request(f"{_company(settings)}/{quote(contract_id, safe='')}/summary")


def glance_request(settings: IceyeSettings, contract_id: str) -> HttpRequest:
    """The same, asked once and not waited for long: for a note beside a price."""
    return evolve(summary_request(settings, contract_id), repeatable=False, timeout_s=GLANCE_TIMEOUT_S)


def price_request(settings: IceyeSettings, task: TaskParameters, parameters: PriceParameters) -> HttpRequest:
    """The price of a task."""
    return read_request(f"{_tasking(settings)}/price", price_query(task, settings.api_version, parameters))


def feasibility_request(settings: IceyeSettings, task: TaskParameters) -> HttpRequest:
    """Whether a satellite can take a task's image; the body is a list, and only tasking v2 has it."""
    return HttpRequest(
        method="POST",
        url=f"{_tasking(settings)}/feasibility",
        headers={"Accept": ACCEPT},
        json=[CONVERTER.unstructure(task)],
        repeatable=True,
        timeout_s=FEASIBILITY_TIMEOUT_S,
    )


def tasks_url(settings: IceyeSettings) -> str:
    """Where tasks are created and listed."""
    return f"{_tasking(settings)}/tasks"


def task_url(settings: IceyeSettings, task_id: str) -> str:
    """Where one task is."""
    return f"{tasks_url(settings)}/{quote(task_id, safe='')}"


def _company(settings: IceyeSettings) -> str:
    return f"{settings.base_url.rstrip('/')}/api/company/v1/contracts"


def _tasking(settings: IceyeSettings) -> str:
    return f"{settings.base_url.rstrip('/')}/api/tasking/{settings.api_version}"


def read_request(url: str, query: Pairs = ()) -> HttpRequest:
    """A GET, which may be repeated."""
    return HttpRequest(method="GET", url=url, query=query, headers={"Accept": ACCEPT}, repeatable=True)


# --- The price question ------------------------------------------------------------------------------


def price_query(task: TaskParameters, version: ApiVersion, parameters: PriceParameters) -> Pairs:
    """The parameters of get-task-price in the order of its v1 page; those that the task leaves open are left out.

    The required ones and, on v1, the reference; the further ones only where a way of writing them is chosen.
    """
    point = task.point_of_interest
    further = {} if parameters is PriceParameters.NONE else _further(task, _WRITERS[parameters])
    parts: Mapping[str, Pairs] = {
        "contractID": (("contractID", task.contract_id),),
        "reference": (("reference", task.reference),) if version is ApiVersion.V1 else (),
        "pointOfInterest": (
            ("pointOfInterest[lat]", _plain(point.lat)),
            ("pointOfInterest[lon]", _plain(point.lon)),
        ),
        "acquisitionWindow": (),
        "imagingMode": (("imagingMode", task.imaging_mode),),
        "exclusivity": (("exclusivity", task.exclusivity),),
        "priority": (("priority", task.priority),),
        "sla": (("sla", task.sla),),
        "eula": (("eula", task.eula),),
    }
    return tuple(pair for pairs in {**parts, **further}.values() for pair in pairs)


def _plain(number: Decimal) -> str:
    return f"{number:f}"


Value = Mapping[str, str | int] | Sequence[str]
Writer = Callable[[str, Value], Pairs]


def _further(task: TaskParameters, write: Writer) -> dict[str, Pairs]:
    """What ICEYE's v1 example sends beyond what is required."""
    body: dict[str, Any] = CONVERTER.unstructure(task)
    names = ("acquisitionWindow", "additionalProductTypes", "incidenceAngle", "lookSide", "passDirection")
    return {
        name: ((name, body[name]),) if isinstance(body[name], str) else write(name, body[name])
        for name in names
        if name in body
    }


def _as_documented(name: str, value: Value) -> Pairs:
    """As in ICEYE's v1 example: lists and objects written as Python writes them, in single quotes."""
    return ((name, repr(value)),)


def _as_json(name: str, value: Value) -> Pairs:
    return ((name, dump_json(value)),)


def _as_deep_object(name: str, value: Value) -> Pairs:
    """As OpenAPI's deepObject, the style of pointOfInterest; the name of a list is repeated for each member."""
    if isinstance(value, Mapping):
        return tuple((f"{name}[{key}]", str(member)) for key, member in value.items())
    return tuple((name, member) for member in value)


_WRITERS: Mapping[PriceParameters, Writer] = {
    PriceParameters.DOCUMENTED: _as_documented,
    PriceParameters.DEEP_OBJECT: _as_deep_object,
    PriceParameters.JSON: _as_json,
}
