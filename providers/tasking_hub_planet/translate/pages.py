"""Lists and their pages (developers.planet.com/docs/tasking/examples/filters, read 2026-11); pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve

from tasking_hub import HttpRequest, HttpResponse
from tasking_hub.wire import read_as
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.requests import planet_url
from tasking_hub_planet.wire import CONVERTER

PAGE_LENGTH = 50
"""As in the page's examples."""

T = TypeVar("T")


def list_request(settings: PlanetSettings, path: str, *filters: tuple[str, str]) -> HttpRequest:
    """Ask for the first page of a list."""
    paging = (("limit", str(PAGE_LENGTH)), ("offset", "0"))
    return HttpRequest(method="GET", url=planet_url(settings, path), query=(*filters, *paging), repeatable=True)


Query: TypeAlias = tuple[tuple[str, str], ...]


def next_page(request: HttpRequest, response: HttpResponse, asked: Collection[Query] = ()) -> HttpRequest | None:
    """The request for the page after this one, or None after the last; always at the same address.

    Args:
        request: what asked for this page.
        response: this page.
        asked: queries of the pages before.

    Raises:
        MalformedResponseError: `next` is no address, points at another host or path, or at a page that was read.
    """
    body = response.json()
    link = cast(Mapping[str, Any], body).get("next") if isinstance(body, Mapping) else None
    if link is None:
        return None
    query = _query_of(link, request.url) if isinstance(link, str) else None
    if query is None or query in {request.query, *asked}:
        problem = "not an address of another page of the same list, so not followed @ $.next"
        raise response.malformed(problem)
    return evolve(request, query=query)


def _query_of(link: str, url: str) -> Query | None:
    """The query of a link to the same host and path; its scheme does not matter, since it is not used."""
    try:
        there, here = urlsplit(link), urlsplit(url)
    except ValueError:
        return None
    same = (there.netloc.lower(), there.path.rstrip("/")) == (here.netloc.lower(), here.path.rstrip("/"))
    return tuple(parse_qsl(there.query, keep_blank_values=True)) if same else None


def read_results(response: HttpResponse, kind: type[T]) -> tuple[tuple[T, Mapping[str, Any]], ...]:
    """The elements of a page, each as wire object and as it came."""
    read = read_as(CONVERTER, tuple[kind, ...], response, "results")  # type: ignore[valid-type]
    return tuple(zip(read, response.json()["results"], strict=True))


def items_in(body: Any) -> Sequence[Any]:
    """The elements of a list, plain or in a page; none where it is neither."""
    items = cast(Mapping[str, Any], body).get("results") if isinstance(body, Mapping) else body
    return cast(Sequence[Any], items) if isinstance(items, list) else ()
