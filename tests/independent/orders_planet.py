"""Planet's tasking orders, written from Planet's pages, notebooks and error page alone (read 2026-11).

Orders are listed by page under an absolute `next`, changed with PUT, cancelled with DELETE (with a body or without),
and have captures, whose scenes are files of the Data API. The body of an order and its eleven statuses are from the
pages and from code of Planet's staff.
"""

import re
import uuid
from urllib.parse import parse_qsl

from aiohttp import web
from independent.buying import Life, bare, cut, losing
from independent.server_planet import FIRST, REPLACING, SECOND, PlanetServer, _micros, _place
from independent.strict import exactly, instant, moment, number, text

ROOT = "/tasking/v2"
STATUSES = {"RECEIVED", "PENDING", "REQUESTED", "IN_PROGRESS", "FINALIZING", "FULFILLED", "PENDING_CANCELLATION"}
STATUSES |= {"CANCELLED", "REJECTED", "EXPIRED", "FAILED"}
CAPTURE_STATUSES = {"SCHEDULED", "REMOVED", "QUEUED", "PROCESSING", "FAILED", "DERIVING", "PUBLISHED"}
REVIEWS = {"CLOUD_COVER", "HAZE", "DISPLACEMENT", "BRIGHTNESS_ISSUE", "SHADOWS", "OTHER"}
CANCELLABLE = {"PENDING", "IN_PROGRESS", "RECEIVED", "REQUESTED"}
EDITABLE = {"PENDING", "REQUESTED", "IN_PROGRESS"}
WORDS = "|".join(sorted(STATUSES))
FILTERS = {
    "limit": r"\d+", "offset": r"\d+", "ordering": r"-?\w+(,-?\w+)*", "status": WORDS,
    "status__in": f"({WORDS})(,({WORDS}))*", "name__icontains": ".+", "pl_number": ".+", "product": ".+",
    "scheduling_type": "FLEXIBLE|LOCK_IN|MONITORING|EXPRESS|ASSURED|ARCHIVE", "geometry__intersects": ".+",
}  # fmt: skip
FILTERS |= {f"{name}_time__{end}": r"[\dT:.-]{19,}Z" for name in ("created", "start") for end in ("gte", "lte")}
CAPTURE_WORDS = "|".join(sorted(CAPTURE_STATUSES))
CAPTURE_FILTERS = {
    "order_id": r"[\w-]+", "fulfilling": "true|false", "status__in": f"({CAPTURE_WORDS})(,({CAPTURE_WORDS}))*",
    "ordering": r"-?\w+", "limit": r"\d+", "offset": r"\d+",
}  # fmt: skip
EVENTS = {"event_type__in": "[A-Z_]+(,[A-Z_]+)*", "limit": r"\d+", "offset": r"\d+", "ordering": r"-?\w+"}
SCENE = b"the scene of a SkySat" * 50


