"""The order book's migrations; `OrderBook.open` runs them."""
