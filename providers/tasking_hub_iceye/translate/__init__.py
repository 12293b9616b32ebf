"""Between the neutral words and ICEYE's: pure functions in both directions."""

from tasking_hub_iceye.translate.account import account_status, read_contract, read_contracts, read_summary
from tasking_hub_iceye.translate.adjustments import image_adjustments, wish_adjustments
from tasking_hub_iceye.translate.choice import settle_mode
from tasking_hub_iceye.translate.contract import pick_contract
from tasking_hub_iceye.translate.modes import MODES, Mode, Need, Scene, choose, mode_of
from tasking_hub_iceye.translate.opportunities import opportunity, read_feasibility, task_of
from tasking_hub_iceye.translate.plan import Plan, aim, make_plan
from tasking_hub_iceye.translate.quotes import quote, read_price
from tasking_hub_iceye.translate.refusals import rejected
from tasking_hub_iceye.translate.requests import feasibility_request, price_query, price_request, token_request
from tasking_hub_iceye.translate.rules import early_refusals, fit_incidence, fit_window

__all__ = [
    "MODES",
    "Mode",
    "Need",
    "Plan",
    "Scene",
    "account_status",
    "aim",
    "choose",
    "early_refusals",
    "feasibility_request",
    "fit_incidence",
    "fit_window",
    "image_adjustments",
    "make_plan",
    "mode_of",
    "opportunity",
    "pick_contract",
    "price_query",
    "price_request",
    "quote",
    "read_contract",
    "read_contracts",
    "read_feasibility",
    "read_price",
    "read_summary",
    "rejected",
    "settle_mode",
    "task_of",
    "token_request",
    "wish_adjustments",
]
