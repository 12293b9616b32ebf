"""ICEYE's company, tasking and token endpoints, written from the price page and the findings about v2 alone.

The price page (v1, read 2026-11) gives the verb, path, headers, parameters, both 403 bodies and 529199 minor units;
the contract, the summary, paging by cursor and the v2 price are from ICEYE's pages on the company API and its
OpenAPI 2.0.0.
"""

import base64
import re
from datetime import timedelta
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web
from independent.strict import Ledger, exactly, instant, listening, moment, number

CONTRACT_ID = "550e8400-e29b-41d4-a716-446655440000"
ENDED = "11111111-e29b-41d4-a716-446655440000"
CONTRACT = {
    "id": CONTRACT_ID,
    "name": "Main",
    "start": "2019-08-24T14:15:22Z",
    "end": "2029-09-24T14:15:22Z",
    "imagingModes": {"allowed": ["SCAN", "SPOTLIGHT", "SPOTLIGHT_FINE", "SPOTLIGHT_EXTENDED_DWELL", "STRIPMAP"]},
    "priority": {"allowed": ["COMMERCIAL", "BACKGROUND"], "default": "COMMERCIAL"},
    "exclusivity": {"allowed": ["PUBLIC", "PRIVATE"], "default": "PUBLIC"},
    "eula": {"allowed": ["STANDARD"], "default": "STANDARD"},
    "sla": {"allowed": ["SLA_8H"], "default": "SLA_8H"},
    "catalog_collections": {"allowed": ["public", "solutions"], "default": "public"},
}
PRICE = (
    "contractID",
    "pointOfInterest[lat]",
    "pointOfInterest[lon]",
    "imagingMode",
    "exclusivity",
    "priority",
    "sla",
    "eula",
)
DECIMAL = re.compile(r"-?\d{1,3}(\.\d+)?")
JSON = "application/json"
ACCEPT = "application/json, application/problem+json"
FORBIDDEN = {
    "parameters": "Given parameters are not allowed for the contract",
    "pricing": "Contract now allowed to query price quotation",
}
SIDES = {"LEFT", "RIGHT", "ANY"}
DIRECTIONS = {"ASCENDING", "DESCENDING", "ANY"}


