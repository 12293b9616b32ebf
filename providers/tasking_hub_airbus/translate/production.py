"""A complete, valid set of production options out of a product's schema and a few wishes. No I/O.

The schema says for each option whether it is mandatory ("true", "false", or "constraint": only where its condition
holds) and, on options and on single values, conditions of the form `name:(a|b)` (Airbus' OpenAPI description, read
2026-11). Assumption: a condition of any other form, or on an option that the product lacks, is taken to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from tasking_hub_airbus.wire import AvailableOption, Constraint

_CONDITION = re.compile(r"\s*(?P<name>[\w.-]+)\s*:\s*\((?P<values>[^()]*)\)\s*")
_AREA_NUMBER = re.compile(r"_\d+$")

_MANDATORY, _CONSTRAINED = "true", "constraint"


@frozen(kw_only=True)
class Condition:
    """Another option must have one of these values."""

    name: str
    values: tuple[str, ...]


def read_condition(constraint: Constraint | None) -> Condition | None:
    """The condition of a constraint, or None where there is none or its form is unknown."""
    match = _CONDITION.fullmatch((constraint.condition if constraint else None) or "")
    if match is None:
        return None
    values = tuple(value for part in match["values"].split("|") if (value := part.strip()))
    return Condition(name=match["name"], values=values) if values else None


class OptionConflictError(Exception):
    """No valid set of options has this one.

    Attributes:
        name: the option, without the number of the area.
        value: what was wished for.
        allowed: values that it may have.
        why: one sentence.
    """

    def __init__(self, name: str, value: str | None, allowed: Sequence[str], why: str) -> None:
        super().__init__(why)
        self.name = base_name(name)
        self.value = value
        self.allowed = tuple(allowed)
        self.why = why


def base_name(name: str) -> str:
    """The option without the number of the area: `dem_1` (neo) and `dem` (legacy) mean the same."""
    return _AREA_NUMBER.sub("", name)


def option_text(value: Any) -> str:
    """A value as orders want it, which is text even for numbers and booleans."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def resolve_options(available: Sequence[AvailableOption], wishes: Mapping[str, str]) -> dict[str, str]:
    """Every option that the product wants, with the wishes granted, in the schema's order.

    Raises:
        OptionConflictError: a wish is not offered, or two wishes exclude each other.
    """
    search = _Search(available)
    for name, value in wishes.items():
        search.wish(name, value)
    search.complete()
    return {option.name: search.chosen[option.name] for option in available if option.name in search.chosen}


class _Search:
    """Values still possible for each option, narrowed by every choice and by the conditions that come with it."""

    def __init__(self, available: Sequence[AvailableOption]) -> None:
        self._options = {option.name: option for option in available}
        self._possible = {option.name: _listed(option) for option in available if option.values}
        self._wanted: set[str] = set()
        self.chosen: dict[str, str] = {}

    def wish(self, wished: str, value: str) -> None:
        names = [name for name in self._options if wished in {name, base_name(name)}]
        if not names:
            offered = tuple(dict.fromkeys(base_name(name) for name in self._options))
            raise OptionConflictError(wished, value, (), f"no option {wished}; there are {', '.join(offered)}")
        for name in names:
            self._check_offered(self._options[name], value)
            self._choose(name, value)

    def _check_offered(self, option: AvailableOption, value: str) -> None:
        offered = _listed(option)
        if offered and value not in offered:
            raise OptionConflictError(option.name, value, offered, f"no {option.name} {value!r}")
        if option.range and not _within(option.range, value):
            bounds = tuple(str(bound) for bound in option.range)
            raise OptionConflictError(option.name, value, bounds, f"{option.name} {value!r} is out of range")

    def complete(self) -> None:
        """Choose what is mandatory or needed by a choice, until nothing more is needed."""
        while missing := next((option for option in self._options.values() if self._is_missing(option)), None):
            self._settle(missing)

    def _is_missing(self, option: AvailableOption) -> bool:
        if option.name in self.chosen:
            return False
        mandatory = option_text(option.mandatory).lower()
        if mandatory == _CONSTRAINED:
            return option.name in self._wanted or self._holds(option.constraint)
        return option.name in self._wanted or mandatory == _MANDATORY

    def _holds(self, constraint: Constraint | None) -> bool:
        """Whether a condition holds now; one on an option that may still be chosen does not hold yet."""
        condition = read_condition(constraint)
        if condition is None or condition.name not in self._options:
            return True
        return self.chosen.get(condition.name) in condition.values

    def _settle(self, option: AvailableOption) -> None:
        """Take the default, else the first value that fits all earlier choices."""
        default = [option_text(option.default_value)] if option.default_value is not None else []
        listed = self._possible.get(option.name, ())
        candidates = [value for value in dict.fromkeys([*default, *listed]) if not listed or value in listed]
        conflict: OptionConflictError | None = None
        for value in candidates:
            try:
                self._choose(option.name, value)
            except OptionConflictError as error:
                conflict = conflict or error
            else:
                return
        offered = _listed(option)
        why = f"{option.name} has no value that fits the others"
        raise conflict or OptionConflictError(option.name, None, offered, why)

    def _choose(self, name: str, value: str) -> None:
        """Take a value with all that follows from it, or raise and leave everything as it was."""
        before = dict(self._possible), set(self._wanted), dict(self.chosen)
        try:
            self._take(name, value)
        except OptionConflictError:
            self._possible, self._wanted, self.chosen = before
            raise

    def _take(self, name: str, value: str) -> None:
        if self.chosen.get(name, value) != value or value not in self._possible.get(name, (value,)):
            allowed = (self.chosen[name],) if name in self.chosen else self._possible[name]
            why = f"{name} {value!r} does not go with the other options, which want {' or '.join(allowed)}"
            raise OptionConflictError(name, value, allowed, why)
        if name in self.chosen:
            return
        self.chosen[name] = value
        self._possible[name] = (value,)
        for condition in self._conditions(self._options[name], value):
            self._narrow(name, value, condition)

    def _conditions(self, option: AvailableOption, value: str) -> Iterable[Condition]:
        on_value = next((choice.constraint for choice in option.values if choice.id == value), None)
        found = (read_condition(option.constraint), read_condition(on_value))
        return [condition for condition in found if condition and condition.name in self._options]

    def _narrow(self, name: str, value: str, condition: Condition) -> None:
        other = condition.name
        possible = self._possible.get(other) or condition.values
        left = tuple(one for one in possible if one in condition.values)
        if not left:
            why = f"{name} {value!r} goes with {other} {' or '.join(condition.values)} only"
            raise OptionConflictError(name, value, condition.values, why)
        self._possible[other] = left
        self._wanted.add(other)
        if len(left) == 1:
            self._take(other, left[0])


def _listed(option: AvailableOption) -> tuple[str, ...]:
    return tuple(choice.id for choice in option.values)


def _within(bounds: Sequence[Decimal], value: str) -> bool:
    try:
        return bounds[0] <= Decimal(value) <= bounds[-1]
    except InvalidOperation:
        return False
