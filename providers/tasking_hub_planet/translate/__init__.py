"""Planet's JSON to the neutral vocabulary and back; pure."""

from tasking_hub_planet.translate.account import read_account, read_products
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.opportunities import (
    SearchState,
    read_misses,
    read_opportunities,
    read_search,
    read_search_id,
    search_id_of,
)
from tasking_hub_planet.translate.quotes import PricedWindow, find_window, price_in_hand, read_quote
from tasking_hub_planet.translate.refusals import began, gone, read_ending, read_error, rejected
from tasking_hub_planet.translate.requests import create_request, products_request, read_request
from tasking_hub_planet.translate.rules import (
    CAPABILITIES,
    POLL_GROWTH,
    check_request,
    credential,
    documented_multiplier,
    pace,
)

__all__ = [
    "CAPABILITIES",
    "POLL_GROWTH",
    "Inquiry",
    "PricedWindow",
    "SearchState",
    "began",
    "check_request",
    "create_request",
    "credential",
    "documented_multiplier",
    "find_window",
    "gone",
    "pace",
    "price_in_hand",
    "products_request",
    "read_account",
    "read_ending",
    "read_error",
    "read_misses",
    "read_opportunities",
    "read_products",
    "read_quote",
    "read_request",
    "read_search",
    "read_search_id",
    "rejected",
    "search_id_of",
]
