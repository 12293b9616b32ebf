"""The life of an order: its states and the one table of moves between them.

Theory of operation
===================

An order is first written down (``INTENDED``), then sent (``SENT``), and from the first answer on it lives at the
provider, whom we only look at now and then. So the table does not hold the steps that a provider takes but
the moves that two looks at it can show, and a look may miss any number of steps: an order last seen ``RECEIVED``
may next be seen ``FULFILLED``. Whatever is allowed in two moves is therefore allowed in one.

Three kinds of states follow each other and there is no way back from one kind to an earlier one:

1. Ours: ``INTENDED`` and ``SENT``. ``INTENDED`` is durable before a byte leaves; ``SENT`` is durable before
   the first byte does, so an order that is found in it after a crash is looked up and never sent again. What was
   refused before it was processed (a 429, a 401, no connection) is ``INTENDED`` again: the one way back, which
   the provider never sees. ``NOT_PLACED`` ends this part without an order.
2. The provider's: undecided (``RECEIVED``, ``STUDY``), then at work (``WORKING``), where an order may go to
   and fro (paused and resumed, an image too cloudy and the target taken again, a proposal that the buyer
   accepts), then ``DELIVERING``. Only an undecided order can be ``REJECTED``; later it is ``FAILED``.
3. The ends (``TERMINAL``), which no order leaves. Assumption: a provider that reopens one gives it a new id.

Two states are detours rather than steps. ``CANCELLING`` leads back to wherever the order was, because a
provider may refuse. ``UNKNOWN`` says that nobody here knows: either the provider used a word that is not in its
adapter's table, or its answer to the order never came. It can be reached from every state at the provider that is not
an end and leads to every state there, ends included, since nothing is known. An ended order stays ended whatever new
word is seen, so that a new word never revives one. Only an order that has never been seen at the provider may go on
from ``UNKNOWN`` to ``NOT_PLACED``, once the provider's settling time has passed and it still shows none: the order book
(`tasking_hub.orders`) sees to that, since this table knows states and not what came before them.

Adapters map their provider's words to these states by a table of their own; nothing here knows those words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tasking_hub.errors import TaskingHubError

__all__ = ["ALLOWED_MOVES", "TERMINAL", "WORKING", "IllegalMoveError", "OrderState", "diagram", "move"]


class OrderState(StrEnum):
    """Where an order stands, in words that hold at every provider."""

    INTENDED = "intended"
    """Written down durably; nothing was sent, or nothing that the provider processed."""

    SENT = "sent"
    """Sent, and no answer read: it may or may not exist at the provider, and must be looked up."""

    NOT_PLACED = "not-placed"
    """The provider refused it, or is known never to have got it: there is no order and nothing to pay."""

    RECEIVED = "received"
    """The provider has it and has not decided yet."""

    STUDY = "study"
    """People at the provider study whether it is feasible."""

    AWAITING_BUYER = "awaiting-buyer"
    """The provider waits for the buyer to accept a quotation or a proposed image."""

    ACCEPTED = "accepted"
    """The provider took it on; acquisition lies ahead."""

    IN_PROGRESS = "in-progress"
    """The acquisition window is open and images are being attempted."""

    PAUSED = "paused"
    """Attempts are suspended and can be resumed."""

    PROCESSING = "processing"
    """Acquisition is over and the images are being processed and assessed."""

    DELIVERING = "delivering"
    """The first products can be fetched; others are still being made."""

    CANCELLING = "cancelling"
    """Cancellation was asked for; the provider has not confirmed it."""

    FULFILLED = "fulfilled"
    """The provider is done and has delivered; an order's progress says how much."""

    CANCELLED = "cancelled"
    """Ended by the buyer; images taken before may still be charged."""

    REJECTED = "rejected"
    """The provider decided not to take it on."""

    EXPIRED = "expired"
    """Its time ran out without an image that meets the requirements."""

    FAILED = "failed"
    """The provider took it on and could not do it."""

    UNKNOWN = "unknown"
    """The provider used a word that is not known, which is kept beside it and not guessed at, or never answered."""


