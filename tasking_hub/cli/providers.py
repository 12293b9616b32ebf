"""`tasking-hub providers`: which adapters are installed, and what each can do."""

from __future__ import annotations

import json
from typing import Annotated, Any, TextIO

from tasking_hub.cli.failures import Exit
from tasking_hub.cli.options import DEBUG, FORMAT, TO_FILE, ListFormat
from tasking_hub.cli.output import opened
from tasking_hub.cli.tables import Fact, section, show
from tasking_hub.errors import ConfigurationError
from tasking_hub.provider import Capabilities
from tasking_hub.registry import Registry


def providers(
    *,
    format: Annotated[ListFormat, FORMAT] = ListFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
    debug: Annotated[bool, DEBUG] = False,  # noqa: ARG001 - read where errors are caught
) -> Exit:
    """List the installed adapters and what each can do.

    An adapter that cannot be used is listed with the reason.
    """
    registry = Registry()
    found = {name: _capabilities(name, registry) for name in registry.names()}
    with opened(output, for_people=format is ListFormat.TABLE) as file:
        (_write_json if format is ListFormat.JSON else _write_table)(found, file)
    return Exit.DONE if any(isinstance(item, Capabilities) for item in found.values()) else Exit.FAILED


def _capabilities(name: str, registry: Registry) -> Capabilities | str:
    try:
        return registry.get(name).capabilities
    except ConfigurationError as error:
        return str(error)


def _write_json(found: dict[str, Capabilities | str], file: TextIO) -> None:
    json.dump([_document(name, item) for name, item in found.items()], file, indent=2, ensure_ascii=False)
    file.write("\n")


def _document(name: str, found: Capabilities | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"name": name, "problem": found}
    return {
        "name": name,
        "title": found.title,
        "imaging": sorted(found.imaging),
        "areas": sorted(found.areas),
        "requirements": sorted(found.requirements),
        "products": list(found.products),
        "problem": None,
    }


def _write_table(found: dict[str, Capabilities | str], file: TextIO) -> None:
    if not found:
        file.write("No adapter is installed.\n")
    for name, item in found.items():
        rows = [("Cannot be used", item)] if isinstance(item, str) else _rows(item)
        show(file, section(name, rows))


def _rows(found: Capabilities) -> list[Fact]:
    return [
        ("Provider", found.title),
        ("Images", ", ".join(sorted(found.imaging))),
        ("Areas", ", ".join(sorted(found.areas))),
        ("Products", ", ".join(found.products)),
        ("Requirements", ", ".join(sorted(found.requirements))),
    ]
