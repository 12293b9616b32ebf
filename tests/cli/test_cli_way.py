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


@pytest.mark.parametrize(
    ("rejected", "code", "end"), [(False, 0, "accepted (PENDING)  replaced "), (True, 1, "all is as before: ")]
)
async def test_a_replacement_is_followed_until_it_is_done_or_all_is_as_before(played, tmp_path, rejected, code, end):
    """At Planet: the new order is locked in and the old ones are gone, or it is rejected and they stand."""
    world, saved = played.sandbox._world, tmp_path / "saved.json"
    drawn = (world.rng("planet", "outcome", f"r-{number}").random() < 0.05 for number in range(1000))
    name = f"r-{next(number for number, low in enumerate(drawn) if low is rejected)}"
    begin = datetime.now(UTC) + timedelta(days=2)
    wishes = {"reference": name, "accounts": ["planet"], "planet": {"show_replacing": True}}
    wishes |= {"start": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "end": f"{begin + timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}"}
    place = {"type": "Point", "coordinates": [24.94, 60.17]}
    areas = tmp_path / "area.geojson"
    areas.write_text(json.dumps({"type": "Feature", "properties": wishes, "geometry": place}))
    await played.run("compare", areas, "--quotes-per-product", "0", "--format", "json", "-o", saved)
    (comparison,) = json.loads(saved.read_text())
    found = next(quote["opportunity"] for quote in comparison["quotes"] if quote["opportunity"]["replaces"])
    old = sorted(order["id"] for order in found["replaces"])
    named = [word for order_id in old for word in ("--replaces", order_id)]
    safe = ("--yes", "--max-price", "1000 SQKM", "--interval", "0.1")
    done = await played.run("replace", saved, "--id", found["id"], *named, *safe)
    shown = json.loads((await played.run("show", name, "--format", "json")).out)["order"]

    assert done.code == code
    assert f"{end}{', '.join(old)}" in done.out
    assert sorted(shown["replaced"]) == ([] if rejected else old)
    assert shown["price"]["unit"] == "SQKM"


@pytest.mark.parametrize(("output", "kept"), [("play.toml", True), (None, False), ("-", False), ("/dev/null", False)])
async def test_a_sandbox_keeps_its_order_book_beside_its_configuration(tmp_path, output, kept):
    """Only where that is a file; relative names mean the file's folder."""
    async with Sandbox() as sandbox:
        text = _config(sandbox, output)

    assert ('order_book = "sqlite:///play-orders-' in text, 'pace_file = "play-pace.db"' in text) == (kept, kept)
    assert ("tasking-hub-sandbox-" in text) is not kept
