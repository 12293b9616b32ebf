"""What waits for the buyer at Airbus, and the buyer's answers: proposed images, quotations, studies. No I/O."""

from __future__ import annotations

from urllib.parse import quote

import cattrs

from tasking_hub import Decision, HttpRequest, InvalidRequestError, Money, UnsupportedActionError, format_time
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.following import PROPOSED, acquisition_id, read_acquisition
from tasking_hub_airbus.translate.orders import LEGACY_STATES, price_of
from tasking_hub_airbus.translate.taskings import TaskingFilter, tasking_url, taskings_request
from tasking_hub_airbus.wire import CONVERTER, ContractInfo
from tasking_hub_airbus.wire_orders import Coverage, NeoOrder, TakenSegment, Tasking

STUDY_WORD = next(word for word, state in LEGACY_STATES.items() if state == "study")
SENT = "SENT"

_PROPOSAL_IGNORED = "Airbus does not say what becomes of an image that is neither accepted nor refused."


# --- Finding it --------------------------------------------------------------------------------------


def proposed_request(settings: AirbusSettings, contract: ContractInfo) -> HttpRequest:
    """Taskings with an image that waits for the buyer."""
    return taskings_request(settings, contract, TaskingFilter(has_proposed_segments=True))


def studies_request(settings: AirbusSettings, contract: ContractInfo) -> HttpRequest:
    """Taskings that people at Airbus study."""
    return taskings_request(settings, contract, TaskingFilter(status=(STUDY_WORD,)))


def is_proposed(facts: TakenSegment | Coverage) -> bool:
    """Whether an image waits for the buyer."""
    return facts.status in PROPOSED


def is_studied(tasking: Tasking) -> bool:
    """Whether people at Airbus study it; a server may ignore a filter."""
    return tasking.icr.status == STUDY_WORD


def is_sent(item: NeoOrder) -> bool:
    """Whether a quotation waits for the buyer."""
    return item.quotation_status == SENT and item.quotation_id is not None


# --- Saying it ---------------------------------------------------------------------------------------


def image_decision(account: str, contract: ContractInfo, order_id: str, facts: TakenSegment | Coverage) -> Decision:
    """A proposed image: close to what was asked, and outside it."""
    image = read_acquisition(order_id, facts)
    cloud = "" if image.cloud_cover_percent is None else f" with {image.cloud_cover_percent:.3g} % of cloud"
    taken = "" if image.taken_at is None else f", taken {format_time(image.taken_at)}"
    kind = "coverage" if isinstance(facts, Coverage) else "segment"
    return Decision(
        id=acquisition_id(facts),
        account=account,
        order_id=order_id,
        question=f"Airbus proposes the image {acquisition_id(facts)}{cloud}{taken}, outside what was ordered: take it?",
        if_ignored=_PROPOSAL_IGNORED,
        raw={"contract": dict(contract.raw), "orderId": order_id, kind: dict(facts.raw)},
    )


def quotation_decision(account: str, contract: ContractInfo, item: NeoOrder) -> Decision:
    """A quotation that was sent; it belongs to the buyer's reference while no order has come of it."""
    end = item.quotation_end_of_validity_date
    cost = price_of(item.total_amount, item.currency)
    return Decision(
        id=item.quotation_id or "",
        account=account,
        order_id=item.order_item_id or item.customer_reference or item.quotation_id or "",
        question=f"Airbus sent the quotation {item.quotation_id} for {item.customer_reference}{_for(cost)}: order it?",
        deadline=end,
        cost=cost,
        if_ignored="no order comes of it" + ("" if end is None else f" after {format_time(end)}"),
        raw={"contract": dict(contract.raw), "quotation": dict(item.raw)},
    )


def _for(cost: Money | None) -> str:
    return "" if cost is None else f" at {cost}"


def study_decision(account: str, contract: ContractInfo, tasking: Tasking) -> Decision:
    """A study, whose outcome comes by mail and is answered by mail: Airbus documents no request for it."""
    icr = tasking.icr
    return Decision(
        id=f"study-{icr.id}",
        account=account,
        order_id=icr.id,
        question=f"People at Airbus study {icr.customer_ref or icr.id}: confirm their proposal by mail when it comes?",
        deadline=icr.period.end_date if icr.period else None,
        if_ignored="it does not become an order",
        raw={"contract": dict(contract.raw), "study": dict(tasking.raw)},
    )


# --- Answering it ------------------------------------------------------------------------------------


def answer_request(settings: AirbusSettings, decision: Decision, *, accept: bool) -> HttpRequest:
    """The one request that tells Airbus; never repeated.

    Raises:
        UnsupportedActionError: it is answered by mail.
        InvalidRequestError: the decision is not one of Airbus'.
    """
    raw, verb = decision.raw, "accept" if accept else "refuse"
    if "study" in raw:
        msg = f"{decision.order_id}: Airbus sends a study's outcome by mail and takes the answer by mail only"
        raise UnsupportedActionError(msg)
    contract = _contract(decision)
    if "segment" in raw:
        return _post(tasking_url(settings, contract, str(raw.get("orderId")), "segments", decision.id, verb))
    if "coverage" in raw:
        return _post(f"{settings.order_url}/api/v1/coverages/{quote(decision.id, safe='')}/{verb}")
    return quotation_answer_request(settings, contract.contract_id, decision.id, accept=accept)


def quotation_answer_request(
    settings: AirbusSettings, contract_id: str, quotation_id: str, *, accept: bool
) -> HttpRequest:
    """The one request that accepts or refuses a quotation; never repeated."""
    contract, quotation = quote(contract_id, safe=""), quote(quotation_id, safe="")
    verb = "accept" if accept else "refuse"
    url = f"{settings.order_url}/api/v1/contracts/{contract}/quotations/{quotation}/{verb}"
    return HttpRequest(method="PUT", url=url, repeatable=False)


def quotation_export_request(settings: AirbusSettings, quotation_id: str) -> HttpRequest:
    """A quotation as PDF."""
    url = f"{settings.order_url}/api/v1/quotations/{quote(quotation_id, safe='')}/export"
    return HttpRequest(method="GET", url=url, repeatable=True)


def _post(url: str) -> HttpRequest:
    return HttpRequest(method="POST", url=url, repeatable=False)


def _contract(decision: Decision) -> ContractInfo:
    known = {"segment", "coverage", "quotation"} & decision.raw.keys()
    try:
        contract: ContractInfo = CONVERTER.structure(decision.raw.get("contract"), ContractInfo)
    except (cattrs.BaseValidationError, ValueError) as error:
        msg = f"the decision {decision.id!r} does not hold Airbus' contract in its raw JSON"
        raise InvalidRequestError(msg, "decision") from error
    if not known:
        msg = f"the decision {decision.id!r} is about nothing that Airbus asks"
        raise InvalidRequestError(msg, "decision")
    return contract
