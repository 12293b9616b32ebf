"""At a terminal: what is asked, what a narrow one shows, and Ctrl-C where somebody waits."""

import asyncio
import io
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tasking_hub.cli.agreeing import agreed
from tasking_hub.cli.tables import grid

TESTS = Path(__file__).parents[1]
PROGRAM = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
import tasking_hub.cli.running
from cli import counter
from orders.observatory import Sky
from orders.shop import Fate
from tasking_hub.cli import main
tasking_hub.cli.running.Registry = counter.registry
counter.CounterProvider.sky, counter.CounterProvider.fate = Sky(), Fate()
main(sys.argv[1:])
"""


@pytest.fixture
def shop(cli, toy, monkeypatch, tmp_path):
    """One account that sells, and a comparison in a file."""
    toy(toy=["a", "b"])
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    assert cli("compare", "1,2", "--reference", "r-1", "--format", "json", "-o", "saved.json").code == 0
    return tmp_path / "saved.json"


def interrupted(argv, at):
    """Run a command at a terminal and press Ctrl-C once it has said something: its exit code and what it wrote."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, *argv], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    said = ""
    while at not in said:
        said += os.read(ours, 4096).decode()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    os.set_blocking(ours, False)
    said += os.read(ours, 65536).decode()
    os.close(ours)
    return process.returncode, out, said


def test_ctrl_c_at_the_question_orders_nothing(cli, shop):
    """It ends at once, without a traceback, and nothing was written down."""
    code, out, said = interrupted(["order", "saved.json", "--rank", "1"], at="[y/N]")

    assert (code, out) == (130, "")
    assert said.rstrip().endswith("interrupted")
    assert "Traceback" not in said
    assert cli("orders").err == "no orders\n"


def test_ctrl_c_just_before_the_question_is_no_answer(monkeypatch):
    """The event loop has it already, and could tell only after somebody typed something."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    async def ask():
        asyncio.current_task().cancel()
        return agreed("Order it?", yes=False)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(ask())


@pytest.mark.usefixtures("shop")
def test_ctrl_c_ends_a_watch(cli, monkeypatch):
    """Which said on the terminal what it waits for."""
    code, out, said = interrupted(["watch", "--forever"], at="Ctrl-C ends it")

    assert (code, out) == (130, "")
    assert "watching all orders; " in said
    assert said.rstrip().endswith("interrupted")


# --- Lists -------------------------------------------------------------------------------------------

HEADINGS = ("reference", "order", "price", "note")
ROWS = [("spring-1", "8d848bcf-ed29-4df1-be58-d53bd0be8d64", "100.00 EUR", ""), ("a", "b", "", "")]


def shown(rows=ROWS):
    file = io.StringIO()
    grid(file, HEADINGS, rows)
    return file.getvalue().splitlines()


def test_a_list_that_fits_is_a_line_each(monkeypatch):
    """Columns line up, and one that says nothing is left out."""
    monkeypatch.setenv("COLUMNS", "60")

    assert shown() == [
        "reference  order                                 price",
        "spring-1   8d848bcf-ed29-4df1-be58-d53bd0be8d64  100.00 EUR",
        "a          b",
    ]


def test_in_a_narrow_terminal_names_stay_whole(monkeypatch):
    """Each row becomes a block instead."""
    monkeypatch.setenv("COLUMNS", "50")

    assert shown() == [
        "spring-1",
        "  order  8d848bcf-ed29-4df1-be58-d53bd0be8d64",
        "  price  100.00 EUR",
        "",
        "a",
        "  order  b",
        "",
    ]


def test_in_a_pipe_a_row_is_a_line(monkeypatch):
    """However long it is: what reads it counts lines."""
    monkeypatch.delenv("COLUMNS")
    rows = [("r" * 300, "o" * 300, "", "")]

    assert shown(rows)[1:] == [f"{'r' * 300}  {'o' * 300}"]
