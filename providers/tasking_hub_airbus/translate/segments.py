"""The segmentKey of an attempt, read and never written. No I/O.

Its form is `<signature>::<JSON list of key and value>`; the signature covers the rest byte for byte (inferred from the
samples of the Airbus tasking guides, read 2026-11), so what is handed back is the text itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from tasking_hub import InvalidRequestError, Window, parse_time
from tasking_hub_airbus.wire import Segment

_SHORTEST = timedelta(milliseconds=1)


def read_key(segment_key: str) -> dict[str, Any]:
    """The keys and values inside, or nothing where it has another form."""
    _, found, text = segment_key.partition("::")
    try:
        listed: Any = json.loads(text, parse_float=Decimal) if found else []
    except (ValueError, RecursionError):
        return {}
    items = cast(Sequence[Any], listed) if isinstance(listed, list) else ()
    pairs = [cast(Mapping[str, Any], item) for item in items if isinstance(item, Mapping)]
    return {str(pair["key"]): pair.get("value") for pair in pairs if "key" in pair}


def deadline(segment: Segment) -> datetime | None:
    """When it must be ordered at the latest: as the segment says, else as its key does.

    Every key in the samples of the Airbus tasking guides (read 2026-11) says the same as its segment.
    """
    listed = read_key(segment.segment_key).get("orderDeadLine")
    if segment.order_deadline is not None or not isinstance(listed, str):
        return segment.order_deadline
    try:
        return parse_time(listed)
    except InvalidRequestError:
        return None


def periods(segment: Segment) -> tuple[Window, ...]:
    """When it would be acquired: each of a OneNow's periods, or the one of the segment itself."""
    listed = read_key(segment.segment_key).get("acqPeriods")
    try:
        found = tuple(_period(text) for text in listed.split(",")) if isinstance(listed, str) else ()
    except (InvalidRequestError, ValueError):
        found = ()
    start, end = segment.acquisition_start_date, segment.acquisition_end_date
    return found or (Window(start, max(end, start + _SHORTEST)),)


def _period(text: str) -> Window:
    start, end = text.split()
    return Window(parse_time(start), parse_time(end))
