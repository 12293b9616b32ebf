"""Lists in pages: the last one has a cursor that is missing, null or empty. Pure."""

from __future__ import annotations

from collections.abc import Collection

from tasking_hub import HttpResponse


def check_cursor(cursor: str | None, before: Collection[str], response: HttpResponse) -> None:
    """Nothing, where the cursor leads on or there is none.

    Raises:
        MalformedResponseError: it was given before, so that the pages would never end.
    """
    if cursor in before:
        problem = "expected a new cursor or none, not one that was given before @ $.cursor"
        raise response.malformed(problem)
