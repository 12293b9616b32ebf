"""Airbus' OneAtlas API for tasking, played: real paths, statuses and bodies, real orbits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tasking_hub import HttpResponse
from tasking_hub.sandbox import ProviderSandbox, SandboxRequest, SandboxRoute, World, reply
from tasking_hub_airbus.sandbox import catalogue
from tasking_hub_airbus.sandbox.areas import read_area
from tasking_hub_airbus.sandbox.checks import read_question
from tasking_hub_airbus.sandbox.errors import bad_request, not_found, unauthorised
from tasking_hub_airbus.sandbox.files import Delivered
from tasking_hub_airbus.sandbox.life import Placed
from tasking_hub_airbus.sandbox.neo import Neo, quotation_id
from tasking_hub_airbus.sandbox.options import licences, schema
from tasking_hub_airbus.sandbox.orders import Orders, whole_amount
from tasking_hub_airbus.sandbox.pricing import price
from tasking_hub_airbus.sandbox.reading import an_object, as_objects
from tasking_hub_airbus.sandbox.search import attempts, feasibility
from tasking_hub_airbus.sandbox.tracking import Tracking, sales_order_id

TOKEN_LIFE = timedelta(seconds=3600)

Answer = Callable[[SandboxRequest], Any]

_CONTRACT_IDS = tuple(contract["contractId"] for contract in catalogue.CONTRACTS)


class AirbusSandbox(ProviderSandbox):
    """The five Airbus services at one address; their paths do not collide."""

    name: ClassVar[str] = "airbus"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._tokens: dict[str, datetime] = {}
        self._handed_out = 0
        self._secret = f"airbus-sandbox-{world.seed}".encode()
        self._orders = Orders(world)
        self._tracking = Tracking(self._orders)
        self._neo = Neo(self._orders)
        self._delivered = Delivered(world, self._orders)

    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """One account with a contract on each back end."""
        urls = dict.fromkeys(("auth_url", "order_url", "data_url", "search_url", "access_url"), base_url)
        return {
            "airbus": {
                "provider": self.name,
                "api_key": catalogue.API_KEY,
                "market": "NQUAL",
                "requests_per_second": 200.0,
                **urls,
            }
        }

    def expire_tokens(self) -> None:
        """Make every token handed out so far useless."""
        self._tokens.clear()

    def routes(self) -> Sequence[SandboxRoute]:
        """Authentication, account, questions; orders, what follows them on both back ends, delivered images."""
        return (*self._questions(), *self._ordering(), *self._legacy(), *self._pleiades_neo())

    def _questions(self) -> Sequence[SandboxRoute]:
        contract = "/api/v1/contracts/{contract}"
        return (
            SandboxRoute("POST", "/auth/realms/IDP/protocol/openid-connect/token", self._token),
            self._route("GET", "/api/v1/me", lambda _: catalogue.ME),
            self._route("GET", "/api/v1/contracts", lambda _: {"contracts": catalogue.CONTRACTS}),
            self._route("GET", f"{contract}/productTypes", _product_types),
            self._route("POST", f"{contract}/productTypes/{{product}}/options", _options),
            self._route("GET", f"{contract}/deliveryTypes", _delivery_types),
            self._route("GET", "/api/v1/{contract}/properties", _markets),
            self._route("GET", f"{contract}/properties", _markets),
            self._route("POST", "/api/v1/feasibility", self._feasibility),
            self._route("POST", "/api/v1/attempts", self._attempts),
            # 201, although nothing is created (Airbus' OpenAPI description, read 2026-11).
            self._route("POST", "/api/v1/prices", self._prices, status=201),
        )

    def _ordering(self) -> Sequence[SandboxRoute]:
        return (
            self._route("POST", "/api/v1/orders", self._order, status=201),
            self._route("GET", "/api/v2/opensearch", self._delivered.search),
            self._route("GET", "/api/v1/items/{image}/download", self._delivered.download),
            self._route("GET", "/api/v1/contracts/{contract}/licences/{licence}", _licence),
        )

    def _legacy(self) -> Sequence[SandboxRoute]:
        taskings, one = "/api/v1/contracts/{contract}/taskings", "/api/v1/contracts/{contract}/taskings/{tasking}"
        track = self._tracking
        return (
            self._route("GET", taskings, track.list),
            self._route("GET", one, track.one),
            self._route("GET", f"{one}/segments", track.segments),
            self._route("POST", f"{one}/segments/{{segment}}/accept", lambda asked: track.answer(asked, accept=True)),
            self._route("POST", f"{one}/segments/{{segment}}/refuse", lambda asked: track.answer(asked, accept=False)),
            self._route("POST", f"{one}/cancel", track.cancel),
            self._route("POST", f"{one}/stop", track.stop),
        )

    def _pleiades_neo(self) -> Sequence[SandboxRoute]:
        neo, quotation = self._neo, "/api/v1/contracts/{contract}/quotations/{quotation}"
        return (
            self._route("POST", "/api/v1/quotations", self._quotation, status=201),
            self._route("GET", "/api/v1/quotations/{quotation}/export", neo.export),
            self._route("PUT", f"{quotation}/accept", lambda asked: neo.decide(asked, accept=True)),
            self._route("PUT", f"{quotation}/refuse", lambda asked: neo.decide(asked, accept=False)),
            self._route("POST", "/api/v2/orders/search", lambda asked: neo.search_orders(_json(asked))),
            self._route("POST", "/api/v1/coverages/search", lambda asked: neo.search_coverages(_json(asked))),
            self._route("POST", "/api/v1/coverages/{coverage}/accept", lambda asked: neo.answer(asked, accept=True)),
            self._route("POST", "/api/v1/coverages/{coverage}/refuse", lambda asked: neo.answer(asked, accept=False)),
            self._route("POST", "/api/v1/orders/{item}/cancel", neo.cancel),
            self._route("POST", "/api/v1/orders/{item}/stop", neo.stop),
        )

    def _route(self, method: str, template: str, answer: Answer, *, status: int = 200) -> SandboxRoute:
        def handle(request: SandboxRequest) -> HttpResponse:
            self._check_token(request.headers)
            answered = answer(request)
            return answered if isinstance(answered, HttpResponse) else reply(status, answered)

        return SandboxRoute(method, template, handle)

    # --- Authentication ------------------------------------------------------------------------------

    def _token(self, request: SandboxRequest) -> HttpResponse:
        form = request.form()
        if form.get("grant_type") != "api_key" or form.get("client_id") != "IDP":
            return self._denied(400, "invalid_request", "grant_type must be api_key and client_id must be IDP")
        if form.get("apikey") != catalogue.API_KEY:
            return self._denied(403, "invalid_api_key", "The API key is not valid")
        self._handed_out += 1
        token = self.world.rng("token", self._handed_out).randbytes(32).hex()
        self._tokens[token] = self.world.clock.now() + TOKEN_LIFE
        body = {
            "access_token": token,
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "refresh_expires_in": 0,
            "token_type": "bearer",
            "not-before-policy": 0,
            "session_state": "0017679e-2c9c-4282-835b-45123688281a",
        }
        return reply(200, body)

    def _denied(self, status: int, code: str, message: str) -> HttpResponse:
        """The body of errors of the foundation services."""
        body = {
            "correlationId": "00000000-0000-4000-8000-000000000000",
            "hint": "",
            "internalCode": code,
            "message": message,
            "timestamp": int(self.world.clock.now().timestamp() * 1000),
        }
        return reply(status, body)

    def _check_token(self, headers: Mapping[str, str]) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        expires = self._tokens.get(token)
        if scheme != "Bearer" or expires is None:
            cause = "Token invalid" if token else "Token missing"
            raise unauthorised(cause)
        if self.world.clock.now() >= expires:
            cause = "Token expired"
            raise unauthorised(cause)

    # --- Questions that need the world ---------------------------------------------------------------

    def _feasibility(self, request: SandboxRequest) -> Any:
        return feasibility(read_question(_json(request), _CONTRACT_IDS), self.world.clock.now())

    def _attempts(self, request: SandboxRequest) -> Any:
        return attempts(read_question(_json(request), _CONTRACT_IDS), self.world, self._secret)

    def _order(self, request: SandboxRequest) -> Any:
        placed = self._orders.place(_json(request), _CONTRACT_IDS, self._secret, quoted=False)
        if placed[0].contract == catalogue.NEO_CONTRACT:
            return {"quotationId": quotation_id(placed[0]), **_total(placed)}
        # With blanks around it, as in the guides.
        return {"salesOrderId": f" {sales_order_id(placed[0])} ", **_total(placed)}

    def _quotation(self, request: SandboxRequest) -> Any:
        placed = self._orders.place(_json(request), _CONTRACT_IDS, self._secret, quoted=True)
        return {"quotationId": quotation_id(placed[0]), **_total(placed)}

    def _prices(self, request: SandboxRequest) -> Any:
        return price(_json(request), _CONTRACT_IDS, self.world.clock.now(), self._secret)


# --- Questions that need the catalogue only ----------------------------------------------------------


def _json(request: SandboxRequest) -> Any:
    try:
        return request.json()
    except ValueError as error:
        message = "The body is not JSON"
        raise bad_request(message) from error


def _contract(request: SandboxRequest) -> str:
    contract = request.parts["contract"]
    if contract not in _CONTRACT_IDS:
        message = f"CIS contract '{contract}' not found."
        raise not_found(message)
    return contract


def _products(contract: str) -> list[catalogue.Product]:
    return [product for product in catalogue.PRODUCTS.values() if product.constellation.contract == contract]


def _total(placed: Sequence[Placed]) -> dict[str, Any]:
    return {"currency": "EUR", "discountPercentage": 0, "discountValue": 0, "totalAmount": whole_amount(placed)}


def _licence(request: SandboxRequest) -> Any:
    """Assumption: the answer, which no page shows."""
    contract, licence = _contract(request), request.parts["licence"]
    if licence not in licences(contract):
        message = f"Licence '{licence}' not found."
        raise not_found(message)
    return {"licenceId": licence, "label": licence.replace("_", " ").capitalize()}


def _product_types(request: SandboxRequest) -> Any:
    return {"productTypes": [catalogue.product_type(product) for product in _products(_contract(request))]}


def _markets(request: SandboxRequest) -> Any:
    _contract(request)
    return catalogue.markets()


def _delivery_types(request: SandboxRequest) -> Any:
    _contract(request)
    return {"deliveryTypes": catalogue.DELIVERY_TYPES}


def _options(request: SandboxRequest) -> Any:
    contract, product = _contract(request), request.parts["product"]
    if product not in {one.id for one in _products(contract)}:
        message = f"Product type '{product}' not found on contract '{contract}'"
        raise not_found(message)
    areas = as_objects(an_object(_json(request), "A body").get("aoi"))
    if not areas or "polygonId" not in areas[0]:
        message = "'aoi' must be a list of polygonId and geometry"
        raise bad_request(message)
    return {"availableOptions": schema(contract, read_area(areas[0].get("geometry")))}
