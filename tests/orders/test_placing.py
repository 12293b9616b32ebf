"""Placing: reviewed, within the limits, durable before it is sent, sent once, recorded."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from attrs import evolve
from orders.shop import WHERE, Ledger, ShopProvider, an_offer, euros, registry
from toys import ToyProvider, ToySettings, opportunity, request

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    NotFoundError,
    OrderConflictError,
    OrderingError,
    OrderState,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuoteChangedError,
    QuoteRefusedError,
    RateLimitedError,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    ReplacedOrder,
    Terms,
    UnknownOrderError,
    UnsentRequestError,
)
from tasking_hub.orders import Placer, Stage

NOT_PROCESSED = [
    AuthenticationError(status=401, **WHERE),
    RateLimitedError(status=429, **WHERE),
    UnsentRequestError("no connection", **WHERE),
]
REFUSED = [
    RejectedRequestError(status=422, provider_message="the area is too large", **WHERE),
    PermissionDeniedError(status=403, **WHERE),
    NotFoundError(status=404, **WHERE),
]
STOPPED_HERE = [
    QuoteRefusedError(
        Refusal(account="toy", provider="toy", code=RefusalCode.NO_OPPORTUNITY, message="the window has begun")
    ),
    InvalidRequestError("this is no window of the shop's", "opportunity"),
]
UNANSWERED = [
    OutcomeUnknownError("no answer within 60 s", **WHERE),
    ProviderUnavailableError(status=502, **WHERE),
    MalformedResponseError(["not JSON @ $"], **WHERE),
    TimeoutError(),
]
MISTAKES = [ValueError("a mistake in an adapter"), ConfigurationError("no such host")]


def named(error):
    return type(error).__name__


def steps(order):
    return [step.state.value for step in order.history]


# --- The whole way -----------------------------------------------------------------------------------


async def test_a_quote_is_bought_once_and_recorded(placer, book, ledger, clock):
    """One sale, one order, every step with its time, and the book shows what the caller got."""
    order = await placer.place(an_offer(clock))

    assert ledger.sales() == [("r-1", "S-1")]
    assert (order.id, order.state, order.provider_status) == ("S-1", OrderState.RECEIVED, "RECEIVED")
    assert (steps(order), {step.at for step in order.history}) == (["intended", "sent", "received"], {clock.now()})
    assert await book.show("r-1") == order
    assert (await book.show("r-1")).raw == {"id": "S-1"}


async def test_every_stage_is_told_in_order(book, shop, clock):
    """Each stage is told when it is durable and before the next one begins."""
    told = []
    placer = Placer(
        book, {"toy": shop}, registry=registry(), clock=clock, reached=lambda stage, name: told.append((stage, name))
    )
    await placer.place(an_offer(clock))

    assert told == [(stage, "r-1") for stage in Stage]


async def test_it_is_marked_as_sent_before_it_is_sent(placer, book, fate, clock):
    """Whoever dies while the shop works leaves word that something was sent, and when."""
    found = []

    async def look():
        found.append(await book.find("r-1"))

    fate.before = [look]
    await placer.place(an_offer(clock))

    assert [(intent.state, intent.sent_at) for intent in found] == [(OrderState.SENT, clock.now())]


# --- The same reference ------------------------------------------------------------------------------


async def test_the_same_reference_again_is_the_same_order(placer, ledger, fate, clock):
    """Asked a second time, also with a fresh quote at another price, nothing is sent."""
    first = await placer.place(an_offer(clock))
    clock.advance(60)
    again = await placer.place(an_offer(clock, price=euros(90)))

    assert again == first
    assert (fate.places, len(ledger.sales())) == (1, 1)


async def test_callers_at_the_same_time_get_the_same_order(placer, ledger, clock):
    """Of ten that place one reference at once, one sends and all get its order."""
    orders = await asyncio.gather(*(placer.place(an_offer(clock)) for _ in range(10)))

    assert {order.id for order in orders} == {"S-1"}
    assert ledger.sales() == [("r-1", "S-1")]


@pytest.mark.parametrize(
    "other",
    [
        lambda clock: an_offer(clock, id="o-2"),
        lambda clock: an_offer(clock, product="Other"),
        lambda clock: an_offer(clock, account="second"),
        lambda clock: an_offer(clock, request=request(licence="L2")),
        lambda clock: evolve(an_offer(clock), terms=Terms(licence="other")),
    ],
    ids=["opportunity", "product", "account", "request", "terms"],
)
async def test_another_purchase_under_a_taken_reference_is_refused(book, shop, ledger, clock, other):
    """A reference is one purchase over all accounts, whatever differs."""
    second = ShopProvider("second", ledger, clock)
    placer = Placer(book, {"toy": shop, "second": second}, registry=registry(), clock=clock)
    await placer.place(an_offer(clock))

    with pytest.raises(OrderConflictError, match="r-1: this reference is another purchase"):
        await placer.place(other(clock))
    assert len(ledger.sales()) == 1


async def test_a_reference_can_be_given(placer, ledger, clock):
    """Two quotes of one request are two purchases under two references."""
    await placer.place(an_offer(clock))
    order = await placer.place(an_offer(clock), reference="r-2")

    assert (order.reference, ledger.sales()[1]) == ("r-2", ("r-2", "S-2"))


async def test_a_reference_must_be_printable(placer, ledger, clock):
    """What no provider could echo is refused before anything is written."""
    with pytest.raises(InvalidRequestError, match="reference"):
        await placer.place(an_offer(clock), reference="a\nb")
    assert ledger.sales() == []


# --- No ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", NOT_PROCESSED, ids=named)
async def test_what_was_not_processed_may_be_sent_again(placer, book, ledger, fate, clock, error):
    """A 401, a 429 and no connection leave an intent, which the caller's next call sends."""
    fate.before = [error]
    with pytest.raises(type(error)):
        await placer.place(an_offer(clock))
    left = await book.show("r-1")
    order = await placer.place(an_offer(clock))

    assert (left.state, steps(left)) == (OrderState.INTENDED, ["intended", "sent", "intended"])
    assert steps(order) == ["intended", "sent", "intended", "sent", "received"]
    assert ledger.sales() == [("r-1", "S-1")]


