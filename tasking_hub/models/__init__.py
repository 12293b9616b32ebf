"""The neutral vocabulary: frozen values without I/O, JSON or wire names.

Units hold everywhere: percentages 0..100, angles in degrees, areas in km², distances in the unit that the name
says, times as aware UTC datetimes, money as `Decimal`, positions as longitude and latitude.
"""

from tasking_hub.models.account import AccountStatus, Contract
from tasking_hub.models.comparison import Comparison, RankBy, RankedQuote
from tasking_hub.models.opportunity import (
    Adjustment,
    AdjustmentKind,
    CloudForecast,
    Feasibility,
    Opportunity,
    OpportunityKind,
    ReplacedOrder,
)
from tasking_hub.models.order import Acquisition, Decision, Deliverable, Order, OrderEvent
from tasking_hub.models.quote import CancellationStep, PriceLine, Quote, Terms
from tasking_hub.models.refusal import Refusal, RefusalCode
from tasking_hub.models.request import (
    EndUser,
    Imaging,
    LookSide,
    Optical,
    PassDirection,
    Radar,
    Stereo,
    TaskRequest,
    Window,
)

__all__ = [
    "AccountStatus",
    "Acquisition",
    "Adjustment",
    "AdjustmentKind",
    "CancellationStep",
    "CloudForecast",
    "Comparison",
    "Contract",
    "Decision",
    "Deliverable",
    "EndUser",
    "Feasibility",
    "Imaging",
    "LookSide",
    "Opportunity",
    "OpportunityKind",
    "Optical",
    "Order",
    "OrderEvent",
    "PassDirection",
    "PriceLine",
    "Quote",
    "Radar",
    "RankBy",
    "RankedQuote",
    "Refusal",
    "RefusalCode",
    "ReplacedOrder",
    "Stereo",
    "TaskRequest",
    "Terms",
    "Window",
]
