"""ICEYE's tasks, written from ICEYE's pages and its OpenAPI 2.0.0 alone (read 2026-11).

A task is created with 201, listed by cursor, cancelled with PATCH, has a scene while it is at work and products once it
is fulfilled: a bare list on v1, a page of STAC items on v2, both with links that are signed and last an hour.
"""

import json
import re
import uuid
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from aiohttp import web
from independent.buying import Life, bare, cut, losing
from independent.server_iceye import CONTRACT_ID, DIRECTIONS, ENDED, SIDES, IceyeServer, _incidence
from independent.strict import exactly, instant, listening, moment, number, text

STATUSES = {"RECEIVED", "ACTIVE", "FULFILLED", "DONE", "REJECTED", "FAILED", "CANCELED"}
WEBHOOK = "7b0b3a4e-0000-4000-8000-0000000000aa"
SCENE = {
    "imagingTime": {"start": "2024-05-02T10:11:12.372434Z", "end": "2024-05-02T10:11:22.372434Z"},
    "duration": 10,
    "lookSide": "LEFT",
    "passDirection": "ASCENDING",
    "incidenceAngle": "23.75",
}
FILE = b"a complex image of a harbour" * 30
SQUARE = {"type": "Polygon", "coordinates": [[[34.9, 31.9], [35.1, 31.9], [35.1, 32.1], [34.9, 31.9]]]}
LISTED = {
    "contractID": f"{CONTRACT_ID}|{ENDED}",
    "limit": r"\d+",
    "cursor": ".+",
    "createdAfter": r"\d{4}-\d\d-\d\dT[\d:.]+Z",
    "createdBefore": r"\d{4}-\d\d-\d\dT[\d:.]+Z",
}


