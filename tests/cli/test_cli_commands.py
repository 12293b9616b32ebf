"""Each command on a scripted adapter: what goes in, what comes out, and how it ends."""

import csv
import io
import json
from importlib.metadata import EntryPoint

import pytest
import toys

from tasking_hub import PermissionDeniedError, QuoteRefusedError, Registry

AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"reference": name, "imaging": "optical", **more},
            "geometry": {"type": "Point", "coordinates": [1.44, 43.6]},
        }
        for name, more in [("first", {}), ("second", {"accounts": ["two"]}), ("third", {})]
    ],
}


def standard_input(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.fixture
def areas(tmp_path):
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps(AREAS))
    return path


# --- compare -----------------------------------------------------------------------------------------


def test_every_area_is_compared_in_its_order(cli, toy, areas):
    """One line of JSON for each, with the accounts that it asks."""
    toy(one=["a"], two=["b"])
    done = cli("compare", areas, "--format", "jsonl")
    documents = [json.loads(line) for line in done.out.splitlines()]

    assert (done.code, done.err) == (0, "")
    assert [document["reference"] for document in documents] == ["first", "second", "third"]
    assert [len(document["quotes"]) for document in documents] == [2, 1, 2]


def test_a_pair_west_of_greenwich_is_a_place(cli, toy):
    """Although it begins like an option."""
    toy(one=["a"])
    done = cli("compare", "-1.44,-43.6", "--format", "jsonl", "--reference", "mine")
    document = json.loads(done.out)

    assert done.code == 0
    assert (document["reference"], document["request"]["area"]["coordinates"]) == ("mine", [-1.44, -43.6])


def test_areas_come_from_standard_input(cli, toy, monkeypatch):
    """For `-`, with results to standard output for `-o -`."""
    toy(one=["a"], two=["b"])
    standard_input(monkeypatch, json.dumps(AREAS))
    done = cli("compare", "-", "-o", "-", "--format", "csv")

    assert done.code == 0
    assert [row["reference"] for row in csv.DictReader(io.StringIO(done.out))].count("first") == 2


def test_options_are_the_wishes_of_areas_that_say_nothing(cli, toy, areas):
    """Every option reaches the request under its own name, and a feature's property goes before it."""
    toy(one=["a"], two=["b"])
    words = (
        "--from 2030-01-01 --to 2030-01-05T12:00:00Z --max-cloud 10 --min-incidence 5 --max-incidence 30 "
        "--min-sun-elevation -5 --max-gsd 0.7 --stereo stereo --priority HIGH --exclusivity-days 7 --sla FAST "
        "--licence EULA --market AGRI --account one"
    )
    users = ("--end-user", "City of Lyon, FR", "--end-user", "One, Two,DE")
    done = cli("compare", areas, "--format", "jsonl", *words.split(), *users)
    first, second, _ = (json.loads(line)["request"] for line in done.out.splitlines())

    assert first["window"] == {"start": "2030-01-01T00:00:00Z", "end": "2030-01-05T12:00:00Z"}
    assert first["optical"] == {
        "max_cloud_cover": 10,
        "min_incidence": 5,
        "max_incidence": 30,
        "min_sun_elevation": -5,
        "max_gsd_m": 0.7,
        "stereo": "stereo",
    }
    assert first["radar"] is None
    wishes = {name: first[name] for name in ("priority", "exclusivity_days", "sla", "licence", "market")}
    assert wishes == {"priority": "HIGH", "exclusivity_days": 7, "sla": "FAST", "licence": "EULA", "market": "AGRI"}
    assert first["end_users"] == [{"name": "City of Lyon", "country": "FR"}, {"name": "One, Two", "country": "DE"}]
    assert (first["accounts"], second["accounts"]) == (["one"], ["two"])


@pytest.mark.parametrize("text", ["City of Lyon", "City of Lyon, fr", ", FR", ""])
def test_an_end_user_is_a_name_and_a_country(cli, toy, areas, text):
    """Anything else is a usage error that shows the form."""
    toy(one=["a"])
    done = cli("compare", areas, "--end-user", text)

    assert done.code == 2
    assert "such as 'City of Toulouse, FR'" in " ".join(done.err.split())


