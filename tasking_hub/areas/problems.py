"""What is wrong with areas that were given: every problem at once, each with its file, feature and rule."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from tasking_hub.errors import InvalidRequestError

PROBLEMS_SHOWN = 20
"""Problems beyond these are counted, not listed: the rest is usually the same mistake again."""


@frozen(kw_only=True)
class AreaProblem:
    """One mistake in the areas that were given.

    Attributes:
        source: the file, "standard input", or the text itself.
        message: the rule that is broken, and where.
        feature: number of the feature, counted from 1, or None where the whole source is at fault.
        label: the feature's reference, id or name, or None where it has none.
        field: the property at fault, "area" for its geometry, or None.
    """

    source: str
    message: str
    feature: int | None = None
    label: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        """One line, without what a terminal would take for a command."""
        return "".join(sign if sign.isprintable() else "\ufffd" for sign in self._line())

    def _line(self) -> str:
        label = f' ("{self.label}")' if self.label else ""
        feature = f"feature {self.feature}{label}" if self.feature is not None else ""
        return ": ".join(part for part in (self.source, feature, self.message) if part)


class AreaFileError(InvalidRequestError):
    """Areas cannot be meant as written; the message has one line for each of the first problems.

    Attributes:
        problems: the first `PROBLEMS_SHOWN`, in the order of the file.
        count: how many there are altogether.
        field: the property at fault in the first problem, or None.
    """

    def __init__(self, problems: Iterable[AreaProblem]) -> None:
        found = tuple(problems)
        self.problems = found[:PROBLEMS_SHOWN]
        self.count = len(found)
        lines = [str(problem) for problem in self.problems]
        if self.count > PROBLEMS_SHOWN:
            lines.append(f"... and {self.count - PROBLEMS_SHOWN} more problems")
        super().__init__("\n".join(lines), field=self.problems[0].field)
