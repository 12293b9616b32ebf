"""All installed adapters over one real socket, as `--sandbox` runs them."""

from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from tasking_hub import RefusalCode, TaskRequest, Window
from tasking_hub.hub import Hub
from tasking_hub.sandbox import Fault, Sandbox, SandboxClock

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALL = {"airbus", "iceye", "planet"}


def toulouse() -> TaskRequest:
    """A small rectangle, from the day after tomorrow on, for a week."""
    start = NOW + timedelta(days=2)
    return TaskRequest(
        area=box(1.43, 43.59, 1.46, 43.61), window=Window(start, start + timedelta(days=6)), reference="toulouse"
    )


@pytest.fixture
async def sandbox():
    """Everything that is installed, at a known time."""
    async with Sandbox(clock=SandboxClock(NOW)) as running:
        yield running


@pytest.fixture
async def hub(sandbox):
    """A hub with the ready config."""
    async with Hub.from_config(sandbox.config, clock=sandbox.clock) as opened:
        yield opened


async def test_every_provider_quotes_in_one_currency(sandbox, hub):
    """Rows of all three, all priced in euros by the ready config's rates, and every request was understood."""
    comparison = await hub.compare(toulouse(), quotes_per_product=1)

    assert {ranked.quote.opportunity.account for ranked in comparison.quotes} == ALL
    assert {ranked.price_in_base.currency for ranked in comparison.quotes if ranked.price_in_base} == {"EUR"}
    assert [ranked.quote for ranked in comparison.quotes if ranked.price_in_base is None] == []
    assert {record.provider for record in sandbox.requests} == ALL
    assert [record for record in sandbox.requests if record.status not in {200, 201, 202}] == []


async def test_one_provider_down_hides_no_other(sandbox, hub):
    """While one provider fails, its account is a row that says so, and the others are priced."""
    sandbox.faults.add(Fault(kind="html", status=502, provider="airbus"))
    comparison = await hub.compare(toulouse(), quotes_per_product=1)

    assert {ranked.quote.opportunity.account for ranked in comparison.quotes} == ALL - {"airbus"}
    assert [(refusal.account, refusal.code) for refusal in comparison.refusals] == [("airbus", RefusalCode.UNAVAILABLE)]


async def test_no_credential_of_the_ready_config_is_written_down(sandbox, hub):
    """The log of a whole comparison holds none of the accounts' credentials."""
    await hub.compare(toulouse(), quotes_per_product=1)
    names = ("api_key", "client_secret", "password")
    secrets = [table[name] for table in sandbox.config["accounts"].values() for name in names if name in table]
    log = repr(sandbox.requests)

    assert len(secrets) >= len(ALL)
    assert [secret for secret in secrets if secret in log] == []
