"""What is logged, on standard error: warnings in a line each, or with `--debug` everything and where it comes from."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

_OURS = "tasking_hub"


class _ShortFormatter(logging.Formatter):
    """A line without a traceback: the kind of the exception is enough to report it."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0] if record.exc_info else None
        cause = f" ({kind.__name__}; --debug shows where)" if kind is not None else ""
        return f"{record.levelname.lower()}: {record.getMessage()}{cause}"


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment: while progress is shown, above it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.stream = sys.stderr
        super().emit(record)


def _is_ours(record: logging.LogRecord) -> bool:
    # Adapters are called tasking_hub_<name>.
    return record.name.startswith(_OURS)


def _handler(*, debug: bool) -> logging.Handler:
    handler = _StderrHandler()
    if debug:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        return handler
    handler.setFormatter(_ShortFormatter())
    handler.setLevel(logging.WARNING)
    handler.addFilter(_is_ours)
    return handler


@contextmanager
def logging_to_stderr(*, debug: bool) -> Generator[None]:
    """Log to standard error inside, and leave logging as it was found."""
    root, ours, handler = logging.getLogger(), logging.getLogger(_OURS), _handler(debug=debug)
    levels = root.level, ours.level
    root.addHandler(handler)
    if debug:
        root.setLevel(logging.INFO)
        ours.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
