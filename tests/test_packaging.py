"""The house keeps its rules: what is public, who may import what, and what an import costs."""

import ast
import inspect
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest

import tasking_hub
from tasking_hub.registry import GROUP

ROOT = Path(__file__).parents[1]
CORE = ROOT / "tasking_hub"
ADAPTERS = sorted(path for path in (ROOT / "providers").glob("tasking_hub_*") if path.is_dir())
ADAPTER_NAMES = {adapter.name for adapter in ADAPTERS}
CORE_FILES = sorted(CORE.rglob("*.py"))
ADAPTER_FILES = sorted(file for adapter in ADAPTERS for file in adapter.rglob("*.py"))
FILES = CORE_FILES + ADAPTER_FILES
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))
PUBLIC_MODULES = {"tasking_hub", "tasking_hub.wire", "tasking_hub.testing", "tasking_hub.sandbox"}
SAME_FILES = {
    "__init__.py",
    "options.py",
    "ordering.py",
    "provider.py",
    "py.typed",
    "sandbox/__init__.py",
    "sandbox/catalogue.py",
    "sandbox/checks.py",
    "sandbox/life.py",
    "sandbox/orders.py",
    "translate/__init__.py",
    "translate/account.py",
    "translate/adjustments.py",
    "translate/collecting.py",
    "translate/following.py",
    "translate/leaving.py",
    "translate/opportunities.py",
    "translate/orders.py",
    "translate/pages.py",
    "translate/quotes.py",
    "translate/refusals.py",
    "translate/requests.py",
    "translate/rules.py",
    "wire.py",
    "wire_orders.py",
}
AGREED_NAMES = {
    "following.py": "reads orders, images and decisions, where `ordering.py` would be too long with it",
    "sandbox/api.py": "the endpoints up to the price",
    "sandbox/errors.py": "the provider's error bodies",
    "sandbox/files.py": "files of orders, and what leads to them",
    "sandbox/keys.py": "who is let in",
    "sandbox/pricing.py": "what a body costs, and whether it may be had",
    "translate/filters.py": "what of the answers is of use to the caller, and what would let the rest in",
    "translate/inquiry.py": "what a caller wants, in the terms that the provider's questions are made of",
    "translate/plan.py": "what a request comes down to, decided before anything is asked",
}
"""Jobs that not every adapter has a file for, and the name of the file where there is one."""

OWN_FILES = {
    "tasking_hub_airbus": {
        "sandbox/areas.py",
        "sandbox/lucene.py",
        "sandbox/neo.py",
        "sandbox/options.py",
        "sandbox/reading.py",
        "sandbox/search.py",
        "sandbox/segments.py",
        "sandbox/tracking.py",
        "translate/deciding.py",
        "translate/placing.py",
        "translate/production.py",
        "translate/properties.py",
        "translate/searching.py",
        "translate/segments.py",
        "translate/sun.py",
        "translate/taskings.py",
        "wire_questions.py",
    },
    "tasking_hub_iceye": {
        "credentials.py",
        "directory.py",
        "sandbox/pages.py",
        "sandbox/products.py",
        "sandbox/sky.py",
        "sandbox/webhooks.py",
        "translate/choice.py",
        "translate/contract.py",
        "translate/hooks.py",
        "translate/modes.py",
    },
    "tasking_hub_planet": {
        "sandbox/bulk.py",
        "sandbox/captures.py",
        "sandbox/flexible.py",
        "sandbox/ledger.py",
        "sandbox/windows.py",
        "translate/bulk.py",
        "translate/echo.py",
        "translate/flexible.py",
        "translate/listing.py",
    },
}
"""What one provider has and no other: all that two adapters side by side may differ in."""

Import = tuple[str, str | None]


