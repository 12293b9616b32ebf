"""The checks, each as a session: nox -s lint typing tests docs package."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "typing", "tests", "docs", "package"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
SOURCES = ("tasking_hub", "providers")


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PYPROJECT, name))


def built_wheel(session: nox.Session) -> str:
    folder = Path(session.create_tmp()) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--outdir", str(folder), silent=True)
    (wheel,) = folder.glob("*.whl")
    return str(wheel)


@nox.session
def lint(session: nox.Session) -> None:
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("interrogate", "-q", *SOURCES)


@nox.session
def typing(session: nox.Session) -> None:
    session.install("-e", ".[test]", *group("typing"))
    session.run("mypy", *SOURCES, "tests/typing")
    session.run("pyright")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the built wheel, not against the checkout."""
    session.install(f"{built_wheel(session)}[test]")
    session.run(
        "python",
        "-m",
        "pytest",
        "--cov",
        "--cov-report=term",
        *session.posargs,
        env={"PYTHONSAFEPATH": "1"},
    )


@nox.session
def docs(session: nox.Session) -> None:
    session.install("-e", ".[cli,orders,sandbox]", *group("docs"))
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def package(session: nox.Session) -> None:
    session.install(*group("package"))
    wheel = built_wheel(session)
    session.run("check-wheel-contents", wheel)