@pytest.mark.parametrize("error", REFUSED, ids=named)
async def test_what_was_refused_was_not_placed(placer, book, ledger, fate, clock, error):
    """The provider's no is raised, recorded with its words, and stands for whoever asks again."""
    fate.before = [error]
    with pytest.raises(type(error)):
        await placer.place(an_offer(clock))
    again = await placer.place(an_offer(clock))

    assert (again.state, again.id) == (OrderState.NOT_PLACED, None)
    assert str(error) in again.history[-1].note
    assert (ledger.sales(), fate.places) == ([], 1)
    assert await book.unsettled() == []


@pytest.mark.parametrize("error", STOPPED_HERE, ids=named)
async def test_what_its_own_adapter_stops_was_not_placed(placer, book, ledger, fate, clock, error):
    """A no of the adapter's own check is known to have sent nothing: raised, recorded with its reason, over."""
    fate.before = [error]
    with pytest.raises(type(error)):
        await placer.place(an_offer(clock))
    again = await placer.place(an_offer(clock))

    assert (again.state, again.id) == (OrderState.NOT_PLACED, None)
    assert str(error) in again.history[-1].note
    assert (ledger.sales(), fate.places) == ([], 1)
    assert await book.unsettled() == []


# --- No answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sold", [True, False], ids=["sold", "not sold"])
@pytest.mark.parametrize("error", UNANSWERED, ids=named)
async def test_a_lost_answer_is_unknown_then_looked_up(placer, book, ledger, fate, clock, error, sold):
    """It is told as such, never sent again, and settled by looking: found, or absent after the settling time."""
    setattr(fate, "after" if sold else "before", [error])
    unknown = await placer.place(an_offer(clock))
    clock.advance(59)
    (early,) = await placer.recover()
    clock.advance(1)
    await placer.recover()
    settled = await book.show("r-1")

    assert (unknown.state, unknown.id) == (OrderState.UNKNOWN, None)
    assert early.state is (OrderState.RECEIVED if sold else OrderState.UNKNOWN)
    assert settled.state is (OrderState.RECEIVED if sold else OrderState.NOT_PLACED)
    assert fate.places == 1
    assert [id_ for _, id_ in ledger.sales()] == ([settled.id] if sold else [])


