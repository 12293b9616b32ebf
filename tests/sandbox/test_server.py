"""The sandbox over a real socket: who may use it, what goes wrong on demand, what is written down."""

import asyncio
import json
import socket
import sys
import threading
from datetime import UTC, datetime, timedelta

import aiohttp
import kiosk
import pytest
from kiosk import KEY, KioskProvider, KioskSandbox, KioskSettings
from shapely import Point

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    HttpRequest,
    MalformedResponseError,
    MissingDependencyError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    Secret,
    TaskRequest,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.hub import Hub
from tasking_hub.sandbox import Constellation, Fault, Sandbox, SandboxClock, reply
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
EMPTY = Constellation(satellites=())


@pytest.fixture
def base():
    """Real time, which nobody waits for."""
    return ManualClock(NOW)


@pytest.fixture
async def sandbox(base):
    """The kiosk on a socket, at a time that stands still until somebody sleeps."""
    clock = SandboxClock(base=base)
    async with Sandbox(clock=clock, constellation=EMPTY, registry=kiosk.registry(), seed=7) as running:
        yield running


@pytest.fixture
async def http():
    """A plain client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def provider(sandbox):
    """The kiosk's adapter, wired as the hub wires it, over the socket."""
    settings = KioskSettings(api_key=Secret(KEY), base_url=f"{sandbox.url}/kiosk")
    async with AiohttpTransport() as transport:
        yield open_provider(KioskProvider, settings, transport, sandbox.clock)


async def control(http, sandbox, path, body=None, *, method="POST", **more):
    """Status and JSON of one call below /_sandbox/."""
    async with http.request(method, f"{sandbox.url}/_sandbox/{path}", json=body, **more) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


async def once(sandbox, path="/v1/account", *, method="GET", form=None, timeout_s=5.0):
    """One unauthenticated exchange through the project's own transport."""
    request = HttpRequest(
        method=method, url=f"{sandbox.url}/kiosk{path}", form=form, repeatable=False, timeout_s=timeout_s
    )
    async with AiohttpTransport() as transport:
        return await transport.send(request)


GOOD_KEY = {"api_key": KEY, "grant_type": "api_key"}

# --- The whole way -------------------------------------------------------------------------------


async def test_a_hub_finds_and_prices_through_the_ready_config(sandbox):
    """`.config` is all that a hub needs."""
    request = TaskRequest(area=Point(1.44, 43.6), window=Window(NOW + timedelta(days=1), NOW + timedelta(days=3)))
    async with Hub.from_config(sandbox.config, clock=sandbox.clock, registry=kiosk.registry()) as hub:
        comparison = await hub.compare(request)

    assert [str(ranked.quote.price) for ranked in comparison.quotes] == ["12.50 EUR"] * 2
    assert comparison.refusals == ()


async def test_the_config_prices_foreign_currencies_and_keeps_files_to_itself(sandbox):
    """The ready hub table has rates, and its files are not those of the user's real accounts."""
    hub = sandbox.config["hub"]

    assert hub["currency"] == "EUR"
    assert "tasking-hub-sandbox-" in hub["pace_file"]
    assert "tasking-hub-sandbox-" in hub["order_book"]
    assert sandbox.config["accounts"] == {
        "kiosk": {"provider": "kiosk", "api_key": KEY, "base_url": f"{sandbox.url}/kiosk"}
    }


async def test_the_state_of_a_provider_can_be_reached(sandbox, provider):
    """`.provider(name)` is the very object that answers."""
    await provider.status()

    assert len(sandbox.provider("kiosk").tokens) == 1


async def test_a_provider_that_is_not_played_is_named():
    """Asking for another adapter lists those that are played; playing one that is not installed is refused."""
    sandbox = Sandbox(constellation=EMPTY, registry=kiosk.registry())

    with pytest.raises(ConfigurationError, match="'planet'; it plays: kiosk"):
        sandbox.provider("planet")
    with pytest.raises(ConfigurationError, match="no adapter named 'planet'"):
        Sandbox(constellation=EMPTY, registry=kiosk.registry(), providers=["planet"])


async def test_only_the_wanted_providers_are_played():
    """An empty choice plays nobody, and an unknown mount says so."""
    async with Sandbox(constellation=EMPTY, registry=kiosk.registry(), providers=[]) as sandbox:
        answer = await once(sandbox)

        assert (sandbox.config["accounts"], answer.status) == ({}, 404)


