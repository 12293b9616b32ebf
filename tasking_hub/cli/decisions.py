"""`tasking-hub decisions`, `accept` and `refuse`: what waits for the buyer, and the answers, each given once."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from tasking_hub.cli.agreeing import agreed, require_terminal
from tasking_hub.cli.amounts import amount_typed, within
from tasking_hub.cli.buying import MONEY, YES, buying, tell, write_json
from tasking_hub.cli.failures import Exit, UsageError
from tasking_hub.cli.options import FORMAT, TO_FILE, USUAL_CONNECTION, Connection, ListFormat, option
from tasking_hub.cli.output import opened
from tasking_hub.cli.presenting import decision_section, moment
from tasking_hub.cli.running import Running
from tasking_hub.cli.tables import section, show
from tasking_hub.models import Decision, Refusal
from tasking_hub.money import Money, Quota
from tasking_hub.report.documents import refusal_document
from tasking_hub.report.plain import plain

if TYPE_CHECKING:
    from tasking_hub.orders.answers import Answer

ID = Parameter(help="The decision's id, as decisions shows it.")
ACCOUNT = option("The decision's account, where two have one of that id.", metavar="NAME")
WHO = option("Who decides, for the record; by default the user of this machine.", metavar="TEXT")
AGAIN = option("Give an answer anew that is known not to have arrived.", show_default=False)
MAX_PRICE = option(
    "What accepting may cost.", converter=amount_typed, n_tokens=1, accepts_keys=False, metavar="AMOUNT", group=MONEY
)
UNKNOWN_COST = option("Accept also where nobody says what it costs.", show_default=False, group=MONEY)


async def decisions(
    *,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[ListFormat, FORMAT] = ListFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
) -> Exit:
    """List everything that waits for you, over all accounts, with deadline, cost and what happens if ignored.

    An account that cannot be asked is listed with the reason, and makes the exit code 1.
    """
    async with buying(connection) as run:
        found = [item async for item in run.hub.decisions()]
    if format is ListFormat.JSON:
        write_json([_document(item) for item in found], output)
    else:
        with opened(output, for_people=True) as file:
            show(file, *map(_section, found))
        if not found:
            tell("nothing waits for you")
    return Exit.FAILED if any(isinstance(item, Refusal) for item in found) else Exit.DONE


def _document(item: Decision | Refusal) -> dict[str, Any]:
    if isinstance(item, Refusal):
        return {"kind": "refusal", **refusal_document(item)}
    fields = ("id", "account", "order_id", "question", "deadline", "cost", "if_ignored")
    return {"kind": "decision", **{name: plain(getattr(item, name)) for name in fields}}


def _section(item: Decision | Refusal) -> Any:
    if isinstance(item, Decision):
        return decision_section(item)
    facts = [("Cannot be asked", item.message), ("Remedy", item.remedy or "")]
    return section(f"{item.account} at {item.provider}", facts)


# --- Answers -----------------------------------------------------------------------------------------


async def accept(
    decision_id: Annotated[str, ID],
    /,
    *,
    account: Annotated[str | None, ACCOUNT] = None,
    who: Annotated[str | None, WHO] = None,
    again: Annotated[bool, AGAIN] = False,
    max_price: Annotated[Money | Quota | None, MAX_PRICE] = None,
    accept_unknown_cost: Annotated[bool, UNKNOWN_COST] = False,
    yes: Annotated[bool, YES] = False,
    connection: Connection = USUAL_CONNECTION,
) -> Exit:
    """Accept what waits for you, once; it is recorded before it is sent.

    Shows what is decided and what it costs, and asks. A script answers with --yes and --max-price, or with
    --accept-unknown-cost where the provider says no price.
    """
    if not yes:
        require_terminal("--yes and --max-price")
    async with buying(connection) as run:
        decision = await _find(run, decision_id, account)
        _require_within(decision, max_price, yes=yes, unknown=accept_unknown_cost)
        if not agreed("Accept it?", decision_section(decision), yes=yes):
            tell("nothing was answered")
            return Exit.FAILED
        return _told(await run.hub.accept(decision, who=who or _user(), again=again))


async def refuse(
    decision_id: Annotated[str, ID],
    /,
    *,
    account: Annotated[str | None, ACCOUNT] = None,
    who: Annotated[str | None, WHO] = None,
    again: Annotated[bool, AGAIN] = False,
    yes: Annotated[bool, YES] = False,
    connection: Connection = USUAL_CONNECTION,
) -> Exit:
    """Refuse what waits for you, once; a purchase that was never sent is withdrawn.

    Shows what is decided, and asks; a script answers with --yes.
    """
    if not yes:
        require_terminal("--yes")
    async with buying(connection) as run:
        decision = await _find(run, decision_id, account)
        if not agreed("Refuse it?", decision_section(decision), yes=yes):
            tell("nothing was answered")
            return Exit.FAILED
        return _told(await run.hub.refuse(decision, who=who or _user(), again=again))


async def _find(run: Running, decision_id: str, account: str | None) -> Decision:
    found = [item async for item in run.hub.decisions()]
    waiting = [item for item in found if isinstance(item, Decision) and account in {None, item.account}]
    matching = [item for item in waiting if item.id == decision_id]
    if len(matching) == 1:
        return matching[0]
    if matching:
        msg = f"{decision_id}: name the account with --account: {', '.join(sorted(item.account for item in matching))}"
        raise UsageError(msg)
    silent = sorted({item.account for item in found if isinstance(item, Refusal)})
    unasked = f"; not asked: {', '.join(silent)}" if silent else ""
    given = await _given(run, decision_id, [account] if account is not None else sorted(run.config.accounts))
    msg = f"{decision_id}: nothing of that id waits{unasked}" if given is None else f"{decision_id}: {_said(given)}"
    raise UsageError(msg)


async def _given(run: Running, decision_id: str, accounts: Sequence[str]) -> Answer | None:
    """The answer that was given before."""
    # Need another extra, which is known to be there once decisions were asked for.
    from tasking_hub.orders import OrderBook  # noqa: PLC0415
    from tasking_hub.orders.answers import Answers  # noqa: PLC0415

    async with await OrderBook.open(run.config.order_book, clock=run.clock) as book:
        answers = [(await Answers(book.database).of(account)).get(decision_id) for account in accounts]
    return next((answer for answer in answers if answer is not None), None)


def _said(answer: Answer) -> str:
    word = "accepted" if answer.accept else "refused"
    return f"{word} by {answer.who} at {moment(answer.decided_at)} already ({answer.state})"


def _require_within(decision: Decision, limit: Money | Quota | None, *, yes: bool, unknown: bool) -> None:
    """Refuse what costs more than was said, and with --yes also what nothing was said about."""
    cost = decision.cost
    if cost is None:
        if yes and not unknown:
            msg = f"{decision.id}: nobody says what accepting costs: add --accept-unknown-cost to accept all the same"
            raise UsageError(msg)
    elif limit is None:
        if yes and cost.amount:
            msg = f"{decision.id}: accepting costs {cost}: say with --max-price how much it may"
            raise UsageError(msg)
    elif not within(cost, limit):
        msg = f"{decision.id}: accepting costs {cost}, and --max-price is {limit}"
        raise UsageError(msg)


def _told(answer: Answer) -> Exit:
    word = "accepted" if answer.accept else "refused"
    note = f", {answer.note}" if answer.note else ""
    if answer.state == "taken":
        sys.stdout.write(f"{answer.decision_id}  {word} by {answer.who}\n")
        return Exit.DONE
    tell(f"{answer.decision_id}: {word} by {answer.who}, and not known to have arrived ({answer.state}{note})")
    return Exit.UNKNOWN_OUTCOME


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        msg = "this machine does not say who you are: give --who"
        raise UsageError(msg) from error
