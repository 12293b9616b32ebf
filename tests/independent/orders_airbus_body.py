"""What the guides let the body of an order be: its price's, the buyer's reference, and what only orders have."""

from independent.airbus_price import PERIOD, check_price, holds
from independent.strict import exactly, moment, number, polygon, text

EMAIL = {"type": {"email"}, "parameters": {"addresses": [text]}}
LEGACY_NOTICE = {"name?": str, "channels": [EMAIL], "filter": {"events": [{"ACQUISITION_RECEIVED"}]}}
NEO_EVENT = {"event": {"NEW_ACQUISITION", "ACQUISITION_CAMPAIGN", "WEATHER_PREDICTION", "BEFORE_TASKING_END"}}
NEO_CHANNEL = {"type": {"email"}, "addressee": {"to": [text], "cc?": [text]}}
NEO_NOTICE = {"name?": str, "channels": [NEO_CHANNEL], "filter": {"events": [NEO_EVENT | {"daysBeforeEnd?": int}]}}
TOP_NOTICE = NEO_NOTICE | {"filter": {"events": [{"event": {"SALES_ORDER", "DELIVERY", "QUOTATION_REQUEST"}}]}}
STUDIED = {"acquisitionMode", "classification", "feasibilityAutomation", "acqPeriod", "maxIncidenceAngle"}
STEREO = {"acquisitionModeMinBH", "acquisitionModeMaxBH"}
LOOSE = {"comments", "maxCloudCover", "notificationThreshold", "feasibilityAutomationName"}


def check_order(server, body):
    """Record whatever an order may not have, or lacks; give its product."""
    neo = server.backend == "neo"
    where = "orders"
    must = server.ledger.must
    for item in body["items"]:
        for notice in item.get("notifications", []):
            server.ledger.shape(notice, NEO_NOTICE if neo else LEGACY_NOTICE, f"{where} notification")
    for notice in body.get("notifications", []) if neo else ():
        server.ledger.shape(notice, TOP_NOTICE, f"{where} top notification")
    server.ledger.shape(body.get("notificationEmails", []), [text], f"{where} notificationEmails")
    must(not neo or body.get("endUsers"), where, "no end user, which Pléiades Neo wants")
    must(neo or "notifications" not in body, where, "notifications at the top are Pléiades Neo's")
    bare = {key: value for key, value in body.items() if key not in {"notifications", "notificationEmails"}}
    if _automation(body) == "MANUAL":
        return _check_studied(server, bare)
    product = check_price(server, bare)
    _check_agreement(server, bare, product)
    return product


def _automation(body):
    given = {pair["key"]: pair["value"] for pair in body["items"][0]["properties"]}
    return given.get("feasibilityAutomation")


def _check_agreement(server, body, product):
    """An order is what was priced last: the same area, product, properties and options, word for word."""
    priced = [one for one in server.ledger.bodies("/prices") if one["items"][0]["productTypeId"] == product]
    if not server.ledger.must(priced, "orders", f"{product} was never priced"):
        return
    for name in ("aoi", "contractId", "primaryMarket", "optionsPerProductType", "delivery"):
        same = priced[-1].get(name) == body.get(name)
        server.ledger.must(same, "orders", f"{name} is not that of the price: {body.get(name)!r:.300}")
    item, before = ({**one["items"][0]} for one in (body, priced[-1]))
    for one in (item, before):
        one.pop("notifications", None)
    server.ledger.must(item == before, "orders", f"the item is not that of the price: {item!r:.300}")


def _check_studied(server, body):
    """An order that people study first, by the tristereo sample."""
    must, where, item = server.ledger.must, "orders (studied)", body["items"][0]
    delivery = {"type": {"network"}} if server.backend == "neo" else {"type": {"network"}, "workspace": exactly("ws-1")}
    server.ledger.shape(body, {
        "aoi": [{"id": int, "name": text, "geometry": polygon}], "programReference?": None,
        "contractId": exactly(server.contract), "primaryMarket": exactly("NQUAL"), "secondaryMarket?": None,
        "customerReference": text, "items": [{
            "productTypeId": text, "aoiId": int, "properties": [{"key": text, "value": _value}], "holdback?": bool,
            "comments?": text, "dataSourceIds?": exactly([]), "notifications?": list, "stations?": exactly([]),
        }],
        "optionsPerProductType": [
            {"productTypeId": exactly(item["productTypeId"]), "licence?": exactly(""),
             "options": [{"key": text, "value": text}]}],
        "delivery?": delivery, "endUsers?": [{"endUserName": text, "country": text}], "orderGroup?": exactly(""),
    }, where)  # fmt: skip
    given = {pair["key"]: pair["value"] for pair in item["properties"]}
    stereo = given.get("acquisitionMode") in {"STEREO", "TRISTEREO"}
    needed = STUDIED | (STEREO if stereo else set())
    must(needed <= given.keys() <= needed | LOOSE, where, f"properties {sorted(given.keys() ^ needed)}")
    must(PERIOD.fullmatch(given["acqPeriod"]), where, f"acqPeriod {given['acqPeriod']!r}")
    must(given["classification"] in {"EASY", "CHALLENGING"}, where, f"classification {given['classification']!r}")
    server.ledger.shape(given["maxIncidenceAngle"], number(0, 90), where)
    for name in sorted(STEREO & given.keys()):
        fine = isinstance(given[name], str) and 0.2 <= float(given[name]) <= 0.8
        must(fine, where, f"{name} must be a text between 0.2 and 0.8, not {given[name]!r}")
    _check_chosen(server, body["optionsPerProductType"][0]["options"])
    return item["productTypeId"]


def _check_chosen(server, pairs):
    chosen = {pair["key"]: pair["value"] for pair in pairs}
    for one in server.options():
        wanted = one["mandatory"] == "true" or (one["mandatory"] == "constraint" and holds(one["constraint"], chosen))
        server.ledger.must(one["name"] in chosen or not wanted, "orders options", f"{one['name']} is missing")


def _value(value):
    return None if isinstance(value, (str, bool, int, float)) else f"{value!r:.40} is no value"


def window_of(body):
    """When the images of an order are to be taken, as its properties and its segmentKey say."""
    item = body["items"][0]
    given = {pair["key"]: pair["value"] for pair in item["properties"]}
    periods = given.get("acqPeriods") or given.get("acqPeriod")
    if periods is None:
        periods = PERIOD.search(item["segmentKey"]).group()
    moments = [moment(one) for period in periods.split(",") for one in period.split()]
    return moments[0], moments[-1]
