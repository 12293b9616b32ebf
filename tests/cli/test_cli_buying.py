"""The commands that buy, follow, decide, leave and collect, on a scripted provider."""

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from cli import counter
from orders.observatory import Sky, decision, file, image, received
from orders.shop import Fate
from toys import refusal

from tasking_hub import DownloadError, Money, OrderState, OutcomeUnknownError, QuoteRefusedError, RefusalCode
from tasking_hub.cli.amounts import read_amount, read_drift
from tasking_hub.clock import SystemClock
from tasking_hub.collect import Collected
from tasking_hub.money import Quota

LOST = {"method": "POST", "url": "https://toy.example/orders"}
SAFE = ("--yes", "--max-price", "5000 EUR")


@pytest.fixture
def sky(monkeypatch, toy):
    """One account, which sells; three opportunities from 100 EUR on."""
    monkeypatch.setattr("tasking_hub.cli.running.Registry", counter.registry)
    monkeypatch.setattr(counter.CounterProvider, "sky", Sky(), raising=False)
    monkeypatch.setattr(counter.CounterProvider, "fate", Fate(), raising=False)
    toy(toy=["a", "b", "c"])
    return counter.CounterProvider.sky


@pytest.fixture
def fate(sky):
    """What happens at the counter next."""
    return counter.CounterProvider.fate


@pytest.fixture
def saved(cli, sky, tmp_path):
    """A comparison in a file."""
    path = tmp_path / "saved.json"
    assert cli("compare", "1,2", "--reference", "r-1", "--format", "json", "-o", path).code == 0
    return path


@pytest.fixture
def batch(cli, sky, tmp_path):
    """Comparisons of two areas in a file."""
    features = [
        {"type": "Feature", "properties": {"reference": name}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
        for name in ("r-1", "r-2")
    ]
    areas, path = tmp_path / "areas.geojson", tmp_path / "batch.jsonl"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert cli("compare", areas, "--format", "jsonl", "-o", path).code == 0
    return path


@pytest.fixture
def answering(monkeypatch):
    """Somebody sits at a terminal and types this."""

    def types(text):
        monkeypatch.setattr("tasking_hub.cli.agreeing.on_terminal", lambda: True)
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return types


@pytest.fixture
def ordered(cli, saved):
    """The best quote was bought."""
    assert cli("order", saved, "--rank", "1", *SAFE).code == 0


def become(sky, state, **changes):
    sky.become("R-1", SystemClock().now(), state, **changes)


# --- order -------------------------------------------------------------------------------------------


def test_a_quote_is_bought_once_however_often_it_is_asked_for(cli, saved, fate):
    """The same command again gives the same order."""
    first, again = (cli("order", saved, "--rank", "1", *SAFE) for _ in range(2))

    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out == "r-1  toy  R-1  received (RECEIVED)  100.00 EUR\n"
    assert fate.places == 1


def test_what_is_agreed_to_is_shown_first(cli, saved):
    """Price, terms, what leaving costs and where that is written; the result alone is on standard output."""
    done = cli("order", saved, "--id", "b", "--reference", "mine", *SAFE)

    assert done.out.startswith("mine  toy  MINE  received")
    assert all(
        text in done.err for text in ("101.00 EUR", "STANDARD", "50.50 EUR", "half of the price", "the toy terms")
    )


@pytest.mark.parametrize(("typed", "code", "places"), [("y\n", 0, 1), ("yes\n", 0, 1), ("n\n", 1, 0), ("", 1, 0)])
def test_on_a_terminal_only_a_yes_buys(cli, saved, fate, answering, typed, code, places):
    """Everything else is a no."""
    answering(typed)
    done = cli("order", saved, "--rank", "1")

    assert (done.code, fate.places) == (code, places)
    assert "Order it? [y/N]" in done.err
    assert ("nothing was ordered" in done.err) is (code == 1)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["saved.json", "--rank", "1"], "there is no terminal to ask on: give --yes and --max-price"),
        (["saved.json", "--rank", "1", "--yes"], "say with --max-price how much it may cost"),
        (["saved.json", *SAFE], "holds 3 to choose from: name one with --id or --rank"),
        (["saved.json", "--id", "z", *SAFE], "holds no quote with the id z"),
        (["saved.json", "--rank", "9", *SAFE], "holds no quote with rank 9"),
        (["saved.json", "--rank", "1", "--sandbox", *SAFE], "tasking-hub sandbox -o sandbox.toml"),
        (["saved.json", "--rank", "1", "--yes", "--max-price", "much"], "'much' is not an amount"),
        (["saved.json", "--rank", "1", "--max-drift", "5 captures", *SAFE], "neither percent such as '5%'"),
        (["nowhere.json", *SAFE], "nowhere.json: cannot be read"),
        ([], "give FILE to buy one quote of it, or --all-from FILE"),
        (["saved.json", "--all-from", "saved.json"], "give FILE to buy one quote of it, or --all-from FILE"),
        (["--all-from", "saved.json", "--id", "a", *SAFE], "--id: for one order, not for --all-from"),
        (["--all-from", "saved.json"], "there is no terminal to ask on: give --yes and --max-price"),
    ],
)
def test_what_cannot_be_meant_buys_nothing(cli, saved, fate, argv, said):
    """Exit code 2, a line that says why, nothing on standard output."""
    done = cli("order", *argv)

    assert (done.code, done.out, fate.places) == (2, "", 0)
    assert said in " ".join(done.err.split())


