"""Airbus' Pléiades Neo ordering, written from Airbus' OpenAPI description alone (read 2026-11).

An order, or a quotation for what is studied first, is answered with a quotation's number. Orders and coverage items are
searched with `q`, a conjunction of `(field:value)`; its examples are this file's grammar.
"""

import fnmatch
import re

from aiohttp import web
from independent.buying import Life, bare, losing
from independent.orders_airbus import SQUARE, AirbusOrders
from independent.orders_airbus_body import check_order, window_of

SAMPLE = {
    "contractId": "CTR21000411", "program": "", "licence": "standard", "mission": "pleiadesneo", "source": "tasking",
    "comment": "", "processingLevel": "primary", "priority": "standard", "deliveryType": "network",
    "quotationId": "QUO21000243", "salesOrderId": "SAL22005724", "currency": "EUR", "orderLineAmount": 0,
    "priceCalculationArea": 100, "orderMinimumApplied": True, "requestedArea": 99.7919052906175, "producedArea": 0,
    "quotationVersion": 1, "onePlanPro": True, "orderLineId": 1, "deliveryWorkspace": "mareclever",
    "feasibilityStudyResult": {"coverRate": 0, "commitment": True},
}  # fmt: skip
COVERAGE = {
    "contractId": "CTR21000411", "coverageItemId": "CIE_000016433_1_11_1", "status": "PROPOSED", "clearSkyRate": 99.4,
    "catalogPlatformId": "MMCAT", "archiveId": "ACQ_PNEO4_01329602026817", "satellite": "PNEO4",
    "mission": "pleiadesneo", "orientation": 0, "incidenceAngle": 39.693666644420055, "bh": 0, "footprint": SQUARE,
    "quotationId": "QUO21000243", "salesOrderId": "SAL22013111", "acquisitionDate": "2022-04-08T08:48:08.02Z",
}  # fmt: skip
ORDER_FIELDS = {"quotationStatus", "contractId", "status", "customerReference", "orderItemId"}
ORDER_FIELDS |= {"cis.quotation", "technicalProduct.source.id"}
COVERAGE_FIELDS = {"orderItemId", "contractId", "status"}
TOKEN = re.compile(r"\(|\)|(?:AND|OR)\b|[\w.]+:[\w.*/-]+")