async def test_it_tells_nothing_before_it_runs_and_after():
    """There is no address outside `async with`."""
    sandbox = Sandbox(constellation=EMPTY, registry=kiosk.registry())
    with pytest.raises(ConfigurationError, match="not running"):
        _ = sandbox.config
    async with sandbox:
        url = sandbox.url
    with pytest.raises(ConfigurationError, match="not running"):
        _ = sandbox.url

    assert url.startswith("http://127.0.0.1:")


async def test_a_port_in_use_is_a_typed_error(sandbox):
    """The message names the port, not a traceback."""
    port = int(sandbox.url.rpartition(":")[2])

    with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"):
        async with Sandbox(constellation=EMPTY, registry=kiosk.registry(), port=port):
            pass


async def test_handlers_run_beside_the_loop_and_one_at_a_time(sandbox, http):
    """While a handler computes the loop goes on, and the next request to that provider waits."""
    inside, most, entered, release = 0, 0, asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(request):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        loop.call_soon_threadsafe(entered.set)
        release.wait(5)
        inside -= 1
        return reply(200, {})

    sandbox.provider("kiosk").account = slow
    first, second = (asyncio.create_task(once(sandbox)) for _ in range(2))
    await entered.wait()
    status, _ = await control(http, sandbox, "state.json", method="GET")
    release.set()
    answers = await asyncio.gather(first, second)

    assert (status, [answer.status for answer in answers], most) == (200, [200, 200], 1)


# --- Faults --------------------------------------------------------------------------------------


async def test_latency_is_waited_for_on_the_sandboxs_clock(sandbox, base):
    """A minute's delay passes on the sandbox's clock before the answer."""
    sandbox.clock.speed_up(10)
    sandbox.faults.add(Fault(kind="latency", delay_s=60))
    answer = await once(sandbox)

    assert (answer.status, base.slept) == (401, [6.0])


async def test_latency_can_be_real(sandbox, base):
    """A delay in real time is not shortened by the sandbox's speed."""
    sandbox.clock.speed_up(10)
    sandbox.faults.add(Fault(kind="latency", delay_s=2, real_time=True))
    await once(sandbox)

    assert base.slept == [2]


@pytest.mark.parametrize(("wait", "said"), [(None, None), (7, 7.0)])
async def test_a_rate_limit_reaches_the_caller_typed(sandbox, provider, wait, said):
    """A 429 is retried, and in the end says how long to wait where the provider said it."""
    sandbox.faults.add(Fault(kind="status", status=429, retry_after_s=wait, path="/v1/account"))

    with pytest.raises(RateLimitedError) as raised:
        await provider.status()
    assert (raised.value.retry_after_s, len(sandbox.requests)) == (said, 5)


async def test_a_passing_failure_is_survived(sandbox, provider):
    """Two 503 in a row, and the third try of a repeatable request gets the answer."""
    sandbox.faults.add(Fault(kind="status", status=503, path="/v1/account", times=2))
    status = await provider.status()

    assert status.contracts[0].id == "K-1"
    assert [record.status for record in sandbox.requests] == [200, 503, 503, 200]


async def test_a_lasting_failure_is_typed(sandbox, provider):
    """A provider that goes on failing is unavailable."""
    sandbox.faults.add(Fault(kind="status", status=502, path="/v1/*"))

    with pytest.raises(ProviderUnavailableError):
        await provider.status()


@pytest.mark.parametrize(("kind", "done"), [("drop-before", 0), ("drop-after", 1)])
async def test_a_dropped_connection_looks_the_same_whether_the_work_was_done_or_not(sandbox, kind, done):
    """The client sees a broken exchange either way; only the provider knows."""
    sandbox.faults.add(Fault(kind=kind))

    with pytest.raises(OutcomeUnknownError):
        await once(sandbox, "/v1/offers/x/price")
    assert sandbox.provider("kiosk").priced == done
    assert [(record.status, record.fault) for record in sandbox.requests] == [(None, kind)]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_request_that_may_not_be_repeated_is_sent_once(sandbox, http, method):
    """Also on a connection that was used before, whose first further request breaks: nothing sends it again."""
    async with AiohttpTransport(http) as transport:
        url = f"{sandbox.url}/kiosk/v1/account"
        await transport.send(HttpRequest(method=method, url=url, repeatable=False))
        sandbox.faults.add(Fault(kind="drop-after"))
        with pytest.raises(OutcomeUnknownError, match="broke off"):
            await transport.send(HttpRequest(method=method, url=url, repeatable=False))

    assert len(sandbox.requests) == 2


