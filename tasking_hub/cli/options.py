"""The options that commands share, in groups as the help shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import attrs
from attrs import frozen
from cyclopts import Group, Parameter, Token
from cyclopts.validators import Number

from tasking_hub.areas import Defaults, ImagingWish, read_time
from tasking_hub.cli.failures import UsageError
from tasking_hub.errors import InvalidRequestError
from tasking_hub.hub import CONCURRENT_REQUESTS, TIMEOUT_S
from tasking_hub.models import EndUser, LookSide, PassDirection, RankBy, Stereo
from tasking_hub.money import EXPONENTS

WINDOW = Group.create_ordered("When")
IMAGE = Group.create_ordered("What the image must be")
CONDITIONS = Group.create_ordered("Under which conditions")
ASKING = Group.create_ordered("Asking")
ACCOUNTS = Group.create_ordered("Accounts")
OUTPUT = Group.create_ordered("Output")


def option(text: str, *names: str, **more: Any) -> Parameter:
    """An option with its help; it has no `--no-…` form, which is pointed out as a mistake."""
    return Parameter(name=names or None, help=text, negative="", **more)


def _time(_kind: Any, tokens: Sequence[Token]) -> datetime:
    name = tokens[0].keyword or "time"
    try:
        return read_time(tokens[0].value, name)
    except InvalidRequestError as error:
        # The parser puts the option's name before it, and once is enough.
        msg = str(error).removeprefix(name).lstrip(": ")
        raise ValueError(msg) from error


def time_option(text: str, *names: str, **more: Any) -> Parameter:
    """An option that takes a time with its offset, or a date."""
    return option(text, *names, converter=_time, n_tokens=1, metavar="TIME", **more)


def _currency(_kind: Any, tokens: Sequence[Token]) -> str:
    code = tokens[0].value.upper()
    if code not in EXPONENTS:
        msg = f"{tokens[0].value!r} is not an ISO 4217 currency"
        raise ValueError(msg)
    return code


def _degrees(text: str) -> Parameter:
    return option(text, metavar="DEGREES", group=IMAGE)


def _metres(text: str, name: str) -> Parameter:
    return option(text, name, metavar="METRES", group=IMAGE)


def _word(text: str, *names: str, group: Group = CONDITIONS) -> Parameter:
    return option(text, *names, metavar="WORD", group=group)


def _end_users(_kind: Any, tokens: Sequence[Token]) -> tuple[EndUser, ...]:
    return tuple(_end_user(token.value) for token in tokens)


def _end_user(text: str) -> EndUser:
    name, _, country = text.rpartition(",")
    try:
        return EndUser(name=name.strip(), country=country.strip())
    except InvalidRequestError as error:
        msg = f"{text!r} is not a name and a country, such as 'City of Toulouse, FR' ({error})"
        raise ValueError(msg) from error


_ALSO_PLAIN_WORDS = frozenset(
    {"start", "end", "imaging", "stereo", "mode", "priority", "licence", "market", "accounts"}
)
_NAMES = {"start": "--from", "end": "--to", "max_cloud_cover": "--max-cloud"}


@Parameter(name="*")
@frozen(kw_only=True)
class Wishes:
    """What is wished for every area; a feature's properties go before it. The names are those of `Defaults`."""

    start: Annotated[
        datetime | None,
        time_option("Window opens: 2026-12-01T10:00:00Z, or a date; by default now.", "--from", group=WINDOW),
    ] = None
    end: Annotated[
        datetime | None, time_option("Window closes; by default a week after it opens.", "--to", group=WINDOW)
    ] = None
    imaging: Annotated[ImagingWish, option("Kind of image.", group=IMAGE)] = ImagingWish.ANY
    max_cloud_cover: Annotated[
        float | None, option("Most cloud cover.", "--max-cloud", metavar="PERCENT", group=IMAGE)
    ] = None
    min_incidence: Annotated[float | None, _degrees("Least incidence at the target.")] = None
    max_incidence: Annotated[float | None, _degrees("Most incidence at the target.")] = None
    min_sun_elevation: Annotated[float | None, _degrees("Lowest sun above the horizon.")] = None
    max_gsd_m: Annotated[float | None, _metres("Coarsest ground sample distance, optical.", "--max-gsd")] = None
    stereo: Annotated[Stereo | None, option("Views of the place.", group=IMAGE)] = None
    mode: Annotated[str | None, _word("Radar imaging mode, the provider's word.", group=IMAGE)] = None
    max_resolution_m: Annotated[float | None, _metres("Coarsest ground resolution, radar.", "--max-resolution")] = None
    look_side: Annotated[LookSide | None, option("Side to which the radar looks.", group=IMAGE)] = None
    pass_direction: Annotated[PassDirection | None, option("Flight direction of the radar.", group=IMAGE)] = None
    priority: Annotated[str | None, _word("Priority, the provider's word.")] = None
    exclusivity_days: Annotated[
        int | None, option("Days during which nobody else gets the image.", metavar="DAYS", group=CONDITIONS)
    ] = None
    sla: Annotated[str | None, _word("How soon products are ready, the provider's word.")] = None
    licence: Annotated[str | None, _word("Licence, the provider's word.")] = None
    market: Annotated[str | None, _word("Market that the image is for, the provider's word.")] = None
    end_users: Annotated[
        tuple[EndUser, ...],
        option(
            "Who will use the image, and their country: 'City of Toulouse, FR'; repeat for more.",
            "--end-user",
            metavar="USER",
            converter=_end_users,
            n_tokens=1,
            accepts_keys=False,
            show_default=False,
            group=CONDITIONS,
        ),
    ] = ()
    accounts: Annotated[
        tuple[str, ...],
        option(
            "Ask this account; repeat for more. By default all.",
            "--account",
            metavar="NAME",
            show_default=False,
            group=ACCOUNTS,
        ),
    ] = ()

    def defaults(self) -> Defaults:
        """Give them as the defaults of areas.

        Raises:
            UsageError: naming the option that cannot be meant.
        """
        try:
            defaults = Defaults(**attrs.asdict(self, recurse=False))
            defaults.check()
        except InvalidRequestError as error:
            raise UsageError(_in_words_of_options(error)) from error
        return defaults


