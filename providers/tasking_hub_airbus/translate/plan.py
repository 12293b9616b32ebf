"""Which contracts, products and questions a request comes down to, decided before anything is asked. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from attrs import field, frozen

from tasking_hub import Refusal, RefusalCode, Stereo
from tasking_hub_airbus.options import Mission, Programme
from tasking_hub_airbus.translate.inquiry import BACKENDS, LEGACY, NEO, Inquiry, Target
from tasking_hub_airbus.translate.refusals import refuse
from tasking_hub_airbus.translate.rules import ATTEMPTS_REACH, PLAN_WORTHWHILE, STUDY_FREE_WINDOW, mission_refusal
from tasking_hub_airbus.wire import ContractInfo, ProductType

_TITLES: Mapping[str, str] = {LEGACY: "SPOT and Pléiades (legacy)", NEO: "Pléiades Neo (neo)"}


# --- Contracts ---------------------------------------------------------------------------------------


@frozen(kw_only=True)
class ChosenContracts:
    """Contracts to use and why others cannot be."""

    contracts: tuple[ContractInfo, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def choose_contracts(inquiry: Inquiry, contracts: Sequence[ContractInfo], contract_id: str | None) -> ChosenContracts:
    """The configured contract, or the only one of each back end that the wanted missions need."""
    if contract_id is not None:
        return _configured(inquiry, contracts, contract_id)
    chosen: list[ContractInfo] = []
    refusals: list[Refusal] = []
    for backend in _wanted_backends(inquiry):
        found = [contract for contract in contracts if backend_of(contract) == backend]
        if len(found) > 1:
            refusals.append(_ambiguous(inquiry, backend, found))
        elif found:
            chosen.append(found[0])
        elif inquiry.options.missions:
            refusals.append(_no_contract(inquiry, backend, contracts))
    if not chosen and not refusals:
        refusals.append(_no_contract(inquiry, " or ".join(_wanted_backends(inquiry)), contracts))
    return ChosenContracts(contracts=tuple(chosen), refusals=tuple(refusals))


def backend_of(contract: ContractInfo) -> str:
    """The contract's back end; Assumption: one that names none is a legacy contract, as there was no other before."""
    return (contract.backend_source or LEGACY).lower()


def _wanted_backends(inquiry: Inquiry) -> tuple[str, ...]:
    missions = inquiry.options.missions or tuple(Mission)
    return tuple(dict.fromkeys(BACKENDS[mission] for mission in missions))


def _configured(inquiry: Inquiry, contracts: Sequence[ContractInfo], contract_id: str) -> ChosenContracts:
    contract = next((one for one in contracts if one.contract_id == contract_id), None)
    if contract is None:
        return ChosenContracts(refusals=(_unknown(inquiry, contracts, contract_id),))
    wanted, backend = _wanted_backends(inquiry), backend_of(contract)
    if backend not in wanted or inquiry.options.missions:
        lacking = tuple(_no_contract(inquiry, other, [contract]) for other in wanted if other != backend)
    else:
        lacking = ()
    return ChosenContracts(contracts=(contract,) if backend in wanted else (), refusals=lacking)


def _ids(contracts: Iterable[ContractInfo]) -> str:
    return ", ".join(contract.contract_id for contract in contracts) or "none"


def _unknown(inquiry: Inquiry, contracts: Sequence[ContractInfo], contract_id: str) -> Refusal:
    return refuse(
        inquiry,
        RefusalCode.CONFIGURATION,
        f"the account has no contract {contract_id!r}; it has: {_ids(contracts)}",
        field="contract_id",
        limit=_ids(contracts),
        actual=contract_id,
        remedy="set contract_id to one of them",
    )


def _ambiguous(inquiry: Inquiry, backend: str, contracts: Sequence[ContractInfo]) -> Refusal:
    return refuse(
        inquiry,
        RefusalCode.CONFIGURATION,
        f"the account has several contracts for {_TITLES[backend]}: {_ids(contracts)}",
        field="contract_id",
        limit=_ids(contracts),
        remedy="set contract_id to one of them",
    )


def _no_contract(inquiry: Inquiry, backend: str, contracts: Sequence[ContractInfo]) -> Refusal:
    title = _TITLES.get(backend, backend)
    return refuse(
        inquiry,
        RefusalCode.NOT_IN_CONTRACT,
        f"{title} needs a contract of its own, and there is none among: {_ids(contracts)}",
        field="missions",
        limit=_ids(contracts),
        remedy=f"use an account or a contract_id with a contract for {title}, or ask for other missions",
    )


# --- Products ----------------------------------------------------------------------------------------


class Endpoint(Enum):
    """The question that a step asks."""

    ATTEMPTS = "attempts"
    FEASIBILITY = "feasibility"
    STUDY = "study"
    """None: Airbus' people will study it after the order."""


