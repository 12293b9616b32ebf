"""Placing: reviewed, within the limits, durable before it is sent, sent once, recorded."""

from orders.shop import an_offer

from tasking_hub import OrderState


async def test_a_quote_is_bought_once_and_recorded(placer, book, ledger, clock):
    """The whole way: one sale, one order, every step with its time."""
    order = await placer.place(an_offer(clock))

    assert ledger.sales() == [("r-1", "S-1")]
    assert (order.id, order.state, order.provider_status) == ("S-1", OrderState.RECEIVED, "RECEIVED")
    assert [step.state for step in order.history] == [OrderState.INTENDED, OrderState.SENT, OrderState.RECEIVED]
    assert await book.show("r-1") == order
