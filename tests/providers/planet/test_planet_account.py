"""What is known of an account."""

import pytest
from attrs import evolve

from tasking_hub import ConfigurationError, HttpResponse, MalformedResponseError
from tasking_hub.config import load_config
from tasking_hub.messages import dump_json
from tasking_hub.registry import Registry
from tasking_hub_planet.translate import read_account, read_products
from tasking_hub_planet.wire import ContractProduct

LISTED = [{"pl_number": "PL-1", "product": "Assured Tasking"}, {"pl_number": "PL-2", "product": "Flexible Tasking"}]


def answered(body):
    """An answer with this JSON."""
    return HttpResponse(status=200, body=dump_json(body).encode())


@pytest.mark.parametrize("body", [LISTED, {"count": 2, "next": None, "previous": None, "results": LISTED}])
def test_products_are_read_plain_or_paged(body):
    """The endpoint is documented nowhere, so both of the API's usual shapes are read."""
    assert read_products(answered(body)) == (
        ContractProduct(pl_number="PL-1", product="Assured Tasking"),
        ContractProduct(pl_number="PL-2", product="Flexible Tasking"),
    )


@pytest.mark.parametrize("body", [{}, "x", [3], {"results": [{"pl_number": 3}]}])
def test_other_shapes_are_malformed(body):
    """A surprise is reported, not taken for an empty list."""
    with pytest.raises(MalformedResponseError):
        read_products(answered(body))


def test_the_configured_contract_comes_first(settings):
    """Each contract of the key is shown with its products; what is not known is said."""
    products = read_products(answered(LISTED))

    status = read_account("mine", evolve(settings, pl_number="PL-2", product="Flexible Tasking"), products)

    assert (status.account, status.provider) == ("mine", "planet")
    assert [(one.id, one.allowed, one.defaults) for one in status.contracts] == [
        ("PL-2", {"product": ("Flexible Tasking",)}, {"product": "Flexible Tasking"}),
        ("PL-1", {"product": ("Assured Tasking",)}, {}),
    ]
    assert status.contracts[0].notes == (
        "One unit of quota costs 4.20 USD by the configuration.",
        "Planet's Tasking API does not say how much quota is left.",
    )
    assert status.contracts[0].raw == {"products": [LISTED[1]]}


def test_a_product_that_is_not_listed_is_pointed_out(settings):
    """The likeliest mistake in a configuration is said before the first search."""
    status = read_account("mine", evolve(settings, pl_number="PL-2"), read_products(answered(LISTED)))

    assert "Planet does not list the product 'Assured Tasking' for this contract." in status.contracts[0].notes


def test_products_that_are_not_made_use_of_are_pointed_out(settings):
    """Whoever has flexible orders in the contract learns how to be offered them; whoever is offered them does not."""
    products = read_products(answered([*LISTED, {"pl_number": "PL-1", "product": "Flexible Tasking"}]))
    silent, using, wrong = (
        read_account("mine", evolve(settings, pl_number="PL-1", flexible_product=name), products).contracts[0].notes
        for name in (None, "Flexible Tasking", "Flexible")
    )

    hint = "The contract also has Flexible Tasking; flexible orders are offered where flexible_product names theirs."
    assert hint in silent
    assert hint not in using
    assert "Planet does not list the product 'Flexible' for this contract." in wrong


def test_an_unlisted_account_is_shown_as_configured(settings):
    """Where the API lists nothing, the configuration is all there is."""
    status = read_account("mine", evolve(settings, quota_price=None), None)

    (contract,) = status.contracts
    assert (contract.id, contract.allowed, contract.defaults) == (
        "<YourPLNumber>",
        {},
        {"product": "Assured Tasking"},
    )
    assert contract.notes == (
        "Planet's API does not list the products of this key, so contract and product are as configured.",
        "Planet's Tasking API does not say how much quota is left.",
    )


def test_the_environment_gives_lists_and_truths():
    """As in the file; a list that is none is named."""
    variables = {"API_KEY": "k", "PL_NUMBER": "PL-1", "ORDER_IN_BULK": "true", "ASSET_TYPES": '["ortho_visual"]'}
    environ = {f"TASKING_HUB_PLANET_{name}": value for name, value in variables.items()}

    read = load_config({}, registry=Registry(), environ=environ).accounts["planet"]

    assert (read.order_in_bulk, read.asset_types) == (True, ("ortho_visual",))
    with pytest.raises(ConfigurationError, match="asset_types: expected a list"):
        load_config({}, registry=Registry(), environ=environ | {"TASKING_HUB_PLANET_ASSET_TYPES": "ortho"})