def test_a_price_above_the_limit_buys_nothing(cli, saved, fate):
    """Exit code 1; the same within its limit and drift is bought."""
    fate.changes = {"price": Money(105, "EUR")}
    dear = cli("order", saved, "--rank", "1", "--yes", "--max-price", "104 EUR")
    drifted = cli("order", saved, "--rank", "1", *SAFE, "--max-drift", "4%")
    within = cli("order", saved, "--rank", "1", *SAFE, "--max-drift", "5%")

    assert (dear.code, drifted.code, within.code) == (1, 1, 0)
    assert fate.places == 1


def test_an_unknown_outcome_is_exit_code_3_until_it_is_recovered(cli, saved, fate):
    """Nothing is sent again; the look-up finds the order."""
    fate.after = [OutcomeUnknownError("cut off", **LOST)]
    lost = cli("order", saved, "--rank", "1", *SAFE)
    listed = cli("orders", "--state", "unknown", "--format", "jsonl")
    found = cli("recover")
    again = cli("order", saved, "--rank", "1", *SAFE)

    assert (lost.code, found.code, again.code) == (3, 0, 0)
    assert "recover" in lost.err
    assert json.loads(listed.out)["reference"] == "r-1"
    assert "R-1" in found.out
    assert fate.places == 1


def test_what_was_recovered_is_written_for_machines(cli, saved, fate):
    """As orders are."""
    fate.after = [OutcomeUnknownError("cut off", **LOST)]
    cli("order", saved, "--rank", "1", *SAFE)
    found, nothing = cli("recover", "--format", "jsonl"), cli("recover", "--format", "json")

    assert [json.loads(line)["id"] for line in found.out.splitlines()] == ["R-1"]
    assert (nothing.out, nothing.err) == ("[]\n", "nothing is unknown\n")


def test_what_is_unknown_still_stays_exit_code_3(cli, saved, fate, sky):
    """Recovery that finds nothing within the settling time has not settled it."""
    fate.before = [OutcomeUnknownError("cut off", **LOST)]
    cli("order", saved, "--rank", "1", *SAFE)
    done = [cli("recover"), cli("orders", "--recover")]

    assert [(one.code, "nobody knows" in one.err) for one in done] == [(3, True)] * 2


def test_without_a_price_it_is_ordered_knowingly(cli, sky, fate, tmp_path):
    """Only with --accept-unpriced, and only while there is no price."""
    path = tmp_path / "found.json"
    cli("opportunities", "1,2", "--reference", "r-1", "--format", "json", "-o", path)
    unsaid = cli("order", path, "--id", "a", *SAFE)
    priced = cli("order", path, "--id", "a", "--yes", "--accept-unpriced")
    fate.quoting = QuoteRefusedError(refusal(RefusalCode.STUDY_REQUIRED))
    bought = cli("order", path, "--id", "a", "--yes", "--accept-unpriced", "--reserve", "500 EUR")

    assert (unsaid.code, priced.code, bought.code) == (2, 1, 0)
    assert "--accept-unpriced" in unsaid.err
    assert fate.places == 1


@pytest.fixture
def replacing(saved, sky):
    """The best quote would cancel an order, which is there."""
    document = json.loads(saved.read_text())
    document[0]["quotes"][0]["opportunity"]["replaces"] = [{"id": "OLD-1", "name": "old"}]
    saved.write_text(json.dumps(document))
    sky.orders["OLD-1"] = received("toy", "old-1", SystemClock().now())
    return saved


