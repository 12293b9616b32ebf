"""Planet's assured windows, written from their page alone (Assured Tasking Order Creation, 2024-10-24).

The two windows and the replacing one are the page's; the shape of `pricing_details`, the status IN_PROGRESS and the
fields `off_nadir_angle_*`, `satellite_types`, `sensitivity_mode` of a search are a third party's.
"""

import uuid
from datetime import timedelta
from urllib.parse import unquote

from aiohttp import web
from independent.strict import Ledger, exactly, instant, listening, moment, number, position

SEARCH = "/tasking/v2/imaging-windows/search/"
FIRST = {
    "id": "ca2be13d-e70c-4e0b-9cfe-f7e1c0cf96f6",
    "start_time": "2024-07-25T00:25:04.851000Z",
    "end_time": "2024-07-25T00:26:17.179000Z",
    "off_nadir_angle_start": 28.91166,
    "off_nadir_angle_end": 29.49281,
    "off_nadir_angle_min": 10.72227,
    "off_nadir_angle_max": 29.49281,
    "sat_elevation_angle_min": 58,
    "sat_elevation_angle_max": 78.45259,
    "sat_azimuth_angle_start": 350.98343,
    "sat_azimuth_angle_end": 209.96627,
    "sun_elevation_angle_min": 28.97,
    "sun_elevation_angle_max": 29.17,
    "solar_zenith_angle_min": 60.83256,
    "solar_zenith_angle_max": 61.02764,
    "low_light": False,
    "ground_sample_distance": 0.9,
    "assured_tasking_tier": "STANDARD",
    "cloud_forecast": [{"prediction": 53.4, "updated_time": "2024-07-24T09:26:52.626768Z"}],
    "conflicting_orders": [],
    "quota_priority_multiplier": 1,
}
SECOND = FIRST | {
    "id": "a3809a14-acf8-473a-b586-62ba76cfd451",
    "start_time": "2024-07-29T00:10:15.532000Z",
    "end_time": "2024-07-29T00:10:27.303000Z",
    "off_nadir_angle_start": 29.50553,
    "off_nadir_angle_end": 29.5026,
    "off_nadir_angle_min": 29.22695,
    "off_nadir_angle_max": 29.50553,
    "sat_elevation_angle_max": 58.30617,
    "sat_azimuth_angle_start": 93.76091,
    "sat_azimuth_angle_end": 111.18617,
    "sun_elevation_angle_min": 27.15,
    "sun_elevation_angle_max": 27.19,
    "solar_zenith_angle_min": 62.81368,
    "solar_zenith_angle_max": 62.84731,
    "ground_sample_distance": 1.1,
    "cloud_forecast": [{"prediction": 0.9, "updated_time": "2024-07-24T09:26:52.666272Z"}],
}
IN_THE_WAY = {
    "id": "886ed050-a16b-4c5d-a252-c805720afd80",
    "name": "Existing Order to Replace",
    "off_nadir_angle_min": 11.1,
    "off_nadir_angle_max": 29.02,
    "sat_elevation_angle_min": 58,
    "sat_elevation_angle_max": 78,
    "assured_tasking_tier": "STANDARD",
    "cloud_forecast": [{"prediction": 54.0, "updated_time": "2024-07-24T09:21:12.851000Z"}],
}
REPLACING = FIRST | {"id": "5d1b50f1-8c1c-4f4e-9f4e-0d6a8b6a7c11", "conflicting_orders": [IN_THE_WAY]}
COST = {"0": 10, "7": 15.5, "30": 20}


