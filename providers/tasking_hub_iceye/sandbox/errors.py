"""ICEYE's error bodies: a code and a message (the v1 "Get task price" page, read 2026-11)."""

from __future__ import annotations

from tasking_hub.sandbox import RefusedError


def refused(status: int, code: str, message: str) -> RefusedError:
    """A refusal as ICEYE writes it."""
    return RefusedError(status, {"code": code, "message": message})


def bad_request(message: str) -> RefusedError:
    """A request that is wrong in itself; ICEYE documents status and shape, and no codes for this."""
    return refused(400, "bad_request", message)


def not_found(message: str) -> RefusedError:
    """404; the code is the sandbox's own choice."""
    return refused(404, "not_found", message)


def forbidden(message: str = "Given parameters are not allowed for the contract") -> RefusedError:
    """What a contract does not hold, as ICEYE words it."""
    return refused(403, "forbidden", message)
