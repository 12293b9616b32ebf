"""Buying from the played ICEYE through the adapter: the whole way to files, and every way to fall off it."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import evolve
from shapely import Point

from tasking_hub import (
    InvalidRequestError,
    Order,
    OrderState,
    OutcomeUnknownError,
    PermissionDeniedError,
    Purchase,
    QuoteRefusedError,
    Radar,
    RefusalCode,
    RejectedRequestError,
    Secret,
    TaskRequest,
    UnsupportedActionError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import HttpResponse
from tasking_hub.ordering import Edit
from tasking_hub.registry import Registry
from tasking_hub.report.documents import opportunity_document
from tasking_hub.report.reading import read_opportunity
from tasking_hub.sandbox import SandboxRequest, World
from tasking_hub.testing import SandboxTransport, open_provider
from tasking_hub.testing.stage import read_accounts
from tasking_hub_iceye import IceyeOptions, IceyeProvider
from tasking_hub_iceye.sandbox.catalogue import MAIN, SPENT, UNPRICED

NOW = datetime.fromisoformat("2026-11-23T09:00:00Z")
BASE = "http://127.0.0.1:8080/iceye"
HOUR = 3600.0
TASKS = "/api/tasking/v2/tasks"


@pytest.fixture
def clock():
    """Stands still on a Monday morning."""
    return ManualClock(NOW)


@pytest.fixture
def sandbox(ephemeris, clock):
    """A fresh ICEYE."""
    return IceyeProvider.sandbox()(World(clock=clock, seed=1, ephemeris=ephemeris))


class Dropping(SandboxTransport):
    """Loses the answer to every request of a verb after the work was done."""

    def __init__(self, sandbox, verb):
        super().__init__(sandbox, BASE)
        self._verb = verb

    async def send(self, request):
        answer = await super().send(request)
        if request.method == self._verb and "/tasks" in request.url:
            msg = "the answer broke off"
            raise OutcomeUnknownError(msg, method=request.method, url=request.url)
        return answer


@pytest.fixture
def open_account(sandbox, clock):
    """Opens an account of the sandbox, by name, over another transport and with changed settings where given."""

    def make(name="iceye", transport=None, **changes):
        tables = {**sandbox.accounts(BASE), **sandbox.other_accounts(BASE)}
        # So fast that the clock stands still while requests follow one another.
        settings = evolve(read_accounts(IceyeProvider, tables)[name], requests_per_second=1e9, **changes)
        return open_provider(IceyeProvider, settings, transport or SandboxTransport(sandbox, BASE), clock, account=name)

    return make


@pytest.fixture
def iceye(open_account):
    """The account on v2."""
    return open_account()


async def offer(provider, reference="harbour", options=None, start_h=80.0, **more):
    """A quote for the price page's place."""
    request = TaskRequest(
        **{
            "area": Point(35, 32),
            "window": Window(NOW + timedelta(hours=start_h), NOW + timedelta(hours=start_h + 72)),
            "optical": None,
            "radar": Radar(mode="SPOTLIGHT"),
            "reference": reference,
            "options": {"iceye": options} if options else {},
            **more,
        }
    )
    (found,) = [found async for found in provider.find_opportunities(request)]
    return await provider.quote(found)


async def buy(provider, reference="harbour", **wanted):
    """A task that was placed."""
    quote = await offer(provider, reference, **wanted)
    return await provider.place(Purchase(reference=reference, quote=quote, sent_at=NOW))


async def listed(provider, since=None):
    """All orders that the account shows."""
    return [order async for order in provider.orders(since)]


async def until(provider, clock, order, *states, step_s=HOUR):
    """Waits until an order is in one of these states."""
    for _ in range(400):
        seen = await provider.order(order.id)
        if seen.state in states:
            return seen
        clock.advance(step_s)
    msg = f"never {states}: {seen.state}"
    raise AssertionError(msg)