def test_radar_options_are_the_wishes_of_radar_images(cli, toy):
    """They reach the request too; the scripted adapter takes no radar images and says so."""
    toy(one=["a"])
    words = "--imaging radar --mode SPOT --max-resolution 3 --look-side left --pass-direction ascending"
    done = cli("compare", "1,2", "--format", "jsonl", *words.split())
    document = json.loads(done.out)

    assert done.code == 1
    assert document["request"]["optical"] is None
    assert {name: value for name, value in document["request"]["radar"].items() if value is not None} == {
        "mode": "SPOT",
        "max_resolution_m": 3,
        "look_side": "left",
        "pass_direction": "ascending",
    }
    assert [refusal["code"] for refusal in document["refusals"]] == ["imaging-not-offered"]


def test_nothing_quoted_is_exit_code_1_and_still_an_answer(cli, toy):
    """The refusals are written; one price among them is enough for 0."""
    toy(one=[])
    nothing = cli("compare", "1,2")
    toy(one=[], two=["a"])
    something = cli("compare", "1,2")

    assert (nothing.code, something.code) == (1, 0)
    assert "no-opportunity" in nothing.out


def test_opportunities_without_a_price_are_no_quote(cli, toy, monkeypatch):
    """Where every price is refused the exit code is 1, also when more opportunities were found than asked about."""

    async def refused(self, opportunity):
        raise QuoteRefusedError(toys.refusal(account="one"))

    toy(one=["a", "b", "c"])
    monkeypatch.setattr(toys.ToyProvider, "quote", refused)
    done = cli("compare", "1,2", "--quotes-per-product", "2", "--format", "jsonl")

    assert done.code == 1
    assert [found["id"] for found in json.loads(done.out)["not_quoted"]] == ["c"]


def test_an_adapter_that_breaks_is_a_row_and_a_line(cli, toy, monkeypatch):
    """Its traceback is for --debug."""

    async def broken(self, opportunity):
        raise KeyError

    toy(one=["a"])
    monkeypatch.setattr(toys.ToyProvider, "quote", broken)
    short, long = cli("compare", "1,2"), cli("compare", "1,2", "--debug")

    assert short.code == 1
    assert "adapter-error" in short.out
    assert short.err == "error: the adapter of account one failed while quoting (KeyError; --debug shows where)\n"
    assert "Traceback" in long.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["areas.geojson", "--account", "three"], "--account: no account three is configured; configured: one, two"),
        (["areas.geojson", "--reference", "x"], "--reference is for one area, and there are 3"),
        (["nowhere.geojson"], "nowhere.geojson: no such file"),
        (["areas.geojson", "-o", "nowhere/out"], "nowhere/out: cannot be written"),
    ],
)
def test_mistakes_are_found_before_anything_is_asked(cli, toy, areas, monkeypatch, argv, said):
    """In accounts, references and files: exit code 2, nothing written, nobody asked."""

    def asked(*_args):
        raise AssertionError

    toy(one=["a"], two=["b"])
    monkeypatch.setattr(toys.ToyProvider, "find_opportunities", asked)
    done = cli("compare", *argv)

    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_feature_that_names_an_unknown_account_is_named(cli, toy, areas):
    """File, feature and the accounts that there are."""
    toy(one=["a"])
    done = cli("compare", areas)

    assert done.code == 2
    assert done.err == (
        f'error: {areas}: feature 2 ("second"): accounts: no account two is configured; configured: one\n'
    )


