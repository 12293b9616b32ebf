"""The segmentKey: made with a signature, and known again when it comes back unchanged."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tasking_hub_airbus.sandbox.errors import bad_request


def instant(value: datetime) -> str:
    """A time as Airbus writes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def make_key(secret: bytes, contract: str, values: Mapping[str, Any]) -> str:
    """`<128 hex digits>::<list of key and value>` with the blanks of Airbus' samples."""
    pairs = (f'{{"key":{json.dumps(key)}, "value":{json.dumps(value)}}}' for key, value in values.items())
    text = f"[{','.join(pairs)}]"
    return f"{_signature(secret, contract, text)}::{text}"


def open_key(secret: bytes, contract: str, key: Any) -> dict[str, Any]:
    """What is inside a key of this sandbox for this contract, or 400."""
    signature, _, text = str(key or "").partition("::")
    if not hmac.compare_digest(signature.encode(), _signature(secret, contract, text).encode()):
        message = "The segmentKey is missing or not valid"
        raise bad_request(message)
    return {pair["key"]: pair["value"] for pair in json.loads(text)}


def _signature(secret: bytes, contract: str, text: str) -> str:
    return hmac.new(secret, f"{contract}\n{text}".encode(), hashlib.sha512).hexdigest()
