"""What is known of an account: its contract, the products of its key, and what quota costs by configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasking_hub import AccountStatus, Contract, HttpResponse
from tasking_hub.wire import read_as
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.wire import CONVERTER, ContractProduct


def read_products(response: HttpResponse) -> tuple[ContractProduct, ...]:
    """The products of a key, listed plainly or in Planet's usual page.

    Raises:
        MalformedResponseError: it is neither.
    """
    path = () if isinstance(response.json(), list) else ("results",)
    return read_as(CONVERTER, tuple[ContractProduct, ...], response, *path)


def read_account(account: str, settings: PlanetSettings, products: Sequence[ContractProduct] | None) -> AccountStatus:
    """The account's contracts, the configured one first; `products` is None where Planet lists none."""
    numbers = dict.fromkeys([settings.pl_number, *sorted(one.pl_number for one in products or () if one.pl_number)])
    contracts = tuple(_contract(number, settings, products) for number in numbers)
    return AccountStatus(account=account, provider=settings.provider, contracts=contracts)


def _contract(number: str, settings: PlanetSettings, products: Sequence[ContractProduct] | None) -> Contract:
    own = [one for one in products or () if one.pl_number == number]
    names = tuple(dict.fromkeys(one.product for one in own if one.product))
    configured = number == settings.pl_number
    return Contract(
        id=number,
        allowed={"product": names} if names else {},
        defaults={"product": settings.product} if configured else {},
        notes=tuple(_notes(settings, names, listed=products is not None)) if configured else (_OTHER,),
        raw={"products": [CONVERTER.unstructure(one) for one in own]},
    )


_OTHER = "The key can use this contract too; it is not the configured one."


def _notes(settings: PlanetSettings, names: tuple[str, ...], *, listed: bool) -> Iterator[str]:
    if not listed:
        yield "Planet's API does not list the products of this key, so contract and product are as configured."
    else:
        yield from _product_notes(settings, names)
    if settings.quota_price is not None:
        yield f"One unit of quota costs {settings.quota_price} by the configuration."
    yield "Planet's Tasking API does not say how much quota is left."


def _product_notes(settings: PlanetSettings, names: tuple[str, ...]) -> Iterator[str]:
    configured = [name for name in (settings.product, settings.flexible_product) if name is not None]
    for name in configured:
        if name not in names:
            yield f"Planet does not list the product {name!r} for this contract."
    others = [name for name in names if name not in configured]
    if others and settings.flexible_product is None:
        said = "flexible orders are offered where flexible_product names theirs"
        yield f"The contract also has {', '.join(others)}; {said}."
