"""Comparisons as they become ready, written in the format that was asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import aclosing, contextmanager
from typing import Annotated, Any, cast

from attrs import frozen
from cyclopts import Parameter

from tasking_hub.cli.options import OUTPUT, TO_FILE, option
from tasking_hub.cli.output import opened
from tasking_hub.cli.progress import Steps
from tasking_hub.models import Comparison
from tasking_hub.report.writers import FORMATS, Writer, make_writer

TABLE = "table"


@Parameter(name="*", group=OUTPUT)
@frozen(kw_only=True)
class Writing:
    """How and where results are written."""

    format: Annotated[str, option("How to write it.", choices=tuple(FORMATS))] = TABLE
    output: Annotated[str | None, TO_FILE] = None


USUAL_WRITING = Writing()


@frozen(kw_only=True)
class Written:
    """How much was written.

    Attributes:
        quotes: opportunities with a price.
        opportunities: opportunities without one.
    """

    quotes: int = 0
    opportunities: int = 0

    def plus(self, comparison: Comparison) -> Written:
        """As much, and a comparison."""
        return Written(
            quotes=self.quotes + len(comparison.quotes),
            opportunities=self.opportunities + len(comparison.not_quoted),
        )


async def write_each(comparisons: AsyncIterator[Comparison], writing: Writing, *, total: int, what: str) -> Written:
    """Write comparisons, each as soon as it is there.

    Args:
        comparisons: what to write.
        writing: how and where.
        total: how many there will be.
        what: what is being done meanwhile, for people.
    """
    written = Written()
    with _writer(writing) as writer, Steps(what, total).running() as steps:
        # Closed at once where writing fails: nobody is asked any more once nobody reads.
        async with aclosing(cast(Any, comparisons)) as each:
            async for comparison in each:
                with steps.step():
                    writer.comparison(comparison)
                written = written.plus(comparison)
    return written


@contextmanager
def _writer(writing: Writing) -> Generator[Writer]:
    with opened(writing.output, for_people=writing.format == TABLE) as file:
        writer = make_writer(writing.format, file)
        writer.begin()
        try:
            yield writer
        finally:
            writer.end()
