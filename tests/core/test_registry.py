"""Adapters are found by entry point, loaded when asked for, and never confused."""

from importlib.metadata import EntryPoint

import pytest

from tasking_hub.errors import ConfigurationError, ProviderNotFoundError
from tasking_hub.provider import AccountSettings, Capabilities, Provider
from tasking_hub.registry import GROUP, Registry


class Sample(Provider[AccountSettings]):
    """An adapter in name only: the registry looks at classes, not at what they do."""

    name = "sample"
    capabilities = Capabilities(
        title="Sample", imaging=frozenset(), areas=frozenset(), requirements=frozenset(), products=()
    )


NOT_AN_ADAPTER = object()


class Distribution:
    """What an entry point knows of where it comes from."""

    def __init__(self, name):
        self.name = name


def point(name, value, distribution=None):
    """An entry point as an installed distribution declares it."""
    found = EntryPoint(name, value, GROUP)
    return found._for(Distribution(distribution)) if distribution else found


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    """This module can be imported by entry points under a plain name."""
    import sys  # noqa: PLC0415 - for this fixture alone

    monkeypatch.setitem(sys.modules, "sample_adapter", sys.modules[__name__])


def test_an_adapter_by_name():
    """What an entry point names is what comes back."""
    assert Registry([point("sample", "sample_adapter:Sample")]).get("sample") is Sample


def test_names_are_sorted():
    """Names come in alphabetical order, whatever the order of installation, and nothing is imported for them."""
    registry = Registry(point(name, "no_such_module:X") for name in ("planet", "airbus", "iceye"))

    assert registry.names() == ("airbus", "iceye", "planet")


@pytest.mark.parametrize(
    ("installed", "listed"), [([], "none"), (["planet", "airbus"], "airbus, planet")], ids=["nothing", "others"]
)
def test_an_unknown_name_lists_what_there_is(installed, listed):
    """A misspelt provider is answered with those that are installed."""
    registry = Registry(point(name, "sample_adapter:Sample") for name in installed)

    with pytest.raises(ProviderNotFoundError, match=f"^no adapter named 'airbuss' is installed; installed: {listed}$"):
        registry.get("airbuss")


def test_two_adapters_of_one_name_are_refused():
    """Which of two would buy is not left to chance; both are named with their distributions."""
    registry = Registry(
        [
            point("sample", "sample_adapter:Sample", "first"),
            point("sample", "another:Sample", "second"),
            point("other", "sample_adapter:Sample", "first"),
        ]
    )

    assert registry.names() == ("other", "sample")
    with pytest.raises(ConfigurationError) as caught:
        registry.get("sample")
    assert str(caught.value) == (
        "two adapters claim the name 'sample': another:Sample (second), sample_adapter:Sample (first); uninstall one"
    )


def test_one_class_claimed_by_two_distributions_is_refused():
    """The same path in two distributions is two adapters: which one is imported depends on the path."""
    registry = Registry([point("sample", "sample_adapter:Sample", name) for name in ("first", "second")])

    with pytest.raises(ConfigurationError, match="two adapters claim the name 'sample'"):
        registry.get("sample")


def test_one_distribution_seen_twice_is_one():
    """A checkout beside its own installed copy is no rival to itself."""
    registry = Registry([point("sample", "sample_adapter:Sample", "mine") for _ in range(2)])

    assert registry.get("sample") is Sample


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("no_such_module:X", r"cannot be imported: No module named 'no_such_module'"),
        ("sample_adapter:Missing", r"cannot be imported: .*no attribute 'Missing'"),
        ("sample_adapter:NOT_AN_ADAPTER", r"is not a tasking_hub\.Provider"),
        ("sample_adapter:Distribution", r"is not a tasking_hub\.Provider"),
        ("sample_adapter:point", r"is not a tasking_hub\.Provider"),
    ],
)
def test_what_cannot_be_used_is_named(value, problem):
    """A broken adapter is a mistake of the installation, named with entry point and reason."""
    with pytest.raises(ConfigurationError, match=rf"^the adapter 'sample' \({value}\) {problem}$"):
        Registry([point("sample", value)]).get("sample")


def test_an_adapter_under_a_false_name_is_refused():
    """An account of one provider never reaches the adapter of another."""
    with pytest.raises(ConfigurationError, match="calls itself 'sample': both names must be the same"):
        Registry([point("airbus", "sample_adapter:Sample")]).get("airbus")


def test_the_projects_own_adapters_are_installed():
    """What this distribution declares is found and can be loaded, each under its own name."""
    registry = Registry()

    assert {"airbus", "iceye", "planet"} <= set(registry.names())
    assert [registry.get(name).name for name in ("airbus", "iceye", "planet")] == ["airbus", "iceye", "planet"]


@pytest.mark.parametrize("number", [0, -1, float("nan")])
def test_a_pace_that_cannot_be_meant_is_refused_with_the_settings(number):
    """Every adapter's settings refuse a pace of nothing."""
    with pytest.raises(ConfigurationError, match="requests_per_second must be above 0"):
        AccountSettings(requests_per_second=number)
