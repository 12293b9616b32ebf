"""The commands that the README shows for buying work as they stand, against a sandbox that stays."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
PROGRAM = [sys.executable, "-c", "from tasking_hub.cli import main; main()"]


def commands():
    """The shown commands, without the prompt."""
    section = README.read_text(encoding="utf-8").split("## From a comparison to files", 1)[1]
    shown = re.search(r"```console\n(.*?)```", section, re.DOTALL)[1]
    return [line.removeprefix("$ ") for line in shown.splitlines()]


@pytest.fixture
def shell(tmp_path):
    """Runs a shown command in a folder of its own; a background command is ended afterwards."""
    background = []

    def run(command):
        words = command.removesuffix(" &").replace('"10000 EUR"', "10000_EUR").split()[1:]
        argv = [*PROGRAM, *(word.replace("_", " ") if word == "10000_EUR" else word for word in words)]
        env = os.environ | {"TASKING_HUB_CONFIG": "sandbox.toml"}
        if command.endswith(" &"):
            background.append(subprocess.Popen(argv, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL))  # noqa: S603
            deadline = time.monotonic() + 30
            while not (tmp_path / "sandbox.toml").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            return ""
        return subprocess.run(  # noqa: S603 - our own program
            argv, cwd=tmp_path, env=env, check=True, capture_output=True, text=True, timeout=120
        ).stdout

    yield run
    for process in background:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def set_speed(speed, folder):
    """What a reader does on the sandbox's page."""
    accounts = tomllib.loads((folder / "sandbox.toml").read_text())["accounts"]
    url = urllib.parse.urljoin(accounts["planet"]["base_url"], "/_sandbox/clock")
    body = json.dumps({"speed": speed}).encode()
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own sandbox
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        assert answer.status == 200


def test_the_shown_commands_lead_from_a_comparison_to_files(shell, tmp_path):
    """Compare, order, watch, list, fetch: each finds what the one before left."""
    for command in commands():
        if " watch " in command:
            set_speed(40_000, tmp_path)
        if not command.startswith("export"):
            shell(command)
        if " watch " in command:
            set_speed(1, tmp_path)

    assert [path.name for path in (tmp_path / "images").iterdir() if path.stat().st_size]


def test_the_way_is_no_longer_than_promised():
    """Five commands once a configuration is there."""
    assert [command.split()[1] for command in commands()][2:] == [
        "compare",
        "order",
        "watch",
        "deliverables",
        "download",
    ]