@pytest.mark.parametrize("error", MISTAKES, ids=named)
async def test_an_unexpected_error_is_raised_and_unknown(placer, book, fate, clock, error):
    """Nobody can tell what a mistake came after, so it is looked up like a lost answer."""
    fate.after = [error]
    with pytest.raises(type(error)):
        await placer.place(an_offer(clock))

    assert (await book.show("r-1")).state is OrderState.UNKNOWN
    assert [order.id for order in await placer.recover()] == ["S-1"]


async def test_cancelled_while_sending_it_stays_sent(placer, book, ledger, fate, clock):
    """A cancelled caller loses nothing: the book says sent, and a look finds the order."""
    started = asyncio.Event()

    async def hang():
        started.set()
        await asyncio.Event().wait()

    fate.after = [hang]
    task = asyncio.create_task(placer.place(an_offer(clock)))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await book.show("r-1")).state is OrderState.SENT
    assert [order.id for order in await placer.recover()] == ["S-1"]


async def test_cancelled_after_the_answer_it_is_recorded(placer, book, fate, clock):
    """An answer that is there is written down before the cancellation goes on."""
    tasks = []
    fate.after = [lambda: tasks[0].cancel() and None]
    tasks.append(asyncio.create_task(placer.place(an_offer(clock))))
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]

    assert (await book.show("r-1")).state is OrderState.RECEIVED


async def test_a_provider_that_never_answers_is_given_up(book, shop, fate, clock):
    """Sending ends in time, so that an absence can be believed later."""
    fate.after = [lambda: asyncio.Event().wait()]
    placer = Placer(book, {"toy": shop}, registry=registry(), clock=clock, sending_s=0.05)

    assert (await placer.place(an_offer(clock))).state is OrderState.UNKNOWN


async def test_placing_again_looks_up_what_is_unknown(placer, ledger, fate, clock):
    """Who forgot to recover and places again gets the order that exists."""
    fate.after = [UNANSWERED[0]]
    await placer.place(an_offer(clock))
    order = await placer.place(an_offer(clock))

    assert (order.id, order.state) == ("S-1", OrderState.RECEIVED)
    assert len(ledger.sales()) == 1


async def test_an_unknown_word_is_not_an_unknown_outcome(placer, book, fate, clock):
    """An order with an id that is in no known state is placed: it is followed, not looked up."""
    fate.after = [UNANSWERED[0]]
    await placer.place(an_offer(clock))
    await placer.recover()
    word = evolve(await book.show("r-1"), state=OrderState.UNKNOWN, provider_status="PONDERING", history=())
    recorded = await book.record(word)

    assert (recorded.state, recorded.provider_status) == (OrderState.UNKNOWN, "PONDERING")
    assert await book.unsettled() == []


async def test_who_waited_for_somebody_elses_sending_reviews_anew(placer, book, shop, ledger, fate, clock, monkeypatch):
    """The other's request was refused unprocessed; a review from before that is not bought on."""
    review, both, sending, reviews = shop.review, asyncio.Event(), asyncio.Event(), []

    async def refused():
        sending.set()
        while not clock.slept:  # noqa: ASYNC110 - until the second caller waits, of which only the clock tells
            await asyncio.sleep(0)
        fate.price = euros(200)
        raise NOT_PROCESSED[1]

    async def slow(quote):
        reviews.append(await review(quote))
        if len(reviews) == 1:
            await both.wait()
        elif len(reviews) == 2:
            both.set()
            await sending.wait()
        return reviews[-1]

    fate.before = [refused]
    monkeypatch.setattr(shop, "review", slow)
    first, second = (asyncio.create_task(placer.place(an_offer(clock))) for _ in range(2))

    refusals = await asyncio.gather(first, second, return_exceptions=True)

    changed = next(error for error in refusals if isinstance(error, QuoteChangedError))
    assert {type(error) for error in refusals} == {RateLimitedError, QuoteChangedError}
    assert changed.changes == {"price": (euros(100), euros(200))}
    assert ledger.sales() == []


