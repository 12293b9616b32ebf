"""The guides' answers about an attempt, rebuilt where they do not parse, and what a price needs and costs.

Sources: the two tasking guides, read 2026-11; Airbus' OpenAPI description for the options and for Pléiades Neo.
"""

HASH = (
    "ea60293f38ee6de7542b51f8028bab3244de9e25b9dcb8c7d94095c14ca29d70"
    "dbbe78c03462eff457763bc8551c5b66dc0852688bbfd731f7e3e2b00b451e37"
)
WKT = (
    "POLYGON((1.298502 43.665978, 1.298175 43.535609, 1.589621 43.53495, 1.589271 43.665975, 1.298502 43.665978, "
    "1.298502 43.665978))"
)
DAY_KEY = HASH + (
    '::[{"key":"acqPeriod", "value":"2021-05-31T11:10:44.099Z 2021-05-31T11:10:45.552Z"},{"key":"extendedAngle", '
    f'"value":false}},{{"key":"geometryWkt", "value":"{WKT}"}},{{"key":"orderDeadLine", '
    '"value":"2021-05-31T02:55:00.099Z"},{"key":"maxCloudCover", "value":"25.0"},{"key":"maxIncidenceAngle", '
    '"value":"30.0"}]'
)
PERIODS = (
    "2020-06-19T10:05:54.899Z 2020-06-19T10:05:56.150Z,2020-06-20T09:58:50.299Z 2020-06-20T09:58:51.550Z,"
    "2020-06-21T10:39:32.899Z 2020-06-21T10:39:34.150Z"
)
NOW_KEY = HASH[::-1] + (
    f'::[{{"key":"acqPeriods", "value":"{PERIODS}"}},{{"key":"extendedAngle", "value":true}},'
    '{"key":"orderDeadLine", "value":"2020-06-19T03:30:00.899Z"}]'
)
NEO_KEY = HASH[1:] + (
    '0::[{"key":"orderDeadLine", "value":"2021-05-31T10:23:00.099Z"},'
    '{"key":"acqPeriod", "value":"2021-05-31T11:10:44.099Z 2021-05-31T11:10:45.552Z"},'
    f'{{"key":"maxIncidenceAngle", "value":"30.0"}},{{"key":"geometryWkt", "value":"{WKT}"}}]'
)
DAY = {
    "id": "PHR1",
    "footprint": {"geometry": WKT, "center": "POINT(1.444014 43.600603)"},
    "instrumentMode": "THR",
    "orderDeadline": "2021-05-31T02:55:00.099Z",
    "extendedAngle": False,
    "acquisitionStartDate": "2021-05-31T11:10:44.099Z",
    "acquisitionEndDate": "2021-05-31T11:10:45.552Z",
    "incidenceAngle": 26.3,
    "segmentKey": DAY_KEY,
    "acrossTrackIncidenceAngle": 25.609364414413804,
}
NOW = DAY | {
    "orderDeadline": "2020-06-19T03:30:00.899Z",
    "extendedAngle": True,
    "acquisitionStartDate": "2020-06-19T10:05:54.899Z",
    "acquisitionEndDate": "2020-06-21T10:39:34.150Z",
    "segmentKey": NOW_KEY,
}
NEO = {key: value for key, value in DAY.items() if key != "extendedAngle"} | {
    "id": "PNEO1",
    "orderDeadline": "2021-05-31T10:23:00.099Z",
    "maxIncidenceAngle": 28.1,
    "segmentKey": NEO_KEY,
}
TRIES = NEO | {"id": "PNEO2", "segmentKey": NEO_KEY.replace('"acqPeriod"', '"acqPeriods"')}
SEGMENTS = {
    ("PLEIADES", "ONEDAY"): DAY,
    ("PLEIADES", "ONENOW"): NOW,
    ("PLEIADESNEO", "ONEDAY"): NEO,
    ("PLEIADESNEO", "ONENOWATTEMPTS"): TRIES,
}
PRICES = {  # amount, billed km², discount %, list price
    "PleiadesTaskingOneDay": (7392.0, 132.0, 0.0, 7392.0),
    "SpotTaskingOnePlan": (690.0, 500.0, 80.0, 3450.0),
    "PleiadesTaskingOneNow": (20790.0, 315.0, 0.0, 20790.0),
    "PleiadesTaskingOnePlan": (2500.0, 100.0, 0.0, 2500.0),
    "PleiadesNeoOneDay": (9240.0, 132.0, 0.0, 9240.0),
    "PleiadesNeoOneNowAttempts": (20790.0, 315.0, 0.0, 20790.0),
    "PleiadesNeoOneNowWeather": (2500.0, 100.0, 0.0, 2500.0),
    "PleiadesNeoOnePlan": (3300.0, 132.0, 25.0, 4400.0),
}


def option(name, default, *values, mandatory="true", condition=None):
    """One entry of availableOptions; a value may be (id, condition)."""
    listed = [{"id": v, "label": v} if isinstance(v, str) else _conditional(*v) for v in values]
    constraint = {"condition": condition} if condition else None
    return {"category": "production_option", "label": name, "name": name, "mandatory": mandatory, "type": "list"} | {
        "defaultValue": default, "constraint": constraint, "values": listed, "hidden": False}  # fmt: skip


def _conditional(name, condition):
    return {"id": name, "constraint": {"condition": condition}}


def options(neo):
    """What a price needs, with dem and eula_5 on legacy, dem_1 and standard on neo."""
    ortho = {"mandatory": "constraint", "condition": "processing_level:(ortho)"}
    drawn = {"mandatory": "constraint", "condition": "processing_level:(ortho|projected)"}
    licences = ("standard", "background_layer") if neo else ("eula_5", "standard")
    pixels = ("8bits", "radiometric_processing:(display)"), ("12bits", "radiometric_processing:(basic|reflectance)")
    return [
        option("processing_level", "primary" if neo else "ortho", "ortho", "projected", "primary"),
        option("spectral_processing", "full_bundle" if neo else "bundle", "full_bundle", "bundle", "pansharpened"),
        option("image_format", "dimap_jpeg2000_regular", "dimap_jpeg2000_regular", "dimap_geotiff"),
        option("pixel_coding", "12bits", *pixels),
        option("radiometric_processing", "basic", "basic", "reflectance", "display"),
        option("priority", "standard", "standard", "rush"),
        option("fullStrip", "false", "true", "false", mandatory="false"),
        option("licence", licences[0], *licences),
        option("dem_1" if neo else "dem", "best_available", "best_available", "SRTMV4", **ortho),
        option("projection_1", "32631", "4326", "32631", **drawn),
        {"name": "elevation", "mandatory": "false", "type": "double", "range": [-100, 10000]}
        | {"constraint": {"condition": "processing_level:(projected)"}},
    ]