@frozen(kw_only=True)
class Step:
    """One question, for one mission of one contract; its targets differ in the programme."""

    endpoint: Endpoint
    targets: tuple[Target, ...]

    @property
    def contract(self) -> ContractInfo:
        """The contract that all targets share."""
        return self.targets[0].contract

    @property
    def mission(self) -> Mission:
        """The mission that all targets share."""
        return self.targets[0].mission


@frozen(kw_only=True)
class Plan:
    """Questions to ask, and refusals that need none; one of both at least."""

    steps: tuple[Step, ...] = ()
    refusals: tuple[Refusal, ...] = field(default=())


def make_plan(inquiry: Inquiry, catalogue: Sequence[tuple[ContractInfo, Sequence[ProductType]]]) -> Plan:
    """One step for each mission and kind of question; a mission that cannot serve the request is refused."""
    steps: list[Step] = []
    refusals: list[Refusal] = []
    for mission in inquiry.options.missions or tuple(Mission):
        offered = _offered(inquiry, mission, catalogue)
        targets = _programmes(inquiry, offered)
        refusal = mission_refusal(inquiry, mission) if offered else None
        if refusal is not None:
            refusals.append(refusal)
        elif targets:
            steps.extend(_steps(inquiry, targets))
        elif inquiry.options.missions and any(_serves(contract, mission) for contract, _ in catalogue):
            refusals.append(_not_offered(inquiry, mission.value, catalogue))
    if catalogue and not refusals and not _all_offered(inquiry, steps):
        refusals.append(_not_offered(inquiry, "any wanted mission", catalogue))
    return Plan(steps=tuple(steps), refusals=tuple(refusals))


def _all_offered(inquiry: Inquiry, steps: Sequence[Step]) -> bool:
    """Whether there is a question at all, and one for each programme that was asked for by name."""
    served = {target.programme for step in steps for target in step.targets}
    stereo = inquiry.stereo is not Stereo.MONO
    return bool(steps) and (stereo or served.issuperset(inquiry.options.programmes))


def _serves(contract: ContractInfo, mission: Mission) -> bool:
    return backend_of(contract) == BACKENDS[mission]


def _offered(
    inquiry: Inquiry, mission: Mission, catalogue: Sequence[tuple[ContractInfo, Sequence[ProductType]]]
) -> dict[Programme, Target]:
    found = (
        target
        for contract, products in catalogue
        for product in products
        if _serves(contract, mission) and (target := Target.of(contract, product)) is not None
    )
    return {
        target.programme: target
        for target in found
        if target.mission is mission and target.virtual_station is inquiry.options.virtual_receiving_station
    }


def _programmes(inquiry: Inquiry, offered: Mapping[Programme, Target]) -> list[Target]:
    if inquiry.stereo is not Stereo.MONO:
        wanted: Sequence[Programme] = (Programme.ONEPLAN,)
    else:
        wanted = inquiry.options.programmes or suggested_programmes(inquiry)
    chosen = [offered[programme] for programme in dict.fromkeys(wanted) if programme in offered]
    if chosen or inquiry.options.programmes or inquiry.stereo is not Stereo.MONO:
        return chosen
    return [target for programme, target in offered.items() if programme is not Programme.ONESERIES]


def suggested_programmes(inquiry: Inquiry) -> tuple[Programme, ...]:
    """What fits the window of a mono request: always OneDay; OneNow if it starts soon; a plan if it is long."""
    window = inquiry.window
    soon = window.start - inquiry.now <= ATTEMPTS_REACH
    chosen = [Programme.ONEDAY]
    if soon:
        chosen += [Programme.ONENOW, Programme.ONENOWATTEMPTS]
    if soon and window.duration >= STUDY_FREE_WINDOW[Programme.ONENOWWEATHER]:
        chosen.append(Programme.ONENOWWEATHER)
    if window.duration > PLAN_WORTHWHILE:
        chosen.append(Programme.ONEPLAN)
    return tuple(chosen)


def _steps(inquiry: Inquiry, targets: Sequence[Target]) -> list[Step]:
    if inquiry.stereo is not Stereo.MONO:
        return [Step(endpoint=Endpoint.STUDY, targets=tuple(targets))]
    attempts = tuple(target for target in targets if target.needs_attempt)
    planned = tuple(target for target in targets if not target.needs_attempt)
    both = ((Endpoint.ATTEMPTS, attempts), (Endpoint.FEASIBILITY, planned))
    return [Step(endpoint=endpoint, targets=some) for endpoint, some in both if some]


def _not_offered(
    inquiry: Inquiry, what: str, catalogue: Sequence[tuple[ContractInfo, Sequence[ProductType]]]
) -> Refusal:
    products = ", ".join(product.product_type_id for _, types in catalogue for product in types) or "none"
    programmes = " and ".join(inquiry.options.programmes) or "a fitting programme"
    return refuse(
        inquiry,
        RefusalCode.NOT_IN_CONTRACT,
        f"{_ids(contract for contract, _ in catalogue)} does not offer {programmes} for {what}; it has: {products}",
        field="programmes",
        limit=products,
        remedy="ask for one of these products, or for a contract with more",
    )