class IceyeServer:
    """The platform and its token endpoint, on two addresses; every doubtful request is written down."""

    def __init__(self, clock, *, version="v1", static=None, **twists):
        self.ledger = Ledger(clock)
        self.clock, self.version, self.static = clock, version, static
        self.twists = twists
        self.tokens = 0

    def listening(self):
        return listening(self.platform, self.token)

    def config(self, urls, **more):
        login = {"client_id": "the client", "client_secret": "s3cret:/+", "token_url": f"{urls[1]}/oauth2/v1/token"}
        who = {"api_key": self.static} if self.static else login
        return {"provider": "iceye", "base_url": urls[0], "api_version": self.version} | who | more

    @property
    def extra(self):
        return {"unheardOf": {"a": [None, 1]}} if self.twists.get("extra") else {}

    async def token(self, request):
        seen = await self.ledger.record(request)
        must = self.ledger.must
        must(
            (seen.method, seen.path, seen.query) == ("POST", "/oauth2/v1/token", ""),
            "token",
            f"{seen.method} {seen.path}",
        )
        pair = base64.b64encode(b"the client:s3cret:/+").decode()
        must(seen.headers.get("Authorization") == f"Basic {pair}", "token", "not Basic base64(client_id:client_secret)")
        kind = seen.headers.get("Content-Type")
        must(kind == "application/x-www-form-urlencoded", "token", f"Content-Type {kind!r}")
        must(seen.headers.get("Accept") == ACCEPT, "token", f"Accept {seen.headers.get('Accept')!r}")
        must(seen.body == b"grant_type=client_credentials", "token", f"form {seen.body[:60]!r}")
        self.tokens += 1
        answer = {
            "token_type": self.twists.get("token_type", "Bearer"),
            "expires_in": 3600,
            "access_token": f"XXXX{self.tokens}",
        }
        return web.json_response(answer | {"scope": "catalog.read contracts.read"} | self.extra)

    async def platform(self, request):
        seen = await self.ledger.record(request)
        where = f"{seen.method} {seen.path}"
        wanted = f"Basic {self.static}" if self.static else f"Bearer XXXX{self.tokens}"
        self.ledger.must(
            seen.headers.get("Authorization") == wanted,
            where,
            f"Authorization is not {wanted.split(maxsplit=1)[0]} <it>",
        )
        if self.twists.pop("expire_once", False):
            return web.json_response({"code": "unauthorized", "message": "token expired"}, status=401)
        accepted = seen.headers.get("Accept")
        self.ledger.must(accepted == ACCEPT, where, f"Accept {accepted!r}")
        seen.pairs = parse_qsl(seen.query, keep_blank_values=True, strict_parsing=bool(seen.query))
        company = "/api/company/v1/contracts"
        routes = {
            f"GET {company}": self._contracts,
            f"GET {company}/{CONTRACT_ID}": self._one_contract,
            f"GET {company}/{CONTRACT_ID}/summary": self._summary,
            f"GET {company}/{ENDED}/summary": self._summary,
            f"GET /api/tasking/{self.version}/price": self._price,
        } | ({"POST /api/tasking/v2/feasibility": self._feasibility} if self.version == "v2" else {})
        if self.ledger.must(where in routes, where, "not documented"):
            return routes[where](seen)
        return web.json_response({"code": "not_found", "message": "no such path"}, status=404)

    def _one_contract(self, seen):
        self.ledger.must(not seen.query, seen.path, f"query {seen.query}")
        return web.json_response(self._contract())

    def _contract(self, **changes):
        return CONTRACT | self.twists.get("contract", {}) | changes | self.extra

    def _allowed(self, name):
        given = (self._contract()[name] or {}).get("allowed")
        return set(_flat(CONTRACT[name]["allowed"] if given is None else given))

    def _contracts(self, seen):
        """Three pages: the second has an empty contract beside it, the last has the cursor that the twist says."""
        query = dict(seen.pairs)
        self.ledger.must(query.keys() <= {"limit", "cursor"} and len(query) == len(seen.pairs), "contracts", seen.query)
        self.ledger.must(0 < int(query.get("limit", "10")) <= 10000, "contracts", f"limit {query.get('limit')}")
        ended = self._contract(id=ENDED, end="2020-01-01T00:00:00Z", name="Ended")
        pages = {
            None: ([ended], "eyJuZXh0Ijo=/+1&x"),
            "eyJuZXh0Ijo=/+1&x": ([self._contract()], self.twists.get("cursor", "")),
        }
        if not self.ledger.must(query.get("cursor") in pages, "contracts", f"cursor {query.get('cursor')!r}"):
            return web.json_response({"code": "bad_request", "message": "bad cursor"}, status=400)
        data, cursor = pages[query.get("cursor")]
        page = {"data": data} | ({} if cursor == "missing" else {"cursor": cursor}) | self.extra
        return web.json_response(page)

    def _summary(self, seen):
        self.ledger.must(not seen.query, seen.path, f"query {seen.query}")
        if self.twists.get("no_plan") or self.twists.get("forbidden") == "pricing":
            return web.json_response({"code": "not_found", "message": "no pricing plan"}, status=404)
        spent = {"contractID": CONTRACT_ID, "consolidatedSpent": 900000, "currency": self.twists.get("currency", "USD")}
        limits = {} if self.twists.get("no_limit") else {"spendLimit": 2000000}
        return web.json_response(spent | {"onHold": 1000000} | limits | self.extra)

    def _price(self, seen):
        must, where = self.ledger.must, f"price {self.version}"
        query = dict(seen.pairs)
        must(len(query) == len(seen.pairs), where, f"a parameter twice: {seen.query}")
        wanted = set(PRICE) | ({"reference"} if self.version == "v1" else set())
        must(query.keys() == wanted, where, f"parameters {sorted(query.keys() ^ wanted)}")
        names = [unquote_plus(one.partition("=")[0]) for one in seen.query.split("&")]
        must(names == [name for name, _ in seen.pairs], where, f"names encoded twice: {seen.query}")
        for axis, bound in (("lat", 90), ("lon", 180)):
            value = query.get(f"pointOfInterest[{axis}]", "")
            fine = DECIMAL.fullmatch(value) and abs(float(value)) <= bound
            must(fine, where, f"{axis} {value!r}")
        must(query.get("contractID") == CONTRACT_ID, where, f"contract {query.get('contractID')}")
        for name, field in (
            ("imagingMode", "imagingModes"),
            *((name, name) for name in ("exclusivity", "priority", "sla", "eula")),
        ):
            must(query.get(name) in self._allowed(field), where, f"{name}={query.get(name)}")
        must(len(query.get("reference", "x")) in range(1, 257), where, "reference")
        if "price" in self.twists:
            status, kind, body = self.twists["price"]
            return web.Response(status=status, text=body, content_type=kind)
        reason = self.twists.get("forbidden")
        if reason:
            return web.json_response(
                {"code": "forbidden", "message": FORBIDDEN[reason]}, status=403, content_type=self._problem()
            )
        answer = {
            "amount": self.twists.get("amount", 529199),
            "currency": self.twists.get("currency", "USD"),
        } | self.extra
        return web.json_response(answer, status=self.twists.get("status", 200))

    def _problem(self):
        return "application/problem+json" if self.twists.get("problem") else JSON

    def _feasibility(self, seen):
        tasks = self.ledger.read_json(seen)
        where = "feasibility"
        self.ledger.must(not seen.query, where, f"query {seen.query}")
        allowed = self._allowed("imagingModes")
        self.ledger.shape(tasks, [{
            "contractID": exactly(CONTRACT_ID), "pointOfInterest": {"lat": number(-90, 90), "lon": number(-180, 180)},
            "acquisitionWindow": {"start": instant, "end": instant}, "imagingMode": allowed,
            "exclusivity?": {"PUBLIC", "PRIVATE"}, "priority?": {"COMMERCIAL", "BACKGROUND"}, "sla?": str, "eula?": str,
            "reference?": str, "incidenceAngle?": _incidence, "lookSide?": SIDES, "passDirection?": DIRECTIONS,
            "productTypes?": list, "deliveries?": list, "notifications?": dict,
        }], where)  # fmt: skip
        if self.ledger.must(len(tasks) == 1, where, f"{len(tasks)} tasks"):
            self._window(tasks[0], where)
        return web.json_response(
            {"feasibility": [{"result": self.twists.get("result", "FEASIBLE")} | self.extra]} | self.extra
        )

    def _window(self, task, where):
        now = self.clock.now()
        start, end = (moment(task["acquisitionWindow"][name]) for name in ("start", "end"))
        notice = timedelta(hours=24 if task.get("priority") == "BACKGROUND" else 12)
        must = self.ledger.must
        must(end - start >= timedelta(hours=24), where, f"a window of {end - start}")
        must(end <= now + timedelta(days=14), where, f"the window ends {end}")
        must(start >= now + notice, where, f"the window starts {start}, which is {start - now} ahead")


def _flat(values):
    return [one for value in values for one in (_flat(value) if isinstance(value, list) else [value])]


def _incidence(value):
    if (
        not isinstance(value, dict)
        or value.keys() != {"min", "max"}
        or any(type(one) is not int for one in value.values())
    ):
        return f"whole min and max expected, not {value!r}"
    return None if 10 <= value["min"] <= value["max"] <= 45 else f"{value} is not within 10..45"
