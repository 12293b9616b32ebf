"""Documents back into the vocabulary, strictly: what a later process quotes or buys is what was saved.

Keys that this version does not know are left alone, since a later one may have added them. Numbers may have been parsed
as floats or as decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs
import cattrs
from shapely.geometry.base import BaseGeometry

from tasking_hub.areas.options import read_options
from tasking_hub.errors import InvalidRequestError
from tasking_hub.geometry import read_geojson
from tasking_hub.models import Adjustment, Comparison, Opportunity, Quote, RankedQuote, Refusal, TaskRequest
from tasking_hub.money import Money, Quota
from tasking_hub.registry import Registry
from tasking_hub.report.documents import SCHEMA
from tasking_hub.report.plain import exact, read_adjustment, read_number
from tasking_hub.wire import make_converter, problems

__all__ = ["DocumentError", "read_comparison", "read_opportunity", "read_quote", "read_request"]

T = TypeVar("T")
Document = Mapping[str, Any]


class DocumentError(InvalidRequestError):
    """A saved document is not what `tasking_hub.report.documents` writes.

    Attributes:
        problems: one line a problem, each "what @ path".
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def read_request(document: object, registry: Registry) -> TaskRequest:
    """Read what `request_document` wrote.

    Raises:
        DocumentError: naming what is wrong at which path.
        ProviderNotFoundError: the document has options of an adapter that is not installed.
    """
    return _request(_checked(document), registry, "$")


def read_opportunity(document: object, registry: Registry) -> Opportunity:
    """Read what `opportunity_document` wrote.

    Raises:
        DocumentError: naming what is wrong at which path.
        ProviderNotFoundError: the document has options of an adapter that is not installed.
    """
    members = _checked(document)
    return _opportunity(members, _request(_member(members, "request", "$"), registry, "$.request"), "$")


def read_quote(document: object, registry: Registry) -> Quote:
    """Read what `quote_document` wrote.

    Raises:
        DocumentError: naming what is wrong at which path.
        ProviderNotFoundError: the document has options of an adapter that is not installed.
    """
    members = _checked(document)
    opportunity = _member(members, "opportunity", "$")
    request = _member(opportunity, "request", "$.opportunity")
    return _quote(members, _request(request, registry, "$.opportunity.request"), "$")


def read_comparison(document: object, registry: Registry) -> Comparison:
    """Read what `comparison_document` wrote.

    Raises:
        DocumentError: naming what is wrong at which path.
        ProviderNotFoundError: the document has options of an adapter that is not installed.
    """
    members = _checked(document)
    request = _request(_member(members, "request", "$"), registry, "$.request")
    found = {
        "request": request,
        "quotes": [_ranked(item, request, where) for item, where in _items(members, "quotes")],
        "refusals": [_refusal(item, where) for item, where in _items(members, "refusals")],
        "not_quoted": [_opportunity(item, request, where) for item, where in _items(members, "not_quoted")],
    }
    return _structured({**members, **found}, Comparison, "$")


# --- The document's own shape ------------------------------------------------------------------------


def _checked(document: object) -> Document:
    members = _object(document, "$")
    schema = members.get("schema")
    if schema != SCHEMA:
        raise DocumentError([f"{SCHEMA!r} is the schema read here, not {schema!r:.40} @ $.schema"])
    return members


def _object(value: object, where: str) -> Document:
    if not isinstance(value, Mapping):
        raise DocumentError([f"expected an object, not {type(value).__name__} @ {where}"])
    return cast("Document", value)


def _member(document: Document, name: str, where: str) -> Document:
    if name not in document:
        raise DocumentError([f"required field missing @ {where}.{name}"])
    return _object(document[name], f"{where}.{name}")


def _items(document: Document, name: str) -> Iterator[tuple[Document, str]]:
    items = document.get(name)
    if not isinstance(items, list | tuple):
        raise DocumentError([f"expected a list, not {type(items).__name__} @ $.{name}"])
    for index, item in enumerate(cast("Sequence[object]", items)):
        where = f"$.{name}[{index}]"
        yield _object(item, where), where


# --- Its parts ---------------------------------------------------------------------------------------


