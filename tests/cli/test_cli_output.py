"""Files are written whole or not at all."""

import os
import socket
import stat
import sys

import pytest

from tasking_hub.cli.failures import UsageError
from tasking_hub.cli.output import opened
from tasking_hub.cli.writing import Writing, write_each


@pytest.mark.parametrize("output", [None, "-"])
def test_results_go_to_standard_output(capsys, output):
    """Without -o, and with -o -."""
    with opened(output) as file:
        file.write("km²\n")

    assert capsys.readouterr().out == "km²\n"


def test_a_file_appears_when_it_is_whole(tmp_path):
    """Until the end there is no file of that name, then there is, and nothing else beside it."""
    path = tmp_path / "out.json"
    with opened(str(path)) as file:
        file.write("km²")

        assert not path.exists()

    assert path.read_bytes() == "km²".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_the_old_file_is_still_there(tmp_path):
    """Half a result replaces nothing and leaves nothing behind."""
    path = tmp_path / "out.json"
    path.write_text("old")

    with pytest.raises(ZeroDivisionError), opened(str(path)) as file:
        file.write(str(1 / 0))

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_replaced_file_keeps_its_mode(tmp_path):
    """What only its owner could read stays so."""
    path = tmp_path / "out.json"
    path.write_text("old")
    path.chmod(0o600)
    with opened(str(path)) as file:
        file.write("new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "new"


def test_a_link_is_followed(tmp_path):
    """The file that it points to is replaced, not the link."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    with opened(str(link)) as file:
        file.write("new")

    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    """Devices and pipes must not be replaced by files."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with opened(str(path)) as file:
        file.write("x")
    read = os.read(reader, 10)
    os.close(reader)

    assert read == b"x"
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such sockets")
def test_what_is_no_file_and_cannot_be_written_is_found_at_once(tmp_path):
    """A socket is neither replaced nor written to."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))

        with pytest.raises(UsageError, match="cannot be written"), opened(str(tmp_path / "socket")):
            pytest.fail("opened")  # pragma: no cover

    assert (tmp_path / "socket").is_socket()


@pytest.mark.parametrize("name", ["", "missing/out.json", "file/out.json", "a\0b"])
def test_what_cannot_be_written_is_found_at_once(tmp_path, name):
    """A folder, a missing folder, a file as folder, an impossible name: before anything is asked."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError), opened(str(tmp_path / name)):
        pytest.fail("opened")  # pragma: no cover


async def test_nobody_is_asked_any_more_once_writing_fails(tmp_path):
    """The comparisons that are still running are ended before anything else is closed."""
    ended = []

    async def comparisons():
        try:
            yield object()  # which nobody can write
        finally:
            ended.append(True)

    with pytest.raises(AttributeError):
        await write_each(comparisons(), Writing(format="jsonl", output=str(tmp_path / "out")), total=1, what="x")

    assert (ended, list(tmp_path.iterdir())) == ([True], [])
