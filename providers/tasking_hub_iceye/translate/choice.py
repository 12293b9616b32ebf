"""The imaging mode that a request gets, or why no mode that the contract allows will do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from tasking_hub import Range, Refusal, RefusalCode, geometry
from tasking_hub_iceye.translate.modes import MODES, Mode, Need, Scene, charted, choose, mode_of
from tasking_hub_iceye.translate.rules import no

Charted = Sequence[tuple[Mode, Scene]]


def settle_mode(wish: str | Refusal | None, allowed: Sequence[str], need: Need) -> Mode | Refusal:
    """The mode that the caller names, else the one that does what is needed and no more.

    A mode that is allowed and not known is taken at its word. A contract that names no modes is taken to allow all.
    """
    if isinstance(wish, Refusal):
        return wish
    able = allowed or tuple(MODES)
    if wish is None:
        return choose(able, need) or _none_fits(charted(able), able, need)
    if wish not in able and allowed:
        return _not_allowed(wish, allowed)
    mode = mode_of(wish)
    if mode.scene is None or not need.unmet(mode.scene):
        return mode
    return _named_unfit(mode, mode.scene, charted(able), need)


def _not_allowed(wish: str, allowed: Sequence[str]) -> Refusal:
    return no(
        code=RefusalCode.NOT_IN_CONTRACT,
        message=f"The contract does not allow the imaging mode {wish}, only {', '.join(allowed)}.",
        field="mode",
        limit=tuple(allowed),
        actual=wish,
        remedy=f"ask for mode {' or '.join(allowed)}, or leave the mode open",
        product=wish,
    )


def _named_unfit(mode: Mode, scene: Scene, able: Charted, need: Need) -> Refusal:
    """Why the mode that the caller names does not do what the caller needs."""
    unmet = need.unmet(scene)
    if unmet == ("area",):
        return _too_large([(mode, scene)], able, need)
    return _requirement(unmet[0], [(mode, scene)], able, need)


def _none_fits(able: Charted, allowed: Sequence[str], need: Need) -> Refusal:
    """Why none of the modes will do: the area alone, one requirement that none meets, or several together."""
    if not able:
        return no(
            code=RefusalCode.INVALID_REQUEST,
            message="ICEYE publishes no figures for the imaging modes of this contract, so none can be chosen.",
            field="mode",
            limit=tuple(allowed),
            remedy=f"ask for mode {' or '.join(allowed)} by name",
        )
    sharp_enough = [(mode, scene) for mode, scene in able if set(need.unmet(scene)) <= {"area"}]
    if sharp_enough:
        return _too_large(sharp_enough, able, need)
    unmet = [set(need.unmet(scene)) for _, scene in able]
    never = [name for name in ("max_resolution_m", "min_looks", "incidence") if all(name in one for one in unmet)]
    return _requirement(never[0], able, able, need) if never else _combination(able, need)


# --- Areas -------------------------------------------------------------------------------------------


def _too_large(usable: Charted, able: Charted, need: Need) -> Refusal:
    mode, scene = min(usable, key=lambda one: (one[1].scenes_for(need.extent), one[1].area_km2))
    parts = scene.scenes_for(need.extent)
    remedy = f"split the area into {parts} areas of at most {scene.size} ({mode.literal})"
    larger = [(other, size) for other, size in able if size.covers(need.extent)]
    if larger:
        other, size = min(larger, key=lambda one: one[1].area_km2)
        remedy += f", or be content with one {other.literal} scene of {size.size} at {size.resolution_m:g} m"
    return no(
        code=RefusalCode.AREA_TOO_LARGE,
        message=(
            f"The area measures {_size(need.extent)} km from west to east and from south to north; one scene of "
            f"{mode.literal} shows {scene.size}."
        ),
        field="area",
        limit=f"{scene.width_km:g} x {scene.length_km:g}",
        actual=_size(need.extent),
        unit="km",
        remedy=remedy,
        product=mode.literal,
    )


def _size(extent: geometry.Extent) -> str:
    return f"{extent.width_km:.1f} x {extent.height_km:.1f}"


# --- Requirements ------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Shortfall:
    """What was asked for, what there is, and what to ask for instead."""

    field: str
    said: str
    limit: object
    actual: object
    unit: str
    remedy: str


def _resolution(scenes: Sequence[Scene], need: Need) -> _Shortfall:
    best = min(scene.resolution_m for scene in scenes)
    return _Shortfall(
        field="max_resolution_m",
        said=f"A ground resolution of {need.max_resolution_m:g} m was asked for; the finest is {best:g} m",
        limit=best,
        actual=need.max_resolution_m,
        unit="m",
        remedy=f"allow a max_resolution_m of {best:g}",
    )


def _looks(scenes: Sequence[Scene], need: Need) -> _Shortfall:
    most = max(scene.looks for scene in scenes)
    return _Shortfall(
        field="min_looks",
        said=f"At least {need.min_looks} looks were asked for; the most are {most}",
        limit=most,
        actual=need.min_looks,
        unit="looks",
        remedy=f"ask for min_looks of {most} or fewer",
    )


def _incidence(scenes: Sequence[Scene], need: Need) -> _Shortfall:
    """Of a wish that lies wholly above or wholly below what each of the scenes can do."""
    asked = need.incidence_deg or Range(0, 90)
    low, high = min(scene.possible_deg.min for scene in scenes), max(scene.possible_deg.max for scene in scenes)
    above = asked.min > high
    return _Shortfall(
        field="min_incidence" if above else "max_incidence",
        said=f"An incidence of {asked.min:g} to {asked.max:g} degrees was asked for; possible are {low:g} to {high:g}",
        limit=f"{low:g}..{high:g}",
        actual=f"{asked.min:g}..{asked.max:g}",
        unit="deg",
        remedy=f"allow incidences {f'down to {high:g}' if above else f'up to {low:g}'} degrees",
    )


_SHORTFALLS: Mapping[str, Callable[[Sequence[Scene], Need], _Shortfall]] = {
    "max_resolution_m": _resolution,
    "min_looks": _looks,
    "incidence": _incidence,
}


def _requirement(name: str, judged: Charted, able: Charted, need: Need) -> Refusal:
    """The refusal for one requirement that none of the judged modes meets."""
    short = _SHORTFALLS[name]([scene for _, scene in judged], need)
    one = judged[0][0].literal if len(judged) == 1 else None
    fitting = choose([mode.literal for mode, _ in able], need)
    return no(
        code=RefusalCode.REQUIREMENT_NOT_OFFERED,
        message=f"{short.said} {f'in {one}' if one else 'among the modes of the contract'}.",
        field=short.field,
        limit=short.limit,
        actual=short.actual,
        unit=short.unit,
        remedy=short.remedy + (f", or ask for mode {fitting.literal}" if fitting else ""),
        product=one,
    )


def _combination(able: Charted, need: Need) -> Refusal:
    """Each requirement is met by some mode, but none meets them all: the nearest mode says which to let go."""
    mode, scene = min(able, key=lambda one: len(set(need.unmet(one[1])) - {"area"}))
    missed = next(name for name in need.unmet(scene) if name != "area")
    short = _SHORTFALLS[missed]([scene], need)
    return no(
        code=RefusalCode.REQUIREMENT_NOT_OFFERED,
        message=f"No imaging mode of the contract does all that was asked for. {short.said} in {mode.literal}.",
        field=short.field,
        limit=short.limit,
        actual=short.actual,
        unit=short.unit,
        remedy=short.remedy,
    )
