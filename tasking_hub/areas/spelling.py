"""Which property was meant by one that nobody reads: a requirement lost to a typing mistake would cost money.

Most properties of a feature are none of ours ("name", "state", "model"), so likeness alone is not enough: short words
are matched by their letters only, longer ones must begin alike, and words for time count only with a time as value.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from tasking_hub.areas.properties import PROPERTIES, read_time
from tasking_hub.errors import InvalidRequestError

_LONG = 6
_CLOSE = 0.84
_BOUNDS = ("max", "min")
_CLOSE_BOUND = 0.72
"""Anything that begins with max or min is somebody's limit, so less likeness suffices."""


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


_PLAIN = MappingProxyType({_letters(name): name for name in PROPERTIES})

_OTHER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "cloudcover": "max_cloud_cover",
        "cloudcovermax": "max_cloud_cover",
        "cloudcoverpercent": "max_cloud_cover",
        "maxoffnadir": "max_incidence",
        "imagingmode": "mode",
        "sensormode": "mode",
        "stereomode": "stereo",
        "lookdirection": "look_side",
        "orbitdirection": "pass_direction",
    }
)
_TIME_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("from", "begin", "startdate", "starttime", "startdatetime", "windowstart"), "start"),
        **dict.fromkeys(("to", "until", "enddate", "endtime", "enddatetime", "windowend"), "end"),
    }
)


def meant(name: str, value: object, adapters: Iterable[str]) -> str | None:
    """Give the property or adapter that an unknown property name probably means, or None for one of the buyer's own."""
    letters = _letters(name)
    if letters in _TIME_WORDS:
        return _TIME_WORDS[letters] if _is_time(value, name) else None
    if isinstance(value, Mapping):
        return next((adapter for adapter in adapters if _letters(adapter) == letters), None)
    return _property(letters)


def _is_time(value: object, name: str) -> bool:
    try:
        read_time(value, name)
    except InvalidRequestError:
        return False
    return True


@lru_cache(maxsize=4096)
def _property(letters: str) -> str | None:
    """Cached, because every feature of a file has the same few names and likeness is slow."""
    exact = _PLAIN.get(letters) or _OTHER_WORDS.get(letters)
    if exact is not None:
        return exact
    close = [(_likeness(letters, plain), name) for plain, name in _PLAIN.items() if _comparable(letters, plain)]
    likeness, name = max(close, default=(0.0, ""))
    return name if likeness >= (_CLOSE_BOUND if letters.startswith(_BOUNDS) else _CLOSE) else None


def _comparable(letters: str, plain: str) -> bool:
    start = len(_BOUNDS[0]) if plain.startswith(_BOUNDS) else 1
    return len(plain) >= _LONG and letters[:start] == plain[:start]


def _likeness(letters: str, plain: str) -> float:
    return difflib.SequenceMatcher(None, letters, plain, autojunk=False).ratio()