def test_every_mistake_in_the_areas_is_a_line(cli, toy, tmp_path):
    """So that all are mended at once."""
    toy(one=["a"])
    wrong = json.loads(json.dumps(AREAS))
    wrong["features"][0]["properties"]["max_cloud_cover"] = "much"
    wrong["features"][2]["geometry"]["coordinates"] = [1.44, 143.6]
    path = tmp_path / "wrong.geojson"
    path.write_text(json.dumps(wrong))
    done = cli("compare", path)
    lines = done.err.splitlines()

    assert (done.code, done.out) == (2, "")
    assert [line.startswith(f"error: {path}: feature {number}") for number, line in zip((1, 2, 3), lines, strict=True)]


def test_currency_and_ranking_come_from_options(cli, toy):
    """The configured rates stay; without one the price is shown unconverted."""
    toy(one=["a"])
    document = json.loads(cli("compare", "1,2", "--format", "jsonl", "--currency", "usd", "--rank-by", "time").out)

    assert (document["base_currency"], document["ranked_by"]) == ("USD", "time")
    assert document["quotes"][0]["price_in_base"] is None


def test_the_number_of_prices_is_an_option(cli, toy):
    """Zero asks for all."""
    toy(one=[str(number) for number in range(8)])
    counts = [
        len(json.loads(cli("compare", "1,2", "--format", "jsonl", *more).out)["quotes"])
        for more in ([], ["--quotes-per-product", "2"], ["--quotes-per-product", "0"])
    ]

    assert counts == [5, 2, 8]


def test_an_account_has_so_many_seconds(cli, toy, monkeypatch):
    """Afterwards it is a row, and the others' prices are there."""
    real = toys.ToyProvider.find_opportunities

    async def slow(self, request):
        if self.account == "slow":
            await toys.asyncio.sleep(60)
        async for item in real(self, request):
            yield item

    toy(slow=["a"], quick=["b"])
    monkeypatch.setattr(toys.ToyProvider, "find_opportunities", slow)
    document = json.loads(cli("compare", "1,2", "--format", "jsonl", "--timeout", "0.05").out)

    assert [quote["account"] for quote in document["quotes"]] == ["quick"]
    assert [(no["account"], no["code"]) for no in document["refusals"]] == [("slow", "timed-out")]


def test_a_file_is_written_and_standard_output_is_not(cli, toy, tmp_path):
    """With -o everything goes there."""
    toy(one=["a"])
    path = tmp_path / "out.json"
    done = cli("compare", "1,2", "--format", "json", "-o", path)

    assert (done.code, done.out, done.err) == (0, "", "")
    assert len(json.loads(path.read_text())) == 1


# --- opportunities and quote -------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_saved_opportunities_are_priced_later(cli, toy, areas, tmp_path, form):
    """What one command writes the other reads: all of it, or the opportunities of some ids."""
    toy(one=["a"], two=["b"])
    path = tmp_path / "found"
    found = cli("opportunities", areas, "--format", form, "-o", path)
    everything = cli("quote", path, "--format", "json")
    some = cli("quote", path, "--format", "json", "--id", "b")

    assert (found.code, everything.code, some.code) == (0, 0, 0)
    priced = {item["reference"]: len(item["quotes"]) for item in json.loads(everything.out)}
    assert priced == {"first": 2, "second": 1, "third": 2}
    assert [quote["account"] for item in json.loads(some.out) for quote in item["quotes"]] == ["two"] * 3


def test_saved_comparisons_are_priced_again(cli, toy, monkeypatch):
    """Also from standard input, and into another currency."""
    toy(one=["a", "b"])
    saved = cli("compare", "1,2", "--format", "jsonl", "--reference", "x", "--quotes-per-product", "1").out
    standard_input(monkeypatch, saved)
    done = cli("quote", "-", "--format", "jsonl", "--currency", "USD")
    document = json.loads(done.out)

    assert done.code == 0
    assert (document["reference"], document["base_currency"]) == ("x", "USD")
    assert sorted(quote["opportunity"]["id"] for quote in document["quotes"]) == ["a", "b"]


def test_opportunities_are_shown_without_prices(cli, toy):
    """In a table for people."""
    toy(one=["a"])
    done = cli("opportunities", "1,2")

    assert done.code == 0
    assert "1 opportunity" in done.out


