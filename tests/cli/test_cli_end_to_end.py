"""The whole way, from areas in a file over real sockets to files on disk, against the sandbox."""

import asyncio
import csv
import io
import json
import os
import signal
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import tomli_w

from tasking_hub.sandbox import Fault, FaultKind, Sandbox, SandboxClock

SCRIPT = str(Path(sys.executable).with_name("tasking-hub"))
PROVIDERS = {"airbus", "iceye", "planet"}
SECRETS = ("sandbox-airbus-key", "sandbox-iceye-client", "sandbox-iceye-secret", "sandbox-planet-key")

QUICK = {"planet": {"poll_first_s": 0.1, "poll_max_s": 0.1}}
TOULOUSE = [[[1.40, 43.55], [1.45, 43.55], [1.45, 43.60], [1.40, 43.60], [1.40, 43.55]]]
FEATURES = [
    ("toulouse", {"name": "Toulouse"}, {"type": "Polygon", "coordinates": TOULOUSE}),
    ("airport", {"imaging": "radar"}, {"type": "Point", "coordinates": [1.37, 43.63]}),
    ("canal", {"max_cloud_cover": 30}, {"type": "LineString", "coordinates": [[1.42, 43.60], [1.44, 43.61]]}),
]


@pytest.fixture
def areas(tmp_path):
    features = [
        {"type": "Feature", "properties": {"reference": reference, **QUICK, **more}, "geometry": geometry}
        for reference, more, geometry in FEATURES
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture
async def served(tmp_path):
    """A sandbox that listens, and a configuration file with its addresses."""
    async with Sandbox(seed=7, clock=SandboxClock(speed=20)) as sandbox:
        path = tmp_path / "played.toml"
        path.write_text(tomli_w.dumps(sandbox.config))
        yield SimpleNamespace(sandbox=sandbox, config=path)


@pytest.fixture
def running(cli, served):
    """Run a command in a thread, so that the sandbox can answer it."""

    async def run(*argv):
        return await asyncio.to_thread(cli, *argv, "--config", served.config)

    return run


def accounted_for(document):
    return {item["account"] for item in (*document["quotes"], *document["refusals"])}


# --- Against a server, by configuration alone --------------------------------------------------------


async def test_every_account_answers_every_area(running, areas):
    """Each is a quote or a refusal of each request, ranked in the base currency."""
    done = await running("compare", areas, "--format", "json")
    documents = json.loads(done.out)

    assert (done.code, done.err) == (0, "")
    assert [document["reference"] for document in documents] == [reference for reference, _, _ in FEATURES]
    assert [accounted_for(document) for document in documents] == [PROVIDERS] * 3
    assert {quote["account"] for document in documents for quote in document["quotes"]} == PROVIDERS
    for document in documents:
        prices = [float(quote["price_in_base"]["amount"]) for quote in document["quotes"]]
        assert prices == sorted(prices)
        assert {quote["price_in_base"]["currency"] for quote in document["quotes"]} <= {"EUR"}


async def test_a_requirement_is_never_lost(running, areas):
    """Every quote says what became of what was asked for."""
    done = await running("compare", areas, "--format", "jsonl", "--max-incidence", "35", "--exclusivity-days", "7")
    quotes = [quote for line in done.out.splitlines() for quote in json.loads(line)["quotes"]]

    assert quotes
    for quote in quotes:
        assert {"max_incidence", "exclusivity_days"} <= {item["field"] for item in quote["adjustments"]}


async def test_a_table_fits_into_80_columns(running, areas):
    """It has rows from all providers, and the reasons for those that are not there."""
    done = await running("compare", areas)

    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80
    assert all(provider in done.out for provider in PROVIDERS)
    assert "\x1b" not in done.out


async def test_csv_and_geojson_have_the_same_rows(running, areas, tmp_path):
    """One for every quote, opportunity and refusal."""
    for form in ("csv", "geojson"):
        assert (await running("compare", areas, "--format", form, "-o", tmp_path / f"out.{form}")).code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    features = json.loads((tmp_path / "out.geojson").read_text())["features"]

    assert [row["reference"] for row in rows] == [feature["properties"]["reference"] for feature in features]
    assert {row["account"] for row in rows if row["outcome"] == "quote"} == PROVIDERS


async def test_saved_opportunities_can_be_priced_by_another_run(running, areas, tmp_path):
    """For every provider: what was saved is all that its adapter needs."""
    saved = tmp_path / "found.jsonl"
    found = await running("opportunities", areas, "--format", "jsonl", "-o", saved)
    done = await running("quote", saved, "--format", "json")
    documents = json.loads(done.out)

    assert (found.code, done.code) == (0, 0)
    assert {quote["account"] for document in documents for quote in document["quotes"]} == PROVIDERS


async def test_accounts_show_what_is_left(running):
    """At all three."""
    table, listed = await running("accounts"), await running("accounts", "--format", "json")

    assert (table.code, listed.code) == (0, 0)
    assert {item["account"] for item in json.loads(listed.out)} == PROVIDERS
    assert all(item["contracts"] for item in json.loads(listed.out))
    assert "Left" in table.out


async def test_only_named_accounts_are_asked(running, served):
    """The others receive nothing."""
    done = await running("compare", "1.44,43.60", "--account", "iceye", "--format", "json")

    assert accounted_for(json.loads(done.out)[0]) == {"iceye"}
    assert {request.provider for request in served.sandbox.requests} == {"iceye"}


async def test_one_provider_down_hides_no_other(running, served, areas):
    """Its account is a refusal that says so."""
    served.sandbox.faults.add(Fault(kind=FaultKind.STATUS, provider="airbus", status=400))
    done = await running("compare", areas, "--format", "json")
    documents = json.loads(done.out)

    assert done.code == 0
    assert [accounted_for(document) for document in documents] == [PROVIDERS] * 3
    assert {quote["account"] for document in documents for quote in document["quotes"]} == PROVIDERS - {"airbus"}


@pytest.mark.parametrize("debug", [[], ["--debug"]])
@pytest.mark.parametrize("key", ["api_key", "client_secret"])
async def test_a_refused_key_is_named_without_being_shown(cli, served, areas, debug, key):
    """Every account fails: exit code 1, reasons and remedies, and no secret in anything that was written."""
    config = tomllib.loads(served.config.read_text())
    for account in config["accounts"].values():
        account.update({key: f"wrong-{account[key]}"} if key in account else {})
    served.config.write_text(tomli_w.dumps(config))
    done = await asyncio.to_thread(cli, "compare", areas, "--config", served.config, *debug)
    written = done.out + done.err

    assert "authentication" in done.out
    assert not [secret for secret in SECRETS if secret in written]


async def test_nobody_there_is_exit_code_1(cli, tmp_path):
    """After the server has gone every account is unavailable."""
    async with Sandbox() as sandbox:
        path = tmp_path / "gone.toml"
        path.write_text(tomli_w.dumps(sandbox.config))
    done = await asyncio.to_thread(cli, "compare", "1.44,43.60", "--config", path, "--format", "jsonl")
    codes = {refusal["code"] for line in done.out.splitlines() for refusal in json.loads(line)["refusals"]}

    assert done.code == 1
    assert "unavailable" in codes
    assert "Traceback" not in done.err


async def test_windows_of_the_past_cost_no_request(running, served, areas):
    """Each account refuses by itself."""
    done = await running("compare", areas, "--from", "2020-01-01", "--to", "2020-01-02", "--format", "jsonl")
    codes = [refusal["code"] for line in done.out.splitlines() for refusal in json.loads(line)["refusals"]]

    assert done.code == 1
    assert codes == ["window-past"] * 9
    assert served.sandbox.requests == ()


# --- With the embedded sandbox -----------------------------------------------------------------------


def test_the_sandbox_needs_no_configuration(cli, areas):
    """One option, and all three providers answer."""
    done = cli("compare", areas, "--sandbox", "--format", "json")

    assert (done.code, done.err) == (0, "")
    assert [accounted_for(document) for document in json.loads(done.out)] == [PROVIDERS] * 3


def test_same_seed_and_time_give_the_same_answers(cli):
    """Another seed gives others; the reading of the clock moves on, so it is left out."""

    def prices(seed):
        argv = ["opportunities", "1.44,43.60", "--account", "planet", "--format", "json", "--sandbox"]
        document = json.loads(cli(*argv, "--now", "2026-12-01T06:00:00Z", "--seed", seed).out)[0]
        return [(found["start"][:16], found["cloud_forecast_percent"]) for found in document["not_quoted"]]

    assert prices(1) == prices(1)
    assert prices(1) != prices(2)


def test_the_environment_of_real_accounts_stays_out_of_the_sandbox(cli, monkeypatch):
    """Neither keys nor addresses that are configured there are used."""
    monkeypatch.setenv("TASKING_HUB_ICEYE_BASE_URL", "https://platform.iceye.invalid")
    monkeypatch.setenv("TASKING_HUB_AIRBUS_API_KEY", "real-key")
    monkeypatch.setenv("TASKING_HUB_CURRENCY", "XXX")
    done = cli("compare", "1.44,43.60", "--sandbox", "--account", "iceye", "--format", "json")

    assert done.code == 0
    assert json.loads(done.out)[0]["base_currency"] == "EUR"


def test_the_base_currency_can_be_another(cli):
    """Prices are converted with the sandbox's example rates, which are named."""
    done = cli("compare", "1.44,43.60", "--sandbox", "--account", "iceye", "--format", "json", "--currency", "GBP")
    (document,) = json.loads(done.out)

    assert document["quotes"][0]["price_in_base"]["currency"] == "GBP"
    assert document["rates"]["source"].startswith("tasking-hub sandbox")


def test_adapters_that_cannot_be_imported_are_left_out_of_the_sandbox(cli, monkeypatch):
    """With a line that says so; the others play."""
    from importlib.metadata import EntryPoint, entry_points  # noqa: PLC0415 - only here

    from tasking_hub import Registry  # noqa: PLC0415 - only here

    found = [
        EntryPoint("broken", "no_such_module:Provider", "tasking_hub.providers"),
        *entry_points(group="tasking_hub.providers", name="iceye"),
    ]
    monkeypatch.setattr("tasking_hub.cli.running.Registry", lambda: Registry(found))
    done = cli("compare", "1.44,43.60", "--sandbox", "--format", "json")

    assert done.code == 0
    assert done.err.startswith("warning: left out of the sandbox: the adapter 'broken'")
    assert accounted_for(json.loads(done.out)[0]) == {"iceye"}


# --- As a process ------------------------------------------------------------------------------------


@pytest.fixture
def _listens_to_ctrl_c():
    """Shells let what they run in the background ignore Ctrl-C, and a child would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def ended(process, number):
    """What a process writes after this signal, and its exit code."""
    process.send_signal(number)
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, out, err


def test_a_terminal_is_not_needed(areas):
    """Piped, without colours, as wide as asked for."""
    with areas.open("rb") as file:
        done = subprocess.run(  # noqa: S603
            [SCRIPT, "compare", "-", "--sandbox", "--account", "iceye"],
            stdin=file,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "COLUMNS": "60", "NO_COLOR": "1"},
        )

    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 60


@pytest.mark.skipif(sys.platform == "win32", reason="has no polite kill")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("to_file", [False, True])
async def test_the_sandbox_runs_until_it_is_stopped(cli, tmp_path, number, to_file):
    """It prints a configuration that works at once, says where its page is, and ends with exit code 0."""
    saved = tmp_path / "saved.toml"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    argv = [SCRIPT, "sandbox", "--port", "0", "--seed", "3", "--now", tomorrow, "--speed", "2"]
    process = await asyncio.create_subprocess_exec(
        *argv, *(["-o", str(saved)] if to_file else []), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    line = await process.stderr.readline()
    if not to_file:
        saved.write_bytes(await process.stdout.readuntil(b'currency = "USD"\n'))
    shown = await asyncio.to_thread(cli, "accounts", "--format", "json", "--config", saved)
    code, _, rest = await ended(process, number)

    assert line.startswith(b"Playing at http://127.0.0.1:")
    assert b"/_sandbox/" in line
    assert {item["account"] for item in json.loads(shown.out)} == PROVIDERS
    assert (code, rest) == (0, b"")


async def test_a_port_that_is_taken_is_an_error_in_a_line(cli):
    """Naming the port."""
    async with Sandbox() as other:
        port = other.url.rpartition(":")[2]
        done = await asyncio.to_thread(cli, "sandbox", "--port", port)

    assert done.code == 2
    assert port in done.err
    assert done.err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="has no polite kill")
@pytest.mark.usefixtures("_listens_to_ctrl_c")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_run_leaves_no_half_file(served, areas, tmp_path, number, code):
    """The file is not there, and neither is its beginning."""
    folder = tmp_path / "results"
    folder.mkdir()
    served.sandbox.faults.add(Fault(kind=FaultKind.LATENCY, provider="iceye", delay_s=60, real_time=True))
    process = await asyncio.create_subprocess_exec(
        SCRIPT, "compare", str(areas), "--config", str(served.config), "-o", str(folder / "out"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        while not served.sandbox.requests:  # noqa: ASYNC110 - the log has no event to wait for
            await asyncio.sleep(0.05)

    assert await ended(process, number) == (code, b"", b"interrupted\n")
    assert list(folder.iterdir()) == []
