"""What the three servers share: a ledger of violations, and a reader that checks JSON by an exact form."""

import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

from aiohttp import web
from aiohttp.test_utils import TestServer

from tasking_hub import Hub

MILLIS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


class Ledger:
    """Every request that arrived, and everything about it that the documents do not allow."""

    def __init__(self, clock):
        self.clock = clock
        self.violations = []
        self.requests = []
        self.answers = []
        self.damage = lambda where, body: body

    def note(self, where, problem):
        self.violations.append(f"{where}: {problem}")

    def must(self, holds, where, problem):
        if not holds:
            self.note(where, problem)
        return bool(holds)

    def paths(self, method=None):
        return [seen.path for seen in self.requests if method in {None, seen.method}]

    def bodies(self, end):
        return [seen.json for seen in self.requests if seen.path.endswith(end)]

    async def record(self, request):
        """Keep the request as it came over the wire, and check what holds for every request of every provider."""
        body = await request.read()
        seen = SimpleNamespace(
            at=self.clock.now().timestamp(),
            method=request.method,
            path=request.raw_path.partition("?")[0],
            query=request.raw_path.partition("?")[2],
            headers=request.headers.copy(),
            body=body,
            json=None,
            busy=False,
        )
        self.requests.append(seen)
        where = f"{seen.method} {seen.path}"
        self.must(len(request.headers.getall("Authorization", [])) <= 1, where, "two Authorization headers")
        self.must("Cookie" not in request.headers, where, "a cookie")
        self.must("case" not in request.headers, where, "a header 'case' turns the field names around")
        if request.method == "GET":
            self.must(not body, where, f"a GET with a body: {body[:40]!r}")
            self.must("Content-Length" not in request.headers, where, "a GET with a Content-Length")
        return seen

    def read_json(self, seen):
        """The JSON of a body, which must say that it is JSON and be UTF-8."""
        where = f"{seen.method} {seen.path}"
        kind = seen.headers.get("Content-Type", "")
        self.must(kind.lower() == "application/json", where, f"Content-Type {kind!r}")
        try:
            seen.json = json.loads(seen.body.decode(), object_pairs_hook=self._no_twins(where))
        except ValueError as error:
            self.note(where, f"no JSON: {error}")
        return seen.json

    def _no_twins(self, where):
        def pairs(items):
            self.must(len(dict(items)) == len(items), where, f"a key twice among {[key for key, _ in items]}")
            return dict(items)

        return pairs

    def shape(self, value, form, where):
        """Check a JSON value by a form: dict, [form of an item], set of literals, type, check, or None for null.

        In a dict, a key that ends in ? may be absent, and * lets in others.
        """
        if isinstance(form, dict):
            self._object(value, form, where)
        elif isinstance(form, list):
            if self.must(isinstance(value, list), where, f"a list expected, not {value!r:.60}"):
                for index, item in enumerate(value):
                    self.shape(item, form[0], f"{where}[{index}]")
        elif isinstance(form, (set, frozenset)):
            self.must(isinstance(value, str) and value in form, where, f"{value!r} is none of {sorted(form)}")
        elif form is None:
            self.must(value is None, where, f"null expected, not {value!r:.60}")
        elif isinstance(form, type):
            self.must(type(value) is form, where, f"{form.__name__} expected, not {value!r:.60}")
        else:
            problem = form(value)
            self.must(problem is None, where, problem)

    def _object(self, value, form, where):
        if not self.must(isinstance(value, dict), where, f"an object expected, not {value!r:.60}"):
            return
        known = {key.removesuffix("?"): key for key in form if key != "*"}
        for key in value.keys() - known.keys() if "*" not in form else ():
            self.note(where, f"unknown key {key!r}")
        for name, key in known.items():
            if name in value:
                self.shape(value[name], form[key], f"{where}.{name}")
            else:
                self.must(key.endswith("?"), where, f"key {name!r} is missing")


def number(low, high):
    """A JSON number, never a text or a boolean, within bounds; whole ones written without a fraction as in samples."""

    def check(value):
        if type(value) not in {int, float}:
            return f"a number expected, not {value!r:.40}"
        if not low <= value <= high:
            return f"{value} is not in {low}..{high}"
        return f"{value} is written with a fraction" if isinstance(value, float) and value.is_integer() else None

    return check


def text(value):
    """A text that is not empty."""
    return None if isinstance(value, str) and value else f"a text expected, not {value!r:.40}"


def exactly(expected):
    """This value and type, nothing else."""

    def check(value):
        same = value == expected and type(value) is type(expected)
        return None if same else f"{expected!r} expected, not {value!r:.80}"

    return check