async def test_a_truncated_body_is_an_outcome_unknown(sandbox):
    """Fewer bytes than announced are never taken for the whole."""
    sandbox.faults.add(Fault(kind="truncate"))

    with pytest.raises(OutcomeUnknownError, match="broke off"):
        await once(sandbox, "/token", method="POST", form=GOOD_KEY)


@pytest.mark.parametrize("kind", ["html", "empty", "wrong-types"])
async def test_an_unreadable_answer_is_typed(sandbox, provider, kind):
    """HTML, nothing at all, and JSON of wrong types: malformed, not a crash."""
    sandbox.faults.add(Fault(kind=kind, status=200, path="/v1/account"))

    with pytest.raises(MalformedResponseError):
        await provider.status()


async def test_expired_tokens_are_renewed_once(sandbox, provider):
    """After the 401 the adapter fetches a new token and goes on."""
    await provider.status()
    sandbox.faults.add(Fault(kind="expire-tokens", path="/v1/account", times=1))
    await provider.status()

    assert [(record.path, record.status) for record in sandbox.requests][2:] == [
        ("/v1/account", 401),
        ("/token", 200),
        ("/v1/account", 200),
    ]


async def test_tokens_can_be_expired_by_hand(sandbox, provider):
    """`expire_tokens` makes every token useless; the next call renews."""
    await provider.status()
    sandbox.expire_tokens()
    await provider.status()

    assert [record.status for record in sandbox.requests] == [200, 200, 401, 200, 200]


async def test_a_trickled_body_arrives_whole(sandbox, base):
    """A slow body takes its time and is complete in the end."""
    sandbox.faults.add(Fault(kind="trickle", delay_s=8))
    answer = await once(sandbox, "/token", method="POST", form=GOOD_KEY)

    assert (answer.status, set(answer.json()), sum(base.slept)) == (200, {"access_token", "expires_in"}, 8)


async def test_a_client_that_gives_up_leaves_the_sandbox_running(sandbox, http):
    """A client that times out during a delay harms nobody else."""
    sandbox.clock = None  # not needed by the server
    sandbox.provider("kiosk").account = lambda request: reply(200, {"n": 1})
    hold = threading.Event()
    sandbox.provider("kiosk").token = lambda request: reply(200, {"held": hold.wait(5)})

    with pytest.raises(OutcomeUnknownError, match="no answer"):
        await once(sandbox, "/token", method="POST", form=GOOD_KEY, timeout_s=0.05)
    hold.set()
    answer = await once(sandbox)

    assert answer.json() == {"n": 1}


async def test_faults_can_be_there_from_the_start(base):
    """`faults=` arms before the first request."""
    faults = [Fault(kind="html", status=502, times=1)]
    clock = SandboxClock(base=base)
    async with Sandbox(clock=clock, constellation=EMPTY, registry=kiosk.registry(), faults=faults) as sandbox:
        answers = [await once(sandbox), await once(sandbox)]

        assert [answer.status for answer in answers] == [502, 401]


# --- The log -------------------------------------------------------------------------------------


async def test_the_log_says_what_came_and_when(sandbox):
    """Method, path below the mount, decoded query in order, status and sandbox time."""
    await once(sandbox, "/v1/a%20b?z=1&point%5Blat%5D=2&z=")
    record = sandbox.requests[0]

    assert (record.number, record.time, record.provider, record.method) == (1, NOW, "kiosk", "GET")
    assert (record.path, record.query, record.status) == (
        "/v1/a b",
        (("z", "1"), ("point[lat]", "2"), ("z", "")),
        404,
    )


SECRETS = {
    "header": {"headers": {"Authorization": "Bearer hidden-1", "X-Api-Key": "hidden-1", "Cookie": "s=hidden-1"}},
    "query": {"params": {"api_key": "hidden-1", "key": "hidden-1", "shown": "yes"}},
    "form": {"data": {"apikey": "hidden-1", "client_secret": "hidden-1", "shown": "yes"}},
    "json": {"json": {"deep": [{"password": "hidden-1", "apiKey": {"v": "hidden-1"}}], "shown": "yes"}},
    "unreadable body": {"data": b"{hidden-1"},
    "basic": {"headers": {"Authorization": "Basic hidden-1", "Proxy-Authorization": "Basic hidden-1"}},
}


