"""The conformance suite passes a sound adapter, and says which rule an unsound one breaks."""

import mutants
from kiosk import KioskProvider

from tasking_hub.testing import ProviderConformance

pytest_plugins = ["pytester"]


class TestKiosk(ProviderConformance):
    """A sound adapter meets the whole contract."""

    provider_type = KioskProvider


SUITE = """
class Test{name}(ProviderConformance):
    provider_type = mutants.{name}
"""


def test_a_broken_rule_is_found(pytester):
    """Each mutant fails the test of the rule that it breaks."""
    suites = [SUITE.format(name=mutant.__name__) for mutant in mutants.EXPECTED]
    pytester.makepyfile("\n".join(["import mutants", "from tasking_hub.testing import ProviderConformance", *suites]))
    wanted = [f"Test{mutant.__name__} and {test}" for mutant, test in mutants.EXPECTED.items()]
    run = pytester.inline_run("-k", " or ".join(wanted), "-p", "no:cacheprovider", "-p", "no:asyncio")
    failed = {tuple(report.nodeid.partition("[")[0].split("::")[1:]) for report in run.listoutcomes()[2]}

    assert failed == {(f"Test{mutant.__name__}", test) for mutant, test in mutants.EXPECTED.items()}