async def test_the_book_has_what_the_last_caller_agreed_to(placer, book, fate, clock):
    """Placed again with other conditions after an unprocessed sending, these are what the purchase was made under."""
    fate.before = [NOT_PROCESSED[1]]
    with pytest.raises(RateLimitedError):
        await placer.place(an_offer(clock), max_price=euros(100))
    fate.price = euros(110)
    await placer.place(an_offer(clock, price=euros(105)), max_price=euros(120), max_drift=10)
    intent = await book.intent("r-1")

    assert (intent.max_price, intent.max_drift) == (euros(120), 10)
    assert [intent.accepted["price"]["amount"], intent.bought["price"]["amount"]] == ["105.00", "110.00"]
    assert intent.committed == euros(110)


# --- Recovery ----------------------------------------------------------------------------------------


async def _leave_sent(placer, fate, clock):
    fate.before = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await placer.place(an_offer(clock))


async def test_a_sender_may_still_be_waiting_for_its_turn(placer, book, fate, clock):
    """What is only known as sent is absent no sooner than a living sender must have given up."""
    await _leave_sent(placer, fate, clock)
    states = []
    for seconds in (60, 179, 1):
        clock.advance(seconds)
        states += [order.state.value for order in await placer.recover()]

    assert states == ["sent", "sent", "not-placed"]


async def test_a_look_up_that_fails_settles_nothing(placer, book, fate, clock, caplog):
    """Long after the settling time too: no answer is not an absence."""
    await _leave_sent(placer, fate, clock)
    clock.advance(3600)
    fate.looking = [ProviderUnavailableError(status=503, **WHERE), KeyError("id")]
    states = [(await placer.recover())[0].state for _ in range(3)]

    assert states == [OrderState.SENT, OrderState.SENT, OrderState.NOT_PLACED]
    assert "stays sent" in caplog.text


async def test_one_accounts_failure_leaves_the_others_settled(book, shop, ledger, fate, clock):
    """Accounts are looked at side by side; one that is no longer configured stays as it is."""
    second = ShopProvider("second", ledger, clock)
    both = Placer(book, {"toy": shop, "second": second}, registry=registry(), clock=clock)
    fate.after, second.fate.after = [UNANSWERED[0]], [UNANSWERED[0]]
    await both.place(an_offer(clock))
    await both.place(an_offer(clock, "r-2", account="second"))
    alone = Placer(book, {"toy": shop}, registry=registry(), clock=clock)
    orders = {order.reference: order.state for order in await alone.recover()}

    assert orders == {"r-1": OrderState.RECEIVED, "r-2": OrderState.UNKNOWN}


async def test_an_order_that_shows_up_after_all_is_followed(placer, book, ledger, fate, clock):
    """Settled as absent, then answered: where money is at stake the provider is right."""
    release, started = asyncio.Event(), asyncio.Event()

    async def hang():
        started.set()
        await release.wait()

    fate.before = [hang]
    task = asyncio.create_task(placer.place(an_offer(clock)))
    await started.wait()
    clock.advance(241)
    (absent,) = await placer.recover()
    release.set()
    order = await task

    assert absent.state is OrderState.NOT_PLACED
    assert (order.state, order.id) == (OrderState.RECEIVED, "S-1")
    assert (await book.show("r-1")) == order


async def test_resending_is_a_new_purchase_of_what_was_not_placed(placer, ledger, fate, clock):
    """Only on the caller's word, only what is known not to exist, and under a reference of its own."""
    fate.before = [REFUSED[0]]
    with pytest.raises(RejectedRequestError):
        await placer.place(an_offer(clock), max_price=euros(120))
    order = await placer.resend("r-1", again_as="r-1b")

    assert (order.reference, order.state) == ("r-1b", OrderState.RECEIVED)
    assert ledger.sales() == [("r-1b", "S-1")]


