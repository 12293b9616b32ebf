"""The whole way over real sockets, a command a step: compare, order, follow, decide, leave, collect."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tasking_hub.cli.sandbox import _config
from tasking_hub.sandbox import Sandbox, SandboxClock

ENDS = {"fulfilled", "failed", "rejected", "expired"}


@pytest.fixture
async def played(tmp_path, cli):
    """A sandbox that listens, its configuration as `tasking-hub sandbox -o` writes it, and commands against it."""
    async with Sandbox(seed=3, clock=SandboxClock(speed=50.0)) as sandbox:
        path = tmp_path / "sandbox.toml"
        path.write_text(_config(sandbox, str(path)))

        async def run(*argv):
            async with asyncio.timeout(60):
                return await asyncio.to_thread(cli, *argv, "--config", path)

        yield SimpleNamespace(sandbox=sandbox, run=run)


async def test_from_a_comparison_to_files_in_commands(played, tmp_path):
    """Each command finds what the one before left: one order, followed to its end, its files on disk."""
    run, saved = played.run, tmp_path / "saved.json"
    begin = datetime.now(UTC) + timedelta(days=2)
    window = ("--from", f"{begin:%Y-%m-%dT%H:%M:%SZ}", "--to", f"{begin + timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}")
    wanted = ("24.94,60.17", "--account", "iceye", "--reference", "way", *window, "--quotes-per-product", "1")
    compared = await run("compare", *wanted, "--format", "json", "-o", saved)
    safe = ("--rank", "1", "--yes", "--max-price", "100000 EUR")
    bought, again = await run("order", saved, *safe), await run("order", saved, *safe)
    listed, shown = await run("orders", "--format", "jsonl"), await run("show", "way")
    waiting = await run("decisions")
    played.sandbox.clock.speed_up(20_000.0)
    watched = await run("watch", "way", "--since", "0", "--interval", "0.5", "--format", "jsonl")
    late = await run("cancel", "way", "--yes")
    ready = await run("deliverables", "way", "--format", "json")
    fetched = await run("download", "way", tmp_path / "files")
    dossier = await run("show", "way", "--format", "json", "--comparison", saved)

    assert [done.code for done in (compared, bought, again, shown, waiting)] == [0] * 5
    assert bought.out.split()[:3] == again.out.split()[:3]
    assert [json.loads(line)["reference"] for line in listed.out.splitlines()] == ["way"]
    states = [event["state"] for event in map(json.loads, watched.out.splitlines()) if event["kind"] == "state-changed"]
    assert watched.code == 0
    assert states[-1] in ENDS
    assert late.code == 1
    files = fetched.out.splitlines()
    assert len(files) >= len(json.loads(ready.out)["features"])
    assert fetched.code == 0
    assert all(map(os.path.getsize, files))
    assert json.loads(dossier.out)["order"]["state"] == states[-1]


@pytest.mark.parametrize(("output", "kept"), [("play.toml", True), (None, False), ("-", False), ("/dev/null", False)])
async def test_a_sandbox_keeps_its_order_book_beside_its_configuration(tmp_path, output, kept):
    """Only where that is a file; relative names mean the file's folder."""
    async with Sandbox() as sandbox:
        text = _config(sandbox, output)

    assert ('order_book = "sqlite:///play-orders-' in text, 'pace_file = "play-pace.db"' in text) == (kept, kept)
    assert ("tasking-hub-sandbox-" in text) is not kept
