"""Exceptions as exit codes and lines for people."""

import asyncio
import errno
from types import SimpleNamespace

import pytest
from cyclopts import UnknownOptionError, UnusedCliTokensError

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    MissingDependencyError,
    UnsentRequestError,
)
from tasking_hub.areas import AreaFileError, AreaProblem
from tasking_hub.cli.failures import Exit, UsageError, complain, exit_code, explanation

REFUSED = AuthenticationError(status=401, method="GET", url="https://x.example/me")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no"), 2),
        (ConfigurationError("no"), 2),
        (MissingDependencyError("no"), 2),
        (InvalidRequestError("no"), 2),
        (UnusedCliTokensError(unused_tokens=["x"]), 2),
        (REFUSED, 1),
        (UnsentRequestError("no", method="GET", url="u"), 1),
        (OSError(errno.ENOSPC, "No space left on device"), 1),
        (KeyError("x"), 1),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
        (asyncio.CancelledError(), 143),
    ],
)
def test_exit_codes_tell_wrong_input_from_failure(error, code):
    """2 is for what the caller can correct in what was typed or written, 1 for the rest, above 128 for signals."""
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (UsageError("one\ntwo"), ["error: one two"]),
        (ConfigurationError("a\x1b[31mb"), ["error: a\ufffd[31mb"]),
        (
            AreaFileError([AreaProblem(source="f", feature=number, message="wrong") for number in (1, 2)]),
            ["error: f: feature 1: wrong", "error: f: feature 2: wrong"],
        ),
        (UnusedCliTokensError(unused_tokens=["43.6"]), None),
        (OSError(errno.ENOSPC, "No space left on device"), ["error: No space left on device"]),
        (OSError(errno.ENOENT, "No such file", "x.json"), ["error: x.json: No such file"]),
        (KeyError("x"), ["error: internal error: KeyError: 'x' (--debug shows where)"]),
        (KeyboardInterrupt(), ["interrupted"]),
        (BrokenPipeError(), []),
    ],
)
def test_an_error_is_said_in_a_line(error, lines):
    """One line for each mistake, nothing for a reader that went away, no terminal commands."""
    expected = lines or [
        "error: unexpected argument: 43.6 (an argument with spaces in it needs quotes around it)",
    ]

    assert explanation(error) == (expected if lines != [] else [])


def test_tracebacks_are_for_those_who_ask(capsys):
    """Without debug a line, with it the line after the traceback."""
    try:
        raise KeyError("x")  # noqa: EM101, TRY301 - the shortest bug
    except KeyError as error:
        complain(error, debug=False)
        short = capsys.readouterr().err
        complain(error, debug=True)
        long = capsys.readouterr().err

    assert short.splitlines() == ["error: internal error: KeyError: 'x' (--debug shows where)"]
    assert long.startswith("Traceback")
    assert long.endswith(short)


def test_a_closed_standard_error_is_no_second_failure(monkeypatch):
    """Whoever closed it does not want to read about it."""

    def closed(_text):
        raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", SimpleNamespace(write=closed, flush=closed))

    complain(UsageError("no"), debug=False)


def test_interrupts_are_their_own_exit_codes():
    """Scripts can tell them from failures."""
    assert {Exit.INTERRUPTED, Exit.TERMINATED, Exit.BROKEN_PIPE} == {130, 143, 141}


def test_the_parser_errors_are_usage_errors():
    """Whatever the parser raises is wrong usage."""
    assert exit_code(UnknownOptionError(token=None, argument_collection=None)) == Exit.USAGE