class IceyeOrders(IceyeServer):
    """The pricing server, which now also takes tasks; each stands in `tasks`, by its id."""

    def __init__(self, clock, **twists):
        super().__init__(clock, **({"no_limit": True} | twists))
        self.life = self.twists.get("life", [(0, "RECEIVED")])
        self.tasks, self.files, self.hooks = {}, "", []

    @asynccontextmanager
    async def listening(self):
        async with listening(self.store) as (self.files,), super().listening() as urls:
            yield urls

    async def store(self, request):
        """The store of signed links, which is nobody's account."""
        seen = await self.ledger.record(request)
        self.ledger.must("Authorization" not in seen.headers, "store", "a token goes to a signed link")
        self.ledger.must(seen.query.startswith("Expires="), "store", f"the signature is lost: {seen.query}")
        return web.Response(body=FILE, content_type="image/tiff")

    async def platform(self, request):
        path = request.raw_path.partition("?")[0]
        routes = self._routes()
        found = [verb for method, form, verb in routes if method == request.method and re.fullmatch(form, path)]
        if not found:
            return await super().platform(request)
        if self.twists.get("expire_once"):
            return await super().platform(request)
        seen = await self.ledger.record(request)
        where = f"{seen.method} {seen.path}"
        must = self.ledger.must
        wanted = f"Basic {self.static}" if self.static else f"Bearer XXXX{self.tokens}"
        must(seen.headers.get("Authorization") == wanted, where, "not the living token")
        accepted = seen.headers.get("Accept")
        must(accepted == "application/json, application/problem+json", where, f"Accept {accepted!r}")
        seen.pairs = parse_qsl(seen.query, keep_blank_values=True, strict_parsing=bool(seen.query))
        return cut(request, self._refused(seen) or found[0](seen), self.twists)

    def _routes(self):
        tasks, one = f"/api/tasking/{self.version}/tasks", r"/[\w-]+"
        routes = [
            ("POST", tasks, self._buy), ("GET", tasks, self._list), ("GET", tasks + one, self._show),
            ("PATCH", tasks + one, self._cancel), ("GET", f"{tasks}{one}/scene", self._scene),
            ("GET", f"{tasks}{one}/products", self._products),
        ]  # fmt: skip
        hook = ("POST", "/api/notifications/v1/webhooks", self._register)
        return [*routes, hook] if self.version == "v2" else routes

    def _refused(self, seen):
        verb, status, body = self.twists.get("refused", (None, None, None))
        if verb != seen.method:
            return None
        del self.twists["refused"]
        kind = "text/html" if body.startswith("<") else self._problem()
        return web.Response(status=status, text=body, content_type=kind)

    # --- buying ---
    def _buy(self, seen):
        where = "tasks"
        self.ledger.must(not seen.query, where, f"a query {seen.query}")
        body = self.ledger.read_json(seen)
        self.ledger.shape(body, {
            "contractID": exactly(CONTRACT_ID), "pointOfInterest": {"lat": number(-90, 90), "lon": number(-180, 180)},
            "acquisitionWindow": {"start": instant, "end": instant}, "imagingMode": self._allowed("imagingModes"),
            "exclusivity?": self._allowed("exclusivity"), "priority?": self._allowed("priority"),
            "sla?": self._allowed("sla"), "eula?": self._allowed("eula"), "reference?": text,
            "incidenceAngle?": _incidence, "lookSide?": SIDES, "passDirection?": DIRECTIONS,
        } | (self._only_v1() if self.version == "v1" else self._only_v2()), where)  # fmt: skip
        self._window(body, where)
        self.ledger.must(len(body["reference"]) <= 256, where, "a reference of more than 256 characters")
        known = [one["reference"] for one in self.tasks.values()]
        self.ledger.must(body["reference"] not in known, where, "bought twice")
        return losing(self.twists, lambda: self._created(body))

    @staticmethod
    def _only_v1():
        place = {"method": {"sftp", "s3"}, "path": text, "subPath?": text}
        return {"additionalProductTypes?": [{"SIDD", "SICD"}], "deliveryLocations?": [place]}

    @staticmethod
    def _only_v2():
        place = {"configID": text, "path": text, "subPath?": text}
        hook = {"webhook": {"id": exactly(WEBHOOK)}}
        return {"productTypes?": [text], "deliveries?": [{"locations": [place]}], "notifications?": hook}

    def _created(self, body):
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, body["reference"]))
        self.tasks[name] = {"id": name, "_at": self.clock.now(), "_life": Life(self.clock, self.life)} | body
        return web.json_response(self._shown(self.tasks[name]), status=201)

    # --- following ---
    def word(self, one):
        return one["_life"].word

    def _shown(self, one):
        shown = {key: value for key, value in one.items() if not key.startswith("_")}
        word, changed = one["_life"].shown(), one["_life"].since
        ended = {"fulfilledAt": _micros(changed)} if word in {"FULFILLED", "DONE"} else {}
        if self.twists.get("sparse"):
            shown = {
                key: value for key, value in shown.items() if key not in {"eula", "exclusivity", "priority", "sla"}
            }
        times = {"createdAt": _micros(one["_at"]), "updatedAt": _micros(changed)} | ended
        return bare(self.twists, shown | {"status": word} | times | self.extra)

    def _list(self, seen):
        given = dict(seen.pairs)
        must = self.ledger.must
        must(len(given) == len(seen.pairs), "list", f"a filter twice: {seen.query}")
        for key, value in given.items():
            must(key in LISTED and re.fullmatch(LISTED[key], value), "list", f"{key}={value}")
        limit = min(int(given.get("limit", "10")), self.twists.get("page", 10000))
        must(0 < limit <= 10000, "list", f"limit {limit}")
        since = moment(given.get("createdAfter", "2000-01-01T00:00:00Z"))
        mine = given.get("contractID", CONTRACT_ID) == CONTRACT_ID
        fit = [self._shown(one) for one in self.tasks.values() if one["_at"] >= since and mine]
        first = int(given["cursor"].removeprefix("eyJ=/+&")) if "cursor" in given else 0
        last = self.twists.get("cursor", "")
        cursor = f"eyJ=/+&{first + limit}" if first + limit < len(fit) else last
        cursor = "eyJ=/+&0" if self.twists.get("endless") else cursor
        page = {"data": fit[first : first + limit]} | ({} if cursor == "missing" else {"cursor": cursor})
        return web.json_response(page | self.extra)

    def _known(self, seen):
        self.ledger.must(not seen.query or seen.path.endswith("/products"), seen.path, f"a query {seen.query}")
        return self.tasks.get(seen.path.split("/tasks/")[1].partition("/")[0])

    def _none(self, message):
        return web.json_response({"code": "not_found", "message": message}, status=404, content_type=self._problem())

    def _show(self, seen):
        one = self._known(seen)
        return web.json_response(self._shown(one)) if one else self._none("no such task")

    def _cancel(self, seen):
        one, body = self._known(seen), self.ledger.read_json(seen)
        self.ledger.shape(body, {"status": {"CANCELED"}}, "cancel")
        self.ledger.must(self.word(one) in {"RECEIVED", "ACTIVE"}, "cancel", f"a task that is {self.word(one)}")
        one["_life"].jump((0, "CANCELED"))
        return web.json_response(self._shown(one))

    def _scene(self, seen):
        one = self._known(seen)
        if self.word(one) not in {"ACTIVE", "FULFILLED", "DONE"}:
            return self._none("no scene")
        short = {key: SCENE[key] for key in ("imagingTime", "duration")}
        return web.json_response((short if self.twists.get("sparse") else SCENE) | self.extra)

    # --- products ---
    def _products(self, seen):
        word = self.word(self._known(seen))
        if word not in {"FULFILLED", "DONE"}:
            return self._none("not fulfilled yet")
        kinds = ["GRD", "SLC"] if word == "DONE" else ["GRD"]
        if self.version == "v1":
            self.ledger.must(not seen.query, "products", f"a query {seen.query}")
            return web.json_response([self._product(kind) | self.extra for kind in kinds])
        known = {"limit", "cursor"}
        self.ledger.must(dict(seen.pairs).keys() <= known, "products", f"a query {seen.query}")
        first = int(dict(seen.pairs).get("cursor", "0"))
        more = self.twists.get("page") == 1 and first + 1 < len(kinds)
        chosen = kinds[first : first + 1] if self.twists.get("page") == 1 else kinds
        page = {"cursor": str(first + 1) if more else self.twists.get("cursor", "")}
        return web.json_response(page | {"data": [self._item(kind) for kind in chosen]} | self.extra)

    def _link(self, kind):
        return f"{self.files}/{kind.lower()}.tif?Expires={int(self.clock.now().timestamp()) + 3600}&Signature=a~b/c%3D"

    def _product(self, kind):
        asset = {"contentType": "image/tiff", "downloadURL": self._link(kind), "title": f"ICEYE_X7_{kind}.tif"}
        return {"type": kind, "assets": [asset]}

    def _item(self, kind):
        asset = {"href": self._link(kind), "title": f"ICEYE_X7_{kind}.tif", "type": "image/tiff"}
        properties = {"frame_id": "4711", "sar:product_type": kind, "iceye:acquisition_mode": "spotlight"}
        properties |= {"datetime": "2024-05-02T10:11:17.372434Z"}
        return {"id": f"ICEYE_X7_{kind}", "type": "Feature", "stac_version": "1.0.0", "collection": "public",
                "bbox": [34.9, 31.9, 35.1, 32.1], "geometry": SQUARE, "properties": properties,
                "assets": {f"{kind.lower()}-tif": asset}} | self.extra  # fmt: skip

    def _register(self, seen):
        self.hooks.append(self.ledger.read_json(seen))
        return web.json_response({"id": WEBHOOK} | self.extra, status=201)


def _micros(when):
    return when.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def callback(task, status):
    """What ICEYE may send to a webhook: the fields are not published, so all that may be relied on is the task's id."""
    return json.dumps({"taskID": task, "status": status, "event": "TASK_STATUS_CHANGED"}).encode()