class NeoOrders(AirbusOrders):
    """A contract of Pléiades Neo: what was sold stands in `items`, what waits for an answer in `quotations`."""

    def __init__(self, clock, **twists):
        super().__init__(clock, **({"backend": "neo", "contract": "CTR21000411"} | twists))
        self.life = self.twists.get("life", [(0, "IN_PROGRESS")])
        self.items, self.coverages = {}, []

    def _ordering(self, seen):
        verbs = {
            ("POST", "/api/v1/orders"): self._buy,
            ("POST", "/api/v1/quotations"): self._quote,
            ("POST", "/api/v2/orders/search"): self._orders,
            ("POST", "/api/v1/coverages/search"): self._covered,
            ("POST", r"/api/v1/coverages/CIE_\w+/(accept|refuse)"): self._decide,
            ("POST", r"/api/v1/orders/WOI_\w+/(cancel|stop)"): self._leave,
            ("PUT", f"/api/v1/contracts/{self.contract}/quotations/QUO\\w+/(accept|refuse)"): self._answer_quotation,
        }
        found = [
            verb for (method, form), verb in verbs.items() if method == seen.method and re.fullmatch(form, seen.path)
        ]
        self.ledger.must(not found or not seen.query, seen.path, f"a query {seen.query}")
        return found[0] if found else None

    # --- buying ---
    def _quote(self, seen):
        body = self.ledger.read_json(seen)
        product = check_order(self, body)
        return self._refused(seen) or losing(self.twists, lambda: self._sold(body, product, "SENT"))

    def _sold(self, body, product, quotation="ACCEPTED"):
        reference = body["customerReference"]
        self.ledger.must(reference not in [one["customerReference"] for one in self.orders], "orders", "bought twice")
        self.orders.append(body)
        start, end = window_of(body)
        number = f"QUO2100024{len(self.orders)}"
        self.items[number] = SAMPLE | {
            "quotationId": number, "customerReference": reference, "quotationStatus": quotation,
            "orderItemId": f"WOI_00000780{len(self.orders)}_1", "productType": product.replace("Neo", "NeoTasking"),
            "target": product.removeprefix("PleiadesNeo").lower(), "contractId": self.contract,
            "aoi": {"name": "Polygon 1", "geometry": body["aoi"][0]["geometry"]}, "_life": Life(self.clock, self.life),
            "quotationEndOfValidityDate": "2021-06-30T00:00:00Z",
            "cancelationDeadlineDate": self.twists.get("deadline", _seconds(start)),
            "initialOrderLineAmountWithDiscount": 5000, "lastStatusChangeDate": _seconds(self.clock.now()),
            "tasking": {"holdBack": 0, "maxIncidenceAngle": 50, "acquisitionMode": "MONOSCOPIC", "validatedArea": 0,
                        "period": [{"startDate": _seconds(start), "endDate": _seconds(end)}], "validatedAreaPct": 0,
                        "taskingRequest": [{"taskingRequestId": "TWOI_000007805_1_N"}], "maxCloudCoverage": 10},
        }  # fmt: skip
        for one in self.twists.get("coverages", []):
            self.coverages.append(COVERAGE | {"orderItemId": self.items[number]["orderItemId"]} | one)
        answer = {"quotationId": number, "currency": "EUR", "discountPercentage": 0, "discountValue": 0}
        return web.json_response(answer | {"totalAmount": 9240} | self.extra, status=201)

    # --- searching ---
    def _search(self, seen, origin):
        """The workspace knows orders by the same words as taskings."""
        self.taskings = {
            one["quotationId"]: {"reference": one["customerReference"], "life": _Done(one["_life"])}
            for one in self.items.values()
        }
        return super()._search(seen, origin)

    def _orders(self, seen):
        listed = [self._shown(one) for one in self.items.values()]
        return self._found(seen, listed, ORDER_FIELDS, {"pagingMode"})

    def _shown(self, one):
        shown = {key: value for key, value in one.items() if not key.startswith("_")} | self.extra
        if one["quotationStatus"] != "ACCEPTED":
            return {key: value for key, value in shown.items() if key != "orderItemId"}
        word = one["_life"].shown()
        done = 100 if word == "COMPLETED" else 0
        return shown | {"status": word, "tasking": one["tasking"] | {"validatedAreaPct": done}}

    def _covered(self, seen):
        return self._found(seen, [*self.coverages], COVERAGE_FIELDS, set())

    def _found(self, seen, listed, fields, more):
        asked = self.ledger.read_json(seen)
        where = seen.path
        paging = {"itemsPerPage": int, "startIndex": int} | {f"{name}?": {"item"} for name in more}
        self.ledger.shape(asked, {"paging": paging, "criteria": {"q": str}}, where)
        fit = [one for one in listed if self._holds(asked["criteria"]["q"], one, fields, where)]
        first, count = asked["paging"]["startIndex"], asked["paging"]["itemsPerPage"]
        self.ledger.must(first >= 0 and 1 <= count <= 10000, where, f"paging {asked['paging']}")
        chosen = [bare(self.twists, one) for one in fit[first : first + count]] + self.twists.get("blanks", [])
        key = "contracts" if self.twists.get("contracts") and "orders" in where else "features"
        answer = {key: chosen} | (
            {} if key == "contracts" else {"paging": asked["paging"] | {"totalResults": len(fit)}}
        )
        return web.json_response(answer | self.extra)

    def _holds(self, q, one, fields, where):
        """Read `q` by the grammar of its examples, and evaluate it."""
        words = TOKEN.findall(q)
        if not self.ledger.must(re.sub(r"\s", "", q) == "".join(words), where, f"q {q!r}"):
            return False
        result = self._either(words, one, fields, where)
        self.ledger.must(not words, where, f"q {q!r} goes on with {words}")
        return result

    def _either(self, words, one, fields, where):
        result = self._term(words, one, fields, where)
        while words and words[0] in {"AND", "OR"}:
            both = words.pop(0) == "AND"
            right = self._term(words, one, fields, where)
            result = (result and right) if both else (result or right)
        return result

    def _term(self, words, one, fields, where):
        word = words.pop(0)
        if word == "(":
            result = self._either(words, one, fields, where)
            self.ledger.must(words.pop(0) == ")", where, "q is not closed")
            return result
        name, _, value = word.partition(":")
        self.ledger.must(name in fields, where, f"q asks for {name}")
        known = one | {"cis.quotation": one.get("quotationId"), "technicalProduct.source.id": one.get("source")}
        return fnmatch.fnmatchcase(str(known.get(name)), value)

    # --- deciding and leaving ---
    def _decide(self, seen):
        self._empty_body(seen)
        name, verb = seen.path.split("/")[-2:]
        (found,) = [one for one in self.coverages if one["coverageItemId"] == name]
        self.ledger.must(found["status"] == "PROPOSED", seen.path, f"decided twice: {found['status']}")
        found["status"] = {"accept": "VALIDATED", "refuse": "REFUSED"}[verb]
        self.decided.append((name, verb))
        return self._refused(seen) or web.Response(status=200)

    def _answer_quotation(self, seen):
        self._empty_body(seen)
        name, verb = seen.path.split("/")[-2:]
        found = self.items[name]
        self.ledger.must(found["quotationStatus"] == "SENT", seen.path, f"answered twice: {found['quotationStatus']}")
        found["quotationStatus"] = {"accept": "ACCEPTED", "refuse": "REFUSED"}[verb]
        self.decided.append((name, verb))
        return self._refused(seen) or web.Response(status=200)

    def _leave(self, seen):
        self._empty_body(seen)
        name, verb = seen.path.split("/")[-2:]
        (found,) = [one for one in self.items.values() if one["orderItemId"] == name]
        self.ledger.must(self._shown(found)["status"] == "IN_PROGRESS", verb, "not in progress")
        refused = self._refused(seen)
        if refused is None:
            found["_life"].jump((0, {"cancel": "CANCELLED", "stop": "COMPLETED"}[verb]))
        return refused or web.Response(status=200)


class _Done:
    """A life in the words of taskings."""

    def __init__(self, life):
        self.word = {"COMPLETED": "Completed"}.get(life.word)


def _seconds(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