def _in_words_of_options(error: InvalidRequestError) -> str:
    """The message with the names that were typed, at its front if nowhere else."""
    names = [attribute.name for attribute in attrs.fields(Wishes) if attribute.name not in _ALSO_PLAIN_WORDS]
    message, count = re.subn(rf"\b({'|'.join(names)})\b", lambda found: _option_name(found[0]), str(error))
    return message if count or error.field is None else f"{_option_name(error.field)}: {message}"


def _option_name(field: str) -> str:
    return _NAMES.get(field, f"--{field.removesuffix('_m').replace('_', '-')}")


DEBUG = option("Log every request, and show where errors come from.", show_default=False, group=OUTPUT)


@Parameter(name="*", group=ACCOUNTS)
@frozen(kw_only=True)
class Connection:
    """Which accounts there are: configured ones, or those of a sandbox.

    Raises:
        UsageError: the options exclude each other.
    """

    config: Annotated[Path | None, option("Configuration, TOML.", metavar="FILE")] = None
    sandbox: Annotated[
        bool, option("Ask the providers as played on this machine: no account needed.", show_default=False)
    ] = False
    seed: Annotated[int | None, option("With --sandbox: another seed, another play.", metavar="N")] = None
    now: Annotated[datetime | None, time_option("With --sandbox: its time of day.")] = None
    debug: Annotated[bool, DEBUG] = False

    def __attrs_post_init__(self) -> None:
        if self.sandbox and self.config is not None:
            msg = "--sandbox brings its own accounts and --config names others: leave out one of them"
            raise UsageError(msg)
        if not self.sandbox and (self.seed is not None or self.now is not None):
            msg = "--seed and --now are for the sandbox: add --sandbox, or leave them out"
            raise UsageError(msg)


@Parameter(name="*", group=ASKING)
@frozen(kw_only=True)
class Asking:
    """How many questions are asked, and how long answers may take."""

    timeout_s: Annotated[
        float, option("Time that an account has for one area.", "--timeout", metavar="SECONDS", validator=Number(gt=0))
    ] = TIMEOUT_S
    concurrent: Annotated[
        int, option("Areas asked for at the same time.", metavar="N", validator=Number(gte=1, lte=100))
    ] = CONCURRENT_REQUESTS


@Parameter(name="*", group=ASKING)
@frozen(kw_only=True)
class Ranking:
    """What prices are compared in, and by."""

    currency: Annotated[
        str | None,
        option("Base currency; by default the configured one.", converter=_currency, n_tokens=1, metavar="CODE"),
    ] = None
    rank_by: Annotated[RankBy, option("What the first row is best at.")] = RankBy.PRICE


QUOTES_PER_PRODUCT_OPTION = option(
    "Prices asked for per account and product; 0: all.", metavar="N", validator=Number(gte=0), group=ASKING
)
REFERENCE = option("Your handle for the one area that there is.", metavar="TEXT", group=CONDITIONS)
AREAS = Parameter(
    help="GeoJSON file, - for standard input, a pair such as 1.44,43.60 (longitude first), WKT, or any file that "
    "geopandas reads where it is installed."
)

ANY_WISHES = Wishes()
USUAL_CONNECTION = Connection()
USUAL_ASKING = Asking()
USUAL_RANKING = Ranking()


class ListFormat(StrEnum):
    """How short lists are written."""

    TABLE = "table"
    JSON = "json"


FORMAT = option("How to write it.", group=OUTPUT)
TO_FILE = option(
    "File to write, whole or not at all; - is standard output.",
    "--output",
    "-o",
    metavar="FILE",
    allow_leading_hyphen=True,
    group=OUTPUT,
)
