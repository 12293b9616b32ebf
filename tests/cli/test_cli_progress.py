"""Progress is for somebody who looks: on a terminal, on standard error, and never among the results."""

import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SCRIPT = str(Path(sys.executable).with_name("tasking-hub"))
ARGV = [SCRIPT, "compare", "1.44,43.60", "--sandbox", "--account", "iceye"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")


@pytest.fixture
def terminal():
    """A terminal, and what was written to it so far."""
    ours, theirs = pty.openpty()
    written = bytearray()

    def read():
        try:
            while chunk := os.read(ours, 4096):
                written.extend(chunk)
        except OSError:
            return  # Linux says so when nobody holds the other end any more

    reader = threading.Thread(target=read)
    reader.start()

    def end():
        os.close(theirs)
        reader.join(timeout=10)
        return written.decode()

    yield theirs, end
    os.close(ours)


def run(argv, **streams):
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    return subprocess.run(argv, text=True, check=False, timeout=60, env=env, **streams)  # noqa: S603


def test_progress_is_on_the_terminal_and_results_in_the_pipe(terminal):
    """Only standard error is a terminal: what is piped is nothing but the results."""
    theirs, end = terminal
    done = run([*ARGV, "--format", "jsonl"], stdout=subprocess.PIPE, stderr=theirs)
    shown = end()

    assert done.returncode == 0
    assert len(json.loads(done.stdout)["quotes"]) == 1
    assert "asking for prices" in shown
    assert "quotes" not in shown


def test_results_and_progress_share_a_terminal(terminal):
    """The line of progress is gone before results are written, and no result stands beside it."""
    theirs, end = terminal
    done = run(ARGV, stdout=theirs, stderr=theirs)
    shown = end()

    assert done.returncode == 0
    assert "asking for prices" in shown
    assert "1 area: 1 quote" in shown
    assert not [line for line in shown.splitlines() if "asking for prices" in line and "quote," in line]


def test_without_a_terminal_there_is_no_progress():
    """Logs of nightly runs stay short."""
    done = run(ARGV, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    assert (done.returncode, done.stderr) == (0, "")
