"""Airbus' tasking API, written from the two guides alone: their samples are its answers, and it is pedantic.

Sources: the older guide (token, contracts, /me, product types, options, markets, prices) and the newer one (areas,
feasibility, attempts, prices, stereo), read 2026-11; Airbus' OpenAPI description for the answer of the options request,
Pléiades Neo and the 500 that means "no pass".
"""

import asyncio
import re
from urllib.parse import parse_qsl, quote

from aiohttp import web
from independent.airbus_price import check_price
from independent.airbus_samples import PRICES, SEGMENTS, options
from independent.strict import Ledger, exactly, listening, millis, moment, number, polygon, stamp

ATTEMPTED = {"legacy": {"ONEDAY", "ONENOW"}, "neo": {"ONEDAY", "ONENOWATTEMPTS"}}
STUDIED = {"legacy": {"ONEPLAN"}, "neo": {"ONEPLAN", "ONEDAY", "ONENOWATTEMPTS", "ONENOWWEATHER"}}
MISSIONS = {"legacy": {"PLEIADES", "SPOT"}, "neo": {"PLEIADESNEO"}}


class AirbusServer:
    """Three hosts on loopback: who may get in, the ordering API, and /me."""

    def __init__(self, clock, *, backend="legacy", contract="UNIVERSITY OF X_Orders", **twists):
        self.ledger = Ledger(clock)
        self.clock, self.backend, self.contract = clock, backend, contract
        self.twists = {"token_type": "bearer", "tokens": 0} | twists
        self.busy = 0
        self.given = {}
        self.valid = set()
        self.last_start = float("-inf")

    def listening(self):
        return listening(self.auth, self.order, self.data)

    def config(self, urls, **more):
        auth, order, data = urls
        return {"provider": "airbus", "api_key": "an-api-key", "market": "NQUAL", "auth_url": auth, "order_url": order,
                "data_url": data, "search_url": data} | more  # fmt: skip

    # --- the three hosts ---
    async def auth(self, request):
        seen = await self.ledger.record(request)
        must = self.ledger.must
        path = "/auth/realms/IDP/protocol/openid-connect/token"
        must((seen.method, seen.path, seen.query) == ("POST", path, ""), "token", f"{seen.method} {request.raw_path}")
        kind = seen.headers.get("Content-Type")
        must(kind == "application/x-www-form-urlencoded", "token", f"Content-Type {kind!r}")
        must("Authorization" not in seen.headers, "token", "an Authorization header beside the key")
        form = sorted(parse_qsl(seen.body.decode(), keep_blank_values=True, strict_parsing=True))
        wanted = [("apikey", "an-api-key"), ("client_id", "IDP"), ("grant_type", "api_key")]
        must(form == wanted, "token", f"form fields {[key for key, _ in form]}")
        if self.twists.get("bad_key"):
            return web.json_response({"message": "forbidden"}, status=403)
        self.twists["tokens"] += 1
        token = f"T{self.twists['tokens']}" + "X" * 600
        self.valid.add(token)
        answer = {"access_token": token, "expires_in": 3600, "refresh_expires_in": 0}
        answer |= {"token_type": self.twists["token_type"], "not-before-policy": 0}
        return web.json_response(answer | {"session_state": "0017679e-2c9c-4282-835b-45123688281a"} | self.extra)

    async def data(self, request):
        seen = await self.ledger.record(request)
        self.ledger.must((seen.method, seen.path, seen.query) == ("GET", "/api/v1/me", ""), "/me", request.raw_path)
        self._bearer(seen)
        contract = {"id": "contractId", "kind": "contract.oneatlas.premium", "balance": 15000, "workspaceId": "ws-1"}
        return web.json_response({"_links": {}, "id": "userId", "roles": ["user"], "contract": contract} | self.extra)

    async def order(self, request):
        self.ledger.must(self.busy == 0, request.path, "another request was still open")
        now = self.clock.now().timestamp()
        apart = now - self.last_start >= 1 - 1e-6 or self.twists.get("hasty")
        self.ledger.must(apart, request.path, f"{now - self.last_start:.3f} s after the last one")
        self.last_start = now
        self.busy += 1
        try:
            seen = await self.ledger.record(request)
            await asyncio.sleep(0.002)
            return self._answer(seen)
        finally:
            self.busy -= 1

    @property
    def extra(self):
        """Fields that no document names."""
        return {"unheardOf": {"a": [None, 1]}} if self.twists.get("extra") else {}

    def _bearer(self, seen):
        kind, _, token = seen.headers.get("Authorization", "").partition(" ")
        self.ledger.must((kind, token in self.valid) == ("Bearer", True), seen.path, "not 'Bearer <a living token>'")

    def _answer(self, seen):
        if self.twists.get("crowded", 0) > 0:
            self.twists["crowded"] -= 1
            return web.json_response({"message": "Too many requests"}, status=429)
        if self.twists.get("expire_once"):
            self.twists["expire_once"] = False
            self.valid.clear()
            return web.json_response({"message": "Authentication failed (cause: Token expired)"}, status=401)
        self._bearer(seen)
        contracts = f"/api/v1/contracts/{quote(self.contract, safe='')}"
        routes = {
            ("GET", "/api/v1/contracts"): self._contracts,
            ("GET", f"{contracts}/productTypes"): self._products,
            ("GET", f"{contracts}/deliveryTypes"): self._deliveries,
            ("GET", f"/api/v1/{quote(self.contract, safe='')}/properties"): self._markets,
            ("POST", "/api/v1/feasibility"): self._feasibility,
            ("POST", "/api/v1/attempts"): self._attempts,
            ("POST", "/api/v1/prices"): self._price,
        } | {("POST", f"{contracts}/productTypes/{name}/options"): self._options for name in self._product_ids()}
        handler = routes.get((seen.method, seen.path))
        if not self.ledger.must(
            handler and not seen.query, f"{seen.method} {seen.path}?{seen.query}", "not documented"
        ):
            return web.json_response({"errorCode": "E2203", "message": "not found"}, status=404)
        if seen.method == "POST":
            self.ledger.read_json(seen)
        return handler(seen)

    # --- what is read ---
    def _contracts(self, seen):
        contract = {"contractId": self.contract, "customerId": "customerId", "name": "ContractName", "currency": "EUR"}
        contract |= {"creditRemaining": "150.0", "language": "en", "contractType": "ONEATLASDATA"} | self.extra
        if self.backend == "neo":
            contract |= {"delivery": [{"deliveryPlatformId": "PublicMOC", "deliveryWorkspace": "mareclever"}]}
            contract |= {"creditRemaining": "1.00000003E16"}
        if not self.twists.get("no_backend"):
            contract |= {"backendSource": self.backend}
        return web.json_response({"contracts": [contract, *self.twists.get("more_contracts", [])]} | self.extra)

    def _product_ids(self):
        return [name for name in self.twists.get("products", PRICES) if ("Neo" in name) == (self.backend == "neo")]

    def _products(self, seen):
        listed = [
            {"productTypeId": name, "minimumOrderAreaApplied": 500 if name.startswith("Spot") else 100,
             "technicalProduct": {"id": name, "label": name, "licences": None} | self._parts(name)} | self.extra
            for name in [*self._product_ids(), *self.twists.get("more_products", [])]
        ]  # fmt: skip
        return web.json_response({"productTypes": listed} | self.extra)

    def _parts(self, name):
        if self.twists.get("bare_products"):
            return {"source": None, "sensor": None, "target": None}
        sensor = {"S": "spot", "P": "pleiades"}.get(name[0], "?") if "Neo" not in name else "pleiadesneo"
        target = re.search(r"One\w+|$", name).group().lower()
        return {"source": {"id": "tasking", "label": "One Tasking"}, "sensor": {"id": sensor, "label": sensor},
                "target": {"id": target, "label": target}}  # fmt: skip

    def _deliveries(self, seen):
        return web.json_response({"deliveryTypes": [{"deliveryTypeId": "network", "label": "FTP + My Data"}]})

    def _markets(self, seen):
        return web.json_response({"properties": [], "markets": [{"id": "NQUAL", "label": "Not qualified"}]})

    def _options(self, seen):
        self.ledger.shape(seen.json, {"aoi": [{"polygonId": int, "geometry": polygon}]}, "options")
        if self.twists.get("options_404"):
            return web.json_response({"errorCode": "E2203", "message": "no options"}, status=404)
        return web.json_response({"availableOptions": self.options()} | self.extra)

    def options(self):
        return self.twists.get("options") or options(self.backend == "neo")

    # --- what is asked ---
    def _question(self, seen, programmes, end):
        self.ledger.shape(seen.json, {
            "acquisitionDate": {"startDate": millis, "endDate": end},
            "contractId": exactly(self.contract),
            "missions": [MISSIONS[self.backend]],
            "optical": {"acquisitionMode": {"MONO", "STEREO", "TRISTEREO"}, "maxCloudCover": number(0, 100),
                        "maxIncidenceAngle": number(0, 90)},
            "progTypeNames": [programmes],
            "aoi": polygon,
        }, seen.path)  # fmt: skip
        for name in ("missions", "progTypeNames"):
            asked = seen.json.get(name) or []
            self.ledger.must(asked and len(set(asked)) == len(asked), seen.path, f"{name} {asked}")
        dates = seen.json["acquisitionDate"]
        if dates["endDate"] is not None:
            self.ledger.must(moment(dates["startDate"]) < moment(dates["endDate"]), seen.path, f"dates {dates}")

    def _capacities(self, seen, answer):
        missions = [
            {"mission": mission, "progTypes": [
                {"name": name, "mission": mission, "available": True} | answer(mission, name) | self.extra
                for name in seen.json["progTypeNames"]]} | self.extra
            for mission in seen.json["missions"]
        ]  # fmt: skip
        return web.json_response({"progCapacities": missions} | self.extra)

    def _feasibility(self, seen):
        self._question(seen, STUDIED[self.backend], millis)
        word = {"classification": "CHALLENGING", "automation": self.twists.get("automation", "AUTOMATIC")}
        legacy = {"automationName": "AutomaticTasking30"}
        neo = {"expirationDate": stamp(self.clock.now().replace(hour=23))}
        word |= (neo if self.backend == "neo" else legacy) | self.extra
        return self._capacities(seen, lambda mission, name: {"feasibility": word})

    def _attempts(self, seen):
        self._question(seen, ATTEMPTED[self.backend], lambda value: None if value is None else millis(value))
        if self.twists.get("no_sensor"):
            return web.json_response(
                {"errors": [{"code": "ERR_NO_SENSOR_AVAILABLE", "locator": "UNKNOWN"}]}, status=500
            )
        return self._capacities(seen, self._segments)

    def _segments(self, mission, name):
        error = self.twists.get("errors", {}).get(mission)
        if error:
            code, message = error
            return {
                "errors": [{"code": code, "locator": "AOI", "message": message}],
                "segments": [],
                "available": False,
            }
        known = SEGMENTS.get((mission, name))
        segments = [self.twists.get("segment", lambda one: one)(known | self.extra)] if known else []
        brand = {"PLEIADES": "PleiadesTasking", "SPOT": "SpotTasking", "PLEIADESNEO": "PleiadesNeo"}[mission]
        self.given[brand + {"ONEDAY": "OneDay", "ONENOW": "OneNow", "ONENOWATTEMPTS": "OneNowAttempts"}[name]] = (
            segments
        )
        return {"segments": segments}

    def _price(self, seen):
        product = check_price(self, seen.json)
        if "price_error" in self.twists:
            status, body = self.twists["price_error"]
            return web.json_response(body, status=status)
        amount, area, discount, price = PRICES.get(product, (1.0, 100.0, 0.0, 1.0))
        line = {"amount": amount, "areaKm2": area, "discountPercentage": discount, "discountValue": 0.0, "price": price}
        line |= {"productTypeId": product, "items": [{"datastripIds": []}], "voucherCode": None} | self.extra
        answer = {"contractId": self.contract, "currency": "EUR", "discountPercentage": 0.0, "discountValue": 0.0}
        answer |= {"productTypes": [line], "totalAmount": amount} | self.extra
        answer = self.twists.get("price", lambda one: one)(answer)
        return web.json_response(answer, status=self.twists.get("price_status", 201))
