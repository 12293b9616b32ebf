"""An adapter's own options out of plain values, refusing what its Options class does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import cattrs

from tasking_hub.errors import InvalidRequestError
from tasking_hub.registry import Registry
from tasking_hub.wire import make_converter, problems

_FAILURES = (
    cattrs.BaseValidationError,
    cattrs.StructureHandlerNotFoundError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def _strict_converter() -> cattrs.Converter:
    converter = make_converter()
    # Unknown fields of an answer are kept; an unknown wish of the buyer's must not be.
    converter.forbid_extra_keys = True
    return converter


_CONVERTER = _strict_converter()


def read_options(provider: str, values: object, registry: Registry) -> Any:
    """Give the adapter's options object that these values describe, by the names of its attributes.

    Raises:
        InvalidRequestError: with the adapter's name as field, listing every unknown, missing or wrong option.
        ProviderNotFoundError: no such adapter is installed.
    """
    kind = registry.get(provider).options_type
    if not isinstance(values, Mapping):
        msg = f"{provider}: an object of options is expected, not {values!r:.40}"
        raise InvalidRequestError(msg, field=provider)
    try:
        return _CONVERTER.structure(values, kind)
    except _FAILURES as error:
        known = ", ".join(attribute.name for attribute in attrs.fields(kind))
        msg = f"{'; '.join(problems(error, provider))} (options of {provider}: {known or 'none'})"
        raise InvalidRequestError(msg, field=provider) from error