def millis(value):
    """A UTC time with three digits after the point and Z, as in every Airbus sample."""
    return None if isinstance(value, str) and MILLIS.fullmatch(value) else f"{value!r} is no time with milliseconds"


def instant(value):
    """A UTC time with Z."""
    return None if isinstance(value, str) and INSTANT.fullmatch(value) else f"{value!r} is no UTC time"


def position(value):
    """A pair of longitude and latitude."""
    if not isinstance(value, list) or len(value) != 2 or any(type(one) not in {int, float} for one in value):
        return f"a position of two numbers expected, not {value!r:.60}"
    lon, lat = value
    return None if -180 <= lon <= 180 and -90 <= lat <= 90 else f"{value} is not longitude, latitude"


def polygon(value):
    """A GeoJSON Polygon: one closed ring of 2-D positions, 4 to 999 of them, nothing beside type and coordinates."""
    if not isinstance(value, dict) or value.keys() != {"type", "coordinates"} or value["type"] != "Polygon":
        return f"a bare GeoJSON Polygon expected, not {value!r:.80}"
    rings = value["coordinates"]
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        return f"one ring expected, not {rings!r:.80}"
    ring = rings[0]
    wrong = next(filter(None, map(position, ring)), None)
    if wrong:
        return wrong
    if not 4 <= len(ring) <= 999:
        return f"{len(ring)} positions"
    return None if ring[0] == ring[-1] else "the ring is not closed"


def moment(text_):
    """Read a time of a document."""
    return datetime.fromisoformat(text_).astimezone(UTC)


def stamp(when):
    """Write a time with milliseconds as Airbus does."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _damaging(handler):
    """The handler, whose JSON answers the server's ledger may damage on their way out."""
    ledger = handler.__self__.ledger

    async def answer(request):
        try:
            response = await handler(request)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            ledger.note(f"{request.method} {request.path}", f"cannot be read: {error!r}")
            return web.Response(status=400)
        if response.body and response.content_type.endswith("json") and response.text[:1] in "{[":
            body = json.loads(response.text)
            where = request.path.rpartition("/")[2] or "search"
            ledger.answers.append((where, body))
            response.text = json.dumps(ledger.damage(where, body))
        return response

    return answer


@asynccontextmanager
async def listening(*handlers):
    """One server on loopback per handler, and their addresses without a final slash."""
    servers = []
    try:
        for handler in handlers:
            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", _damaging(handler))
            server = TestServer(app, host="127.0.0.1")
            await server.start_server()
            servers.append(server)
        yield [str(server.make_url("/")).rstrip("/") for server in servers]
    finally:
        for server in servers:
            await server.close()


def hub(clock, **accounts):
    """A hub on these accounts by configuration alone."""
    return Hub.from_config({"hub": {"currency": "EUR", "environment": False}, "accounts": accounts}, clock=clock)


async def answers(server, request, *, quotes_per_product=5, **account):
    """What a hub on this one server says to a request, after the server found nothing to complain about."""
    async with server.listening() as urls, hub(server.clock, one=server.config(_one(urls), **account)) as opened:
        comparison = await opened.compare(request, quotes_per_product=quotes_per_product)
    assert not server.ledger.violations, server.ledger.violations
    return comparison


async def finds(server, request, **account):
    """The opportunities and refusals of a hub on this one server, which must have nothing to complain about."""
    async with server.listening() as urls, hub(server.clock, one=server.config(_one(urls), **account)) as opened:
        items = [item async for item in opened.opportunities(request)]
    assert not server.ledger.violations, server.ledger.violations
    return items


def by_product(comparison):
    """Its quotes by product; there must be one each."""
    listed = {ranked.quote.opportunity.product: ranked.quote for ranked in comparison.quotes}
    assert len(listed) == len(comparison.quotes)
    return listed


def pairs(listed):
    """A list of key and value as a dictionary, each key once."""
    read = {pair["key"]: pair["value"] for pair in listed}
    assert len(read) == len(listed)
    return read


def _one(urls):
    """The address alone where a server has but one."""
    return urls[0] if len(urls) == 1 else urls


def thinned(needed, change):
    """A damage for a ledger: of every JSON answer only the members named in `needed` stay, the others are null or gone.

    A name is the last part of the address and the path in the JSON, without the indexes of lists ("price.amount").
    """

    def thin(value, path):
        if isinstance(value, list):
            return [thin(one, path) for one in value]
        if not isinstance(value, dict) or path in needed:
            return value
        inner = {name: thin(one, f"{path}.{name}") for name, one in value.items()}
        kept = {name for name in inner if any(f"{one}.".startswith(f"{path}.{name}.") for one in needed)}
        return {name: inner[name] if name in kept else None for name in inner if name in kept or change == "null"}

    return lambda where, body: thin(body, where)
