"""The README's main job: its own command, on the example areas, on any day of the year."""

import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROVIDERS = {"airbus", "iceye", "planet"}


@pytest.fixture
def command(monkeypatch):
    """What the README says to run, in the folder where it is run."""
    monkeypatch.chdir(ROOT)
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Try it", 1)[1]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
    program, *argv = shlex.split(block.strip().splitlines()[-1])
    assert program == ".venv/bin/tasking-hub"
    return argv


@pytest.mark.parametrize("now", ["2026-06-21T00:00:00Z", "2026-12-21T12:00:00Z"])
def test_the_examples_show_every_outcome_on_any_day(cli, command, now):
    """Prices of all three providers, refusals of many kinds, and a row of each account for each place."""
    done = cli(*command, "--now", now, "--format", "jsonl")
    documents = [json.loads(line) for line in done.out.splitlines()]
    quoted = Counter(quote["account"] for document in documents for quote in document["quotes"])
    codes = {refusal["code"] for document in documents for refusal in document["refusals"]}

    assert (done.code, done.err) == (0, "")
    assert quoted.keys() == PROVIDERS
    assert [{row["account"] for row in (*document["quotes"], *document["refusals"])} for document in documents] == [
        PROVIDERS
    ] * len(documents)
    assert len(documents) >= 12
    assert codes >= {
        "area-too-large",
        "area-too-small",
        "area-type",
        "imaging-not-offered",
        "not-in-contract",
        "requirement-not-offered",
        "study-required",
    }


def test_the_table_is_ranked_and_has_all_three_providers(cli, command):
    """What a newcomer sees: ranks, prices in one currency, refusals with a remedy, within 80 columns."""
    done = cli(*command)
    lines = done.out.splitlines()
    ranked = {found[1] for line in lines if (found := re.match(r" *\d+(?:-\d+)? +(\w+) ", line))}

    assert (done.code, done.err) == (0, "")
    assert max(map(len, lines)) <= 80
    assert ranked >= PROVIDERS
    assert sum(line.strip().startswith("Remedy: ") for line in lines) > 10
