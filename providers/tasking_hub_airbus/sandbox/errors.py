"""Airbus' error bodies, as its OpenAPI description shows them (read 2026-11)."""

from __future__ import annotations

from tasking_hub.sandbox import RefusedError

ERROR_CODE = "E2203"
"""The only code that is documented; Airbus uses it for 400 and for 404."""


def bad_request(message: str) -> RefusedError:
    """400 with Airbus' body."""
    return RefusedError(400, {"errorCode": ERROR_CODE, "message": message})


def not_found(message: str) -> RefusedError:
    """404 with Airbus' body."""
    return RefusedError(404, {"errorCode": ERROR_CODE, "message": message})


def unauthorised(cause: str) -> RefusedError:
    """401 as the order service says it: a message and no code."""
    return RefusedError(401, {"message": f"Authentication failed (cause: {cause})"})


def no_sensor() -> RefusedError:
    """The 500 that means that no pass is possible."""
    return RefusedError(500, {"errors": [{"code": "ERR_NO_SENSOR_AVAILABLE", "locator": "UNKNOWN"}]})