_S = OrderState

WORKING = frozenset({_S.AWAITING_BUYER, _S.ACCEPTED, _S.IN_PROGRESS, _S.PAUSED, _S.PROCESSING})
"""The states of an order that the provider took on and that is not being delivered yet."""

_DETOURS = frozenset({_S.CANCELLING, _S.UNKNOWN})
_ENDS_OF_ACCEPTED = frozenset({_S.FULFILLED, _S.CANCELLED, _S.EXPIRED, _S.FAILED})
_ONWARD = WORKING | _DETOURS | _ENDS_OF_ACCEPTED | {_S.DELIVERING}
_AT_PROVIDER = _ONWARD | {_S.RECEIVED, _S.STUDY, _S.REJECTED}
_NOWHERE: frozenset[OrderState] = frozenset()

ALLOWED_MOVES: Mapping[OrderState, frozenset[OrderState]] = MappingProxyType(
    {
        _S.INTENDED: frozenset({_S.SENT, _S.NOT_PLACED}),
        _S.SENT: _AT_PROVIDER | {_S.INTENDED, _S.NOT_PLACED},
        _S.NOT_PLACED: _NOWHERE,
        _S.RECEIVED: _ONWARD | {_S.STUDY, _S.REJECTED},
        _S.STUDY: _ONWARD | {_S.REJECTED},
        _S.AWAITING_BUYER: _ONWARD - {_S.AWAITING_BUYER},
        _S.ACCEPTED: _ONWARD - {_S.ACCEPTED},
        _S.IN_PROGRESS: _ONWARD - {_S.IN_PROGRESS},
        _S.PAUSED: _ONWARD - {_S.PAUSED},
        _S.PROCESSING: _ONWARD - {_S.PROCESSING},
        _S.DELIVERING: frozenset({_S.FULFILLED, _S.FAILED, _S.UNKNOWN}),
        _S.CANCELLING: _AT_PROVIDER - {_S.CANCELLING},
        _S.FULFILLED: _NOWHERE,
        _S.CANCELLED: _NOWHERE,
        _S.REJECTED: _NOWHERE,
        _S.EXPIRED: _NOWHERE,
        _S.FAILED: _NOWHERE,
        _S.UNKNOWN: _AT_PROVIDER - {_S.UNKNOWN} | {_S.NOT_PLACED},
    }
)
"""For each state, the other states in which the order may be seen next."""

TERMINAL = frozenset(state for state, moves in ALLOWED_MOVES.items() if not moves)
"""The states that no order leaves."""


class IllegalMoveError(TaskingHubError, ValueError):
    """An order was seen to do what the table of moves rules out.

    Attributes:
        current: the state that was recorded.
        to: the state that was to follow.
    """

    def __init__(self, current: OrderState, to: OrderState) -> None:
        super().__init__(f"an order that is {current} cannot become {to}")
        self.current = current
        self.to = to


def move(current: OrderState, to: OrderState) -> OrderState:
    """Give the new state if the table allows the move; staying where one is is always allowed.

    Raises:
        IllegalMoveError: the table does not have this move.
    """
    if to != current and to not in ALLOWED_MOVES[current]:
        raise IllegalMoveError(current, to)
    return to


def diagram() -> str:
    """Draw the table as a Mermaid state diagram in which the working states share one box and its arrows."""
    arrows = dict.fromkeys(
        (_box(state), _box(to)) for state in OrderState for to in OrderState if to in ALLOWED_MOVES[state]
    )
    lines = [f"    {start} --> {end}" for start, end in arrows if start != end]
    inner = [f"        {_node(state)}" for state in OrderState if state in WORKING]
    ends = [f"    {_node(state)} --> [*]" for state in OrderState if state in TERMINAL]
    box = ["    state working {", *inner, "    }"]
    return "\n".join(["stateDiagram-v2", "    [*] --> intended", *box, *lines, *ends, ""])


def _node(state: OrderState) -> str:
    return state.name.lower()


def _box(state: OrderState) -> str:
    return "working" if state in WORKING else _node(state)
