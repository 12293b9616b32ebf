"""Where results go: standard output, or a file that is either whole or not there at all."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from tasking_hub.cli.failures import UsageError

STANDARD_OUTPUT = "-"


@contextmanager
def opened(output: str | None, *, for_people: bool = False) -> Generator[TextIO]:
    """Open what `-o` names for text; None and `-` are standard output.

    A file is written beside its place and put there at the end, where nothing was raised: whoever reads it sees the
    old one or the new one, never half of it.

    Args:
        output: what `-o` names.
        for_people: signs that the terminal cannot show become question marks; other text is UTF-8 anywhere.

    Raises:
        UsageError: the file cannot be written; found before anything else is done.
    """
    if output is None or output == STANDARD_OUTPUT:
        yield _standard_output(for_people=for_people)
        sys.stdout.flush()
        return
    path = _target(output)
    # A pipe or a device, such as /dev/null, is written to and must not be replaced.
    with _written(path) if path.exists() and not path.is_file() else _replaced(path) as file:
        yield file


def _standard_output(*, for_people: bool) -> TextIO:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace") if for_people else reconfigure(encoding="utf-8")
    return sys.stdout


def _target(output: str) -> Path:
    path = Path(output)
    try:
        if path.is_dir():
            msg = f"{output} is a directory: give the name of a file"
            raise UsageError(msg)
        return path.resolve()
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: Exception) -> UsageError:
    return UsageError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}")


@contextmanager
def _written(path: Path) -> Generator[TextIO]:
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(path, error) from error
    with file:
        yield file


@contextmanager
def _replaced(path: Path) -> Generator[TextIO]:
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        file = part.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
