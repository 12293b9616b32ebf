"""The example adapter of the docs is a distribution of its own, found by entry point like any stranger's."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "adapter"


def run(*arguments, **changes):
    """Run this Python in the example's folder; its output, once it has succeeded."""
    return subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, *arguments],
        cwd=EXAMPLE,
        env=os.environ | changes,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the example as installers lay it out."""
    dist, site = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist))
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_registry_finds_it_by_its_entry_point(installed):
    """Once installed, the example is an adapter like the others."""
    code = "from tasking_hub import Registry; r = Registry(); print(r.names(), r.get('skylens').__name__)"

    assert run("-c", code, PYTHONPATH=str(installed)) == "('airbus', 'iceye', 'planet', 'skylens') SkylensProvider\n"


def test_it_keeps_the_contract_of_adapters(installed):
    """Its own conformance tests pass against what was built."""
    out = run("-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "tests",
              PYTHONPATH=str(installed), PYTHONSAFEPATH="1")  # fmt: skip

    assert " passed" in out


def test_the_command_line_asks_it_too(installed):
    """An installed adapter takes part in a comparison without any further word."""
    out = run(
        "-c", "from tasking_hub.cli import main; main()",
        "compare", "1.44,43.60", "--sandbox", "--account", "skylens", "--format", "csv", "--max-cloud", "100",
        PYTHONPATH=str(installed),
    )  # fmt: skip

    assert "450.00" in out
