"""What every command has in common: help, wrong usage, configuration, interruption."""

import builtins
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasking_hub.cli import main

COMMANDS = [
    *("compare", "opportunities", "quote", "order", "replace", "orders", "show", "watch", "recover"),
    *("decisions", "accept", "refuse", "cancel", "stop", "edit", "deliverables", "download"),
    *("accounts", "providers", "sandbox"),
]
SCRIPT = str(Path(sys.executable).with_name("tasking-hub"))


def process(*argv, **more):
    return subprocess.run([SCRIPT, *argv], capture_output=True, text=True, check=False, timeout=60, **more)  # noqa: S603


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], *([command, "--help"] for command in COMMANDS)])
def test_help_fits_into_80_columns(cli, argv):
    """Help goes to standard output and is no error."""
    done = cli(*argv)

    assert (done.code, done.err) == (0, "")
    assert "Usage: tasking-hub" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_help_names_every_command(cli):
    """In the order in which one needs them."""
    out = cli("--help").out
    places = [out.index(f"│ {command} ") for command in COMMANDS]

    assert places == sorted(places)


def test_the_version_is_that_of_the_distribution(cli):
    """One line."""
    from importlib.metadata import version  # noqa: PLC0415 - only here

    assert cli("--version").out == f"{version('tasking-hub')}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["compare"], "AREAS requires an argument"),
        (["compar"], 'Did you mean "compare"?'),
        (["compare", "1,2", "--imging", "radar"], "Unknown option: --imging. Did you mean --imaging?"),
        (["compare", "1,2", "--imaging", "opticl"], 'Did you mean "optical"?'),
        (["compare", "1,2", "--max-cloud", "much"], "--max-cloud"),
        (["compare", "1,2", "--max-cloud", "150"], "--max-cloud must be between 0 and 100, not 150"),
        (["compare", "1,2", "--max-cloud", "nan"], "--max-cloud must be between 0 and 100, not nan"),
        (["compare", "1,2", "--min-incidence", "30", "--max-incidence", "20"], "--min-incidence 30 is above --max-"),
        (["compare", "1,2", "--max-gsd", "3", "--imaging", "radar"], "--max-gsd is a requirement on an optical image"),
        (["compare", "1,2", "--from", "2026-12-01T10:00:00"], "--from: '2026-12-01T10:00:00' has no time zone"),
        (["compare", "1,2", "--from", "soon"], "--from"),
        (["compare", "1,2", "--from", "2026-12-02", "--to", "2026-12-01"], "--to: the window"),
        (["compare", "1,2", "--currency", "EURO"], "'EURO' is not an ISO 4217 currency"),
        (["compare", "1,2", "--rank-by", "beauty"], '"price", "time", "price-per-km2"'),
        (["compare", "1,2", "--format", "xlsx"], '"table", "json", "jsonl", "csv", "geojson"'),
        (["compare", "1,2", "--timeout", "0"], "--timeout"),
        (["compare", "1,2", "--concurrent", "0"], "--concurrent"),
        (["compare", "1,2", "--quotes-per-product", "-1"], "--quotes-per-product"),
        (["compare", "1,", "2"], "unexpected argument: 2"),
        (["compare", "1,2", "--no-sandbox"], "Unknown option: --no-sandbox"),
        (["compare", "1,2", "--seed", "3"], "add --sandbox"),
        (["compare", "1,2", "--now", "2026-12-01"], "add --sandbox"),
        (["compare", "1,2", "--sandbox", "--config", "x.toml"], "leave out one of them"),
        (["sandbox", "--port", "70000"], "--port"),
        (["sandbox", "--speed", "0"], "--speed"),
        (["sandbox", "--speed", "1e7"], "at most 1000000 sandbox seconds"),
        (["sandbox", "--elements", "missing.tle"], "missing.tle"),
    ],
)
def test_wrong_usage_is_a_line_and_exit_code_2(cli, argv, said):
    """The line names the option, and what was probably meant."""
    done = cli(*argv)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("command", ["compare", "opportunities"])