def test_orders_that_would_be_lost_are_named_one_by_one(cli, replacing, fate):
    """`order` refuses to lose what was not named and does not wait; `replace` needs names."""
    unnamed = cli("order", replacing, "--rank", "1", *SAFE)
    nameless = cli("replace", replacing, "--rank", "1", *SAFE)
    other = cli("replace", replacing, "--rank", "1", "--replaces", "OLD-1", "--replaces", "OLD-2", *SAFE)
    named = cli("order", replacing, "--rank", "1", "--replaces", "OLD-1", *SAFE)

    assert (unnamed.code, nameless.code, other.code, named.code) == (2, 2, 1, 0)
    assert "cancels OLD-1" in unnamed.err
    assert "it would cancel OLD-1, and --replaces names OLD-1, OLD-2" in other.err
    assert fate.places == 1


REPLACING = ("--rank", "1", "--replaces", "OLD-1", "--interval", "0.01", *SAFE)


@pytest.mark.parametrize(
    ("states", "code", "end"),
    [
        (("accepted", "cancelled"), 0, "accepted (ACCEPTED)  replaced OLD-1"),
        (("rejected", "received"), 1, "rejected (REJECTED)  all is as before: OLD-1"),
        (("failed", "cancelled"), 1, "neither replaced nor as before: of OLD-1 there stand none"),
    ],
)
def test_replacing_ends_when_it_is_known_how(cli, replacing, sky, monkeypatch, states, code, end):
    """It looks until both sides are decided, says which it is, and the same command says the same again."""

    async def slept(self, seconds):
        become(sky, OrderState(states[0]))
        sky.become("OLD-1", SystemClock().now(), OrderState(states[1]))

    monkeypatch.setattr("tasking_hub.clock.SystemClock.sleep", slept)
    done = cli("replace", replacing, *REPLACING)
    again = cli("replace", replacing, *REPLACING, "--format", "jsonl")
    told = json.loads(again.out.splitlines()[-1])

    assert (done.code, again.code, counter.CounterProvider.fate.places) == (code, code, 1)
    assert done.out.splitlines()[0] == "r-1  toy  R-1  received (RECEIVED)  100.00 EUR"
    assert end in done.out.splitlines()[1]
    assert "waiting until it is taken on and the old ones are gone; standing: OLD-1 received (RECEIVED)" in done.err
    assert (told["kind"], told["order"]["id"], [order["id"] for order in told["old"]]) == (
        "replacement",
        "R-1",
        ["OLD-1"],
    )


def test_replacing_waits_out_what_passes_and_says_what_an_interruption_leaves(cli, replacing, sky, monkeypatch):
    """A look that fails is repeated; interrupted while it waits, it says that the order was made."""
    sky.failing["order"] = [OutcomeUnknownError("cut off", **LOST)]

    async def slept(self, seconds):
        if not sky.failing["order"] and sky.asked["order"] > 1:
            raise asyncio.CancelledError

    monkeypatch.setattr("tasking_hub.clock.SystemClock.sleep", slept)
    done = cli("replace", replacing, *REPLACING)

    assert done.code == 143
    assert "cut off; looking again" in done.err
    assert "ordered, and whether it replaces them is not known yet: the same command looks again" in done.err


def test_a_replacement_whose_outcome_is_unknown_waits_for_nothing(cli, replacing, sky, fate):
    """Whether it was bought comes first."""
    fate.before = [OutcomeUnknownError("cut off", **LOST)]
    done = cli("replace", replacing, *REPLACING)

    assert (done.code, sky.asked["order"]) == (3, 0)


# --- Waiting and being interrupted -------------------------------------------------------------------


def test_what_was_ordered_before_is_not_asked_about_again(cli, saved, answering):
    """The order is given; no question, no quote that nobody can decline any more."""
    answering("y\n")
    first, again = cli("order", saved, "--rank", "1"), cli("order", saved, "--rank", "1")

    assert (first.code, again.code) == (0, 0)
    assert again.out == first.out
    assert again.err == "r-1: ordered before, and not again\n"


