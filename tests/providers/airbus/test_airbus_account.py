"""Contracts, products and the rest of an account are read sample by sample."""

from decimal import Decimal

import pytest
from attrs import evolve

from tasking_hub import MalformedResponseError, Money, NotFoundError
from tasking_hub_airbus import translate
from tasking_hub_airbus.translate import ContractFacts, status_questions


def test_the_guides_contract_is_read_field_for_field(answer, settings, sample):
    """Id, name, credit as exact money, back end, and the contract's own JSON."""
    (contract,) = translate.read_contracts(answer("answer-contracts"))
    status = translate.read_status("mine", settings, [ContractFacts.of(settings, contract)])
    (found,) = status.contracts

    assert (contract.backend_source, contract.contract_type) == ("legacy", "ONEATLASDATA")
    assert (status.account, status.provider) == ("mine", "airbus")
    assert (found.id, found.name, found.remaining) == ("CisContractId", "ContractName", Money(Decimal(150), "EUR"))
    assert found.defaults == {"primaryMarket": "NQUAL", "workspace": "<workspaceId>"}
    assert found.raw == sample("answer-contracts")["contracts"][0]


def test_a_neo_contract_names_its_own_workspace_and_a_large_credit(answer, settings):
    """The workspace stands in the contract; the credit may be in scientific notation."""
    (contract,) = translate.read_contracts(answer("answer-contracts-neo"))
    (found,) = translate.read_status("mine", settings, [ContractFacts.of(settings, contract)]).contracts

    assert translate.own_workspace(contract) == "mareclever"
    assert found.remaining == Money(Decimal(10000000300000000), "EUR")
    assert found.defaults["workspace"] == "mareclever"


@pytest.mark.parametrize("delivery", [{"deliveryWorkspace": "w"}, [{"deliveryWorkspace": "w"}]])
def test_a_delivery_may_be_an_object_or_a_list(answer, delivery):
    """Airbus' description and its tutorial differ."""
    (contract,) = translate.read_contracts(answer({"contracts": [{"contractId": "c", "delivery": delivery}]}))

    assert translate.own_workspace(contract) == "w"


@pytest.mark.parametrize("credit", [{}, {"creditRemaining": "150", "currency": "CREDITS"}, {"currency": "EUR"}])
def test_a_credit_that_is_no_money_is_left_out(answer, settings, credit):
    """An unknown unit is not taken for money."""
    (contract,) = translate.read_contracts(answer({"contracts": [{"contractId": "c", **credit}]}))
    (found,) = translate.read_status("mine", settings, [ContractFacts.of(settings, contract)]).contracts

    assert found.remaining is None


def test_a_credit_of_nothing_is_shown_as_nothing(answer, settings):
    """Zero is a credit."""
    body = {"contracts": [{"contractId": "c", "creditRemaining": "0.0", "currency": "EUR"}]}
    (contract,) = translate.read_contracts(answer(body))
    (found,) = translate.read_status("mine", settings, [ContractFacts.of(settings, contract)]).contracts

    assert found.remaining == Money(Decimal(0), "EUR")


def test_the_guides_workspace_is_read(answer):
    """`/me` holds the workspace inside its contract."""
    assert translate.read_workspace(answer("answer-me")) == "workspaceId"


def test_the_guides_product_types_are_read(answer):
    """Ids, minimum areas and the parts of each product."""
    first, second = translate.read_product_types(answer("answer-product-types"))

    assert (first.product_type_id, second.product_type_id) == ("PleiadesTaskingOneDay", "SpotTaskingOneDay")
    assert (first.minimum_order_area_applied, second.minimum_order_area_applied) == (100, 500)
    parts = first.technical_product
    assert (parts.source.id, parts.sensor.label, parts.target.id) == ("tasking", "Pléiades", "oneday")


def test_the_guides_markets_and_deliveries_are_read(answer):
    """Literals only; the rest stays with the provider."""
    assert translate.read_markets(answer("answer-properties")) == ("AGRI", "GENIE")
    assert translate.read_delivery_types(answer("answer-delivery-types")) == ("network", "MEDIA")


def test_airbus_own_options_are_read(answer):
    """Mandatory words, defaults, conditions on options and on values, ranges."""
    options = {option.name: option for option in translate.read_options(answer("answer-options-neo"))}

    assert [options[name].mandatory for name in ("licence", "elevation", "dem_1")] == ["true", "false", "constraint"]
    assert options["licence"].default_value == "standard"
    assert options["dem_1"].constraint.condition == "processing_level:(ortho)"
    assert options["pixel_coding"].values[0].constraint.condition == "radiometric_processing:(display)"
    assert options["elevation"].range == (Decimal(-100), Decimal(10000))
    assert options["processing_level"].raw["category"] == "production_option"


def test_questions_answered_with_no_are_noted(settings, answer):
    """A list that Airbus would not name is left out, and said."""
    (contract,) = translate.read_contracts(answer("answer-contracts"))
    facts = ContractFacts.of(evolve(settings, workspace_id=None), contract)
    refused = NotFoundError(status=404, method="GET", url="https://airbus.invalid/x")
    questions = status_questions(evolve(settings, workspace_id=None), contract)
    for question in questions:
        facts = facts.lacking(question.about, refused)
    (found,) = translate.read_status("mine", settings, [facts]).contracts

    assert [question.about for question in questions] == ["productTypes", "markets", "deliveryTypes", "workspace"]
    assert (found.allowed, len(found.notes)) == ({}, 5)
    assert "would not name the markets (status 404)" in found.notes[2]


@pytest.mark.parametrize("body", [{}, [], {"contracts": {}}, {"contracts": [{"name": "x"}]}, {"contracts": [5]}])
def test_contracts_of_another_shape_are_malformed(answer, body):
    """A wrong answer is not taken for an account without contracts."""
    with pytest.raises(MalformedResponseError):
        translate.read_contracts(answer(body))
