"""Between the neutral words and ICEYE's: pure functions in both directions."""

from tasking_hub_iceye.translate.account import account_status, read_contract, read_contracts, read_summary
from tasking_hub_iceye.translate.adjustments import image_adjustments, wish_adjustments
from tasking_hub_iceye.translate.choice import settle_mode
from tasking_hub_iceye.translate.collecting import products_request, read_products
from tasking_hub_iceye.translate.contract import pick_contract
from tasking_hub_iceye.translate.following import list_request, read_scene, read_tasks, scene_request, task_request
from tasking_hub_iceye.translate.hooks import read_hook, register_request
from tasking_hub_iceye.translate.leaving import cancel_request, steps_left
from tasking_hub_iceye.translate.modes import MODES, Mode, Need, Scene, choose, mode_of
from tasking_hub_iceye.translate.opportunities import opportunity, read_feasibility, task_of
from tasking_hub_iceye.translate.orders import STATES, create_request, is_of, read_order, unsendable
from tasking_hub_iceye.translate.plan import Plan, aim, make_plan
from tasking_hub_iceye.translate.quotes import quote, read_price
from tasking_hub_iceye.translate.refusals import rejected
from tasking_hub_iceye.translate.requests import feasibility_request, price_query, price_request, token_request
from tasking_hub_iceye.translate.rules import early_refusals, fit_incidence, fit_window

__all__ = [
    "MODES",
    "STATES",
    "Mode",
    "Need",
    "Plan",
    "Scene",
    "account_status",
    "aim",
    "cancel_request",
    "choose",
    "create_request",
    "early_refusals",
    "feasibility_request",
    "fit_incidence",
    "fit_window",
    "image_adjustments",
    "is_of",
    "list_request",
    "make_plan",
    "mode_of",
    "opportunity",
    "pick_contract",
    "price_query",
    "price_request",
    "products_request",
    "quote",
    "read_contract",
    "read_contracts",
    "read_feasibility",
    "read_hook",
    "read_order",
    "read_price",
    "read_products",
    "read_scene",
    "read_summary",
    "read_tasks",
    "register_request",
    "rejected",
    "scene_request",
    "settle_mode",
    "steps_left",
    "task_of",
    "task_request",
    "token_request",
    "unsendable",
    "wish_adjustments",
]