# --- The whole way -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iceye", "iceye-v1"])
async def test_from_a_quote_to_files(open_account, sandbox, clock, name):
    """Reviewed, placed, decided, taken, delivered: on both versions, with links that lead to bytes."""
    provider = open_account(name)
    extra = {"product_types": ("SICD",)} if name == "iceye" else {"additional_product_types": ("SICD",)}
    quote = await provider.review(await offer(provider, options=IceyeOptions(**extra)))

    order = await provider.place(Purchase(reference="harbour", quote=quote))
    active = await until(provider, clock, order, OrderState.ACCEPTED, step_s=60)
    (planned,) = await provider.acquisitions(active)
    nothing_yet = await provider.deliverables(active)
    ready = await until(provider, clock, order, OrderState.DELIVERING)
    (taken,) = await provider.acquisitions(ready)
    first = await provider.deliverables(ready)
    done = await until(provider, clock, order, OrderState.FULFILLED)
    everything = await provider.deliverables(done)

    assert (order.state, order.price, order.reference) == (OrderState.RECEIVED, quote.price, "harbour")
    assert (planned.taken_at, nothing_yet) == (None, ())
    assert quote.opportunity.window.start <= taken.taken_at <= quote.opportunity.window.end
    assert 20 <= taken.incidence_deg <= 40
    assert {file.name.split("_")[1] for file in first} == {"GRD", "SLC"}
    assert {file.name.split("_")[1] for file in everything} == {"GRD", "SLC", "SICD"}
    assert [event.state for event in done.history] == ["received", "delivering", "fulfilled"]
    for file in everything:
        assert file.expires_at == clock.now() + timedelta(hours=1)
        assert fetched(sandbox, file).status == 200
    clock.advance(HOUR + 1)
    assert fetched(sandbox, everything[0]).status == 403
    assert fetched(sandbox, (await provider.deliverables(done))[0]).status == 200


def fetched(sandbox, file) -> HttpResponse:
    """What a link leads to, without credentials."""
    parts = urlsplit(file.url.removeprefix(BASE))
    return sandbox.answer(SandboxRequest(method="GET", path=parts.path, query=tuple(parse_qsl(parts.query))))


async def test_every_word_of_iceye_is_met_and_mapped(iceye, clock):
    """Over some references, all seven, each with its state."""
    orders = [await buy(iceye, f"task {number}") for number in range(30)]
    await iceye.cancel(orders[0])

    seen = {(order.provider_status, order.state) for order in await listed(iceye)}
    for _ in range(14 * 24):
        clock.advance(HOUR)
        seen |= {(order.provider_status, order.state) for order in await listed(iceye)}

    assert seen == {
        ("RECEIVED", OrderState.RECEIVED),
        ("ACTIVE", OrderState.ACCEPTED),
        ("FULFILLED", OrderState.DELIVERING),
        ("DONE", OrderState.FULFILLED),
        ("REJECTED", OrderState.REJECTED),
        ("FAILED", OrderState.FAILED),
        ("CANCELED", OrderState.CANCELLED),
    }


async def test_a_saved_opportunity_is_bought_by_another_process(open_account):
    """The body stands in the opportunity; nothing is remembered."""
    quote = await offer(open_account())
    saved = opportunity_document(quote.opportunity)

    again = read_opportunity(saved, Registry())
    order = await open_account().place(Purchase(reference="harbour", opportunity=again))

    assert order.raw["imagingMode"] == "SPOTLIGHT"
    assert order.price is None


async def test_a_contract_without_prices_can_be_ordered_from(open_account):
    """There is no quote to review, but a task to place."""
    provider = open_account(contract_id=UNPRICED.id)
    request = TaskRequest(
        area=Point(35, 32),
        window=Window(NOW + timedelta(hours=80), NOW + timedelta(hours=152)),
        optical=None,
        reference="unpriced",
    )
    (found,) = [found async for found in provider.find_opportunities(request)]

    with pytest.raises(QuoteRefusedError) as raised:
        await provider.quote(found)
    order = await provider.place(Purchase(reference="unpriced", opportunity=found))

    assert raised.value.refusal.code is RefusalCode.NO_PRICING_PLAN
    assert (order.state, order.price) == (OrderState.RECEIVED, None)


async def test_a_webhook_is_registered_and_named_by_a_task(iceye):
    """The id goes with the task; an unknown one is refused by ICEYE."""
    hook = await iceye.register_webhook("https://backend.example/iceye")

    order = await buy(iceye, options=IceyeOptions(webhook_id=hook))

    assert order.raw["notifications"] == {"webhook": {"id": hook}}
    with pytest.raises(RejectedRequestError, match="registered webhook"):
        await buy(iceye, "other", options=IceyeOptions(webhook_id="unknown"))


# --- Review ------------------------------------------------------------------------------------------


async def test_a_review_says_todays_price(iceye, clock):
    """The same opportunity, a later moment."""
    quote = await offer(iceye)
    clock.advance(60)

    reviewed = await iceye.review(quote)

    assert (reviewed.price, reviewed.opportunity) == (quote.price, quote.opportunity)
    assert reviewed.quoted_at == quote.quoted_at + timedelta(seconds=60)


