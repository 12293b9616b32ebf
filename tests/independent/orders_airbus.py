"""Airbus' SPOT and Pléiades ordering, written from the guides and Airbus' OpenAPI description alone (read 2026-11).

An order is answered with a sales order and no tasking; a tasking is found by reference, shows one of five statuses, has
segments to accept or refuse, and can be cancelled, or stopped where it is a OneNow. Images lie in the workspace.
"""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, quote

from aiohttp import web
from independent.buying import Life, bare, cut, losing
from independent.orders_airbus_body import check_order, window_of
from independent.server_airbus import AirbusServer
from independent.strict import stamp

STATUSES = {"Feasibility study in progress", "In Progress", "Paused", "Canceled", "Completed"}
FILTERS = {
    "taskingIds": r"ICR_[\w,]+",
    "customerRef": r".+",
    "program": r".+",
    "status": "|".join(sorted(STATUSES)),
    "mission": "SPOT|PLEIADES",
    "progTypeNames": "ONEDAY|ONENOW|ONEPLAN|ONESERIES",
    "acquisitionDate": r"[\[\]][^,]*,[^,]*[\[\]]",
    "icrEndOfPeriodDate": r"[\[\]][^,]*,[^,]*[\[\]]",
    "hasProposedSegments": "true|false",
    "count": r"[1-9]\d*",
    "startPage": r"[1-9]\d*",
    "sortKeys": r"(status|startDate|endDate|taskingProgress|acquisitionDate),,[01]",
}
LISTS = {"taskingIds", "status", "progTypeNames"}
SQUARE = {"type": "Polygon", "coordinates": [[[122.68, -24.49], [122.83, -24.49], [122.83, -24.33], [122.68, -24.49]]]}
SEGMENT = {
    "id": "AS_FC_XXXX_1_2",
    "status": "Proposed",
    "asDetail1": {
        "catalogId": "DS_PHR1B_XXXXXX",
        "footprint": SQUARE,
        "incidenceAngle": 15.1072,
        "clearSkyRate": 88.8973,
        "acquisitionDate": "2021-04-18T10:53:38Z",
    },
}
IMAGE = b"the image of AS_FC_XXXX_1_2" * 40