def test_without_configuration_the_places_are_named(cli, command):
    """And the way to try it without one."""
    done = cli(command, "1,2")

    assert done.code == 2
    assert "tasking-hub.toml" in done.err
    assert "--sandbox needs none" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no account is configured"),
        ("[hub", "not TOML"),
        ("[hub]\ncurency = 'EUR'\n", "hub.curency: unknown key; did you mean 'currency'?"),
        ("[hub]\ncurrency = 'EURO'\n", "hub.currency: 'EURO' is not an ISO 4217 currency"),
        ("[accounts.x]\nprovider = 'nobody'\n", "accounts.x.provider: no adapter named 'nobody' is installed"),
        ("[accounts.toy]\nbase_url = 'ftp://x'\n", "accounts.toy.base_url"),
        ("[accounts.toy]\napi_key = 7\n", "accounts.toy.api_key"),
        ("[accounts.toy]\napikey = 'hush'\n", "accounts.toy.apikey: unknown key; did you mean 'api_key'?"),
    ],
)
def test_a_mistake_in_the_configuration_names_file_and_key(cli, toy, tmp_path, text, said):
    """In a line, never with the value of a key that may be a secret."""
    toy()
    path = tmp_path / "mine.toml"
    path.write_text(text)
    done = cli("compare", "1,2", "--config", path)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {path}: ")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert "hush" not in done.err


def test_an_unforeseen_error_is_a_line_without_debug(cli, toy, monkeypatch):
    """And a traceback with it."""
    toy(one=["a"])
    monkeypatch.setattr("tasking_hub.cli.compare.read_requests", lambda *_, **__: 1 / 0)
    short, long = cli("compare", "1,2"), cli("compare", "1,2", "--debug")

    assert (short.code, short.out) == (1, "")
    assert short.err == "error: internal error: ZeroDivisionError: division by zero (--debug shows where)\n"
    assert "Traceback" in long.err


def test_debug_as_an_argument_is_no_option(cli):
    """After `--` words are arguments."""
    done = cli("compare", "--", "1,2", "--debug")

    assert done.code == 2
    assert "Traceback" not in done.err


def test_ctrl_c_is_no_error(cli, toy, monkeypatch):
    """A word, and the shell's own exit code."""

    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    toy(one=["a"])
    monkeypatch.setattr("tasking_hub.cli.compare.read_requests", interrupted)
    done = cli("compare", "1,2")

    assert (done.code, done.out, done.err) == (130, "", "interrupted\n")


def test_a_missing_extra_is_named(capsys, monkeypatch):
    """Without cyclopts or rich there is one line that says what to install."""
    real = builtins.__import__

    def without(name, *args, **more):
        if name == "tasking_hub.cli.app":
            raise ModuleNotFoundError(name="cyclopts")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SystemExit) as caught:
        main(["--help"])

    assert caught.value.code == 2
    assert capsys.readouterr().err == 'error: the command line needs cyclopts: pip install "tasking-hub[cli]"\n'


def test_a_broken_installation_is_not_called_a_missing_extra(monkeypatch):
    """Another missing module is somebody's mistake, and shown as such."""
    real = builtins.__import__

    def without(name, *args, **more):
        if name == "tasking_hub.cli.app":
            raise ModuleNotFoundError(name="tasking_hub.nothing")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError):
        main(["--help"])


def test_the_console_script_runs():
    """Installed under its name, with exit codes."""
    good, bad = process("--version"), process("compare", "1,2", "--imging", "x")

    assert (good.returncode, good.stderr) == (0, "")
    assert (bad.returncode, bad.stdout) == (2, "")


@pytest.mark.parametrize("argv", [["providers"], ["compare", "1.44,43.60", "--sandbox", "--account", "iceye"]])
def test_a_reader_that_goes_away_is_no_error(argv):
    """`| head` ends quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(  # noqa: S603
        [SCRIPT, *argv], stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, "")


def test_a_full_disk_is_an_error_in_a_line():
    """What could not be written is not called done."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603
            [SCRIPT, "providers"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )

    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_the_signs_gets_what_it_can_show(encoding):
    """No table ends in an error about a letter."""
    done = process("providers", env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})

    assert (done.returncode, done.stderr) == (0, "")
    assert "airbus" in done.stdout


def test_help_waits_for_nothing_heavy():
    """Neither the sandbox nor an adapter is imported before it is needed."""
    code = (
        "import sys; from tasking_hub.cli.app import run; run(['compare', '--help']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'sgp4', 'tasking_hub_airbus'}), "
        "'tasking_hub.sandbox' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603

    assert done.stdout.splitlines()[-1] == "[] False"