async def test_a_review_after_the_notice_is_refused(iceye, clock):
    """12 hours before the window it is too late to order; the remedy says what to do."""
    quote = await offer(iceye)
    clock.advance(68 * HOUR)
    assert (await iceye.review(quote)).price == quote.price
    clock.advance(1)

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.review(quote)

    refusal = raised.value.refusal
    assert (refusal.account, refusal.code) == ("iceye", RefusalCode.DEADLINE_PASSED)
    assert (refusal.limit, refusal.remedy) == (
        "2026-11-26T05:00:00Z",
        "search again: the window then starts after the notice",
    )


async def test_a_review_beyond_the_funds_is_refused(open_account):
    """At the quote it is a note, since ICEYE refuses only the order; at the order it is a refusal."""
    provider = open_account("iceye-dinar", contract_id=SPENT.id)
    quote = await offer(provider)

    with pytest.raises(QuoteRefusedError, match=r"Only 100\.00 EUR can still be spent") as raised:
        await provider.review(quote)

    assert raised.value.refusal.code is RefusalCode.INSUFFICIENT_FUNDS
    assert any("would be refused" in note for note in quote.notes)
    with pytest.raises(PermissionDeniedError) as refused:
        await provider.place(Purchase(reference="harbour", quote=quote))
    assert refused.value.code == "ERR_INSUFFICIENT_FUNDS"
    assert await listed(provider) == []


async def test_a_purchase_is_not_sent_after_the_notice(open_account, sandbox, clock):
    """Nothing leaves, and it is said so in the words of a request that never left."""
    transport = SandboxTransport(sandbox, BASE)
    provider = open_account(transport=transport)
    quote = await offer(provider)
    clock.advance(69 * HOUR)

    with pytest.raises(QuoteRefusedError, match="12 h notice"):
        await provider.place(Purchase(reference="harbour", quote=quote))

    assert not [request for request in transport.requests if request.url.endswith("/tasks")]


async def test_what_holds_no_task_is_not_bought(iceye):
    """An opportunity whose raw was changed."""
    quote = await offer(iceye)
    broken = evolve(quote.opportunity, raw={})

    with pytest.raises(InvalidRequestError):
        await iceye.review(evolve(quote, opportunity=broken))
    with pytest.raises(InvalidRequestError):
        await iceye.place(Purchase(reference="harbour", opportunity=broken))


# --- Found again -------------------------------------------------------------------------------------


async def test_an_unanswered_order_is_found_by_its_reference(open_account, sandbox, clock):
    """Sent once, the answer lost: it is there, with price and reference."""
    lossy = open_account(transport=Dropping(sandbox, "POST"))
    quote = await offer(lossy, options=IceyeOptions(check_feasibility=False))
    purchase = Purchase(reference="harbour", quote=quote, sent_at=clock.now())

    with pytest.raises(OutcomeUnknownError):
        await lossy.place(purchase)
    clock.advance(30)
    found = await open_account().look_up(purchase)

    assert (found.reference, found.price, found.state) == ("harbour", quote.price, OrderState.RECEIVED)
    assert [order.id for order in await listed(lossy)] == [found.id]


async def test_what_was_never_placed_is_not_found(iceye, clock):
    """Other references, other places and earlier orders are not it."""
    quote = await offer(iceye)
    await buy(iceye, "another")
    await buy(iceye, area=Point(34, 32))
    await buy(iceye)
    clock.advance(HOUR)

    assert await iceye.look_up(Purchase(reference="harbour", quote=quote, sent_at=clock.now())) is None
    assert await iceye.look_up(Purchase(reference="harbour", quote=quote, sent_at=NOW)) is not None
    assert await iceye.look_up(Purchase(reference="harbour", quote=quote)) is not None


async def test_a_look_up_reads_every_page(open_account):
    """The order sought may stand on the last one."""
    provider = open_account(tasks_per_page=2)
    orders = [await buy(provider, f"task {number}") for number in range(5)]
    quote = await offer(provider, "task 4")

    found = await provider.look_up(Purchase(reference="task 4", quote=quote, sent_at=NOW))

    assert found.id == orders[-1].id


# --- Following ---------------------------------------------------------------------------------------


async def test_a_list_costs_a_request_a_page(open_account, sandbox):
    """Not one an order; all contracts of the account are in it."""
    transport = SandboxTransport(sandbox, BASE)
    provider = open_account(transport=transport)
    for number in range(7):
        await buy(provider, f"task {number}")
    before = len(transport.requests)

    orders = await listed(provider)

    assert sorted(order.reference for order in orders) == [f"task {number}" for number in range(7)]
    assert len(transport.requests) - before == 1


