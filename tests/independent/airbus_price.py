"""What the guides let the body of a price be: the order's own body, complete and without anything else."""

import re

from independent.strict import exactly, moment, number, polygon, stamp, text

PERIOD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PLANNED = {"acquisitionMode", "classification", "feasibilityAutomation", "notificationThreshold", "maxCloudCover"}
PLANNED |= {"maxIncidenceAngle", "acqPeriod", "comments", "feasibilityAutomationName"}
PROPERTIES = {
    "ONENOWWEATHER": PLANNED,
    "ONEDAY": {"extendedAngle", "comments", "maxCloudCover", "maxIncidenceAngle", "notificationThreshold"}
    | {"acqPeriod", "orderDeadLine"},
    "ONENOW": {"extendedAngle", "maxCloudCover", "maxIncidenceAngle", "notificationThreshold", "orderDeadLine"}
    | {"comments", "acqPeriods"},
    "ONEPLAN": PLANNED,
}
NEEDED = {
    "ONEDAY": {"extendedAngle"},
    "ONENOW": {"extendedAngle", "maxCloudCover", "orderDeadLine", "acqPeriods"},
    "ONENOWWEATHER": PLANNED - {"comments"},
    "ONEPLAN": PLANNED - {"comments"},
}


def check_price(server, body):
    """Record whatever the body has that the guides do not allow, or lacks that they want; give its product."""
    must, where = server.ledger.must, "prices"
    server.ledger.shape(body, _form(server), where)
    item, wishes, area = body["items"][0], body["optionsPerProductType"][0], body["aoi"][0]
    one_each = len(body["items"]), len(body["optionsPerProductType"]), len(body["aoi"])
    must(one_each == (1, 1, 1), where, f"{one_each} items, option sets, areas")
    must(item["aoiId"] == area["id"], where, f"aoiId {item['aoiId']} but id {area['id']}")
    product = item["productTypeId"]
    must(product in server._product_ids(), where, f"product {product} is not in the contract")
    must(wishes["productTypeId"] == product, where, f"options of {wishes['productTypeId']}")
    must(len(body["customerReference"]) >= 1, where, "no customerReference")
    _check_properties(server, item, product)
    _check_options(server, wishes["options"])
    return product


def _form(server):
    delivery = {"type": {"network"}} if server.backend == "neo" else {"type": {"network"}, "workspace": exactly("ws-1")}
    pair = {"key": text, "value": lambda value: None if isinstance(value, (str, bool, int, float)) else "no value"}
    item = {
        "productTypeId": text, "aoiId": int, "properties": [pair], "comments?": text, "segmentKey?": text,
        "dataSourceIds?": exactly([]), "notifications?": list, "holdback?": bool, "stations?": exactly([]),
    }  # fmt: skip
    wish = {"key": text, "value": text}
    return {
        "aoi": [{"id": int, "name": text, "geometry": polygon}],
        "programReference?": None, "contractId": exactly(server.contract), "items": [item],
        "primaryMarket": exactly("NQUAL"), "secondaryMarket?": None, "customerReference": text,
        "optionsPerProductType": [{"licence?": exactly(""), "productTypeId": text, "options": [wish]}],
        "delivery?": delivery, "endUsers?": [{"endUserName": text, "country": text}], "orderGroup?": exactly(""),
    }  # fmt: skip


def _check_properties(server, item, product):
    must, where = server.ledger.must, f"prices {product}"
    programme = next(name for name in PROPERTIES if name in product.upper())
    given = {pair["key"]: pair["value"] for pair in item["properties"]}
    must(len(given) == len(item["properties"]), where, f"a property twice: {item['properties']}")
    known = PROPERTIES[programme]
    needed = NEEDED[programme]
    if server.backend == "neo":
        needed = needed - {"feasibilityAutomationName", "extendedAngle", "acqPeriods"}
        known = known - {"feasibilityAutomationName", "extendedAngle"}
    must(given.keys() <= known, where, f"unknown properties {sorted(given.keys() - known)}")
    must(given.keys() >= needed, where, f"missing properties {sorted(needed - given.keys())}")
    for key, value in given.items():
        server.ledger.shape(value, _value(server, key), f"{where} {key}")
    if programme in {"ONEPLAN", "ONENOWWEATHER"}:
        must("segmentKey" not in item, where, "a segmentKey without an attempt")
    else:
        keys = [segment["segmentKey"] for segment in server.given.get(product, [])]
        if must(item.get("segmentKey") in keys, where, "segmentKey is not the attempt's, byte for byte"):
            _check_agreement(server, given, item["segmentKey"], where)


def _check_agreement(server, given, key, where):
    """The order sample's comment: properties must not contradict what the key holds."""
    for name in ("acqPeriod", "acqPeriods", "orderDeadLine"):
        if name in given:
            server.ledger.must(f'"{given[name]}"' in key, where, f"{name} is not that of the segmentKey")


def _value(server, key):
    periods = f"{PERIOD.pattern}(,{PERIOD.pattern})*"
    return {
        "extendedAngle": bool,
        "comments": text,
        "maxCloudCover": number(0, 100),
        "notificationThreshold": number(0, 100),
        "maxIncidenceAngle": number(0, 90),
        "acqPeriod": lambda value: None if re.fullmatch(PERIOD, value) else f"{value!r} is no period",
        "acqPeriods": lambda value: None if re.fullmatch(periods, value) else f"{value!r} are no periods",
        "orderDeadLine": lambda value: None if stamp(moment(value)) == value else f"{value!r}",
        "acquisitionMode": exactly("MONO"),
        "classification": exactly("CHALLENGING"),
        "feasibilityAutomation": exactly("AUTOMATIC"),
        "feasibilityAutomationName": exactly("AutomaticTasking30"),
    }[key]


def _check_options(server, pairs):
    """All that is mandatory, nothing that a condition excludes, and only values that are listed."""
    must, where = server.ledger.must, "prices options"
    chosen = {pair["key"]: pair["value"] for pair in pairs}
    must(len(chosen) == len(pairs), where, f"an option twice: {pairs}")
    offered = {one["name"]: one for one in server.options()}
    must(chosen.keys() <= offered.keys(), where, f"unknown options {sorted(chosen.keys() - offered.keys())}")
    for name, one in offered.items():
        applies = holds(one.get("constraint"), chosen)
        wanted = one["mandatory"] == "true" or (one["mandatory"] == "constraint" and applies)
        must(name in chosen or not wanted, where, f"mandatory {name} is missing")
        must(name not in chosen or applies, where, f"{name} although {one.get('constraint')} does not hold")
        if name in chosen and "values" in one:
            fit = [value["id"] for value in one["values"] if holds(value.get("constraint"), chosen)]
            must(chosen[name] in fit, where, f"{name}={chosen[name]}, allowed here: {fit}")


def holds(constraint, chosen):
    """Whether name:(a|b) is met by the chosen options."""
    if not constraint:
        return True
    name, values = re.fullmatch(r"(\w+):\((.*)\)", constraint["condition"]).groups()
    return chosen.get(name) in values.split("|")
