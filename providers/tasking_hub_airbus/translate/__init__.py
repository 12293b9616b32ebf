"""Between the neutral vocabulary and Airbus' JSON: pure functions, tested without an event loop."""

from tasking_hub_airbus.translate.account import (
    ContractFacts,
    own_workspace,
    read_contracts,
    read_delivery_types,
    read_markets,
    read_options,
    read_product_types,
    read_status,
    read_workspace,
    status_questions,
)
from tasking_hub_airbus.translate.inquiry import LEGACY, NAME, NEO, Inquiry, Target
from tasking_hub_airbus.translate.opportunities import read_search, studied_opportunities
from tasking_hub_airbus.translate.plan import Endpoint, Plan, Step, backend_of, choose_contracts, make_plan
from tasking_hub_airbus.translate.production import OptionConflictError, resolve_options
from tasking_hub_airbus.translate.quotes import conflict_refusal, read_quote, unquotable
from tasking_hub_airbus.translate.refusals import read_error, rejection
from tasking_hub_airbus.translate.requests import (
    contracts_request,
    delivery_types_request,
    markets_request,
    me_request,
    options_request,
    order_body,
    price_request,
    primary_market,
    product_types_request,
    search_request,
    token_request,
)
from tasking_hub_airbus.translate.rules import CAPABILITIES, PACE, area_refusal

__all__ = [
    "CAPABILITIES",
    "LEGACY",
    "NAME",
    "NEO",
    "PACE",
    "ContractFacts",
    "Endpoint",
    "Inquiry",
    "OptionConflictError",
    "Plan",
    "Step",
    "Target",
    "area_refusal",
    "backend_of",
    "choose_contracts",
    "conflict_refusal",
    "contracts_request",
    "delivery_types_request",
    "make_plan",
    "markets_request",
    "me_request",
    "options_request",
    "order_body",
    "own_workspace",
    "price_request",
    "primary_market",
    "product_types_request",
    "read_contracts",
    "read_delivery_types",
    "read_error",
    "read_markets",
    "read_options",
    "read_product_types",
    "read_quote",
    "read_search",
    "read_status",
    "read_workspace",
    "rejection",
    "resolve_options",
    "search_request",
    "status_questions",
    "studied_opportunities",
    "token_request",
    "unquotable",
]