async def test_resending_twice_buys_once(placer, book, shop, ledger, fate, clock):
    """Two at once, and one more after a restart: the new reference follows from the old one."""
    fate.before = [REFUSED[0]]
    with pytest.raises(RejectedRequestError):
        await placer.place(an_offer(clock))
    orders = await asyncio.gather(placer.resend("r-1"), placer.resend("r-1"))
    restarted = Placer(book, {"toy": shop}, registry=registry(), clock=clock)
    orders += [await restarted.resend("r-1")]

    assert [order.reference for order in orders] == ["r-1-again"] * 3
    assert ledger.sales() == [("r-1-again", "S-1")]


async def test_what_was_resent_in_vain_is_resent_under_the_next_reference(placer, ledger, fate, clock):
    """Each try has its own reference, with the prefix of the first."""
    fate.before = [REFUSED[0]] * 3
    with pytest.raises(RejectedRequestError):
        await placer.place(an_offer(clock))
    for reference in ("r-1", "r-1-again"):
        with pytest.raises(RejectedRequestError):
            await placer.resend(reference)
    order = await placer.resend("r-1-again2")

    assert order.reference == "r-1-again3"
    assert ledger.sales() == [("r-1-again3", "S-1")]


async def test_two_references_that_the_provider_takes_for_one_disturb_nobody_else(placer, book, ledger, fate, clock):
    """An order that belongs to another reference already is not given to a second; all others are settled."""
    await placer.place(an_offer(clock, "r-1"))
    fate.before = [UNANSWERED[0]] * 2
    await placer.place(an_offer(clock, "twin of r-1"))
    await placer.place(an_offer(clock, "r-2"))
    found = ledger.find
    clock.advance(3600)
    orders = await _recovered(placer, lambda name, account: found(name.removeprefix("twin of "), account))

    assert orders == {"twin of r-1": OrderState.UNKNOWN, "r-2": OrderState.NOT_PLACED}
    assert (await book.show("r-1")).id == "S-1"


async def _recovered(placer, find):
    """What recovery says where the shop finds orders in its own way."""
    shop = placer._providers["toy"]
    shop.ledger = SimpleNamespace(find=find)
    return {order.reference: order.state for order in await placer.recover()}


async def test_what_may_exist_is_not_resent(placer, fate, clock):
    """Placed, or of unknown outcome: neither is ordered again."""
    fate.before = [UNANSWERED[0]]
    await placer.place(an_offer(clock))

    with pytest.raises(OrderingError, match="only what was not placed can be ordered again; this is unknown"):
        await placer.resend("r-1")
    with pytest.raises(UnknownOrderError, match="r-9: the order book has no such reference"):
        await placer.resend("r-9")


# --- Orders without an id ----------------------------------------------------------------------------


async def test_an_order_without_an_id_is_looked_up_for_it(placer, book, ledger, fate, clock):
    """Where the answer names none, the caller and the book get it from a look."""
    fate.nameless = True
    order = await placer.place(an_offer(clock))

    assert (order.id, order.state) == ("S-1", OrderState.RECEIVED)
    assert await book.show("r-1") == order
    assert await book.unnamed() == []
    assert len(ledger.sales()) == 1


@pytest.mark.parametrize("state", [OrderState.RECEIVED, OrderState.UNKNOWN])
async def test_an_order_without_an_id_is_placed_all_the_same(placer, book, shop, fate, clock, monkeypatch, state):
    """The provider said that it has it: it is looked up for as long as it takes and never taken for absent."""
    fate.nameless, fate.looking = True, [UNANSWERED[0]]
    sold = shop.sold
    monkeypatch.setattr(shop, "sold", lambda *facts: sold(*facts, state=state))
    order = await placer.place(an_offer(clock))
    kept = shop.ledger
    monkeypatch.setattr(shop, "ledger", Ledger(kept.path.with_name("empty.db")))
    clock.advance(3600)
    (absent,) = await placer.recover()
    monkeypatch.setattr(shop, "ledger", kept)
    (found,) = await placer.recover()

    assert (order.id, order.state) == (absent.id, absent.state) == (None, state)
    assert (found.id, found.state) == ("S-1", state)
    assert await placer.recover() == ()