@pytest.mark.parametrize("where", SECRETS)
async def test_credentials_are_not_written_down(sandbox, http, where):
    """Wherever a credential may stand it is masked in the log and in requests.json; the rest is kept."""
    async with http.post(f"{sandbox.url}/kiosk/v1/account", **SECRETS[where]):
        pass
    _, shown = await control(http, sandbox, "requests.json", method="GET")
    texts = [repr(sandbox.requests), json.dumps(shown)]

    assert ["hidden-1" in text for text in texts] == [False, False]
    assert ("yes" in texts[0]) is (where in {"query", "form", "json"})


async def test_what_is_no_credential_stays_readable(sandbox, http):
    """Masking does not swallow what an adapter's author wants to see."""
    body = {"segmentKey": "abc", "grant_type": "api_key", "options": [{"key": "licence", "value": "x"}]}
    async with http.post(f"{sandbox.url}/kiosk/v1/account", json=body):
        pass

    assert json.loads(sandbox.requests[0].body) == body


# --- /_sandbox/ ----------------------------------------------------------------------------------


async def test_the_state_is_told(sandbox, http):
    """Clock, providers, faults and the number of requests."""
    sandbox.faults.add(Fault(kind="status", path="/v1/*", times=2))
    await once(sandbox)
    status, state = await control(http, sandbox, "state.json", method="GET")

    assert status == 200
    assert state["clock"] == {"now": "2026-11-21T09:00:00Z", "speed": 1.0}
    assert state["providers"] == [{"name": "kiosk", "url": f"{sandbox.url}/kiosk"}]
    assert (state["seed"], state["requests"], state["last_request"]) == (7, 1, 1)
    assert [(fault["kind"], fault["times"], fault["struck"], fault["spent"]) for fault in state["faults"]] == [
        ("status", 2, 1, False)
    ]


async def test_the_last_requests_can_be_asked_for(sandbox, http):
    """`?last=` keeps the answer short."""
    for _ in range(3):
        await once(sandbox)
    _, every = await control(http, sandbox, "requests.json", method="GET")
    _, last = await control(http, sandbox, "requests.json?last=2", method="GET")
    status, _ = await control(http, sandbox, "requests.json?last=-1", method="GET")

    assert ([one["number"] for one in every], last, status) == ([1, 2, 3], every[1:], 400)


async def test_the_clock_is_set_over_http(sandbox, http):
    """Time, then the skip, then the speed."""
    status, state = await control(
        http, sandbox, "clock", {"now": "2026-12-24T18:00:00+01:00", "speed": 60, "advance_s": 30}
    )

    assert (status, state["clock"]) == (200, {"now": "2026-12-24T17:00:30Z", "speed": 60.0})
    assert (sandbox.clock.now(), sandbox.clock.speed) == (datetime(2026, 12, 24, 17, 0, 30, tzinfo=UTC), 60)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("clock", {"now": "tomorrow"}, "RFC 3339"),
        ("clock", {"now": 5}, "now must be text"),
        ("clock", {"now": "2026-12-24T17:00:00Z", "speed": 0}, "speed"),
        ("clock", {"speed": "fast"}, "speed must be a number"),
        ("clock", {"speed": True}, "speed must be a number"),
        ("clock", {"advance_s": -1}, "advanced"),
        ("clock", {"advance_s": 1e30}, "calendar"),
        ("clock", {"spede": 2}, "unknown member 'spede'"),
        ("clock", [], "a JSON object"),
        ("faults", {}, "required field missing @ $.kind"),
        ("faults", {"kind": "flood"}, "flood"),
        ("faults", {"kind": "html", "times": 0}, "times"),
        ("faults", {"kind": "html", "times": "one"}, "times"),
        ("faults", {"kind": "html", "path": "^("}, "regular expression"),
        ("faults", {"kind": "html", "latency": 1}, "unknown member 'latency'"),
    ],
)
async def test_a_mistake_is_told_and_changes_nothing(sandbox, http, path, body, said):
    """400 with words; clock and faults stay as they were."""
    status, answer = await control(http, sandbox, path, body)

    assert (status, said in answer["error"]) == (400, True), answer
    assert (sandbox.clock.now(), sandbox.clock.speed, sandbox.faults.list()) == (NOW, 1.0, ())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"speed": NaN}', b"[" * 50_000])
async def test_a_body_that_is_not_json_is_told(sandbox, http, body):
    """Whatever the bytes, the answer is a 400 in JSON."""
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{sandbox.url}/_sandbox/clock", data=body, headers=headers) as answer:
        assert (answer.status, set(await answer.json())) == (400, {"error", "field"})