class AirbusOrders(AirbusServer):
    """The quoting server, which now also sells; everything that was bought stands in `taskings` and `orders`."""

    def __init__(self, clock, **twists):
        super().__init__(clock, **twists)
        self.life = self.twists.get("life", [(0, "In Progress")])
        self.orders, self.taskings, self.segments, self.decided = [], {}, {}, []

    def config(self, urls, **more):
        return super().config(urls, access_url=urls[2], **more)

    # --- hosts ---
    async def order(self, request):
        return cut(request, await super().order(request), self.twists)

    async def data(self, request):
        path = request.raw_path.partition("?")[0]
        if path == "/api/v1/me":
            return await super().data(request)
        seen = await self.ledger.record(request)
        self._bearer(seen)
        if path == "/api/v2/opensearch":
            return self._search(seen, request.url.origin())
        if self.ledger.must(path == "/api/v1/items/item-1/download", path, "not documented"):
            return web.Response(body=IMAGE, content_type="application/zip")
        return web.Response(status=404)

    def _answer(self, seen):
        handler = self._ordering(seen)
        if handler is None:
            return super()._answer(seen)
        if self.twists.get("expire_once"):
            return super()._answer(seen)
        self._bearer(seen)
        seen.pairs = parse_qsl(seen.query, keep_blank_values=True, strict_parsing=bool(seen.query))
        return handler(seen)

    def _ordering(self, seen):
        if (seen.method, seen.path) == ("POST", "/api/v1/orders"):
            return self._buy
        start = f"/api/v1/contracts/{quote(self.contract, safe='')}/taskings"
        if self.backend == "neo" or not seen.path.startswith(start):
            return None
        verbs = {
            ("GET", ""): self._taskings,
            ("GET", r"/[\w-]+"): self._tasking,
            ("GET", r"/[\w-]+/segments"): self._segments_of,
            ("POST", r"/[\w-]+/segments/[\w-]+/(accept|refuse)"): self._decide,
            ("POST", r"/[\w-]+/(cancel|stop)"): self._leave,
        }
        rest = seen.path.removeprefix(start)
        found = [verb for (method, form), verb in verbs.items() if method == seen.method and re.fullmatch(form, rest)]
        return found[0] if found else None

    def _refused(self, seen):
        """A documented error instead of an answer, once."""
        status, body = self.twists.pop("refused", (None, None))
        if status is None:
            return None
        text = body if isinstance(body, str) else None
        return web.Response(status=status, text=text) if text is not None else web.json_response(body, status=status)

    # --- buying ---
    def _buy(self, seen):
        self.ledger.must(not seen.query, "orders", f"a query {seen.query}")
        body = self.ledger.read_json(seen)
        product = check_order(self, body)
        return self._refused(seen) or losing(self.twists, lambda: self._sold(body, product))

    def _sold(self, body, product):
        reference = body["customerReference"]
        self.ledger.must(reference not in [one["customerReference"] for one in self.orders], "orders", "bought twice")
        self.orders.append(body)
        start, end = window_of(body)
        name = f"ICR_FC_{len(self.orders):05}"
        self.taskings[name] = {
            "name": name, "product": product, "reference": reference, "start": start, "end": end,
            "life": Life(self.clock, self.life),
            "visible": self.clock.now() + timedelta(seconds=self.twists.get("slow_s", 0)),
            "aoi": body["aoi"][0]["geometry"],
        }  # fmt: skip
        self.segments[name] = [SEGMENT | one for one in self.twists.get("segments", [])]
        answer = {"salesOrderId": " SAL21416909 ", "currency": "EUR", "discountPercentage": 0, "discountValue": 0}
        return web.json_response(answer | {"totalAmount": 7392} | self.extra, status=201)

    # --- following ---
    def _taskings(self, seen):
        given = {}
        for key, value in seen.pairs:
            known = key in FILTERS and re.fullmatch(FILTERS[key], value)
            self.ledger.must(known, "taskings", f"filter {key}={value}")
            self.ledger.must(key not in given or key in LISTS, "taskings", f"{key} twice")
            given.setdefault(key, []).append(value)
        fit = [one for one in self.taskings.values() if self._fits(one, given)]
        count, page = int(given.get("count", ["10"])[0]), int(given.get("startPage", ["1"])[0])
        chosen = fit[count * (page - 1) : count * page]
        return web.json_response({"taskings": [self._shown(one) for one in chosen]} | self.extra)

    def _fits(self, one, given):
        proposed = any(segment["status"] == "Proposed" for segment in self.segments[one["name"]])
        wanted = given.get("hasProposedSegments")
        return (
            one["visible"] <= self.clock.now()
            and given.get("customerRef", [one["reference"]]) == [one["reference"]]
            and (wanted is None or wanted == ["true" if proposed else "false"])
            and one["life"].word in given.get("status", [one["life"].word])
            and one["name"] in given.get("taskingIds", [one["name"]])
        )

    def _shown(self, one):
        segments = self.segments[one["name"]]
        done = sum(segment["status"] == "Validated" for segment in segments)
        seconds = "%Y-%m-%dT%H:%M:%SZ"
        shown = {
            "id": one["name"], "aoi": one["aoi"], "progTypeName": re.search(r"One\w+", one["product"]).group(),
            "status": one["life"].shown(), "nbProposedSegments": len(segments) - done, "nbTotalSegments": len(segments),
            "period": {"startDate": one["start"].strftime(seconds), "endDate": one["end"].strftime(seconds)},
            "seriesInformation": None, "customerRef": one["reference"],
            "taskingProgress": {"orderedArea": 275718686.400068, "validatedArea": 275718686.400068 / 4 * done},
            "attempts": f"{stamp(one['start'])} {stamp(one['end'])}",
        } | self.extra  # fmt: skip
        return bare(self.twists, {"sal": "SALXXXXXX", "so": "SOXXXXX"}) | {"icr": bare(self.twists, shown)} | self.extra

    def _one(self, seen):
        parts = seen.path.split("/taskings/")[1].split("/")
        self.ledger.must(not seen.query, seen.path, f"a query {seen.query}")
        return self.taskings.get(parts[0]), parts[1:]

    def _tasking(self, seen):
        one, _ = self._one(seen)
        if one is None:
            return web.json_response({"errorCode": "E2203", "message": "Tasking not found."}, status=404)
        shown = self._shown(one)
        return web.json_response({"taskings": [shown]} if self.twists.get("wrapped") else shown)

    def _segments_of(self, seen):
        one, _ = self._one(seen)
        return web.json_response({"segments": [segment | self.extra for segment in self.segments[one["name"]]]})

    # --- deciding and leaving ---
    def _empty_body(self, seen):
        """No body is documented but for cancel, which has an empty object."""
        self.ledger.must(seen.body in {b"", b"{}"}, seen.path, f"a body {seen.body[:60]!r}")
        if seen.body:
            self.ledger.read_json(seen)

    def _decide(self, seen):
        self._empty_body(seen)
        one, (_, name, verb) = self._one(seen)
        (segment,) = [each for each in self.segments[one["name"]] if each["id"] == name]
        self.ledger.must(segment["status"] == "Proposed", seen.path, f"decided twice: {segment['status']}")
        segment["status"] = {"accept": "Validated", "refuse": "Refused"}[verb]
        self.decided.append((name, verb))
        return self._refused(seen) or web.Response(status=200)

    def _leave(self, seen):
        self._empty_body(seen)
        one, (verb,) = self._one(seen)
        early = self.clock.now() <= one["start"] - timedelta(hours=12)
        must = self.ledger.must
        must(one["life"].word in {"In Progress", "Paused", "Feasibility study in progress"}, verb, one["life"].word)
        must(early == (verb == "cancel"), verb, "not on this side of 12 hours before the window")
        must(verb == "cancel" or "OneNow" in one["product"], verb, "only OneNow can be stopped")
        must(seen.body == b"{}", verb, "the body is an empty object")
        refused = self._refused(seen)
        if refused is None:
            one["life"].jump((0, {"cancel": "Canceled", "stop": "Completed"}[verb]))
        return refused or web.Response(status=200)

    # --- images ---
    def _search(self, seen, origin):
        """What lies in the workspace: one image of a finished tasking, and one of somebody else."""
        query = dict(parse_qsl(seen.query, keep_blank_values=True, strict_parsing=True)) if seen.query else {}
        if seen.method == "POST":
            query = {key: str(value) for key, value in self.ledger.read_json(seen).items()}
        known = {"workspaceid", "workspace", "customerReference", "internalReference", "commercialReference", "icr"}
        known |= {"itemsPerPage", "startPage", "sortBy", "acquisitionDate", "cloudCover", "constellation"}
        self.ledger.must(query.keys() <= known, "opensearch", f"query {sorted(query.keys() - known)}")
        space = {"workspaceid", "workspace"} & query.keys()
        self.ledger.must(len(space) == 1 and query[min(space)] == self.workspace, "opensearch", f"workspace {query}")
        self.ledger.must(1 <= int(query.get("itemsPerPage", "50")) <= 500, "opensearch", "itemsPerPage")
        ended = [one for one in self.taskings.values() if one["life"].word == "Completed"]
        features = [self._feature("item-1", one["reference"], origin) for one in ended]
        features.append(self._feature("item-2", "somebody else's", origin))
        answer = {"type": "FeatureCollection", "itemsPerPage": 50, "startIndex": 0, "totalResults": len(features)}
        return web.json_response(answer | {"features": features, "error": False} | self.extra)

    @property
    def workspace(self):
        return "mareclever" if self.backend == "neo" else "ws-1"

    def _feature(self, name, reference, origin):
        link = {"href": f"{origin}/api/v1/items/{name}/download", "name": "Download", "type": "HTTP"}
        return {
            "type": "Feature", "geometry": SQUARE, "_links": {"self": {"href": f"{origin}/x"}, "download": [link]},
            "properties": {"id": name, "title": "DS_PHR1B_XXXXXX", "acquisitionDate": "2021-04-18T10:53:38Z",
                           "acquisitionIdentifier": "DS_PHR1B_XXXXXX", "customerReference": reference,
                           "cloudCover": 11.1027, "incidenceAngle": 15.1072} | self.extra,
            "rights": {"download": {}},
        }  # fmt: skip
