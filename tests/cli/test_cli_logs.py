"""What is logged where, and how much of it."""

import logging
from contextlib import suppress

import pytest

from tasking_hub import HttpRequest, HttpResponse, UnsentRequestError
from tasking_hub.cli.logs import LoggedTransport, logging_to_stderr

LOG = logging.getLogger("tasking_hub_stranger.provider")
REQUEST = HttpRequest(
    method="GET", url="https://x.example/a?key=hush", headers={"Authorization": "Bearer hush"}, repeatable=True
)


class Answering:
    def __init__(self, answer):
        self.answer = answer

    async def send(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


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


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (HttpResponse(status=200, body=b"hush"), "GET https://x.example/a answered 200"),
        (UnsentRequestError("no connection", method="GET", url="https://x.example/a"), "no connection"),
    ],
)
async def test_requests_are_logged_without_secrets(capsys, answer, said):
    """Method, address and status; no query, no header, no body."""
    with logging_to_stderr(debug=True), suppress(UnsentRequestError):
        await LoggedTransport(Answering(answer)).send(REQUEST)

    err = capsys.readouterr().err
    assert said in err
    assert "hush" not in err
