"""Adapters by name, found by entry point: the project's own exactly as a stranger's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeGuard

from tasking_hub.errors import ConfigurationError, ProviderNotFoundError
from tasking_hub.provider import Provider

GROUP = "tasking_hub.providers"

ProviderType = type[Provider[Any]]


class Registry:
    """The adapters that are installed; each is imported when it is first asked for.

    Args:
        found: entry points to use instead of those installed.
    """

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        points = list(entry_points(group=GROUP) if found is None else found)
        self._points = _by_name(points)

    def names(self) -> tuple[str, ...]:
        """The installed adapters' names, in alphabetical order."""
        return tuple(sorted(self._points))

    def get(self, name: str) -> ProviderType:
        """The adapter of that name.

        Raises:
            ProviderNotFoundError: none is installed.
            ConfigurationError: two are installed, or the one installed cannot be imported or is no adapter.
        """
        points = self._points.get(name, [])
        if not points:
            msg = f"no adapter named {name!r} is installed; installed: {', '.join(self.names()) or 'none'}"
            raise ProviderNotFoundError(msg)
        if len(points) > 1:
            rivals = ", ".join(sorted(f"{point.value} ({_distribution(point)})" for point in points))
            msg = f"two adapters claim the name {name!r}: {rivals}; uninstall one"
            raise ConfigurationError(msg)
        return _load(points[0])


def _by_name(points: Iterable[EntryPoint]) -> Mapping[str, list[EntryPoint]]:
    named: dict[str, list[EntryPoint]] = {}
    for point in points:
        same = named.setdefault(point.name, [])
        # One distribution on two places of the path (a checkout and its installed copy) is no rival to itself.
        if all(_identity(other) != _identity(point) for other in same):
            same.append(point)
    return named


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown distribution"


def _identity(point: EntryPoint) -> tuple[str, str]:
    return point.value, _distribution(point)


def _load(point: EntryPoint) -> ProviderType:
    try:
        loaded: object = point.load()
    except Exception as error:
        msg = f"the adapter {point.name!r} ({point.value}) cannot be imported: {error}"
        raise ConfigurationError(msg) from error
    if not _is_adapter(loaded):
        msg = f"the adapter {point.name!r} ({point.value}) is not a tasking_hub.Provider"
        raise ConfigurationError(msg)
    if loaded.name != point.name:
        msg = f"the adapter {point.name!r} ({point.value}) calls itself {loaded.name!r}: both names must be the same"
        raise ConfigurationError(msg)
    return loaded


def _is_adapter(loaded: object) -> TypeGuard[ProviderType]:
    return isinstance(loaded, type) and issubclass(loaded, Provider)