async def test_an_order_without_an_id_is_recorded_by_reference_only(placer, book, fate, clock):
    """A look that names no order is no look at any of them."""
    fate.nameless, fate.looking = True, [UNANSWERED[0]]
    order = await placer.place(an_offer(clock))

    assert await book.record(evolve(order, state=OrderState.FAILED)) is None
    assert (await book.show("r-1")).state is OrderState.RECEIVED


# --- The review --------------------------------------------------------------------------------------

LOST = ReplacedOrder(id="old-1")


@pytest.mark.parametrize(
    ("price", "allowed", "refused"),
    [
        (100, {}, None),
        (90, {}, None),
        ("100.01", {}, "price"),
        (105, {"max_drift": 5}, None),
        ("105.01", {"max_drift": 5}, "price"),
        (107, {"max_drift": euros(7)}, None),
        ("107.01", {"max_drift": euros(7)}, "price"),
        (150, {"max_price": euros(150)}, None),
        ("150.01", {"max_price": euros(150)}, "max_price"),
        (105, {"max_price": euros(150), "max_drift": 4}, "price"),
        (100, {"max_price": euros("99.99")}, "max_price"),
        (100, {"max_price": Money(Decimal(500), "USD")}, "max_price"),
    ],
)
async def test_dearer_only_as_far_as_allowed(placer, book, ledger, fate, clock, price, allowed, refused):
    """Cheaper is welcome, dearer needs the buyer's word; the difference is named, and nothing is written or sent."""
    fate.price = euros(price)
    if refused is None:
        assert (await placer.place(an_offer(clock), **allowed)).price == euros(price)
        return
    with pytest.raises(QuoteChangedError, match=refused) as caught:
        await placer.place(an_offer(clock), **allowed)

    assert list(caught.value.changes) == [refused]
    assert caught.value.changes[refused][1] == euros(price)
    assert (await book.find("r-1"), ledger.sales()) == (None, [])


@pytest.mark.parametrize(
    ("named", "offer", "refused"),
    [
        ((), {}, None),
        (("old-1",), {"replaces": (LOST,)}, None),
        ((), {"replaces": (LOST,)}, "replaces"),
        (("old-1",), {}, "replaces"),
        (("old-1", "old-2"), {"replaces": (LOST,)}, "replaces"),
    ],
)
async def test_exactly_the_named_orders_are_replaced(placer, ledger, clock, named, offer, refused):
    """Neither more nor fewer orders are lost than the buyer names."""
    if refused is None:
        await placer.place(an_offer(clock, **offer), replaces=named)
        assert len(ledger.sales()) == 1
        return
    with pytest.raises(QuoteChangedError) as caught:
        await placer.place(an_offer(clock, **offer), replaces=named)

    assert (list(caught.value.changes), ledger.sales()) == ([refused], [])


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        (lambda clock: {"terms": Terms(licence="L2")}, "terms.licence"),
        (lambda clock: {"expires_at": clock.now()}, "expires_at"),
        (lambda clock: {"opportunity": opportunity("o-1", contract="K-2")}, "contract"),
        (lambda clock: {"opportunity": opportunity("o-1", order_deadline=clock.now())}, "order_deadline"),
        (lambda clock: {"price": Money(Decimal(90), "USD")}, "price"),
    ],
)
async def test_other_terms_are_not_bought(placer, ledger, fate, clock, changes, refused):
    """What the buyer did not see is not bought, also where it costs less."""
    fate.changes = changes(clock)
    with pytest.raises(QuoteChangedError) as caught:
        await placer.place(an_offer(clock))

    assert (list(caught.value.changes), ledger.sales()) == ([refused], [])


