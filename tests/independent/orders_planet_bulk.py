"""Planet's bulks and its preview of prices, written from its pages and notebook alone (read 2026-11).

A bulk is answered with 202, an empty body and a `Location`; its id may be the caller's own UUID. What `payloads` holds
is not published, so nothing here relies on it.
"""

import re
import uuid

from aiohttp import web
from independent.buying import losing
from independent.orders_planet import ROOT, PlanetOrders
from independent.strict import text

BULK = f"{ROOT}/bulk/"


class BulkOrders(PlanetOrders):
    """The selling server, which also takes bulks; each is PENDING until it was looked at once."""

    def __init__(self, clock, **twists):
        super().__init__(clock, **twists)
        self.bulks = {}

    def _route(self, seen):
        routes = {("POST", BULK): self._begin, ("POST", f"{ROOT}/pricing/"): self._preview}
        handler = routes.get((seen.method, seen.path))
        if handler:
            return self._refused(seen) or handler(seen)
        if seen.method == "GET" and re.fullmatch(f"{BULK}[\\w-]+(/payloads)?", seen.path):
            return self._look(seen)
        return super()._route(seen)

    def _preview(self, seen):
        self.ledger.must(not seen.query, "pricing", f"a query {seen.query}")
        self.check(self.ledger.read_json(seen))
        cost = {"units": "tasking credits", "estimated_quota_cost": 25, "determined_by": "AREA", "pricing_model": {}}
        return web.json_response(cost | {"replaced_orders": []} | self.extra)

    def _begin(self, seen):
        self.ledger.must(not seen.query, "bulk", f"a query {seen.query}")
        body = self.ledger.read_json(seen)
        self.ledger.shape(body, {"id?": text, "order_payloads": [dict]}, "bulk")
        self.ledger.must(1 <= len(body["order_payloads"]) <= 1000, "bulk", f"{len(body['order_payloads'])} orders")
        for order in body["order_payloads"]:
            self.check(order)
        name = str(uuid.UUID(body["id"])) if "id" in body else str(uuid.uuid4())
        self.ledger.must(name not in self.bulks, "bulk", "sent twice")
        return losing(self.twists, lambda: self._begun(name, body["order_payloads"]))

    def _begun(self, name, orders):
        self.bulks[name] = orders
        if not self.twists.get("slow"):
            self._make(name)
        return web.Response(status=202, headers={"Location": f"{BULK}{name}"})

    def _make(self, name):
        for order in self.bulks[name]:
            if order["name"] not in [one["name"] for one in self.orders.values()]:
                self._sold(order)

    def _look(self, seen):
        self.ledger.must(not seen.query, "bulk", f"a query {seen.query}")
        name = seen.path.removeprefix(BULK).partition("/")[0]
        if name not in self.bulks:
            return web.json_response({"detail": "Not found."}, status=404)
        made = len(self.orders)
        self._make(name)
        status = "COMPLETE" if made else "PENDING"
        counts = {"payload_count": 1, "processing_payload_count": 1 - made, "successful_payload_count": made}
        return web.json_response({"id": name, "status": status, "failed_payload_count": 0} | counts | self.extra)