class PlanetOrders(PlanetServer):
    """The searching server, which now also sells; what was bought stands in `orders`, one dict each."""

    def __init__(self, clock, **twists):
        super().__init__(clock, **({"again": True, "steps": ("DONE",)} | twists))
        self.life = self.twists.get("life", [(0, "PENDING")])
        self.orders, self.captures, self.reviews, self.awake, self.url = {}, {}, {}, set(), ""
        for one in self.twists.get("existing", []):
            self._keep(one | {"imaging_window": None}, {"id": one["id"]}, [(0, one.get("word", "PENDING"))])

    async def handle(self, request):
        path = request.raw_path.partition("?")[0]
        self.url = str(request.url.origin())
        if path.startswith(f"{ROOT}/imaging-windows/"):
            return await super().handle(request)
        seen = await self.ledger.record(request)
        where = f"{seen.method} {path}"
        if path.startswith("/signed/"):
            self.ledger.must("Authorization" not in seen.headers, where, "a credential goes to a signed link")
            return web.Response(body=SCENE, content_type="image/tiff")
        given = seen.headers.get("Authorization", "")
        self.ledger.must(given == f"api-key {self.key}", where, "not 'Authorization: api-key <key>'")
        recent = [one for one in self.ledger.requests if seen.at - one.at < 1]
        self.ledger.must(len(recent) <= 11, where, f"{len(recent)} requests within a second")
        seen.pairs = parse_qsl(seen.query, keep_blank_values=True, strict_parsing=bool(seen.query))
        return cut(request, self._route(seen), self.twists)

    def _route(self, seen):
        item = r"[\w-]+"
        routes = [
            ("POST", f"{ROOT}/orders/", self._buy), ("GET", f"{ROOT}/orders/", self._list),
            ("GET", f"{ROOT}/orders/{item}", self._show), ("PUT", f"{ROOT}/orders/{item}", self._edit),
            ("DELETE", f"{ROOT}/orders/{item}", self._cancel), ("GET", f"{ROOT}/orders/{item}/pricing", self._cost),
            ("GET", f"{ROOT}/captures/", self._captures), ("POST", f"{ROOT}/captures/{item}/reviews/", self._review),
            ("GET", f"{ROOT}/captures/{item}/reviews/", self._reviews),
            ("GET", f"{ROOT}/order-history/", self._history),
            ("GET", f"/data/v1/item-types/SkySatCollect/items/{item}/assets/?", self._assets),
            ("GET", f"/data/v1/assets/{item}/activate", self._activate),
        ]  # fmt: skip
        for method, form, handler in routes:
            if method == seen.method and re.fullmatch(form, seen.path):
                return self._refused(seen) or handler(seen)
        self.ledger.note(f"{seen.method} {seen.path}", "not documented")
        return web.json_response({"detail": "Not found."}, status=404)

    def _refused(self, seen):
        verb, status, body = self.twists.get("refused", (None, None, None))
        if verb != seen.method:
            return None
        del self.twists["refused"]
        return web.Response(status=status, text=body, content_type="application/json")

    # --- buying ---
    def _buy(self, seen):
        self.ledger.must(not seen.query, "orders", f"a query {seen.query}")
        body = self.ledger.read_json(seen)
        self.check(body)
        return losing(self.twists, lambda: self._sold(body))

    def check(self, body):
        """Record what an order may not have, or lacks: one of a window, or a flexible one."""
        both = {"name": text, "pl_number": exactly("PL-123"), "exclusivity_days?": _days}
        assured = {"product": exactly("Assured Tasking"), "imaging_window": text, "geometry?": _place}
        flexible = {"product": exactly("Flexible Tasking"), "geometry": dict,
                    "start_time?": instant, "end_time?": instant,
                    "sat_elevation_angle_min?": number(0, 90), "sat_elevation_angle_max?": number(0, 90),
                    "satellite_types?": [{"SKYSAT", "PELICAN", "TANAGER"}]}  # fmt: skip
        if body.get("product") == "Flexible Tasking":
            self.ledger.shape(body, both | flexible, "flexible")
            return
        self.ledger.shape(body, both | assured, "orders")
        offered = [one["id"] for one in self._offered()]
        self.ledger.must(body["imaging_window"] in offered, "orders", f"no such window: {body['imaging_window']}")
        taken = [one.get("imaging_window") for one in self.orders.values()]
        self.ledger.must(body["imaging_window"] not in taken, "orders", "the window was bought twice")

    def _sold(self, body):
        sold = self._keep(body)
        for window in self._offered():
            for other in window["conflicting_orders"] if window["id"] == body.get("imaging_window") else ():
                self.orders[other["id"]]["_by"] = sold
        return self._answer(sold, 201)

    def _offered(self):
        return [*self.twists.get("windows", [FIRST, SECOND]), *self.twists.get("replacing", [REPLACING])]

    def _keep(self, body, more=(), life=None):
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, body["name"]))
        one = {"id": name, "pl_number": "PL-123", "product": "Assured Tasking"} | body | {"_at": self.clock.now()}
        one |= {"_life": Life(self.clock, life or self.life), "_changed": None} | dict(more)
        self.orders[one["id"]] = one
        for index, status in enumerate(self.twists.get("captured", [])):
            self.captures[f"cap-{index}-{one['id']}"] = one["id"], status
        return one

    def word(self, one):
        if one.get("_by") and self.word(one["_by"]) in {"PENDING", "IN_PROGRESS", "FINALIZING", "FULFILLED"}:
            return "CANCELLED"
        return one["_life"].word

    def _shown(self, one):
        one["_life"].shown()
        word = self.word(one)
        changed = max(one["_changed"] or one["_life"].since, one["_life"].since)
        return {key: value for key, value in one.items() if not key.startswith("_")} | {
            "status": word, "scheduling_type": "ASSURED", "order_type": "IMAGE", "created_time": _micros(one["_at"]),
            "updated_time": _micros(changed), "start_time": one.get("start_time") or "2024-07-25T00:25:04.851000Z",
            "end_time": one.get("end_time") or "2024-07-25T00:26:17.179000Z",
            "is_cancellable": word in CANCELLABLE and not self.twists.get("locked"),
            "cancellable_until": self.twists.get("until"), "requested_sqkm": 25,
            "fulfilled_sqkm": 25 if word == "FULFILLED" else 0,
            "capture_count": len(self.twists.get("captured", [])), "estimated_quota_cost": 10, "used_quota": None,
            "original_geometry": {"type": "Point", "coordinates": [133.406128, -25.837374]},
            "created_by": "somebody@example.com", "satellite_types": ["SKYSAT"],
        } | self.extra  # fmt: skip

    def _answer(self, one, status=200):
        return web.json_response(bare(self.twists, self._shown(one)), status=status)

    # --- following ---
    def _filters(self, seen, known):
        given = dict(seen.pairs)
        self.ledger.must(len(given) == len(seen.pairs), seen.path, f"a filter twice: {seen.query}")
        for key, value in given.items():
            fits = key in known and re.fullmatch(known[key], value)
            self.ledger.must(fits, seen.path, f"filter {key}={value}")
        return given

    def _page(self, seen, given, listed):
        """A page of `limit`, and the absolute address of the next one."""
        limit, offset = int(given.get("limit", "20")), int(given.get("offset", "0"))
        limit = min(limit, self.twists.get("page", limit))
        rest = "&".join(one for one in seen.query.split("&") if one and not one.startswith(("offset=", "limit=")))
        origin = self.twists.get("next_at", self.url)
        following = f"{origin}{seen.path}?{rest}{'&' if rest else ''}limit={limit}&offset={offset + limit}"
        more = offset + limit < len(listed)
        page = {"count": len(listed), "next": following if more else None, "previous": None}
        return web.json_response(page | {"results": listed[offset : offset + limit]} | self.extra)

    def _list(self, seen):
        given = self._filters(seen, FILTERS)
        words = given.get("status__in", given.get("status"))
        since = moment(given.get("created_time__gte", "2000-01-01T00:00:00Z"))
        listed = [self._shown(one) for one in self.orders.values() if one["_at"] >= since]
        listed = [one for one in listed if words is None or one["status"] in words.split(",")]
        listed = [one for one in listed if given.get("name__icontains", "").lower() in one["name"].lower()]
        if given.get("ordering", "").startswith("-updated_time"):
            listed.sort(key=lambda one: one["updated_time"], reverse=True)
        return self._page(seen, given, [bare(self.twists, one) for one in listed])

    def _known(self, seen):
        self.ledger.must(not seen.query, seen.path, f"a query {seen.query}")
        return self.orders.get(seen.path.removeprefix(f"{ROOT}/orders/").partition("/")[0])

    def _show(self, seen):
        one = self._known(seen)
        return self._answer(one) if one else web.json_response({"detail": "Not found."}, status=404)

    def _cost(self, seen):
        one = self._known(seen)
        cost = {"units": "tasking credits", "estimated_quota_cost": 10, "determined_by": "WINDOW", "pricing_model": {}}
        return web.json_response(cost | {"order_id": one["id"], "replaced_orders": []} | self.extra)

    def _history(self, seen):
        given = self._filters(seen, EVENTS)
        return self._page(seen, given, [])

    # --- changing ---
    def _edit(self, seen):
        one, body = self._known(seen), self.ledger.read_json(seen)
        self.ledger.shape(body, {"name?": text, "rank?": int, "start_time?": instant, "end_time?": instant}, "edit")
        self.ledger.must(body, "edit", "nothing to change")
        self.ledger.must(self.word(one) in EDITABLE, "edit", f"an order that is {self.word(one)}")
        one |= body | {"_changed": self.clock.now()}
        return self._answer(one)

    def _cancel(self, seen):
        one = self._known(seen)
        self.ledger.must(not seen.body, "cancel", f"a body {seen.body[:60]!r}")
        again = self.twists.get("no_longer")
        if again and self.word(one) in {"PENDING_CANCELLATION", "CANCELLED"}:
            return web.json_response({"detail": "This order cannot be cancelled."}, status=again)
        self.ledger.must(self.word(one) in CANCELLABLE, "cancel", f"an order that is {self.word(one)}")
        wait = self.twists.get("cancels_in_s", 0)
        one["_life"].jump((wait, "PENDING_CANCELLATION"), (0, "CANCELLED"))
        status = self.twists.get("delete", 204)
        return web.Response(status=204) if status == 204 else self._answer(one, status)

    # --- captures and files ---
    def _captures(self, seen):
        given = self._filters(seen, CAPTURE_FILTERS)
        fit = [
            self._captured(name, order, status) for name, (order, status) in self.captures.items()
            if given.get("order_id", order) == order and status in given.get("status__in", status).split(",")
            and (self.word(self.orders[order]) == "FULFILLED" or status != "PUBLISHED")
        ]  # fmt: skip
        return self._page(seen, given, fit)

    def _captured(self, name, order, status):
        return {"id": name, "order_id": order, "status": status, "fulfilling": status == "PUBLISHED",
                "strip_id": "s5", "scene_ids": [f"scene-{name[:5]}"], "item_ids": [f"scene-{name[:5]}"],
                "item_types": ["SkySatCollect"], "delivered_asset_types": ["ortho_visual"],
                "cloud_cover": 0.1, "satellite_type": "SKYSAT",
                "acquired_time": "2024-07-25T00:25:30.000000Z", "published_time": _micros(self.clock.now()),
                "assessment": "SUCCESS", "order_name": self.orders[order]["name"]} | self.extra  # fmt: skip

    def _review(self, seen):
        name, body = seen.path.split("/")[-3], self.ledger.read_json(seen)
        form = {"capture_id": exactly(name), "category": REVIEWS, "description": str}
        self.ledger.shape(body, form, "review")
        self.ledger.must(name not in self.reviews, "review", "reviewed twice")
        self.reviews[name] = body
        return web.json_response(body | {"id": "review-1"}, status=201)

    def _reviews(self, seen):
        name = seen.path.split("/")[-3]
        return self._page(seen, dict(seen.pairs), [self.reviews[name]] if name in self.reviews else [])

    def _assets(self, seen):
        name = re.search(r"items/([\w-]+)/assets", seen.path).group(1)
        active = name in self.awake or not self.twists.get("asleep")
        links = {"_self": f"{self.url}/data/v1/assets/{name}", "type": "x",
                 "activate": f"{self.url}/data/v1/assets/{name}/activate"}  # fmt: skip
        asset = {"status": "active" if active else "inactive", "_links": links, "_permissions": ["download"],
                 "type": "ortho_visual", "md5_digest": None}  # fmt: skip
        where = {"location": f"{self.url}/signed/{name}?token=x", "expires_at": self.twists.get("ends")}
        return web.json_response({"ortho_visual": asset | (where if active else {})})

    def _activate(self, seen):
        self.awake.add(seen.path.split("/")[-2])
        return web.Response(status=202)


def _days(value):
    return None if value in {0, 7, 30} and type(value) is int else f"{value!r} days of exclusivity"
