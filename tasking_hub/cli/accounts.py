"""`tasking-hub accounts`: what each contract allows and has left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TextIO

from tasking_hub.cli.failures import Exit
from tasking_hub.cli.options import FORMAT, TO_FILE, USUAL_CONNECTION, Connection, ListFormat
from tasking_hub.cli.output import opened
from tasking_hub.cli.running import running
from tasking_hub.cli.tables import Fact, section, show
from tasking_hub.models import AccountStatus, Contract, Refusal
from tasking_hub.report.documents import account_document, refusal_document

Found = Sequence[AccountStatus | Refusal]


async def accounts(
    *,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[ListFormat, FORMAT] = ListFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
) -> Exit:
    """Show what each account's contracts allow and have left.

    An account that cannot be asked is shown with the reason.
    """
    async with running(connection) as run:
        with opened(output, for_people=format is ListFormat.TABLE) as file:
            found = await run.hub.accounts()
            (_write_json if format is ListFormat.JSON else _write_table)(found, file)
    return Exit.DONE if any(isinstance(item, AccountStatus) for item in found) else Exit.FAILED


def _write_json(found: Found, file: TextIO) -> None:
    documents = [
        account_document(item) if isinstance(item, AccountStatus) else refusal_document(item) for item in found
    ]
    json.dump(documents, file, indent=2, ensure_ascii=False)
    file.write("\n")


def _write_table(found: Found, file: TextIO) -> None:
    for item in found:
        show(file, section(f"{item.account} at {item.provider}", *_groups(item)))


def _groups(found: AccountStatus | Refusal) -> list[list[Fact]]:
    if isinstance(found, Refusal):
        return [[("Cannot be asked", found.message), ("Remedy", found.remedy or "")]]
    return [_facts(contract) for contract in found.contracts] or [[("Contract", "none")]]


def _facts(contract: Contract) -> list[Fact]:
    return [
        ("Contract", f"{contract.id}  {contract.name if contract.name != contract.id else ''}".rstrip()),
        ("Valid", _valid(contract)),
        ("Left", _left(contract)),
        *_listed("Allows", {name: ", ".join(words) for name, words in contract.allowed.items()}),
        *_listed("By default", contract.defaults),
        *(("Note", note) for note in contract.notes),
    ]


def _valid(contract: Contract) -> str:
    days = [("from", contract.starts), ("to", contract.ends)]
    return " ".join(f"{word} {moment:%Y-%m-%d}" for word, moment in days if moment is not None)


def _left(contract: Contract) -> str:
    parts = [("", contract.remaining), ("of ", contract.limit), ("spent ", contract.spent)]
    return ", ".join(f"{word}{amount}" for word, amount in parts if amount is not None).replace(", of", " of")


def _listed(title: str, values: Mapping[str, str]) -> Iterator[Fact]:
    """Rows of which only the first carries the title."""
    for index, (name, value) in enumerate(values.items()):
        yield title if index == 0 else "", f"{name}: {value}"
