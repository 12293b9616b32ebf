"""The command line against the three servers at once: what it prints is the documented JSON, key by key."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import tomli_w
from independent.server_airbus import AirbusServer
from independent.server_iceye import CONTRACT_ID, IceyeServer
from independent.server_planet import FIRST, SECOND, PlanetServer
from independent.strict import INSTANT, Ledger, number

from tasking_hub.cli import main
from tasking_hub.clock import SystemClock

DECIMAL = r"-?\d+(\.\d+)?"
SOON = datetime.now(UTC) + timedelta(days=3)
TOULOUSE = [[[1.40, 43.58], [1.45, 43.58], [1.45, 43.62], [1.40, 43.62], [1.40, 43.58]]]


def or_null(form):
    """A check that lets null pass and holds anything else to the form."""

    def check(value):
        ledger = Ledger(SystemClock())
        if value is not None:
            ledger.shape(value, form, "")
        return "; ".join(ledger.violations) or None

    return check


def instant(value):
    return None if isinstance(value, str) and INSTANT.fullmatch(value) else f"{value!r} is no UTC time"


def decimal(value):
    import re  # noqa: PLC0415 - one use

    return None if isinstance(value, str) and re.fullmatch(DECIMAL, value) else f"{value!r} is no decimal as text"


def anything(value):
    return None


def price(value):
    """Money, or quota with its unit."""
    ledger = Ledger(SystemClock())
    ledger.shape(value, QUOTA if "unit" in value else MONEY, "")
    return "; ".join(ledger.violations) or None


MONEY, QUOTA = {"amount": decimal, "currency": str}, {"amount": decimal, "unit": str}
RANGE = or_null({"min": number(-90, 90), "max": number(-90, 90)})
OPPORTUNITY = {
    "id": str,
    "kind": {"pass", "campaign"},
    "start": instant,
    "end": instant,
    "satellite": or_null(str),
    "constellation": or_null(str),
    "footprint": or_null({"type": {"Polygon", "MultiPolygon"}, "coordinates": list}),
    "incidence_deg": anything,
    "off_nadir_deg": anything,
    "sun_elevation_deg": anything,
    "gsd_m": anything,
    "cloud_forecast_percent": anything,
    "order_deadline": or_null(instant),
    "feasibility": anything,
    "replaces": list,
    "*": None,
}
HOW = {"honoured", "tightened", "approximated", "filtered", "not-enforced"}
QUOTE = {
    "rank": int,
    "account": str,
    "provider": str,
    "price": price,
    "price_in_base": or_null(MONEY),
    "list_price": or_null(MONEY),
    "discount_percent": or_null(decimal),
    "billable_area_km2": or_null(decimal),
    "minimum_applied": or_null(bool),
    "multiplier": or_null(decimal),
    "price_per_km2": or_null(MONEY),
    "binding": bool,
    "quoted_at": instant,
    "expires_at": or_null(instant),
    "terms": dict,
    "opportunity": OPPORTUNITY,
    "adjustments": [{"field": str, "asked": anything, "sent": anything, "how": HOW, "why": str, "*": None}],
    "*": None,
}
REFUSAL = {
    "account": str,
    "provider": str,
    "code": str,
    "provider_code": or_null(str),
    "message": str,
    "field": or_null(str),
    "limit": anything,
    "actual": anything,
    "unit": or_null(str),
    "retryable": bool,
    "remedy": or_null(str),
    "*": None,
}
DOCUMENT = {
    "schema": anything,
    "reference": str,
    "request": dict,
    "base_currency": str,
    "rates": dict,
    "quotes": [QUOTE],
    "refusals": [REFUSAL],
    "*": None,
}


def moved(window):
    """One of Planet's windows, on the day of the attempt."""
    times = {name: f"{SOON:%Y-%m-%d}{window[name][10:]}" for name in ("start_time", "end_time")}
    return window | times


@pytest.fixture
def servers():
    """The three servers in real time, their samples moved to a day soon."""
    clock = SystemClock()

    def later(segment):
        return json.loads(json.dumps(segment).replace("2021-05-31", f"{SOON:%Y-%m-%d}"))

    return SimpleNamespace(
        airbus=AirbusServer(clock, products=["PleiadesTaskingOneDay"], segment=later, hasty=True),
        planet=PlanetServer(clock, windows=[moved(FIRST), moved(SECOND)], steps=["DONE"]),
        iceye=IceyeServer(clock),
    )


@pytest.fixture
async def config(servers, tmp_path):
    """A configuration file with the names of the design, and rates."""
    (tmp_path / "rates.toml").write_text('base = "EUR"\ndate = 2026-11-20\n[rates]\nUSD = "1.25"\n')
    listening = servers.airbus.listening(), servers.planet.listening(), servers.iceye.listening()
    async with listening[0] as airbus, listening[1] as (planet,), listening[2] as iceye:
        accounts = {
            "airbus": servers.airbus.config(airbus, requests_per_second=1000, workspace_id="ws-1"),
            "planet": servers.planet.config(planet, quota_price={"amount": "4.20", "currency": "USD"}),
            "iceye": servers.iceye.config(iceye, contract_id=CONTRACT_ID),
        }
        path = tmp_path / "mine.toml"
        path.write_text(tomli_w.dumps({"hub": {"currency": "EUR", "rates": "rates.toml"}, "accounts": accounts}))
        yield path


def printed(*argv):
    """The exit code of a command."""
    with pytest.raises(SystemExit) as caught:
        main([str(word) for word in argv])
    return caught.value.code


async def test_compare_prints_the_documented_json(servers, config, tmp_path, capsys):
    """Two areas, three providers: each key of the design is there in its type, and the prices are the documents'."""
    areas = tmp_path / "areas.geojson"
    quick = {"planet": {"poll_first_s": 0.1, "poll_max_s": 0.1}}
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": TOULOUSE}}
    point = {"type": "Point", "coordinates": [35, 32]}
    features = [
        feature | {"properties": {"reference": "city", "max_cloud_cover": 60, **quick}},
        {"type": "Feature", "geometry": point, "properties": {"reference": "spot", **quick}},
    ]
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    end = f"{datetime.now(UTC) + timedelta(days=6):%Y-%m-%dT%H:%M:%SZ}"
    command = ["compare", areas, "--to", end, "--config", config, "--format", "json"]
    code = await asyncio.to_thread(printed, *command)
    out, err = capsys.readouterr()
    violations = [one for server in vars(servers).values() for one in server.ledger.violations]
    assert (code, violations) == (0, []), err
    city, spot = json.loads(out)
    check = Ledger(SystemClock())
    for document in (city, spot):
        check.shape(document, DOCUMENT, document["reference"])
    assert check.violations == []
    prices = {(one["provider"], one["price"]["amount"]): one["price_in_base"]["amount"] for one in city["quotes"]}
    assert prices == {("airbus", "7392.00"): "7392.00", ("planet", "10"): "33.60", ("iceye", "5291.99"): "4233.59"}
    assert [one["rank"] for one in city["quotes"]] == sorted(one["rank"] for one in city["quotes"])
    assert {one["provider"]: one["code"] for one in spot["refusals"]} == {"airbus": "area-type"}
    assert {one["provider"] for one in spot["quotes"]} == {"planet", "iceye"}
    assert "segmentKey" not in {key for one in city["quotes"] for key in one}
