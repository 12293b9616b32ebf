"""The contract of an adapter as tests that it inherits: what the hub, the buyer and the buyer's security rely on."""

import pytest

# Library code explains its failed asserts only where pytest rewrites it, which must be said before it is imported.
pytest.register_assert_rewrite(
    "tasking_hub.testing.conformance.answers",
    "tasking_hub.testing.conformance.failures",
    "tasking_hub.testing.conformance.identity",
)

from tasking_hub.testing.conformance.answers import AnswersContract  # noqa: E402 - see above
from tasking_hub.testing.conformance.failures import FailuresContract  # noqa: E402 - see above
from tasking_hub.testing.conformance.identity import IdentityContract  # noqa: E402 - see above

__all__ = ["ProviderConformance"]


class ProviderConformance(IdentityContract, AnswersContract, FailuresContract):
    """Inherit it and name the adapter, and pytest checks its contract against its own sandbox, without a network.

        class TestKiosk(ProviderConformance):
            provider_type = KioskProvider

    Each test has a fresh sandbox whose clock stands still. Override `requests` with requests that show more of the
    adapter; at least one of them must lead to a price. Set `account`, or override
    `tables`, to try other accounts.
    """
