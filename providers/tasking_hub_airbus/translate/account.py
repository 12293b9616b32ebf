"""Contracts as the account's status. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import evolve, field, frozen

from tasking_hub import AccountStatus, Contract, HttpRequest, HttpResponse, Money, ResponseError
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.inquiry import NAME, NEO
from tasking_hub_airbus.translate.plan import backend_of
from tasking_hub_airbus.translate.requests import (
    delivery_types_request,
    markets_request,
    me_request,
    product_types_request,
)
from tasking_hub_airbus.wire import (
    CONVERTER,
    AvailableOption,
    ContractInfo,
    ContractsAnswer,
    DeliveryTypesAnswer,
    MeContract,
    OptionsAnswer,
    ProductType,
    ProductTypesAnswer,
    PropertiesAnswer,
)


def read_contracts(response: HttpResponse) -> tuple[ContractInfo, ...]:
    """The account's contracts."""
    return read_as(CONVERTER, ContractsAnswer, response).contracts


def read_product_types(response: HttpResponse) -> tuple[ProductType, ...]:
    """What a contract can order, archive products included."""
    return read_as(CONVERTER, ProductTypesAnswer, response).product_types


def read_options(response: HttpResponse) -> tuple[AvailableOption, ...]:
    """The production options of a product."""
    return read_as(CONVERTER, OptionsAnswer, response).available_options


def read_workspace(response: HttpResponse) -> str | None:
    """The workspace of a SPOT and Pléiades contract."""
    return read_as(CONVERTER, MeContract, response, "contract").workspace_id


def read_markets(response: HttpResponse) -> tuple[str, ...]:
    """Literals of the markets."""
    return tuple(market.id for market in read_as(CONVERTER, PropertiesAnswer, response).markets if market.id)


def read_delivery_types(response: HttpResponse) -> tuple[str, ...]:
    """Literals of the ways of delivery."""
    return tuple(kind.delivery_type_id for kind in read_as(CONVERTER, DeliveryTypesAnswer, response).delivery_types)


def own_workspace(contract: ContractInfo) -> str | None:
    """The workspace that a Pléiades Neo contract names itself."""
    return next((delivery.delivery_workspace for delivery in contract.delivery if delivery.delivery_workspace), None)


@frozen(kw_only=True)
class ContractFacts:
    """What is known of a contract beyond the contract itself."""

    contract: ContractInfo
    workspace: str | None = None
    allowed: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: AirbusSettings, contract: ContractInfo) -> ContractFacts:
        """What is known without asking."""
        own = own_workspace(contract) if backend_of(contract) == NEO else settings.workspace_id
        return cls(contract=contract, workspace=own)

    def lacking(self, about: str, error: ResponseError) -> ContractFacts:
        """The same facts, with a note of what Airbus would not say."""
        return evolve(self, notes=(*self.notes, f"Airbus would not name the {about} (status {error.status})."))


@frozen(kw_only=True)
class StatusQuestion:
    """A request whose answer adds to the facts."""

    about: str
    request: HttpRequest
    read: Callable[[ContractFacts, HttpResponse], ContractFacts]


def status_questions(settings: AirbusSettings, contract: ContractInfo) -> tuple[StatusQuestion, ...]:
    """What to ask about a contract."""
    known = contract.contract_id
    lists = (
        _list_question("productTypes", product_types_request(settings, known), _read_product_type_ids),
        _list_question("markets", markets_request(settings, known), read_markets),
        _list_question("deliveryTypes", delivery_types_request(settings, known), read_delivery_types),
    )
    if backend_of(contract) == NEO or settings.workspace_id is not None:
        return lists
    workspace = StatusQuestion(
        about="workspace",
        request=me_request(settings),
        read=lambda facts, response: evolve(facts, workspace=read_workspace(response)),
    )
    return (*lists, workspace)


def _list_question(name: str, request: HttpRequest, read: Callable[[HttpResponse], tuple[str, ...]]) -> StatusQuestion:
    return StatusQuestion(
        about=name,
        request=request,
        read=lambda facts, response: evolve(facts, allowed={**facts.allowed, name: read(response)}),
    )


def _read_product_type_ids(response: HttpResponse) -> tuple[str, ...]:
    return tuple(product.product_type_id for product in read_product_types(response))


def read_status(account: str, settings: AirbusSettings, facts: Sequence[ContractFacts]) -> AccountStatus:
    """The status of an account."""
    return AccountStatus(account=account, provider=NAME, contracts=tuple(_contract(settings, one) for one in facts))


def _contract(settings: AirbusSettings, facts: ContractFacts) -> Contract:
    contract = facts.contract
    defaults = {"primaryMarket": settings.market, "workspace": facts.workspace}
    backend = "Pléiades Neo" if backend_of(contract) == NEO else "SPOT and Pléiades"
    return Contract(
        id=contract.contract_id,
        name=contract.name or "",
        allowed=facts.allowed,
        defaults={name: value for name, value in defaults.items() if value},
        remaining=_credit(contract),
        notes=(f"It is for {backend} only.", *facts.notes),
        raw=contract.raw,
    )


def _credit(contract: ContractInfo) -> Money | None:
    if contract.credit_remaining is None:
        return None
    try:
        return Money(contract.credit_remaining, contract.currency or "")
    except ValueError:  # an amount or a currency that money cannot have: the raw JSON still shows it
        return None