async def test_an_accepted_quote_that_expired_is_refused_whatever_the_provider_says_now(placer, ledger, clock):
    """The buyer accepted it for a time, and that is over."""
    quote = evolve(an_offer(clock), expires_at=clock.now() + timedelta(hours=1))
    clock.advance(3600)

    with pytest.raises(QuoteChangedError, match="expires_at"):
        await placer.place(quote)
    assert ledger.sales() == []


# --- Without a price ---------------------------------------------------------------------------------

STUDY = QuoteRefusedError(
    Refusal(account="toy", provider="toy", code=RefusalCode.STUDY_REQUIRED, message="people must study it")
)


async def test_what_has_no_price_is_ordered_on_the_buyers_word(placer, ledger, fate, clock):
    """It is placed like any order, once, and costs nothing that is known."""
    fate.quoting = STUDY
    wanted = an_offer(clock).opportunity
    orders = [await placer.place_unpriced(wanted, accept_unpriced=True) for _ in range(2)]

    assert orders[0] == orders[1]
    assert ledger.sales() == [("r-1", "S-1")]


async def test_without_the_buyers_word_nothing_unpriced_is_ordered(placer, ledger, fate, clock):
    """Nobody orders a blank cheque by accident."""
    fate.quoting = STUDY
    with pytest.raises(InvalidRequestError, match="accept_unpriced"):
        await placer.place_unpriced(an_offer(clock).opportunity, accept_unpriced=False)
    assert ledger.sales() == []


async def test_what_has_a_price_is_not_ordered_without_one(placer, ledger, clock):
    """A price that exists is shown, not skipped."""
    with pytest.raises(QuoteChangedError, match=r"price: None -> 100\.00 EUR"):
        await placer.place_unpriced(an_offer(clock).opportunity, accept_unpriced=True)
    assert ledger.sales() == []


async def test_an_unpriced_order_is_looked_up_and_resent_like_others(placer, ledger, fate, clock):
    """It is kept whole, so that another process can settle it and the buyer order it again."""
    fate.quoting, fate.before = STUDY, [UNANSWERED[0]]
    await placer.place_unpriced(an_offer(clock).opportunity, accept_unpriced=True)
    clock.advance(60)
    (settled,) = await placer.recover()
    order = await placer.resend("r-1", again_as="r-2")

    assert settled.state is OrderState.NOT_PLACED
    assert (order.reference, ledger.sales()) == ("r-2", [("r-2", "S-1")])


async def test_an_unpriced_order_past_its_deadline_or_refused_is_not_placed(placer, ledger, fate, clock):
    """Its time and the provider's other reasons count as for any order."""
    late = evolve(an_offer(clock).opportunity, order_deadline=clock.now())
    with pytest.raises(QuoteChangedError, match="order_deadline"):
        await placer.place_unpriced(late, accept_unpriced=True)
    fate.quoting = QuoteRefusedError(evolve(STUDY.refusal, code=RefusalCode.NOT_IN_CONTRACT))
    with pytest.raises(QuoteRefusedError):
        await placer.place_unpriced(an_offer(clock).opportunity, accept_unpriced=True)
    assert ledger.sales() == []


# --- Whom to ask -------------------------------------------------------------------------------------


async def test_an_account_that_is_not_configured_cannot_buy(book, clock):
    """Nothing is written for an account that nobody can reach."""
    with pytest.raises(ConfigurationError, match="no account 'toy' at toy is configured"):
        await Placer(book, {}, registry=registry(), clock=clock).place(an_offer(clock))
    assert await book.find("r-1") is None


async def test_an_adapter_that_only_quotes_cannot_buy(book, clock):
    """It is said before anything is written."""
    quoting = ToyProvider("toy", ToySettings(), sender=None, clock=clock)
    with pytest.raises(ConfigurationError, match="can quote and cannot buy"):
        await Placer(book, {"toy": quoting}, registry=registry(), clock=clock).place(an_offer(clock))
    assert await book.find("r-1") is None