def test_waiting_for_somebody_elses_sending_is_said(cli, saved, fate, monkeypatch):
    """Why nothing happens, until when, and that it may be interrupted."""
    fate.before = [asyncio.CancelledError()]
    cut = cli("order", saved, "--rank", "1", *SAFE)
    monkeypatch.setattr("tasking_hub.clock.SystemClock.sleep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    waiting = cli("order", saved, "--rank", "1", *SAFE)

    assert (cut.code, waiting.code, fate.places) == (143, 130, 1)
    assert "r-1: sent at " in waiting.err
    assert "no answer is written down yet; waiting for it until " in waiting.err


def test_being_interrupted_before_it_was_sent_orders_nothing(cli, saved, monkeypatch):
    """And that is said: the order book knows."""

    async def review(self, quote):
        raise asyncio.CancelledError

    monkeypatch.setattr(counter.CounterProvider, "review", review)
    done = cli("order", saved, "--rank", "1", *SAFE)

    assert (done.code, counter.CounterProvider.fate.places) == (143, 0)
    assert done.err.endswith("r-1: interrupted before it was sent: nothing was ordered\ninterrupted\n")


def test_an_order_that_cannot_be_written_is_said_to_be_ordered(cli, saved, fate, monkeypatch):
    """A full disk behind standard output must not look like a purchase that failed."""

    def full(text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tasking_hub.cli.app.abandon_stdout", lambda: None)
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", SimpleNamespace(write=full, flush=lambda: None, isatty=lambda: False))
        done = cli("order", saved, "--rank", "1", *SAFE)

    assert (done.code, fate.places) == (1, 1)
    assert "r-1 toy R-1 received (RECEIVED) 100.00 EUR (ordered, and could not be written)" in done.err
    assert "No space left on device" in done.err


# --- A batch -----------------------------------------------------------------------------------------


def test_a_batch_buys_one_quote_of_each_comparison_once(cli, batch, fate):
    """Again after a failure half-way it buys what is missing, and nothing twice."""
    fate.before = [None, OutcomeUnknownError("cut off", **LOST)]
    first = cli("order", "--all-from", batch, *SAFE)
    again = cli("order", "--all-from", batch, *SAFE)

    assert (first.code, again.code) == (3, 3)
    assert first.out.splitlines()[0] == "r-1  toy  R-1  received (RECEIVED)  100.00 EUR"
    assert "2 orders: 1 placed (0 known before), 0 not placed, 1 unknown" in first.err
    assert "2 orders: 1 placed (1 known before), 0 not placed, 1 unknown" in again.err
    assert fate.places == 2


def test_a_batch_that_is_interrupted_says_how_to_go_on(cli, batch, monkeypatch):
    """How far it came, and that the same command does the rest, which it does."""
    review = counter.CounterProvider.review

    async def cut(self, quote):
        if quote.opportunity.request.reference == "r-2":
            raise asyncio.CancelledError
        return await review(self, quote)

    with monkeypatch.context() as patched:
        patched.setattr(counter.CounterProvider, "review", cut)
        first = cli("order", "--all-from", batch, *SAFE)
    again = cli("order", "--all-from", batch, *SAFE, "--format", "jsonl")

    assert (first.code, [line.split()[0] for line in first.out.splitlines()]) == (143, ["r-1"])
    assert "1 order: 1 placed (0 known before), 0 not placed, 0 unknown; the same command again goes on" in first.err
    assert [json.loads(line)["reference"] for line in again.out.splitlines()] == ["r-1", "r-2"]
    assert counter.CounterProvider.fate.places == 2


def test_marked_quotes_go_before_ranks(cli, batch, sky):
    """`"chosen": true` in one comparison, the first rank in the other."""
    documents = [json.loads(line) for line in batch.read_text().splitlines()]
    documents[1]["quotes"][2]["chosen"] = True
    batch.write_text("\n".join(map(json.dumps, documents)))
    done = cli("order", "--all-from", batch, "--format", "jsonl", *SAFE)
    prices = [json.loads(line)["price"]["amount"] for line in done.out.splitlines()]

    assert (done.code, prices) == (0, ["100.00", "102.00"])


def test_one_refusal_stops_no_other(cli, batch, fate):
    """The rest is bought; the exit code is 1, and a comparison without a quote is named."""
    documents = [json.loads(line) for line in batch.read_text().splitlines()]
    empty = {**documents[0], "quotes": [], "request": {**documents[0]["request"], "reference": "r-3"}}
    dear = documents[0]["quotes"][0]["price"] | {"amount": "90.00"}
    documents[0]["quotes"][0]["price"] = dear
    batch.write_text("\n".join(map(json.dumps, [*documents, empty])))
    fate.changes = {"price": Money(100, "EUR")}
    done = cli("order", "--all-from", batch, "--yes", "--max-price", "100 EUR", "--max-drift", "1%")

    assert done.code == 1
    assert [line.split()[0] for line in done.out.splitlines()] == ["r-2"]
    assert "2 orders: 1 placed" in done.err
    assert "r-3: no quote to buy" in done.err


def test_a_batch_is_agreed_to_as_a_whole(cli, batch, fate, answering):
    """One question with the sum; a no buys nothing."""
    answering("n\n")
    done = cli("order", "--all-from", batch)

    assert (done.code, fate.places) == (1, 0)
    assert "200.00 EUR" in done.err
    assert "Order 2 orders? [y/N]" in done.err
    assert "leaving it now costs 50.00 EUR (50 % of the price)" in " ".join(done.err.split())


# --- Looking -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ordered")
def test_orders_are_listed_and_chosen(cli):
    """As a table and for machines, by account and state."""
    table, listed = cli("orders"), cli("orders", "--format", "json")
    none = cli("orders", "--account", "other")
    lines = cli("orders", "--state", "received", "--state", "failed", "--format", "jsonl")

    assert table.out.splitlines()[1].split() == ["r-1", "toy", "received", "(RECEIVED)", "R-1", "100.00", "EUR"]
    assert [order["reference"] for order in json.loads(listed.out)] == ["r-1"]
    assert (none.code, none.out, none.err) == (0, "", "no orders\n")
    assert json.loads(lines.out)["id"] == "R-1"


@pytest.mark.usefixtures("ordered")
def test_an_order_is_shown_with_the_dossier_of_its_purchase(cli, saved):
    """For people, for machines, and to be printed; with the comparison that it was chosen from."""
    table = cli("show", "r-1")
    kept = json.loads(cli("show", "r-1", "--format", "json").out)
    dossier = json.loads(cli("show", "r-1", "--format", "json", "--comparison", saved).out)
    printed = cli("show", "r-1", "--format", "markdown", "-o", "dossier.md")
    unknown = cli("show", "r-2")

    assert "received (RECEIVED)" in table.out
    assert dossier["conditions"]["max_price"] == {"amount": "5000.00", "currency": "EUR"}
    assert len(dossier["quotes"]["compared"]) == 3
    assert kept["quotes"] == dossier["quotes"]
    assert kept["comparison"] == dossier["comparison"]
    assert dossier["order"]["id"] == "R-1"
    assert printed.code == 0
    assert (unknown.code, unknown.out) == (1, "")


@pytest.mark.usefixtures("ordered")
def test_a_watch_tells_each_event_once_and_ends(cli, sky):
    """A line each; a named reader goes on where it stopped."""
    sky.images["R-1"], sky.files["R-1"] = [image("R-1")], [file("R-1")]
    become(sky, OrderState.FULFILLED)
    lines = cli("watch", "r-1", "--name", "me", "--interval", "0.01")
    later = cli("watch", "r-1", "--name", "me", "--interval", "0.01", "--format", "jsonl")
    whole = cli("watch", "--since", "0", "--interval", "0.01", "--format", "jsonl")
    kinds = [json.loads(line)["kind"] for line in whole.out.splitlines()]

    assert (lines.code, later.code, later.err) == (0, 0, "")
    assert "state-changed  fulfilled (FULFILLED)" in lines.out
    assert "deliverable-ready  image.tif" in lines.out
    assert "acquisition-proposed  i-1 PROPOSED" in lines.out
    assert len(later.out.splitlines()) <= 1
    assert len(kinds) == len(lines.out.splitlines())
    assert "secret" not in lines.out + whole.out


# --- Deciding ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ordered")
def test_decisions_are_listed_and_answered_once(cli, sky):
    """With who answered; the same answer again is none, since nothing waits any more."""
    sky.waiting = [decision(SystemClock(), cost=Money(7, "EUR")), decision(SystemClock(), "d-2")]
    listed = json.loads(cli("decisions", "--format", "json").out)
    table = cli("decisions")
    dear = cli("accept", "d-1", "--yes", "--max-price", "6 EUR")
    unsaid = cli("accept", "d-1", "--yes")
    unknown = cli("accept", "d-2", "--yes", "--max-price", "6 EUR")
    done = cli("accept", "d-1", "--yes", "--max-price", "7 EUR", "--who", "Ada")
    refused = cli("refuse", "d-2", "--yes", "--who", "Ada")
    gone = cli("refuse", "d-2", "--yes")
    dossier = json.loads(cli("show", "r-1", "--format", "json").out)

    assert [item["id"] for item in listed] == ["d-1", "d-2"]
    assert "7.00 EUR" in table.out
    assert [one.code for one in (dear, unsaid, unknown, done, refused, gone)] == [2, 2, 2, 0, 0, 2]
    assert "d-2: refused by Ada at " in gone.err
    assert " already (taken)" in gone.err
    assert "nothing of that id waits" in cli("accept", "nobody", "--yes").err
    assert sky.decided == [("d-1", True), ("d-2", False)]
    assert [(item["decision_id"], item["who"]) for item in dossier["decisions"]] == [("d-1", "Ada"), ("d-2", "Ada")]


@pytest.mark.usefixtures("ordered")
def test_accepting_asks_on_a_terminal(cli, sky, answering):
    """A no answers nothing; without a terminal a script must say how much."""
    sky.waiting = [decision(SystemClock(), cost=Money(7, "EUR"))]
    silent = [cli("accept", "d-1"), cli("refuse", "d-1")]
    answering("n\ny\n")
    declined, accepted = cli("accept", "d-1"), cli("accept", "d-1")

    assert [one.code for one in (*silent, declined, accepted)] == [2, 2, 1, 0]
    assert sky.decided == [("d-1", True)]


@pytest.mark.usefixtures("ordered")
def test_a_lost_answer_is_exit_code_3(cli, sky):
    """Nobody knows whether the provider has it."""
    sky.waiting = [decision(SystemClock())]
    sky.failing["decide"] = [OutcomeUnknownError("cut off", **LOST)]
    done = cli("accept", "d-1", "--yes", "--accept-unknown-cost")

    assert (done.code, done.out) == (3, "")
    assert "not known to have arrived" in done.err


# --- Leaving -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ordered")
@pytest.mark.parametrize("verb", ["cancel", "stop"])
def test_leaving_costs_what_was_accepted(cli, sky, verb):
    """Shown first; without a fee that is accepted nothing is sent."""
    sky.steps = (counter.STEP,)
    silent = cli(verb, "r-1")
    unsaid = cli(verb, "r-1", "--yes")
    little = cli(verb, "r-1", "--yes", "--accept-fee-up-to", "49 EUR")
    before = sky.asked[verb]
    enough = cli(verb, "r-1", "--yes", "--accept-fee-up-to", "50 EUR")

    assert [one.code for one in (silent, unsaid, little, enough)] == [2, 1, 1, 0]
    assert "error: r-1: leaving costs 50.00 EUR now: say with --accept-fee-up-to how much it may" in unsaid.err
    assert "error: r-1: leaving costs 50.00 EUR now, and --accept-fee-up-to is 49.00 EUR" in little.err
    assert (before, sky.asked[verb]) == (0, 1)
    assert "50.00 EUR" in unsaid.err
    assert "half of the price" in unsaid.err


@pytest.mark.usefixtures("ordered")
def test_a_yes_on_a_terminal_accepts_the_fee_that_is_shown(cli, sky, answering):
    """A no leaves the order as it is."""
    sky.steps = (counter.STEP,)
    answering("n\ny\n")
    declined, accepted = cli("cancel", "r-1"), cli("cancel", "r-1")

    assert (declined.code, accepted.code, sky.asked["cancel"]) == (1, 0, 1)
    assert "cancelled" in accepted.out


@pytest.mark.usefixtures("ordered")
def test_an_unknown_fee_must_be_accepted(cli, sky):
    """Where nobody says what leaving costs; no answer to it is exit code 3."""
    sky.failing["cancel"] = [OutcomeUnknownError("cut off", **LOST)]
    unsaid = cli("cancel", "r-1", "--yes", "--accept-fee-up-to", "500 EUR")
    lost = cli("cancel", "r-1", "--yes", "--accept-unknown-fee")
    done = cli("cancel", "r-1", "--yes", "--accept-unknown-fee")

    assert (unsaid.code, lost.code, done.code) == (1, 3, 0)
    assert "add --accept-unknown-fee to leave all the same" in unsaid.err


@pytest.mark.usefixtures("ordered")
def test_an_order_is_changed(cli, sky):
    """By at least one of its facts."""
    nothing, done = cli("edit", "r-1"), cli("edit", "r-1", "--name", "other", "--rank", "2")

    assert (nothing.code, done.code, sky.asked["edit"]) == (2, 0, 1)


# --- Collecting --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ordered")
def test_nothing_ready_yet_is_no_error(cli):
    """An empty collection of items, no file."""
    table, listed = cli("deliverables", "r-1"), cli("deliverables", "r-1", "--format", "json")
    fetched = cli("download", "r-1", "files")

    assert (table.code, listed.code, fetched.code) == (0, 0, 0)
    assert json.loads(listed.out) == {"type": "FeatureCollection", "features": []}
    assert "nothing is ready yet" in table.err
    assert "nothing is ready yet" in fetched.err


@pytest.mark.usefixtures("ordered")
def test_of_what_came_to_nothing_no_file_is_on_the_way(cli, sky, clock):
    """Whoever asks is not told to wait."""
    sky.become("R-1", clock.now(), OrderState.REJECTED, "DECLINED")
    cli("watch", "r-1")

    listed, fetched = cli("deliverables", "r-1"), cli("download", "r-1", "files")

    assert (listed.code, fetched.code) == (0, 0)
    assert {listed.err, fetched.err} == {"r-1: it ended rejected (DECLINED), and there are no files\n"}


@pytest.mark.usefixtures("ordered")
def test_a_file_that_cannot_be_fetched_is_exit_code_1(cli, sky, monkeypatch):
    """Named, without its signed link; it is listed all the same, and the others are there."""

    async def collected(self, order, folder, *, progress):
        yield Collected(deliverable=file("R-1", "other.tif"), path=folder / "other.tif")
        yield Collected(deliverable=file("R-1"), error=DownloadError("the disk is full"))

    monkeypatch.setattr("tasking_hub.Hub.download", collected)
    sky.files["R-1"] = [file("R-1")]
    table, fetched = cli("deliverables", "r-1"), cli("download", "r-1", "files")

    assert (table.code, fetched.code) == (0, 1)
    assert "image.tif" in table.out
    assert fetched.out == "files/other.tif\n"
    assert fetched.err == "image.tif: error: the disk is full\n"


@pytest.mark.usefixtures("ordered")
def test_an_interrupted_download_says_that_it_goes_on(cli, monkeypatch):
    """What has come is kept."""

    async def collected(self, order, folder, *, progress):
        raise asyncio.CancelledError
        yield

    monkeypatch.setattr("tasking_hub.Hub.download", collected)
    done = cli("download", "r-1", "files")

    assert done.code == 143
    assert "r-1: what has come is kept: the same command goes on where this one stopped" in done.err


# --- Words -------------------------------------------------------------------------------------------


def test_amounts_are_money_or_quota():
    """A known currency is money, whatever its case."""
    assert read_amount("5000 EUR") == read_amount("5000eur") == Money(5000, "EUR")
    assert read_amount("1.50 captures").unit == "captures"
    assert isinstance(read_amount("2 km2"), Quota)


@pytest.mark.parametrize("text", ["", "EUR", "5000", "-1 EUR", "5,000 EUR", "5%"])
def test_other_words_are_no_amounts(text):
    """None is taken for something near it."""
    with pytest.raises(ValueError, match="is not an amount"):
        read_amount(text)


@pytest.mark.parametrize("text", ["5", "5 captures", "%", "5% EUR"])
def test_a_drift_is_percent_or_money(text):
    """Nothing else."""
    assert read_drift("5 %") == 5
    assert read_drift("100 EUR") == Money(100, "EUR")
    with pytest.raises(ValueError, match=r"percent|amount"):
        read_drift(text)


def test_a_missing_extra_is_named(cli, saved, fate):
    """In a process where the order book's dependency is not installed: exit code 2, and which extra brings it."""
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from tasking_hub.cli import main; main(['orders', '--config', 'played.toml'])"
    )
    Path("played.toml").write_text('[accounts.airbus]\napi_key = "x"\n')
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert 'pip install "tasking-hub[orders]"' in done.stderr
    assert done.stderr.count("\n") == 1


def test_being_interrupted_while_ordering_says_what_to_do(cli, saved, fate):
    """Nobody knows then whether it was bought."""
    fate.before = [asyncio.CancelledError()]
    done = cli("order", saved, "--rank", "1", *SAFE)

    assert (done.code, fate.places) == (143, 1)
    assert "`tasking-hub recover` looks it up" in done.err
