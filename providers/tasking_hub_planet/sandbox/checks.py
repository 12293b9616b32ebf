"""What the played server refuses in a search or a flexible order. Assumption: it speaks like Django REST framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from attrs import frozen

from tasking_hub import utc
from tasking_hub.sandbox import RefusedError
from tasking_hub_planet.sandbox import catalogue

_REQUIRED = "This field is required."
_NUMBER = "A valid number is required."
_TIME = "Datetime has wrong format."
_FORMAT = "Unable to convert to a valid value."

Errors = dict[str, list[str]]


@frozen(kw_only=True)
class Constraints:
    """A search that the server accepted, with what it uses where the request was silent."""

    geometry: Mapping[str, Any]
    lon: float
    lat: float
    start: datetime
    end: datetime
    elevation_min: float
    elevation_max: float
    off_nadir_min: float
    off_nadir_max: float
    families: tuple[str, ...]


def read_constraints(body: object, now: datetime) -> Constraints:
    """Read a search as the server would: unknown fields do not matter, every wrong one is named.

    Raises:
        RefusedError: with the errors by field.
    """
    form = Form(members(body))
    form.read("pl_number", one_of(catalogue.PL_NUMBER), required=True)
    form.read("product", one_of(catalogue.PRODUCT), required=True)
    places = form.read("geometry", _positions, required=True) or [(0.0, 0.0)]
    start, end = form.read("start_time", read_time) or now, form.read("end_time", read_time) or now + catalogue.HORIZON
    elevation = _pair(form, "sat_elevation_angle", catalogue.ELEVATION_MIN, catalogue.ELEVATION_MAX)
    off_nadir = _pair(form, "off_nadir_angle", catalogue.OFF_NADIR_MIN, catalogue.OFF_NADIR_MAX)
    families = form.read("satellite_types", _families) or catalogue.FAMILIES
    _check_times(form, start, end, now)
    form.check()
    return Constraints(
        geometry=form.body["geometry"],
        lon=sum(lon for lon, _ in places) / len(places),
        lat=sum(lat for _, lat in places) / len(places),
        start=start,
        end=end,
        elevation_min=elevation[0],
        elevation_max=elevation[1],
        off_nadir_min=off_nadir[0],
        off_nadir_max=off_nadir[1],
        families=families,
    )


def read_flexible(form: Form, now: datetime) -> Constraints:
    """Read place, times and angles of a flexible order; errors are left in the form.

    A start that has passed is now. Assumption: without an end it goes on for two weeks.
    """
    positions = form.read("geometry", _any_positions, required=True) or [(0.0, 0.0)]
    start = max(form.read("start_time", read_time) or now, now)
    end = form.read("end_time", read_time) or start + catalogue.FLEXIBLE_SPAN
    elevation = _pair(form, "sat_elevation_angle", catalogue.ELEVATION_MIN, catalogue.ELEVATION_MAX)
    if end <= start:
        form.errors.setdefault("end_time", ["Must be in the future, and after start_time."])
    return Constraints(
        geometry=form.body.get("geometry") or {},
        lon=sum(lon for lon, _ in positions) / len(positions),
        lat=sum(lat for _, lat in positions) / len(positions),
        start=start,
        end=end,
        elevation_min=elevation[0],
        elevation_max=elevation[1],
        off_nadir_min=catalogue.OFF_NADIR_MIN,
        off_nadir_max=catalogue.OFF_NADIR_MAX,
        families=form.read("satellite_types", _families) or catalogue.FAMILIES,
    )


def _any_positions(value: Any) -> list[tuple[float, float]]:
    """The corners of a polygon too: area orders are for flexible tasking only."""
    if value["type"] != "Polygon":
        return _positions(value)
    return [_position(one) for one in value["coordinates"][0][:-1]]


def members(body: object) -> Mapping[str, Any]:
    """The members of a JSON object.

    Raises:
        RefusedError: it is none.
    """
    if isinstance(body, Mapping):
        return cast(Mapping[str, Any], body)
    raise RefusedError(
        400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(body).__name__}."]}
    )


class Form:
    """Reads fields and gathers what is wrong with them."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.errors: Errors = {}

    def read(self, name: str, parse: Callable[[Any], Any], *, required: bool = False) -> Any:
        """The field's value, or None where it is absent or wrong."""
        value = self.body.get(name)
        if value is None:
            if required:
                self.errors[name] = [_REQUIRED]
            return None
        try:
            return parse(value)
        except ValueError as error:
            self.errors[name] = [str(error)]
        except (TypeError, LookupError):
            self.errors[name] = [_FORMAT]
        return None

    def check(self) -> None:
        """End here if anything is wrong.

        Raises:
            RefusedError: with the errors by field.
        """
        if self.errors:
            raise RefusedError(400, self.errors)


def fail(message: str) -> NoReturn:
    """Say what is wrong with a field."""
    raise ValueError(message)


def one_of(allowed: str) -> Callable[[Any], Any]:
    """Reads the one value that this account may use."""
    return lambda value: value if value == allowed else fail(f'"{value}" is not available to this account.')


def _number(value: Any) -> float:
    return fail(_NUMBER) if isinstance(value, bool | str | list | dict) else float(value)


def read_time(value: Any) -> datetime:
    """A time as the server reads it; one without an offset is in UTC.

    Raises:
        ValueError: it is none.
    """
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(_TIME) from error
    return utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _positions(value: Any) -> list[tuple[float, float]]:
    if value["type"] == "Point":
        return [_position(value["coordinates"])]
    if value["type"] != "LineString":
        fail("Expected a Point or a LineString.")
    ends = [_position(one) for one in value["coordinates"]]
    return ends if len(ends) == 2 else fail("A LineString must have exactly two points.")  # noqa: PLR2004 - two ends


def _position(value: Any) -> tuple[float, float]:
    lon, lat = _number(value[0]), _number(value[1])
    inside = -180 <= lon <= 180 and -90 <= lat <= 90  # noqa: PLR2004 - the Earth
    return (lon, lat) if inside else fail("Coordinates are out of range.")


def _families(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        fail("Expected a list of items.")
    return tuple(name for name in catalogue.FAMILIES if name in value) or ("NONE",)


def _pair(form: Form, name: str, low: float, high: float) -> tuple[float, float]:
    """The smaller and larger limit; the contract's own limits cannot be widened."""
    least, most = form.read(f"{name}_min", _number), form.read(f"{name}_max", _number)
    least, most = max(low, low if least is None else least), min(high, high if most is None else most)
    if least > most and least <= high and most >= low:
        form.errors[f"{name}_min"] = [f"Must not be above {name}_max."]
    return least, most


def _check_times(form: Form, start: datetime, end: datetime, now: datetime) -> None:
    if end > now + catalogue.HORIZON:
        form.errors.setdefault("end_time", ["Cannot be more than 7 days in the future."])
    elif end <= now:
        form.errors.setdefault("end_time", ["Must be in the future."])
    if start >= end and not form.errors:
        form.errors["non_field_errors"] = ["start_time must be before end_time."]