async def test_a_list_of_changes_leaves_out_what_did_not_change(iceye, clock):
    """An old order that changed is in it, a newer one that did not is not."""
    old = await buy(iceye, start_h=200)
    clock.advance(HOUR)
    other = await buy(iceye, "other", start_h=200)
    clock.advance(HOUR)
    moment = clock.now()
    clock.advance(1)
    await iceye.cancel(await iceye.order(old.id))

    assert [order.id for order in await listed(iceye, moment)] == [old.id]
    assert {order.id for order in await listed(iceye, NOW - timedelta(seconds=1))} == {old.id, other.id}


async def test_nothing_waits_for_the_buyer(iceye):
    """ICEYE asks no questions, so none can be answered."""
    assert [decision async for decision in iceye.decisions()] == []
    with pytest.raises(UnsupportedActionError):
        await iceye.decide(None, accept=True)


# --- Leaving -----------------------------------------------------------------------------------------


async def test_an_order_is_cancelled_for_the_fee_that_was_said(iceye, clock):
    """What `cancellation` says is what ICEYE charges."""
    order = await buy(iceye)
    clock.advance(10 * HOUR)
    (now, *later) = iceye.cancellation(order)
    before = (await iceye.status()).contracts[0].spent

    cancelled = await iceye.cancel(await iceye.order(order.id))

    assert (now.fee_percent, [int(step.fee_percent) for step in later]) == (10, [20, 100])
    assert cancelled.state is OrderState.CANCELLED
    assert (await iceye.status()).contracts[0].spent == before + order.price * (now.fee_percent / 100)
    assert iceye.cancellation(cancelled) == ()
    assert await iceye.cancel(cancelled) == cancelled


async def test_a_stale_order_cannot_be_cancelled_late(iceye, clock):
    """The look that the buyer had is old: ICEYE refuses, and the message says where the order stands."""
    order = await buy(iceye)
    await until(iceye, clock, order, OrderState.DELIVERING)

    with pytest.raises(UnsupportedActionError, match="this is FULFILLED"):
        await iceye.cancel(order)


async def test_a_cancelled_order_can_be_cancelled_from_an_old_look(iceye):
    """It is what the buyer wants; the price stays known."""
    order = await buy(iceye)
    await iceye.cancel(order)

    again = await iceye.cancel(order)

    assert (again.state, again.price) == (OrderState.CANCELLED, order.price)


async def test_a_cancellation_without_an_answer_is_unknown(open_account, sandbox):
    """It is sent once; a later look shows what came of it."""
    order = await buy(open_account())
    transport = Dropping(sandbox, "PATCH")

    with pytest.raises(OutcomeUnknownError):
        await open_account(transport=transport).cancel(order)

    assert [request.method for request in transport.requests].count("PATCH") == 1
    assert (await open_account().order(order.id)).state is OrderState.CANCELLED


async def test_iceye_neither_stops_nor_edits(iceye):
    """The messages say what to do instead."""
    order = Order(account="iceye", provider="iceye", id="1", reference="r", state=OrderState.ACCEPTED)

    with pytest.raises(UnsupportedActionError, match="cancel the task"):
        await iceye.stop(order)
    with pytest.raises(UnsupportedActionError, match="order anew"):
        await iceye.edit(order, Edit(name="other"))


async def test_an_ended_order_has_no_scene_and_no_files(iceye):
    """Asked for or not, there is nothing, which is no error."""
    cancelled = await iceye.cancel(await buy(iceye))

    assert await iceye.acquisitions(cancelled) == ()
    assert await iceye.deliverables(cancelled) == ()
    nameless = evolve(cancelled, id=None, state=OrderState.UNKNOWN)
    assert (await iceye.acquisitions(nameless), await iceye.deliverables(nameless)) == ((), ())


async def test_a_closed_contract_takes_no_orders(open_account):
    """The quote was good; the contract is another's by now."""
    quote = await offer(open_account())
    other = open_account(
        "iceye-dinar",
        api_key=Secret("c2FuZGJveC1pY2V5ZS1vdGhlci1rZXk="),
        client_id=None,
        client_secret=None,
        token_url=None,
    )

    with pytest.raises(QuoteRefusedError) as raised:
        await other.review(quote)

    assert raised.value.refusal.code is RefusalCode.CONFIGURATION
    assert MAIN.id in raised.value.refusal.message
