"""The command line; needs the extra `cli`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]

_EXTRA = frozenset({"cyclopts", "rich", "tomli_w"})


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave the process with its exit code.

    That is 0 done, 1 failed, 2 wrong usage or input, 3 an order's outcome is unknown.

    Args:
        argv: the arguments, or None for those of the process.
    """
    try:
        # Nothing that needs the extra may be imported before it is known to be there.
        from tasking_hub.cli.app import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write(f'error: the command line needs {error.name}: pip install "tasking-hub[cli]"\n')
        sys.exit(2)
    sys.exit(run(sys.argv[1:] if argv is None else argv))
