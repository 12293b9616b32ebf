"""From AREAS and options to requests that can be asked, every mistake found before the first of them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable

import attrs

from tasking_hub.areas import Defaults, read_areas, unknown_accounts
from tasking_hub.cli.failures import UsageError
from tasking_hub.cli.running import Running
from tasking_hub.models import TaskRequest


def read_requests(areas: str, defaults: Defaults, run: Running, *, reference: str | None = None) -> list[TaskRequest]:
    """Read the areas as requests to configured accounts.

    Args:
        areas: what AREAS names.
        defaults: the wishes of areas that say nothing.
        run: the accounts.
        reference: for the one area that there is, or None.

    Raises:
        UsageError: an account or the reference cannot be meant.
        AreaFileError: naming every mistake in the areas.
    """
    check_accounts(defaults.accounts, run.config.accounts)
    requests = read_areas(
        areas,
        defaults=defaults,
        registry=run.registry,
        now=run.clock.now(),
        stdin=sys.stdin.buffer,
        accounts=run.config.accounts,
    )
    return requests if reference is None else [_named(requests, reference)]


def check_accounts(wanted: Iterable[str], configured: Collection[str]) -> None:
    """Refuse accounts that are not configured.

    Raises:
        UsageError: naming them, and those that are.
    """
    unknown = sorted(set(wanted) - set(configured))
    if unknown:
        msg = f"--account: {unknown_accounts(unknown, configured)}"
        raise UsageError(msg)


def _named(requests: list[TaskRequest], reference: str) -> TaskRequest:
    if len(requests) > 1:
        msg = f"--reference is for one area, and there are {len(requests)}: give each its own as a property"
        raise UsageError(msg)
    return attrs.evolve(requests[0], reference=reference)