def _request(document: Document, registry: Registry, where: str) -> TaskRequest:
    given = _member(document, "options", where)
    try:
        options = {provider: read_options(provider, values, registry) for provider, values in given.items()}
    except InvalidRequestError as error:
        raise DocumentError([f"{error} @ {where}.options"]) from error
    request = _structured({**document, "options": options}, TaskRequest, where)
    return attrs.evolve(request, properties=read_number(request.properties))


def _opportunity(document: Document, request: TaskRequest, where: str) -> Opportunity:
    window = {name: document[name] for name in ("start", "end") if name in document}
    percent, updated = document.get("cloud_forecast_percent"), document.get("cloud_forecast_updated")
    forecast = None if percent is None else {"percent": percent, "updated": updated}
    members = {**document, "request": request, "window": window, "cloud_forecast": forecast}
    return _with_raw(_structured(members, Opportunity, where))


def _quote(document: Document, request: TaskRequest, where: str) -> Quote:
    opportunity = _opportunity(_member(document, "opportunity", where), request, f"{where}.opportunity")
    quote = _with_raw(_structured({**document, "opportunity": opportunity}, Quote, where))
    first = len(opportunity.adjustments)
    if quote.adjustments[:first] != opportunity.adjustments:
        raise DocumentError([f"those of the opportunity are expected to come first @ {where}.adjustments"])
    return attrs.evolve(quote, adjustments=quote.adjustments[first:])


def _ranked(document: Document, request: TaskRequest, where: str) -> RankedQuote:
    return _structured({**document, "quote": _quote(document, request, where)}, RankedQuote, where)


def _refusal(document: Document, where: str) -> Refusal:
    refusal = _with_raw(_structured(document, Refusal, where))
    return attrs.evolve(refusal, limit=read_number(refusal.limit), actual=read_number(refusal.actual))


RawT = TypeVar("RawT", Opportunity, Quote, Refusal)


def _with_raw(item: RawT) -> RawT:
    return attrs.evolve(item, raw=exact(item.raw))


# --- Strict structuring ------------------------------------------------------------------------------


def _structured(members: Document, kind: type[T], where: str) -> T:
    try:
        return _CONVERTER.structure(members, kind)
    except (cattrs.BaseValidationError, TypeError, ValueError) as error:
        raise DocumentError(problems(error, where)) from error


def _read_geometry(value: object, _: object) -> BaseGeometry:
    return read_geojson(_plain_object(value, "a GeoJSON geometry"))


def _read_amount(value: object, _: object) -> Money | Quota:
    members = _plain_object(value, "money or quota")
    if "currency" in members:
        return _CONVERTER.structure(members, Money)
    return _CONVERTER.structure(members, Quota)


def _plain_object(value: object, expected: str) -> Document:
    if not isinstance(value, Mapping):
        msg = f"expected {expected}, not {type(value).__name__}"
        raise ValueError(msg)  # noqa: TRY004  # cattrs collects value errors with their path
    return cast("Document", value)


def _read_date(value: object, _: object) -> dt.date:
    if not isinstance(value, str):
        msg = f"expected a day, not {type(value).__name__}"
        raise ValueError(msg)  # noqa: TRY004  # as above
    return dt.date.fromisoformat(value)


def _make_converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_structure_hook(BaseGeometry, _read_geometry)
    converter.register_structure_hook(Money | Quota, _read_amount)
    converter.register_structure_hook(dt.date, _read_date)
    read = converter.get_structure_hook(Adjustment)
    converter.register_structure_hook(Adjustment, lambda value, kind: read_adjustment(read(value, kind)))
    # Each before those that hold it: a hook is made with the hooks that are there.
    for kind in (TaskRequest, Opportunity, Quote, RankedQuote, Refusal):
        _pass_through(converter, kind)
    return converter


def _pass_through(converter: cattrs.Converter, kind: type[Any]) -> None:
    """Let an object stand where its JSON could: parts are read first, with the request that they share."""
    read = converter.get_structure_hook(kind)
    converter.register_structure_hook(kind, lambda value, cl: value if isinstance(value, cl) else read(value, cl))


_CONVERTER = _make_converter()
