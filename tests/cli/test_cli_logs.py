"""What is logged where, and how much of it."""

import logging

from tasking_hub.cli.logs import logging_to_stderr

LOG = logging.getLogger("tasking_hub_stranger.provider")


def _fail_and_log():
    try:
        _ = {}["x"]
    except KeyError:
        LOG.exception("it failed")


def test_warnings_are_lines_without_tracebacks(capsys):
    """An adapter's logged exception is named, and how to see more of it."""
    with logging_to_stderr(debug=False):
        _fail_and_log()
        LOG.info("not shown")
        logging.getLogger("asyncio").error("somebody else's")

    assert capsys.readouterr().err == "error: it failed (KeyError; --debug shows where)\n"


def test_debug_shows_where(capsys):
    """With debug the traceback is there, and other libraries' words."""
    with logging_to_stderr(debug=True):
        _fail_and_log()
        logging.getLogger("asyncio").error("somebody else's")

    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "somebody else's" in err


def test_logging_is_left_as_it_was_found():
    """A program that calls main keeps its own logging."""
    root, ours = logging.getLogger(), logging.getLogger("tasking_hub")
    before = (list(root.handlers), root.level, ours.level)
    with logging_to_stderr(debug=True):
        pass

    assert (list(root.handlers), root.level, ours.level) == before