@cache
def tree(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def running(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every node but those that are there for type checkers only."""
    for node in nodes:
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            yield from running(ast.iter_child_nodes(node))


@cache
def imports(path: Path) -> frozenset[Import]:
    """Module and name of all that a file imports when it runs, wherever it says so; no name for `import x`."""
    found: set[Import] = set()
    for node in running([tree(path)]):
        if isinstance(node, ast.Import):
            found |= {(alias.name, None) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or ".", alias.name) for alias in node.names}
    return frozenset(found)


def under(module: str, *packages: str) -> bool:
    """Whether a module is one of these packages or a part of one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def package_of(path: Path) -> str:
    """The adapter that a file belongs to."""
    return path.relative_to(ROOT / "providers").parts[0]


def offences(found: dict[Path, object]) -> dict[str, object]:
    """Files with something that they must not have."""
    return {str(path.relative_to(ROOT)): wrong for path, wrong in found.items() if wrong}


# --- What is public ----------------------------------------------------------------------------------


def test_public_names_are_sorted_and_complete():
    """`__all__` is in order, without doubles, and names everything public that is imported there."""
    visible = {
        name
        for name, value in vars(tasking_hub).items()
        if not name.startswith("_") and (not isinstance(value, ModuleType) or name in tasking_hub.__all__)
    }

    assert tasking_hub.__all__ == sorted(visible)


def test_public_names_are_documented():
    """Everything public says what it promises."""
    public = {name: getattr(tasking_hub, name) for name in tasking_hub.__all__}
    silent = {name for name, value in public.items() if not (value.__doc__ or "").strip()}

    assert {name for name in silent if inspect.isclass(public[name]) or inspect.isroutine(public[name])} == set()


def test_every_module_says_what_it_is():
    """A module begins with a docstring."""
    assert offences({path: not ast.get_docstring(tree(path)) for path in FILES}) == {}


def test_every_package_is_typed():
    """Type checkers are told that the annotations are meant."""
    assert [package.name for package in (CORE, *ADAPTERS) if not (package / "py.typed").is_file()] == []


def test_entry_points_are_those_that_are_declared():
    """What is installed is what the project file says, one for each adapter's folder."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"][GROUP]
    installed = {point.name: point.value for point in entry_points(group=GROUP)}

    assert {name: installed.get(name) for name in declared} == declared
    assert {value.partition(":")[0] for value in declared.values()} == ADAPTER_NAMES


def _without_docstring(path: Path) -> list[str]:
    functions = (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [test.name for test in functions if test.name.startswith("test_") and not ast.get_docstring(test)]


def test_every_test_states_its_property():
    """A test says in words what must hold, wherever it stands."""
    files = [*TEST_FILES, *CORE_FILES, *(ROOT / "examples").rglob("*.py")]

    assert len(TEST_FILES) > 1
    assert offences({path: _without_docstring(path) for path in files}) == {}


# --- Who may import what -----------------------------------------------------------------------------


def test_the_core_knows_no_provider():
    """The core imports no adapter, not even inside a function."""
    found = {path: [module for module, _ in imports(path) if under(module, *ADAPTER_NAMES)] for path in CORE_FILES}

    assert offences(found) == {}


def _network(path: Path) -> list[Import]:
    """What a file imports of the network libraries and must not: the sandbox and its test tools may serve."""
    found = [pair for pair in imports(path) if under(pair[0], "aiohttp", "backoff")]
    if path == CORE / "transport.py":
        return []
    if any(path.is_relative_to(CORE / folder) for folder in ("sandbox", "testing")):
        return [pair for pair in found if pair != ("aiohttp", "web") and not under(pair[0], "aiohttp.test_utils")]
    return found


def test_only_the_transport_knows_the_network():
    """The client of aiohttp and backoff are imported by the transport alone."""
    assert offences({path: _network(path) for path in FILES}) == {}
    assert {("aiohttp", None), ("backoff", None)} <= imports(CORE / "transport.py")


def _private(path: Path) -> list[Import]:
    """What a file of an adapter imports of this project and a stranger's adapter could not."""
    of_project = [pair for pair in imports(path) if pair[0].startswith("tasking_hub")]
    of_others = [pair for pair in of_project if not under(pair[0], package_of(path))]
    return [
        (module, name)
        for module, name in of_others
        if module not in PUBLIC_MODULES or (module == "tasking_hub" and name not in tasking_hub.__all__)
    ]


def test_adapters_use_what_is_public():
    """An adapter of ours imports what a stranger's may import, and no other adapter."""
    assert offences({path: _private(path) for path in ADAPTER_FILES}) == {}


def _sandbox(path: Path) -> list[str]:
    """Imports of the sandbox, which needs an extra, by a file that is used without it."""
    own = f"{package_of(path)}.sandbox"
    if path.is_relative_to(ROOT / "providers" / package_of(path) / "sandbox"):
        return []
    at_import = [node.module or "." for node in tree(path).body if isinstance(node, ast.ImportFrom)]
    return [module for module in at_import if under(module, own)] + [
        module for module, _ in imports(path) if under(module, "tasking_hub.sandbox")
    ]


def test_adapters_leave_the_sandbox_to_the_sandbox():
    """Only an adapter's own sandbox imports the core's, and is itself imported when it is asked for."""
    assert offences({path: _sandbox(path) for path in ADAPTER_FILES}) == {}


def test_adapters_have_the_same_files():
    """Two adapters side by side: the same question is answered in the file of the same name."""
    files = {adapter: {str(path.relative_to(adapter)) for path in adapter.rglob("*")} for adapter in ADAPTERS}

    assert offences({adapter: SAME_FILES - found for adapter, found in files.items()}) == {}


def test_a_file_of_one_adapter_does_a_job_that_no_other_has():
    """A new file has an agreed name, or is named here as what only this provider has: then in no other adapter."""
    known = SAME_FILES | AGREED_NAMES.keys()
    files = {adapter: {str(path.relative_to(adapter)) for path in adapter.rglob("*.py")} for adapter in ADAPTERS}
    own = [name for names in OWN_FILES.values() for name in names]

    assert offences({adapter: found - known ^ OWN_FILES[adapter.name] for adapter, found in files.items()}) == {}
    assert len(own) == len({*own} - known)


def _prints(path: Path) -> list[int]:
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return [function.lineno for function in calls if isinstance(function, ast.Name) and function.id == "print"]


def test_only_the_command_line_prints():
    """A library does not write to somebody else's terminal."""
    assert offences({path: _prints(path) for path in FILES if not path.is_relative_to(CORE / "cli")}) == {}


# --- What an import costs ----------------------------------------------------------------------------

IMPORT_ALL = """
import importlib, json, pkgutil, sys

touched = []
watched = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen")
sys.addaudithook(lambda event, args: touched.append(event) if event in watched else None)
package = importlib.import_module(sys.argv[1])
alone = sorted(sys.modules)
if sys.argv[2:3] == ["all"]:
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name not in sys.argv[3:]:
            importlib.import_module(module.name)
print(json.dumps([alone, touched, sorted(sys.modules)]))
"""


SCRIPTS = ("tasking_hub.orders.migrations.env",)  # Alembic runs it; it is not there to be imported


def imported(package: str, *everything: str) -> tuple[set[str], list[str], set[str]]:
    """Modules that a package's import brings, what importing did outside, and all modules at the end."""
    run = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-P", "-W", "error", "-c", IMPORT_ALL, package, *everything, *SCRIPTS],
        capture_output=True,
        check=True,
        text=True,
    )
    alone, touched, at_the_end = json.loads(run.stdout)
    return set(alone), touched, set(at_the_end)


def test_importing_the_package_needs_no_extra():
    """`import tasking_hub` loads nothing that belongs to an extra, to tests or to an adapter."""
    modules, _, _ = imported("tasking_hub")
    heavy = {"cyclopts", "pytest", "rich", "sgp4", "aiohttp.web", "aiohttp.test_utils", "hypothesis"}

    assert (heavy | ADAPTER_NAMES) & modules == set()


@pytest.mark.parametrize("adapter", sorted(ADAPTER_NAMES))
def test_importing_an_adapter_needs_no_extra(adapter):
    """An adapter is imported without its sandbox and without the other adapters."""
    modules, touched, _ = imported(adapter)
    others = ADAPTER_NAMES - {adapter}

    assert ({"sgp4", "tasking_hub.sandbox", f"{adapter}.sandbox"} | others) & modules == set()
    assert touched == []


def test_nothing_touches_the_network_at_import():
    """Importing every module of the package opens no socket, looks up no name and starts no process."""
    _, touched, modules = imported("tasking_hub", "all")

    assert touched == []
    assert {"tasking_hub.hub", "tasking_hub.sandbox.server", "tasking_hub.testing"} <= modules