async def test_faults_are_added_and_cleared_over_http(sandbox, http):
    """Added by POST, cleared by number or all at once."""
    fault = {"kind": "status", "provider": "kiosk", "path": "^/v1/", "times": None, "status": 429, "retry_after_s": 3}
    numbers = [(await control(http, sandbox, "faults", fault))[1]["number"] for _ in range(3)]
    cleared = [(await control(http, sandbox, f"faults/{number}", method="DELETE"))[0] for number in (1, 1)]
    left = [armed.number for armed in sandbox.faults.list()]
    all_cleared, _ = await control(http, sandbox, "faults", method="DELETE")

    assert (numbers, cleared, left, all_cleared, sandbox.faults.list()) == ([1, 2, 3], [204, 404], [2, 3], 204, ())


async def test_a_fault_over_http_strikes(sandbox, http):
    """What was armed over HTTP happens on the next request."""
    await control(http, sandbox, "faults", {"kind": "status", "status": 429, "retry_after_s": 3})
    answer = await once(sandbox)

    assert (answer.status, answer.headers["retry-after"]) == (429, "3")


async def test_the_page_is_self_contained(sandbox, http):
    """One HTML page that loads nothing from anywhere and may not be framed."""
    async with http.get(f"{sandbox.url}/_sandbox/") as answer:
        text = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert [word for word in ("src=", "href=", "http://", "https://", "innerHTML") if word in text] == []


# --- Who may use it ------------------------------------------------------------------------------


async def test_it_listens_on_loopback_only(sandbox):
    """No other address of this machine answers at the port."""
    port = int(sandbox.url.rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(2)
        # 127.0.0.2 is loopback too, and would be answered by a server that listens everywhere.
        refused = other.connect_ex(("127.0.0.2", port))

    assert refused != 0


@pytest.mark.parametrize("path", ["_sandbox/", "_sandbox/state.json", "kiosk/v1/account"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1"])
async def test_a_name_that_merely_points_here_is_refused(sandbox, http, path, host):
    """DNS rebinding: the Host of such a request is the attacker's."""
    async with http.get(f"{sandbox.url}/{path}", headers={"Host": host}) as answer:
        assert answer.status in {400, 403}
    assert sandbox.requests == ()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:80"])
async def test_this_machines_names_are_welcome(sandbox, http, host):
    """Every loopback name may be used, whatever the port (it may be forwarded)."""
    async with http.get(f"{sandbox.url}/_sandbox/state.json", headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_other_sites_cannot_change_anything(sandbox, http, method):
    """A request that a browser marks with a foreign origin is refused."""
    sandbox.faults.add(Fault(kind="html"))
    status, _ = await control(
        http, sandbox, "faults", {"kind": "html"}, method=method, headers={"Origin": "https://evil.example"}
    )

    assert (status, len(sandbox.faults.list())) == (403, 1)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_cannot_set_the_clock(sandbox, http, kind):
    """What any page may send without asking the browser first is refused."""
    body = '{"speed": 60}'
    async with http.post(f"{sandbox.url}/_sandbox/clock", data=body, headers={"Content-Type": kind}) as answer:
        said = await answer.json()

    assert (answer.status, sandbox.clock.speed) == (400, 1.0)
    assert "application/json" in said["error"]


# --- Without the extra ---------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["numpy", "sgp4", "sgp4.api"])
def test_a_missing_extra_is_named(monkeypatch, missing):
    """Without numpy or sgp4 the import says what to install."""
    for name in [name for name in sys.modules if name.startswith(("tasking_hub.sandbox", "sgp4"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(MissingDependencyError, match=r'pip install "tasking-hub\[sandbox\]"'):
        import tasking_hub.sandbox  # noqa: F401, PLC0415 - the import is under test


def test_any_other_missing_module_is_not_mistaken_for_the_extra(monkeypatch):
    """A broken installation keeps its own error."""
    for name in [name for name in sys.modules if name.startswith("tasking_hub.sandbox")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tasking_hub.sandbox.base", None)

    with pytest.raises(ModuleNotFoundError, match=r"tasking_hub\.sandbox\.base"):
        import tasking_hub.sandbox  # noqa: F401, PLC0415 - the import is under test


async def test_a_refused_key_is_typed(sandbox):
    """The sandbox refuses a key that it does not know, as the provider would."""
    settings = KioskSettings(api_key=Secret("wrong"), base_url=f"{sandbox.url}/kiosk")
    async with AiohttpTransport() as transport:
        provider = open_provider(KioskProvider, settings, transport, sandbox.clock)
        with pytest.raises(AuthenticationError):
            await provider.status()

    assert isinstance(sandbox.provider("kiosk"), KioskSandbox)