def test_a_refused_price_is_a_row(cli, toy, tmp_path, monkeypatch):
    """Said once for all opportunities that it holds for; nothing priced is exit code 1."""

    async def refused(self, opportunity):
        raise QuoteRefusedError(toys.refusal(account="one"))

    toy(one=["a", "b"])
    path = tmp_path / "found.json"
    cli("opportunities", "1,2", "--format", "json", "-o", path)
    monkeypatch.setattr(toys.ToyProvider, "quote", refused)
    done = cli("quote", path, "--format", "jsonl")

    assert done.code == 1
    assert [no["code"] for no in json.loads(done.out)["refusals"]] == ["no-opportunity"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyError("oops"), "adapter-error"), (TimeoutError(), "timed-out")],
)
def test_what_breaks_while_pricing_is_a_row(cli, toy, tmp_path, monkeypatch, error, code):
    """A broken adapter, a price that takes too long."""

    async def broken(self, opportunity):
        raise error

    toy(one=["a"])
    path = tmp_path / "found.json"
    cli("opportunities", "1,2", "--format", "json", "-o", path)
    monkeypatch.setattr(toys.ToyProvider, "quote", broken)
    done = cli("quote", path, "--format", "jsonl")

    assert done.code == 1
    assert [no["code"] for no in json.loads(done.out)["refusals"]] == [code]
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON at line 1, column 1"),
        (b"{", "not JSON at line 1, column 2"),
        (b"[]", "holds no opportunity"),
        (b"{}\n{", "line 1: "),
        (b"[{}]", "element 1: "),
        (b"7", "expected an object"),
        (b"\xff", "not JSON"),
        (b'{"schema": "other/1"}', "'tasking-hub/1' is the schema read here"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_saved_opportunity_is_named_by_file_and_place(cli, toy, tmp_path, content, said):
    """One line, exit code 2."""
    toy(one=["a"])
    path = tmp_path / "found.json"
    path.write_bytes(content)
    done = cli("quote", path)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {path}: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_broken_line_is_named_by_its_number(cli, toy, tmp_path):
    """Empty lines count and do not matter."""
    toy(one=["a"])
    path = tmp_path / "found.jsonl"
    cli("opportunities", "1,2", "--format", "jsonl", "-o", path)
    whole = path.read_text()
    path.write_text(f"\n{whole}\n")
    fine = cli("quote", path)
    path.write_text(f"\n{whole}\n{{")
    done = cli("quote", path)

    assert (fine.code, done.code) == (0, 2)
    assert done.err.startswith(f"error: {path}: line 4: not JSON")


def test_a_file_that_is_too_large_is_not_read(cli, toy, tmp_path, monkeypatch):
    """It says how large it may be."""
    toy(one=["a"])
    monkeypatch.setattr("tasking_hub.cli.saved.MAX_BYTES", 1024**2)
    path = tmp_path / "found.json"
    path.write_bytes(b" " * (1024**2 + 1))
    done = cli("quote", path)

    assert (done.code, done.err) == (2, f"error: {path}: larger than 1 MB: split it into smaller files\n")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["found.json", "--id", "z"], "--id: no opportunity z in found.json"),
        (["missing.json"], "missing.json: cannot be read"),
        (["."], ".: cannot be read"),
    ],
)
def test_what_is_not_there_cannot_be_priced(cli, toy, tmp_path, argv, said):
    """An id, a file."""
    toy(one=["a"])
    cli("opportunities", "1,2", "--format", "json", "-o", "found.json")
    done = cli("quote", *argv)

    assert done.code == 2
    assert said in done.err


def test_opportunities_of_an_account_that_is_gone_are_named(cli, toy):
    """Nobody else's account is asked instead."""
    toy(one=["a"])
    cli("opportunities", "1,2", "--format", "json", "-o", "found.json")
    toy(two=["a"])
    done = cli("quote", "found.json")

    assert done.code == 2
    assert "no account one is configured; configured: two" in done.err


# --- accounts and providers --------------------------------------------------------------------------


