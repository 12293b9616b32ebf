"""Airbus' rules with their source, and the checks made before anything is sent. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from shapely import Polygon

from tasking_hub import Capabilities, Imaging, Pace, Refusal, RefusalCode, Stereo, geometry
from tasking_hub_airbus.options import Mission, Programme
from tasking_hub_airbus.translate.inquiry import Inquiry, Target
from tasking_hub_airbus.translate.refusals import refuse

CAPABILITIES = Capabilities(
    title="Airbus OneAtlas",
    imaging=frozenset({Imaging.OPTICAL}),
    areas=frozenset({"Polygon"}),
    requirements=frozenset(
        {
            "max_cloud_cover",
            "min_incidence",
            "max_incidence",
            "min_sun_elevation",
            "max_gsd_m",
            "stereo",
            "licence",
            "priority",
            "market",
            "end_users",
        }
    ),
    products=(
        "PleiadesTaskingOneDay",
        "PleiadesTaskingOneNow",
        "PleiadesTaskingOnePlan",
        "PleiadesTaskingOneSeries",
        "SpotTaskingOneDay",
        "SpotTaskingOneNow",
        "SpotTaskingOnePlan",
        "SpotTaskingOneSeries",
        "PleiadesNeoOneDay",
        "PleiadesNeoOneNowAttempts",
        "PleiadesNeoOneNowWeather",
        "PleiadesNeoOnePlan",
    ),
)

PACE = Pace(per_second=0.95, one_at_a_time=True, ban_s=600.0)
"""One request per second, one at a time, ten minutes of ban (Airbus' page on limits, read 2026-11)."""

POSITIONS_MAX = 999
"""Vertices of an area (the guide to Pléiades and SPOT tasking, read 2026-11). Assumption: the closing one counts."""

AREA_FLOOR_KM2, WIDTH_FLOOR_KM = 5.0, 1.0
"""Nothing smaller or narrower is produced (Airbus' page on limits, read 2026-11); the server decides."""

ATTEMPTS_REACH = timedelta(days=7)
"""Attempts are the first ones within this time of the start (the guide to Pléiades and SPOT tasking, read 2026-11)."""

PLAN_WORTHWHILE = ATTEMPTS_REACH
"""Assumption: a plan is worth a question where attempts cannot cover the window."""

STUDY_FREE_CLOUD_PERCENT = 10.0
STUDY_FREE_INCIDENCE_DEG = 20.0
STUDY_FREE_WINDOW: Mapping[Programme, timedelta] = {
    Programme.ONEPLAN: timedelta(days=30),
    Programme.ONENOWWEATHER: timedelta(days=3),
}
"""Least values that need no study by people (Airbus' page on automatic acceptance, read 2026-11)."""

GSD_M: Mapping[Mission, float] = {Mission.PLEIADES: 0.5, Mission.SPOT: 1.5, Mission.PLEIADESNEO: 0.3}
"""Pixel of the panchromatic and pansharpened products (the Airbus tasking guide's glossary; Pléiades Neo from Airbus'
product page; read 2026-11)."""

MULTISPECTRAL_FACTOR = 4.0
"""Multispectral bands have pixels four times as large (2 m and 6 m in the Airbus tasking guide's glossary, 2026-11)."""

_MULTISPECTRAL_ONLY = frozenset({"multispectral", "full_ms"})

STEREO_MISSIONS = frozenset({Mission.PLEIADES, Mission.SPOT})
"""Stereo and tristereo are OnePlan on SPOT and Pléiades only (the guide to Pléiades and SPOT tasking, 2026-11)."""


def gsd_m(mission: Mission, spectral_processing: str | None) -> float:
    """Pixel of the product in metres."""
    factor = MULTISPECTRAL_FACTOR if spectral_processing in _MULTISPECTRAL_ONLY else 1.0
    return GSD_M[mission] * factor


# --- The area ----------------------------------------------------------------------------------------


def area_refusal(inquiry: Inquiry) -> Refusal | None:
    """Why Airbus cannot take the area at all, or None; sizes are the contract's business."""
    area = inquiry.request.area
    if not isinstance(area, Polygon):
        return refuse(
            inquiry,
            RefusalCode.AREA_TYPE,
            f"Airbus takes a polygon as area, not a {area.geom_type}",
            field="area",
            limit="Polygon",
            actual=area.geom_type,
            remedy=(
                f"give a polygon of at least {AREA_FLOOR_KM2:g} km², "
                "for instance a square of 10 km x 10 km around the place"
            ),
        )
    return _hole_refusal(inquiry, area) or _positions_refusal(inquiry, area)


def _hole_refusal(inquiry: Inquiry, area: Polygon) -> Refusal | None:
    if not area.interiors:
        return None
    lon, lat = cast(tuple[float, float], area.interiors[0].coords[0][:2])
    return refuse(
        inquiry,
        RefusalCode.AREA_SHAPE,
        f"Airbus takes no area with a hole; this one has {len(area.interiors)}, the first at {lon:g}, {lat:g}",
        field="area",
        limit=0,
        actual=len(area.interiors),
        unit="holes",
        remedy="fill the holes, or cut the area into parts without any",
    )


def _positions_refusal(inquiry: Inquiry, area: Polygon) -> Refusal | None:
    count = len(area.exterior.coords)
    if count <= POSITIONS_MAX:
        return None
    return refuse(
        inquiry,
        RefusalCode.AREA_SHAPE,
        f"Airbus takes an area of up to {POSITIONS_MAX} positions, the closing one counted; this one has {count}",
        field="area",
        limit=POSITIONS_MAX,
        actual=count,
        unit="positions",
        remedy=f"simplify the outline by {count - POSITIONS_MAX} positions",
    )


def area_notes(inquiry: Inquiry) -> tuple[str, ...]:
    """What the buyer should know about a very small area."""
    area = inquiry.request.area
    extent = geometry.extent_km(area)
    size, width = geometry.area_km2(area), min(extent.width_km, extent.height_km)
    if size >= AREA_FLOOR_KM2 and width >= WIDTH_FLOOR_KM:
        return ()
    least = f"{AREA_FLOOR_KM2:g} km² or narrower than {WIDTH_FLOOR_KM:g} km"
    return (f"The area has {size:.1f} km² and is {width:.1f} km wide; Airbus produces nothing below {least}.",)


# --- The mission -------------------------------------------------------------------------------------


def mission_refusal(inquiry: Inquiry, mission: Mission) -> Refusal | None:
    """Why a mission cannot take such an image, or None."""
    return _stereo_refusal(inquiry, mission) or _gsd_refusal(inquiry, mission)


def _stereo_refusal(inquiry: Inquiry, mission: Mission) -> Refusal | None:
    if inquiry.stereo is Stereo.MONO:
        return None
    named = inquiry.options.programmes
    if named and Programme.ONEPLAN not in named:
        return refuse(
            inquiry,
            RefusalCode.REQUIREMENT_NOT_OFFERED,
            f"{inquiry.stereo.value} is taken by OnePlan only, not by {', '.join(named)}",
            field="stereo",
            limit=Programme.ONEPLAN.value,
            actual=", ".join(named),
            remedy="ask for mono, or for the programme ONEPLAN",
        )
    if mission in STEREO_MISSIONS:
        return None
    return refuse(
        inquiry,
        RefusalCode.REQUIREMENT_NOT_OFFERED,
        f"{mission.value} takes no {inquiry.stereo.value} by tasking",
        field="stereo",
        limit="mono",
        actual=inquiry.stereo.value,
        remedy="ask for mono, or use a contract for SPOT and Pléiades",
    )


def _gsd_refusal(inquiry: Inquiry, mission: Mission) -> Refusal | None:
    asked = inquiry.optical.max_gsd_m
    pixel = gsd_m(mission, inquiry.options.spectral_processing)
    if asked is None or pixel <= asked:
        return None
    return refuse(
        inquiry,
        RefusalCode.REQUIREMENT_NOT_OFFERED,
        f"{mission.value} products have pixels of {pixel:g} m, coarser than the {asked:g} m asked for",
        field="max_gsd_m",
        limit=pixel,
        actual=asked,
        unit="m",
        remedy=f"allow a ground sample distance of {pixel:g} m, or ask another mission",
    )


# --- The study ---------------------------------------------------------------------------------------


def study_remedy(inquiry: Inquiry, target: Target) -> str | None:
    """The changes after which Airbus' published rules ask for no study, or None where they name none."""
    if inquiry.stereo is not Stereo.MONO:
        return "ask for mono: stereo is always studied by people first"
    changes: list[str] = []
    if inquiry.max_cloud_cover < STUDY_FREE_CLOUD_PERCENT:
        changes.append(f"allow {STUDY_FREE_CLOUD_PERCENT:g} % of cloud")
    if inquiry.max_incidence < STUDY_FREE_INCIDENCE_DEG:
        changes.append(f"allow an incidence of {STUDY_FREE_INCIDENCE_DEG:g} deg")
    least, window = STUDY_FREE_WINDOW.get(target.programme), inquiry.request.window
    if least is not None and window.duration < least:
        changes.append(f"make the window {least.days} days long")
    return " and ".join(changes) or None
