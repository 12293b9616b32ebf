"""An error body that is a decision: no status can make it look like a fault."""

import pytest

from tasking_hub import ErrorDetail, HttpResponse, ProviderUnavailableError, RateLimitedError, RejectedRequestError
from tasking_hub.messages import check_status


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, RejectedRequestError), (503, RejectedRequestError), (401, RejectedRequestError), (429, RateLimitedError)],
)
def test_a_final_answer_is_a_rejection_at_any_status_but_429(clock, status, expected):
    """What the provider calls decided is a rejection, with its code kept; a 429 stays one."""

    def decided(_response):
        return ErrorDetail(code="ERR_NO_SENSOR", message="no", final=True)

    with pytest.raises(expected) as caught:
        check_status(HttpResponse(status=status), decided, clock)

    assert (type(caught.value), caught.value.code) == (expected, "ERR_NO_SENSOR")


def test_a_500_is_a_fault_unless_the_body_says_it_is_final(clock):
    """Without the flag a 5xx stays a fault that may be tried again."""
    with pytest.raises(ProviderUnavailableError):
        check_status(HttpResponse(status=500), lambda _response: ErrorDetail(code="X"), clock)