def test_accounts_are_listed(cli, toy):
    """For people and as JSON."""
    toy(one=[], two=[])
    table, document = cli("accounts"), cli("accounts", "--format", "json")

    assert (table.code, document.code) == (0, 0)
    assert "one at toy" in table.out
    assert [item["account"] for item in json.loads(document.out)] == ["one", "two"]


def test_accounts_that_cannot_be_asked_have_a_reason(cli, toy, monkeypatch):
    """Where none can be asked the command has failed."""

    async def failed(self):
        raise PermissionDeniedError(status=403, method="GET", url="https://toy.example/me")

    toy(one=[])
    monkeypatch.setattr(toys.ToyProvider, "status", failed)
    table, document = cli("accounts"), cli("accounts", "--format", "json")

    assert (table.code, document.code) == (1, 1)
    assert "answered 403" in " ".join(table.out.split())
    assert [item["code"] for item in json.loads(document.out)] == ["permission"]


def test_a_broken_adapter_does_not_hide_the_other_accounts(cli, toy, monkeypatch):
    """It is a row like any other failure."""
    real = toys.ToyProvider.status

    async def failed(self):
        if self.account == "one":
            raise KeyError
        return await real(self)

    toy(one=[], two=[])
    monkeypatch.setattr(toys.ToyProvider, "status", failed)
    done = cli("accounts", "--format", "json")

    assert done.code == 0
    assert [(item["account"], item.get("code")) for item in json.loads(done.out)] == [
        ("one", "adapter-error"),
        ("two", None),
    ]
    assert "Traceback" not in done.err


def test_providers_need_no_configuration(cli):
    """The three adapters of this distribution are there."""
    table, document = cli("providers"), cli("providers", "--format", "json")

    assert (table.code, document.code) == (0, 0)
    assert {"airbus", "iceye", "planet"} <= {item["name"] for item in json.loads(document.out)}
    assert all(len(line) <= 80 for line in table.out.splitlines())


def test_a_broken_adapter_is_listed_as_such(cli, monkeypatch):
    """It hides no other; alone it is a failure."""
    points = [
        EntryPoint("broken", "no_such_module:Provider", "tasking_hub.providers"),
        EntryPoint("toy", "toys:ToyProvider", "tasking_hub.providers"),
    ]
    monkeypatch.setattr("tasking_hub.cli.providers.Registry", lambda: Registry(points))
    both = cli("providers", "--format", "json")
    table = cli("providers")
    monkeypatch.setattr("tasking_hub.cli.providers.Registry", lambda: Registry(points[:1]))
    alone = cli("providers")

    assert (both.code, table.code, alone.code) == (0, 0, 1)
    assert [(item["name"], item["problem"] is None) for item in json.loads(both.out)] == [
        ("broken", False),
        ("toy", True),
    ]
    assert "no_such_module" in table.out


def test_no_adapter_at_all_is_said(cli, monkeypatch):
    """An empty list would look like a mistake."""
    monkeypatch.setattr("tasking_hub.cli.providers.Registry", lambda: Registry([]))
    done = cli("providers")

    assert (done.code, done.out) == (1, "No adapter is installed.\n")


# --- secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("debug", [[], ["--debug"]])
@pytest.mark.parametrize("argv", [["compare", "1,2"], ["accounts"], ["accounts", "--format", "json"]])
def test_secrets_are_in_no_output(cli, toy, monkeypatch, argv, debug):
    """Whatever fails and however much is logged."""

    async def failed(self, *_args):
        raise RuntimeError(repr(self.settings))
        yield  # pragma: no cover - makes it a generator where one is wanted

    async def status(self):
        raise RuntimeError(repr(self.settings))

    toy(one=["a"])
    monkeypatch.setattr(toys.ToyProvider, "find_opportunities", failed)
    monkeypatch.setattr(toys.ToyProvider, "status", status)
    done = cli(*argv, *debug)

    assert done.code == 1
    assert "hush" not in done.out + done.err
