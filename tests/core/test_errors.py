"""The error tree: one root, everything exported, drawn as it is, picklable, and discreet."""

import inspect
import pickle

import pytest

import tasking_hub
from tasking_hub import errors
from tasking_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    MalformedResponseError,
    OutcomeUnknownError,
    QuoteRefusedError,
    RateLimitedError,
    TaskingHubError,
    UnsentRequestError,
)
from tasking_hub.models import Refusal, RefusalCode

ALL = {
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
}
WHERE = {"method": "POST", "url": "https://provider.invalid/orders"}
REFUSAL = Refusal(account="airbus", provider="airbus", code=RefusalCode.NO_OPPORTUNITY, message="no pass")
SAMPLES = [
    ConfigurationError("accounts.airbus.api_key: required key missing"),
    InvalidRequestError("no such day", "start"),
    QuoteRefusedError(REFUSAL),
    UnsentRequestError("no connection", **WHERE),
    OutcomeUnknownError("no answer within 60 s", **WHERE),
    AuthenticationError(status=401, code="E1", provider_message="bad key", body="…", **WHERE),
    RateLimitedError(status=429, retry_after_s=600.0, **WHERE),
    MalformedResponseError(["required field missing @ $.id"], **WHERE),
]


def _drawn() -> set[tuple[str, str]]:
    """Child and parent of every line of the tree in the module's docstring, by indentation."""
    lines = [line for line in (errors.__doc__ or "").splitlines() if line.strip().partition(" ")[0].endswith("Error")]
    pairs, above = set(), {}
    for line in lines:
        depth, name = len(line) - len(line.lstrip()), line.split()[0]
        above[depth] = name
        parent = [word for level, word in above.items() if level < depth]
        above = {level: word for level, word in above.items() if level <= depth}
        pairs.add((name, parent[-1] if parent else "Exception"))
    return pairs


def test_tree_in_the_docstring_is_the_real_tree():
    """What the module's docstring draws is what Python knows, child by child."""
    assert _drawn() == {(kind.__name__, kind.__bases__[0].__name__) for kind in ALL}


def test_every_error_is_exported():
    """Every class of the tree is in the module's and in the package's public names."""
    names = {kind.__name__ for kind in ALL}

    assert names == set(errors.__all__)
    assert names <= set(tasking_hub.__all__)


def test_one_root():
    """Catching the root catches every error of the tree."""
    assert {kind for kind in ALL if not issubclass(kind, TaskingHubError)} == set()


def test_invalid_request_is_a_value_error():
    """Code that knows nothing of this package can catch a bad value as such."""
    assert issubclass(InvalidRequestError, ValueError)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_errors_survive_a_process_pool(error):
    """Pickled and read back, an error has its class, message and facts."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_body_stays_out_of_the_message():
    """The body is kept for debugging and never shown."""
    error = AuthenticationError(status=401, body="token=hush", **WHERE)

    assert (str(error), error.body) == ("POST https://provider.invalid/orders answered 401", "token=hush")


def test_message_names_code_and_words():
    """What the provider said stands in the message, code first."""
    error = RateLimitedError(status=429, code="E7", provider_message="slow down", **WHERE)

    assert str(error) == "POST https://provider.invalid/orders answered 429 (E7: slow down)"


def test_malformed_answer_shows_five_problems_and_counts_the_rest():
    """A broken list of 200 windows does not fill the terminal, yet every problem is kept."""
    problems = [f"expected a string @ $[{index}].id" for index in range(200)]
    error = MalformedResponseError(problems, **WHERE)

    assert str(error) == f"POST https://provider.invalid/orders: {'; '.join(problems[:5])}; and 195 more"
    assert len(error.problems) == 200


def test_malformed_answer_without_address_starts_with_the_problem():
    """Where no request is known the message has no stray separator."""
    assert str(MalformedResponseError(["not JSON @ $"])) == "not JSON @ $"


def test_refused_quote_carries_the_refusal():
    """The typed reason is reachable, and the message names the account."""
    error = QuoteRefusedError(REFUSAL)

    assert (error.refusal, str(error)) == (REFUSAL, "airbus: no pass")
