"""Arguments that look like options and are none: a lone dash, and places west of Greenwich."""

from __future__ import annotations

import re
from collections.abc import Sequence

END_OF_OPTIONS = "--"

_PLACE = re.compile(r"-[0-9.]+(?:[eE][+-]?[0-9]+)?\s*,.*", re.DOTALL)
_FILE_OPTIONS = frozenset({"-o", "--output", "--config", "--elements", "--all-from", "--comparison"})


def guarded(tokens: Sequence[str]) -> list[str]:
    """Give the same arguments with `-` and pairs such as `-1.4,43.6` behind a `--`, where they cannot be options.

    What follows an option that takes a file stays where it is: `-o -` is standard output.
    """
    tokens = list(tokens)
    end = tokens.index(END_OF_OPTIONS) if END_OF_OPTIONS in tokens else len(tokens)
    options, arguments = tokens[:end], tokens[end + 1 :]
    positions = [index for index in range(len(options)) if _is_argument(options, index)]
    moved = [options[index] for index in positions]
    if not moved:
        return tokens
    kept = [token for index, token in enumerate(options) if index not in positions]
    return [*kept, END_OF_OPTIONS, *moved, *arguments]


def _is_argument(tokens: Sequence[str], index: int) -> bool:
    word = tokens[index]
    if word != "-" and not _PLACE.fullmatch(word):
        return False
    return index == 0 or tokens[index - 1] not in _FILE_OPTIONS