class PlanetServer:
    """Searches that fill up while they are read; violations are kept and answered as a real server might."""

    def __init__(self, clock, *, key="a-planet-key", steps=("IN_PROGRESS", "DONE"), **twists):
        self.ledger = Ledger(clock)
        self.clock, self.key, self.steps, self.twists = clock, key, list(steps), twists
        self.searches = {}

    def listening(self):
        return listening(self.handle)

    def config(self, url, **more):
        pinned = {"pl_number": "PL-123", "product": "Assured Tasking", "base_url": url}
        return {"provider": "planet", "api_key": self.key} | pinned | more

    @property
    def extra(self):
        return {"unheard_of": {"a": [None, 1]}} if self.twists.get("extra") else {}

    async def handle(self, request):
        seen = await self.ledger.record(request)
        where = f"{seen.method} {seen.path}"
        given = seen.headers.get("Authorization", "")
        self.ledger.must(given == f"api-key {self.key}", where, "not 'Authorization: api-key <key>'")
        self.ledger.must("api_key" not in seen.query, where, "the key in the address")
        recent = [one for one in self.ledger.requests if seen.at - one.at < 1]
        self.ledger.must(len(recent) <= 11, where, f"{len(recent)} requests within a second")
        if self.twists.get("instead"):
            status, headers, body = self.twists["instead"].pop(0)
            return web.Response(status=status, headers=headers, text=body, content_type="application/json")
        if not seen.path.endswith("/") and seen.path.startswith(SEARCH.rstrip("/")):
            self.ledger.note(where, "no slash at the end")
            return web.Response(status=301, headers={"Location": f"{seen.path}/"})
        if seen.method == "POST" and seen.path == SEARCH:
            return self._create(seen)
        if seen.method == "GET" and seen.path.startswith(SEARCH):
            return self._read(seen, seen.path.removeprefix(SEARCH).rstrip("/"))
        self.ledger.note(where, "not documented")
        return web.json_response({"detail": "Not found."}, status=404)

    def _create(self, seen):
        must, where = self.ledger.must, "search"
        must(not seen.query, where, f"a query {seen.query!r}")
        body = self.ledger.read_json(seen)
        self.ledger.shape(body, {
            "geometry": _place, "pl_number": exactly("PL-123"), "product": exactly("Assured Tasking"),
            "start_time?": instant, "end_time?": instant,
            "sat_elevation_angle_min?": number(0, 90), "sat_elevation_angle_max?": number(0, 90),
            "off_nadir_angle_min?": number(0, 90), "off_nadir_angle_max?": number(0, 90),
            "satellite_types?": [{"SKYSAT", "PELICAN", "TANAGER"}], "sensitivity_mode?": str,
        }, where)  # fmt: skip
        now = self.clock.now()
        start = moment(body["start_time"]) if "start_time" in body else now
        end = moment(body["end_time"]) if "end_time" in body else start + timedelta(days=7)
        must(start < end, where, f"starts {start}, ends {end}")
        must("end_time" not in body or end <= now + timedelta(days=7), where, f"ends {end}: more than 7 days ahead")
        must("start_time" not in body or start >= now, where, f"starts in the past: {start}")
        name = "b7a4a198-17ea-45e2-baa1-766aaae3fab7" if not self.searches else str(uuid.uuid4())
        low, high = body.get("sat_elevation_angle_min", 58), body.get("sat_elevation_angle_max", 90)
        self.searches[name] = {
            "id": name, "imaging_windows": [], "status": "CREATED", "pl_number": "PL-123", "product": "Assured Tasking",
            "geometry": body["geometry"], "start_time": _micros(start), "end_time": _micros(end),
            "created_time": _micros(now),
            "sat_elevation_angle_min": max(low, 58), "sat_elevation_angle_max": high,
            "off_nadir_angle_min": body.get("off_nadir_angle_min", 0),
            "off_nadir_angle_max": body.get("off_nadir_angle_max", 30),
            "error_code": None, "error_message": None,
        } | self.extra  # fmt: skip
        self.searches[name] |= {"_reads": 0, "_at": None, "_done": False}
        location = {"Location": self.twists.get("location", f"{SEARCH}{name}/").format(name=name)}
        if self.twists.get("only_location"):
            return web.Response(status=202, headers=location)
        return web.json_response(_public(self.searches[name]), status=self.twists.get("status", 201), headers=location)

    def _read(self, seen, name):
        must, where = self.ledger.must, "poll"
        search = self.searches.get(name)
        if search is None:
            self.ledger.note(where, f"unknown search {name}")
            return web.json_response({"detail": "Not found."}, status=404)
        pairs = dict(one.partition("=")[::2] for one in seen.query.split("&") if one)
        must(
            len(pairs) == len([one for one in seen.query.split("&") if one]), where, f"a parameter twice: {seen.query}"
        )
        must(
            pairs.keys() <= {"show_replacing_imaging_windows", "order_template__exclusivity_days"},
            where,
            f"query {seen.query}",
        )
        must(pairs.get("show_replacing_imaging_windows", "true") == "true", where, f"query {seen.query}")
        days = pairs.get("order_template__exclusivity_days")
        must(days in {None, *COST}, where, f"exclusivity {days}")
        must(unquote(seen.query) == seen.query, where, f"needless escapes in {seen.query}")
        must(not search["_done"] or self.twists.get("again"), where, "read again although it was DONE")
        if search["_at"] is not None and not search["_done"]:
            must(seen.at - search["_at"] >= 1, where, f"read again after {seen.at - search['_at']:.2f} s")
        search["_at"] = seen.at
        search["status"] = self.steps[min(search["_reads"], len(self.steps) - 1)]
        search["_reads"] += 1
        search["_done"] = search["status"] in {"DONE", "FAILED"}
        if search["status"] == "FAILED":
            search |= {"error_code": "INTERNAL_ERROR", "error_message": "The search broke."}
        search["imaging_windows"] = self._windows(search, days, "show_replacing_imaging_windows" in pairs)
        return web.json_response(_public(search))

    def _windows(self, search, days, replacing):
        if search["status"] in {"FAILED", "CREATED"}:
            return []
        listed = self.twists.get("windows", [FIRST, SECOND])
        listed = listed if search["_done"] else listed[: search["_reads"]]
        listed = listed + (self.twists.get("replacing", [REPLACING]) if replacing and search["_done"] else [])
        return [self._priced(window, days) | self.extra for window in listed]

    def _priced(self, window, days):
        if days is None or self.twists.get("unpriced"):
            return window
        replaced = [
            {"order_id": one["id"], "name": one["name"], "cost": 10} for one in window.get("conflicting_orders") or []
        ]
        cost = COST[days] * window["quota_priority_multiplier"]
        details = {
            "units": "tasking credits",
            "estimated_quota_cost": cost,
            "determined_by": "WINDOW",
            "pricing_model": {},
        }
        return window | {"pricing_details": details | {"replaced_orders": replaced} | self.extra}


def _place(value):
    """A Point, or a LineString of two points: 2-D, type and coordinates only."""
    if not isinstance(value, dict) or value.keys() != {"type", "coordinates"}:
        return f"a bare geometry expected, not {value!r:.80}"
    if value["type"] == "Point":
        return position(value["coordinates"])
    if value["type"] != "LineString" or len(value["coordinates"]) != 2:
        return f"a point or a two-point line expected, not {value!r:.80}"
    return next(filter(None, map(position, value["coordinates"])), None)


def _micros(when):
    return when.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _public(search):
    return {key: value for key, value in search.items() if not key.startswith("_")}
